// What a record has to do with others, as people read it: where it was moved, what was written of
// it since, and its relations. Asks the node for the other records' codes. Used from one thread.
#pragma once

#include <ostream>
#include <string>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/context.h"
#include "tools/src/cli/describe.h"

namespace tocsin::cli {

// The record of the same kind that the body's field names; null where it names none.
const v1::RecordRef* RefIn(const v1::Record& record, const char* field);

// What was written of a record that was moved since, and how it is taken over. Nothing if there is
// nothing of the kind. `moved` is the old record.
void PrintLateEdits(const v1::Record& moved, const Reading& reading, std::ostream& out);

// The lines that `show` adds: moved from and to, late edits, relations.
void PrintLinked(Context& context, const v1::Record& record, const Reading& reading,
                 std::ostream& out);

}  // namespace tocsin::cli
