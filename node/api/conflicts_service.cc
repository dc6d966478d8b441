#include "node/api/reactors.h"
#include "node/api/records_service.h"
#include "node/base/status.h"
#include "node/conflicts/list.h"

namespace tocsin::api {

grpc::ServerUnaryReactor* ConflictsService::ListConflicts(grpc::CallbackServerContext* context,
                                                          const v1::ListConflictsRequest* request,
                                                          v1::ListConflictsResponse* response) {
  return ReadWithBoard(
      parts_, context, *request, response,
      [this](const v1::ListConflictsRequest& list) -> absl::StatusOr<v1::ListConflictsResponse> {
        TOCSIN_ASSIGN_OR_RETURN(conflicts::ListedOpen listed,
                                conflicts::ListOpen(parts_.board, parts_.backend.view, list,
                                                    kMessageBytesMax - (64 << 10)));
        return std::move(listed.response);
      });
}

grpc::ServerWriteReactor<v1::WatchConflictsResponse>* ConflictsService::WatchConflicts(
    grpc::CallbackServerContext* /*context*/, const v1::WatchConflictsRequest* request) {
  return WatchStream<ConflictWatches, v1::WatchConflictsRequest, v1::WatchConflictsResponse>::Open(
      parts_.conflict_watches, *request);
}

}  // namespace tocsin::api
