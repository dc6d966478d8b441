// The reading calls, without gRPC: from a request to an answer by the view and the log. Called on
// the executor. Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

// By a resource name whose last part is a code or a UUID. INVALID_ARGUMENT for what is no such
// name, NOT_FOUND, FAILED_PRECONDITION for a code that several imported records share.
absl::StatusOr<view::RecordName> FindRecord(const view::View& view, absl::string_view name);
// The same, and the record as it is now.
absl::StatusOr<view::StoredRecord> ReadRecord(const view::View& view, absl::string_view name);

// A page of at most `kPageMax` records that fits into one message.
absl::StatusOr<v1::ListRecordsResponse> ReadPage(const view::View& view,
                                                 const v1::ListRecordsRequest& request);

}  // namespace tocsin::api
