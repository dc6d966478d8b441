// Whether a record may go from the states that a writer saw to the one that it wants: part of what
// composing an edit checks (compose.h). Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <vector>

#include "node/schema/field_table.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::intake {

// FAILED_PRECONDITION names what may follow. One state seen that `wanted` may follow is enough: a
// conflict shows several. OK where none was seen.
absl::Status CheckState(const schema::FieldInfo& field, absl::string_view path,
                        const std::vector<int>& seen, int wanted);

// FAILED_PRECONDITION for a CAP status that would move away from Actual.
absl::Status CheckCapStatus(absl::string_view path, v1::CapStatus now, v1::CapStatus wanted);

}  // namespace tocsin::intake
