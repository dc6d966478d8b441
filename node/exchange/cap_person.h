// Alerts that are about one human being (a child abducted, a person missing or sought) are refused
// whole: Tocsin keeps records of events. Recognised by their event code and by the name of the
// event. Pure functions over constant lists; any thread.
#pragma once

#include <absl/strings/string_view.h>

namespace tocsin::exchange {

// A value of <eventCode>, whatever its list: SAME's CAE, MEP and BLU, and what CAP-CP calls them.
bool IsPersonEventCode(absl::string_view value);

// A name of an event, "Child Abduction Emergency", in English, French, Spanish or German.
bool IsPersonEvent(absl::string_view event);

}  // namespace tocsin::exchange
