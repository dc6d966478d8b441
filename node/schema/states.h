// The states that a record goes through, as the schema has them: which may follow which, and which
// of them end what people respond to. Read by intake before it writes and by presentation; the
// merge does not look at it, because what posts wrote apart both happened. Pure functions; any
// thread.
#pragma once

#include <string>

#include "node/schema/field_table.h"

namespace tocsin::schema {

// May an edit make `to` of a record that stands at `from`? True for a field that is no state, for
// the state that it has, and from a state that this program does not know or that says nothing.
bool MayFollow(const FieldInfo& field, int from, int to);

// "INCIDENT_REOPENED or INCIDENT_WITHDRAWN"; empty where none may follow.
std::string StatesAfter(const FieldInfo& field, int from);

// Do people stop responding once the record stands there? False for a field that is no state.
bool EndsResponse(const FieldInfo& field, int state);

}  // namespace tocsin::schema
