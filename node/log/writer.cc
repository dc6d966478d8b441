#include "node/log/writer.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"

namespace tocsin::log {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

size_t ChangesIn(const Request& request) {
  return std::visit(Overloaded{[](const AppendRequest& append) { return append.drafts.size(); },
                               [](const HoldRequest& hold) {
                                 return hold.range.ok() ? hold.range->changes.size() : size_t{1};
                               },
                               [](const auto&) { return size_t{1}; }},
                    request);
}

size_t BytesIn(const Request& request) {
  return std::visit(Overloaded{[](const AppendRequest& append) {
                                 size_t bytes = 0;
                                 for (const auto& draft : append.drafts)
                                   bytes += draft.bytes.size();
                                 return bytes;
                               },
                               [](const HoldRequest& hold) {
                                 return hold.range.ok() ? hold.range->raw.size() : size_t{0};
                               },
                               [](const auto&) { return size_t{256}; }},
                    request);
}

void Refuse(Request& request, const absl::Status& status) {
  std::visit(Overloaded{[&](AppendRequest& append) { append.done(status); },
                        [&](HoldRequest& hold) { hold.done(status); },
                        [&](HoldReceiptRequest& receipt) { receipt.done(status); },
                        [&](IssueReceiptRequest& receipt) { receipt.done(status); },
                        [](GiveUpRequest&) {}},
             request);
}

bool IsReceiptToIssue(const Request& request) {
  return std::holds_alternative<IssueReceiptRequest>(request);
}

}  // namespace

Writer::Writer(Context& context, StrandState state, Executor& executor,
               std::function<void(const Published&)> published)
    : context_(context),
      published_(std::move(published)),
      ends_(state.ends),
      state_(std::move(state)),
      strand_(std::make_unique<Strand>(executor)) {}

Writer::~Writer() {
  strand_.reset();
  std::deque<Request> waiting;
  {
    absl::MutexLock lock(&mutex_);
    waiting.swap(waiting_);
  }
  for (Request& request : waiting) Refuse(request, absl::CancelledError("the log is closing"));
}

void Writer::Enqueue(Request request) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(request));
  if (running_) return;
  running_ = true;
  strand_->Post([this] { Run(); });
}

Ends Writer::ends() const {
  absl::MutexLock lock(&mutex_);
  return ends_;
}

// What waits now, up to one group's size.
std::vector<Request> Writer::Take() {
  absl::MutexLock lock(&mutex_);
  std::vector<Request> taken;
  size_t changes = 0;
  size_t bytes = 0;
  while (!waiting_.empty()) {
    size_t more_changes = ChangesIn(waiting_.front());
    size_t more_bytes = BytesIn(waiting_.front());
    bool full = changes + more_changes > context_.options.group_changes_max ||
                bytes + more_bytes > context_.options.group_bytes_max;
    if (!taken.empty() && full) break;
    changes += more_changes;
    bytes += more_bytes;
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  running_ = !taken.empty();
  return taken;
}

void Writer::Run() {
  while (true) {
    std::vector<Request> requests = Take();
    if (requests.empty()) return;
    Process(std::move(requests));
  }
}

void Writer::Process(std::vector<Request> requests) {
  if (!failure_.ok()) {
    for (Request& request : requests) Refuse(request, failure_);
    return;
  }
  group_.emplace(context_, state_);
  // Receipts last: they speak of all that the group holds.
  for (bool receipts : {false, true}) {
    for (Request& request : requests) {
      if (IsReceiptToIssue(request) != receipts) continue;
      std::visit(Overloaded{[&](AppendRequest& append) { Append(std::move(append)); },
                            [&](HoldRequest& hold) { Hold(std::move(hold)); },
                            [&](HoldReceiptRequest& receipt) { Receive(std::move(receipt)); },
                            [&](IssueReceiptRequest& receipt) { Issue(std::move(receipt)); },
                            [&](GiveUpRequest& give_up) {
                              absl::Status given = group_->GiveUp(give_up.lane, give_up.row);
                              if (!given.ok()) {
                                ::tocsin::Log(LogLevel::kError, "log.give_up_failed",
                                              {{"lane", give_up.lane}, {"status", given}});
                              }
                            }},
                 request);
    }
    if (!receipts && !group_->broken()) {
      absl::Status stored = StoreOwn();
      if (!stored.ok() && !group_->broken()) failure_ = stored;
    }
  }
  Commit();
}

void Writer::Append(AppendRequest request) {
  PendingAppend& append = appends_.emplace_back();
  append.done = std::move(request.done);
  for (EncodedDraft& draft : request.drafts) {
    size_t at = own_.size();
    // The newest range of its lane, if it has room.
    for (size_t i = own_.size(); i > 0; --i) {
      if (own_[i - 1].scope != draft.scope || own_[i - 1].precedence != draft.precedence) continue;
      bool room = own_[i - 1].count < kBlockChangesMax &&
                  own_[i - 1].raw.size() + draft.bytes.size() <= kBlockRawBytesMax;
      if (room) at = i - 1;
      break;
    }
    if (at == own_.size()) {
      own_.push_back({draft.scope, draft.precedence, {}, 0, LaneId(), Arrival(), 0, {}});
    }
    append.places.push_back({at, own_[at].count, draft.stamp});
    own_[at].raw += draft.bytes;
    ++own_[at].count;
  }
}

absl::Status Writer::StoreOwn() {
  for (OwnRange& own : own_) {
    TOCSIN_ASSIGN_OR_RETURN(OpenLane * lane, group_->OpenFor(own.scope, own.precedence));
    Range range = tocsin::log::OwnRange(lane->lane, Seq(lane->last + 1), lane->last_step,
                                        std::move(own.raw), own.count);
    own.lane = lane->lane;
    own.first = lane->last + 1;
    for (const ChangeSpan& change : range.changes) own.dots.push_back(DotOf(change.step));
    lane->last += own.count;
    lane->last_step = range.changes.back().step;
    TOCSIN_ASSIGN_OR_RETURN(Group::Stored stored, group_->Store(std::move(range), Origin()));
    TOCSIN_CHECK(stored.fresh == own.count);
    own.arrival = stored.arrival;
  }
  return absl::OkStatus();
}

std::vector<Appended> Writer::Places(const PendingAppend& append) const {
  std::vector<Appended> appended;
  appended.reserve(append.places.size());
  for (const OwnPlace& place : append.places) {
    const OwnRange& own = own_[place.range];
    appended.push_back(
        {own.lane, Seq(own.first + place.index), own.dots[place.index], place.stamp, own.arrival});
  }
  return appended;
}

void Writer::Hold(HoldRequest request) {
  absl::StatusOr<HoldResult> result = HoldIn(*group_, request);
  waiters_.push_back([done = std::move(request.done),
                      result = std::move(result)](const absl::Status& status) mutable {
    if (status.ok() || !result.ok()) {
      done(std::move(result));
    } else {
      done(status);
    }
  });
}

absl::StatusOr<HoldResult> Writer::HoldIn(Group& group, HoldRequest& request) {
  TOCSIN_RETURN_IF_ERROR(request.range.status());
  // The group's own failure reaches everybody in it.
  if (group.broken()) return HoldResult();
  const LaneId lane = request.range->header.lane;
  if (request.birth != nullptr) group.AddBirth(lane, *request.birth);
  context_.stamps.See({Rank::kOwnSynced, request.range->latest_stamp});
  TOCSIN_ASSIGN_OR_RETURN(Group::Stored stored,
                          group.Store(*std::move(request.range), request.origin));
  return HoldResult{stored.fresh, stored.repaired, stored.forked};
}

void Writer::Receive(HoldReceiptRequest request) {
  if (!group_->broken()) group_->AddReceipt(request.receipt, request.bytes);
  waiters_.push_back(std::move(request.done));
}

void Writer::Issue(IssueReceiptRequest request) {
  absl::StatusOr<std::string> receipt = std::string();
  if (!group_->broken()) receipt = group_->IssueReceipt(request.scope);
  waiters_.push_back([done = std::move(request.done),
                      receipt = std::move(receipt)](const absl::Status& status) mutable {
    if (status.ok()) {
      done(std::move(receipt));
    } else {
      done(status);
    }
  });
}

void Writer::Commit() {
  absl::Status status;
  Published published;
  if (group_->broken() || !failure_.ok()) {
    status = absl::DataLossError(
        "the log on this disk cannot be read where it is to be written; nothing more is held "
        "until 'tocsin audit verify' has been run and the disk has been mended or restored");
  } else {
    auto committed = group_->Commit(state_);
    status = committed.status();
    if (committed.ok()) published = *std::move(committed);
  }
  // A full disk wrote nothing; any other failure may have written or not.
  if (!status.ok() && !absl::IsResourceExhausted(status)) failure_ = status;

  for (const auto& [lane, row] : group_->TakeDamaged()) Enqueue(GiveUpRequest{lane, row});
  std::vector<PendingAppend> appends = std::exchange(appends_, {});
  std::vector<Waiter> waiters = std::exchange(waiters_, {});
  std::vector<std::vector<Appended>> places;
  if (status.ok()) {
    for (const PendingAppend& append : appends) places.push_back(Places(append));
    {
      absl::MutexLock lock(&mutex_);
      ends_ = published.ends;
    }
    published_(published);
  }
  own_.clear();
  group_.reset();
  for (size_t i = 0; i < appends.size(); ++i) {
    if (status.ok()) {
      appends[i].done(std::move(places[i]));
    } else {
      appends[i].done(status);
    }
  }
  for (Waiter& waiter : waiters) waiter(status);
}

}  // namespace tocsin::log
