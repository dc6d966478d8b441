// The append strand: takes what waits, makes it one group, has it fsynced once, publishes the new
// ends, tells listeners and then those who wait. Nothing else writes the log.
//
// Enqueue is thread-safe; all the rest runs on the strand, which it owns. Owned by the log.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/base/executor.h"
#include "node/log/context.h"
#include "node/log/group.h"
#include "node/log/range.h"

namespace tocsin::log {

// A draft in lane form.
struct EncodedDraft {
  Scope scope;
  Precedence precedence;
  Stamp stamp;
  std::string bytes;
};

struct AppendRequest {
  std::vector<EncodedDraft> drafts;
  Log::AppendDone done;
};
struct HoldRequest {
  // A verified block, or why it is none.
  absl::StatusOr<Range> range;
  // The birth of its lane, when it was not open yet.
  std::shared_ptr<const OfferedBirth> birth;
  Origin origin;
  Log::HoldDone done;
};
struct HoldReceiptRequest {
  Receipt receipt;
  std::string bytes;
  absl::AnyInvocable<void(absl::Status)> done;
};
struct IssueReceiptRequest {
  Scope scope;
  absl::AnyInvocable<void(absl::StatusOr<std::string>)> done;
};
struct GiveUpRequest {
  LaneId lane;
  PlacedRow row;
};
using Request = std::variant<AppendRequest, HoldRequest, HoldReceiptRequest, IssueReceiptRequest,
                             GiveUpRequest>;

class Writer {
 public:
  // `published` is called on the strand after each fsync, before those who wait.
  Writer(Context& context, StrandState state, Executor& executor,
         std::function<void(const Published&)> published);
  // What waits is told CANCELLED.
  ~Writer();

  void Enqueue(Request request);
  Ends ends() const;
  bool OnStrand() const { return strand_->IsCurrent(); }

 private:
  // A range of own changes that is not in the group yet: as many as one block may have.
  struct OwnRange {
    Scope scope;
    Precedence precedence;
    std::string raw;
    size_t count = 0;
    // Once it is stored.
    LaneId lane;
    Arrival arrival;
    uint64_t first = 0;
    std::vector<Dot> dots;
  };
  struct OwnPlace {
    size_t range;
    size_t index;
    Stamp stamp;
  };
  struct PendingAppend {
    std::vector<OwnPlace> places;
    Log::AppendDone done;
  };
  // Somebody who waits for the group; hears its status.
  using Waiter = absl::AnyInvocable<void(const absl::Status&)>;

  void Run();
  std::vector<Request> Take();
  void Process(std::vector<Request> requests);
  void Append(AppendRequest request);
  absl::Status StoreOwn();
  void Hold(HoldRequest request);
  absl::StatusOr<HoldResult> HoldIn(Group& group, HoldRequest& request);
  void Receive(HoldReceiptRequest request);
  void Issue(IssueReceiptRequest request);
  void Commit();
  std::vector<Appended> Places(const PendingAppend& append) const;

  Context& context_;
  const std::function<void(const Published&)> published_;

  mutable absl::Mutex mutex_;
  std::deque<Request> waiting_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  Ends ends_ ABSL_GUARDED_BY(mutex_);

  // Of the strand: what was committed, and the group in the making.
  StrandState state_;
  std::optional<Group> group_;
  std::vector<OwnRange> own_;
  std::vector<PendingAppend> appends_;
  std::vector<Waiter> waiters_;
  // Set once, by a write that may be there or not; from then on nothing is said to be durable.
  absl::Status failure_;

  // The last member: it goes first.
  std::unique_ptr<Strand> strand_;
};

}  // namespace tocsin::log
