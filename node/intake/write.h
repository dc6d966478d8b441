// What intake's strand passes on: a request on its way, with the answer that it owes. For the
// sources of this folder.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/functional/any_invocable.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/executor.h"
#include "node/intake/compose.h"
#include "node/intake/intake.h"
#include "node/intake/move.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "node/view/view.h"

namespace tocsin::intake {

// Answers exactly once: at the latest when it is dropped, as whatever holds it shuts down.
class Reply {
 public:
  Reply(Intake::Done done, std::shared_ptr<std::atomic<size_t>> in_flight)
      : done_(std::move(done)), in_flight_(std::move(in_flight)) {}
  Reply(Reply&&) = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (in_flight_ == nullptr) return;
    Send(absl::UnavailableError(
        "the node is stopping; what was written may be filed: ask again with the same request_id"));
  }

  void Send(absl::StatusOr<v1::WriteRecordResponse> response) {
    in_flight_->fetch_sub(1);
    in_flight_ = nullptr;
    std::move(done_)(std::move(response));
  }

 private:
  Intake::Done done_;
  // Null once answered.
  std::shared_ptr<std::atomic<size_t>> in_flight_;
};

// One request on its way.
struct Write {
  explicit Write(Reply to) : reply(std::move(to)) {}

  Reply reply;
  std::string request_id;
  bool validate_only = false;
  bool is_new = false;
  bool has_source = false;
  // A new record without a code of its own until it is chosen.
  std::optional<Scope> scope;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  std::optional<SpokenCode> code;
  std::optional<RecordId> source_id;
  // An edit's, until it is looked up.
  std::optional<schema::RecordName> wanted;
  std::optional<view::RecordName> name;
  // The records that it writes, in the order in which it takes its turn at each.
  std::vector<view::RecordName> turns;
  size_t turns_taken = 0;
  Edit edit;
  std::string etag;
  bool require_unchanged = false;
  // A resolution: its edit is made of it once the record is at hand.
  std::optional<v1::ResolveConflictRequest> resolve;
  // A move: `name` is that of the record which stands for this one.
  std::optional<MoveOrder> move;
  std::optional<view::RecordName> moved;
  v1::WriteRecordResponse response;
};
using WritePtr = std::unique_ptr<Write>;

// Names a record in a map.
inline std::string AddressOf(const view::RecordName& name) {
  return absl::StrCat(name.scope.ToString(), "|", name.key.kind, "|", name.key.id.view());
}

inline std::string CodeAddress(const Scope& scope, const SpokenCode& code) {
  return absl::StrCat(scope.ToString(), "|", code.bits());
}

inline schema::RecordName ResourceName(const view::RecordName& name) {
  const auto kind = static_cast<v1::Kind>(name.key.kind);
  if (name.key.code_bits) {
    return {name.scope, kind, SpokenCode::FromBits(*name.key.code_bits)};
  }
  return {name.scope, kind, name.key.id};
}

// Lets the log's and the view's threads reach the strand for as long as it lives.
class Door {
 public:
  explicit Door(Strand& strand) : strand_(&strand) {}
  void Post(Task task) {
    absl::MutexLock lock(&mutex_);
    if (strand_ != nullptr) strand_->Post(std::move(task));
  }
  void Shut() {
    absl::MutexLock lock(&mutex_);
    strand_ = nullptr;
  }

 private:
  absl::Mutex mutex_;
  Strand* strand_ ABSL_GUARDED_BY(mutex_);
};

// Closed until the view has caught up; whoever comes earlier waits.
class ViewGate {
 public:
  void Pass(absl::AnyInvocable<void(absl::Status)> task) {
    if (status_) return std::move(task)(*status_);
    waiting_.push_back(std::move(task));
  }
  void Open(const absl::Status& status) {
    status_ = status;
    for (auto& task : std::exchange(waiting_, {})) std::move(task)(status);
  }

 private:
  std::optional<absl::Status> status_;
  std::vector<absl::AnyInvocable<void(absl::Status)>> waiting_;
};

}  // namespace tocsin::intake
