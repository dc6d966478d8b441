// What a writer saw of a record when that is not what the node shows now: from an etag to what the
// edit overwrites, and to what the answer says of it. Stands before composing (compose.h) and after
// the view. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include "node/intake/compose.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// The edit's `seen`, and in the answer the fields that moved since. OK and nothing for an empty
// etag. INVALID_ARGUMENT for what is no etag; with `require_unchanged` ABORTED names the fields
// that moved.
absl::Status ReadEtag(absl::string_view etag, bool require_unchanged,
                      const view::StoredRecord& held, Edit& edit, v1::WriteRecordResponse& answer);

// Makes the edit that settles a field in conflict. INVALID_ARGUMENT for a field that is never in
// conflict, or a value that the etag does not show; FAILED_PRECONDITION for a field that was not
// shown in conflict; ABORTED when others settled it meanwhile.
absl::Status ReadResolution(const v1::ResolveConflictRequest& request,
                            const view::StoredRecord& held, Edit& edit,
                            v1::WriteRecordResponse& answer);

// In the answer: which fields of the edit are in conflict in the record as it is now.
void AddConflicts(const Edit& edit, const v1::Record& now, v1::WriteRecordResponse& answer);

}  // namespace tocsin::intake
