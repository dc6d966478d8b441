// A node's API on loopback, in memory, for the commands to speak to. It keeps what the API promises
// as far as they rely on it: codes, source keys, withheld texts, etags, pages. No log behind it.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/conflicts.pb.h"

namespace tocsin::cli {

// Thread-safe. Stops with the object.
class FakeNode {
 public:
  explicit FakeNode(const std::string& jurisdiction = "city/kings/e201");
  ~FakeNode();

  std::string endpoint() const;

  // Holds a record as if somebody had filed it; fills name, uid and kind from scope and code.
  void Hold(v1::Record record);
  // The record of a resource name by code; nothing when it is not held.
  std::optional<v1::Record> Held(const std::string& name) const;
  size_t held() const;

  // The requests so far.
  std::vector<v1::CreateRecordRequest> creates() const;
  std::vector<v1::UpdateRecordRequest> updates() const;
  std::vector<v1::ListRecordsRequest> lists() const;
  std::vector<v1::ResolveConflictRequest> resolves() const;
  std::vector<v1::MoveRecordRequest> moves() const;

  // From the n-th Create on (1 is the first), answers with this code; 0: no more.
  void FailCreatesFrom(int n, absl::StatusCode code, const std::string& message);
  // Answers every Update so; kOk: no more.
  void FailUpdates(absl::StatusCode code, const std::string& message);
  // What its corrected clock says, in milliseconds since 1970; 0: it does not say.
  void SetClock(int64_t ms);
  // What a move is answered with.
  void AnswerMovesWith(v1::MoveRecordResponse response);
  // Sends it to every watch under way or to come.
  void Announce(v1::WatchRecordsResponse event);

  // Lists it among the open conflicts, a page of one each.
  void HoldConflict(v1::OpenConflict conflict);
  std::vector<v1::ListConflictsRequest> conflict_lists() const;
  void AnnounceConflict(v1::WatchConflictsResponse event);
  std::vector<v1::WatchConflictsRequest> conflict_watches() const;
  // What it says of each record's past, instead of a change of its own.
  void SetHistory(v1::ListRecordHistoryResponse history);
  void SetConflictStatus(v1::ConflictStatus status);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::cli
