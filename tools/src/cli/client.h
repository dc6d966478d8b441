// The node's API as the commands call it. Each call waits for its answer; File and Amend, which
// imports use, do not. Errors carry the node's code and message (outcome.h: FromNode), or
// UNAVAILABLE with what to do when no node answers.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::cli {

// Thread-safe. Calls made without waiting must have answered before it goes.
class Client {
 public:
  // Connects at the first call. `timeout` is that of one call.
  Client(std::string endpoint, absl::Duration timeout);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::StatusOr<v1::WriteRecordResponse> Create(const v1::CreateRecordRequest& request);
  absl::StatusOr<v1::WriteRecordResponse> Update(const v1::UpdateRecordRequest& request);
  absl::StatusOr<v1::WriteRecordResponse> Withdraw(const v1::WithdrawRecordRequest& request);
  absl::StatusOr<v1::WriteRecordResponse> Resolve(const v1::ResolveConflictRequest& request);
  absl::StatusOr<v1::MoveRecordResponse> Move(const v1::MoveRecordRequest& request);
  absl::StatusOr<v1::Record> Get(const std::string& name);
  absl::StatusOr<v1::ListRecordsResponse> List(const v1::ListRecordsRequest& request);
  absl::StatusOr<v1::ListRecordHistoryResponse> History(const std::string& name);
  absl::StatusOr<v1::GetReceiptsResponse> Receipts(const std::string& name);
  absl::StatusOr<v1::ListConflictsResponse> Conflicts(const v1::ListConflictsRequest& request);
  absl::StatusOr<v1::NodeStatus> Status();

  // The answer comes on a thread of the client's; it must not block there.
  using Written = std::function<void(absl::StatusOr<v1::WriteRecordResponse>)>;
  void File(v1::CreateRecordRequest request, Written done);
  void Amend(v1::UpdateRecordRequest request, Written done);

  // Gives each message to `take`, on the calling thread, until `stop` (then OK) or until the stream
  // ends, which a node's never does by itself: UNAVAILABLE when the node goes away.
  absl::Status Watch(const v1::WatchRecordsRequest& request, std::stop_token stop,
                     const std::function<void(const v1::WatchRecordsResponse&)>& take);
  absl::Status WatchConflicts(const v1::WatchConflictsRequest& request, std::stop_token stop,
                              const std::function<void(const v1::WatchConflictsResponse&)>& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::cli
