#include "node/log/log_impl.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "node/base/status.h"
#include "node/log/draft.h"

namespace tocsin::log {

// One who listens. Gone when its subscription is; a call under way ends first, unless it is the
// call that ends it.
class LogImpl::Listener {
 public:
  explicit Listener(absl::AnyInvocable<void(const Published&)> call) : call_(std::move(call)) {}
  void Call(const Published& published) {
    absl::MutexLock lock(&mutex_);
    if (alive_) call_(published);
  }
  void Stop(bool inside) {
    if (inside) {
      alive_ = false;
      return;
    }
    absl::MutexLock lock(&mutex_);
    alive_ = false;
  }

 private:
  absl::Mutex mutex_;
  std::atomic<bool> alive_ = true;
  absl::AnyInvocable<void(const Published&)> call_;
};

struct LogImpl::Listeners {
  absl::Mutex mutex;
  std::vector<std::shared_ptr<Listener>> all ABSL_GUARDED_BY(mutex);
  // Null once the log is gone.
  Writer* writer ABSL_GUARDED_BY(mutex) = nullptr;

  void Publish(const Published& published) {
    std::vector<std::shared_ptr<Listener>> now;
    {
      absl::MutexLock lock(&mutex);
      now = all;
    }
    for (const std::shared_ptr<Listener>& listener : now) listener->Call(published);
  }
  void Remove(const std::shared_ptr<Listener>& listener) {
    bool inside = false;
    {
      absl::MutexLock lock(&mutex);
      all.erase(std::remove(all.begin(), all.end(), listener), all.end());
      inside = writer != nullptr && writer->OnStrand();
    }
    listener->Stop(inside);
  }
};

LogImpl::LogImpl(std::unique_ptr<Context> context, StrandState state, Executor& executor)
    : context_(std::move(context)), listeners_(std::make_shared<Listeners>()) {
  writer_ = std::make_unique<Writer>(
      *context_, std::move(state), executor,
      [listeners = listeners_](const Published& published) { listeners->Publish(published); });
  auto give_up = [this](const LaneId& lane, const PlacedRow& row) {
    writer_->Enqueue(GiveUpRequest{lane, row});
  };
  reader_ = std::make_unique<Reader>(*context_, give_up);
  scrubber_ = std::make_unique<Scrubber>(*context_, give_up);
  intake_ = std::make_unique<Intake>(*context_, *writer_, executor);
  absl::MutexLock lock(&listeners_->mutex);
  listeners_->writer = writer_.get();
}

LogImpl::~LogImpl() {
  intake_.reset();
  {
    absl::MutexLock lock(&listeners_->mutex);
    listeners_->writer = nullptr;
  }
  writer_.reset();
}

void LogImpl::Append(std::vector<Draft> drafts, AppendDone done) {
  AppendRequest request;
  request.drafts.reserve(drafts.size());
  for (const Draft& draft : drafts) {
    if (!MayWrite(context_->identity.jurisdiction(), draft.scope)) {
      return done(absl::PermissionDeniedError(absl::StrCat(
          context_->identity.certificate().Describe(), " may not write in ", draft.scope.ToString(),
          ": file it at a post of that jurisdiction or above it")));
    }
    Stamp stamp = context_->stamps.NextStamp(draft.heard);
    auto bytes = EncodeDraft(draft, stamp, context_->random);
    if (!bytes.ok()) return done(bytes.status());
    request.drafts.push_back({draft.scope, draft.precedence, stamp, *std::move(bytes)});
  }
  request.done = std::move(done);
  writer_->Enqueue(std::move(request));
}

void LogImpl::HoldBlock(std::string block, Origin origin, HoldDone done) {
  intake_->HoldBlock(std::move(block), std::move(origin), std::move(done));
}
absl::Status LogImpl::OfferCertificate(absl::string_view der) {
  return intake_->OfferCertificate(der);
}
absl::Status LogImpl::OfferBirth(absl::string_view birth) { return intake_->OfferBirth(birth); }
void LogImpl::HoldReceipt(std::string receipt, absl::AnyInvocable<void(absl::Status)> done) {
  intake_->HoldReceipt(std::move(receipt), std::move(done));
}

std::unique_ptr<Log::Subscription> LogImpl::Subscribe(
    absl::AnyInvocable<void(const Published&)> listener) {
  struct Handle final : Subscription {
    Handle(std::shared_ptr<Listeners> listeners_in, std::shared_ptr<Listener> listener_in)
        : listeners(std::move(listeners_in)), listener(std::move(listener_in)) {}
    ~Handle() override { listeners->Remove(listener); }
    std::shared_ptr<Listeners> listeners;
    std::shared_ptr<Listener> listener;
  };
  auto added = std::make_shared<Listener>(std::move(listener));
  {
    absl::MutexLock lock(&listeners_->mutex);
    listeners_->all.push_back(added);
  }
  return std::make_unique<Handle>(listeners_, added);
}

absl::StatusOr<std::vector<Entry>> LogImpl::ReadEntries(Queue queue, Arrival after,
                                                        size_t bytes_max) const {
  return reader_->ReadEntries(queue, after, ends().of(queue), bytes_max);
}
absl::StatusOr<std::vector<PlacedChange>> LogImpl::ReadLane(const LaneId& lane, Seq first, Seq last,
                                                            uint8_t branch) const {
  return reader_->ReadLane(lane, first, last, branch);
}
absl::StatusOr<PlacedChange> LogImpl::ReadChange(const LaneId& lane, Seq seq,
                                                 const Dot& dot) const {
  return reader_->ReadChange(lane, seq, dot);
}
absl::StatusOr<Step> LogImpl::StepAt(const LaneId& lane, Seq seq, uint8_t branch) const {
  return reader_->StepAt(lane, seq, branch);
}
std::shared_ptr<const std::vector<LaneState>> LogImpl::Lanes() const {
  return context_->table.Lanes();
}
std::vector<std::shared_ptr<const ScopeState>> LogImpl::ScopesFor(
    const Jurisdiction& reader) const {
  return context_->table.ScopesFor(reader);
}
std::shared_ptr<const ScopeState> LogImpl::ScopeOf(const Scope& scope) const {
  return context_->table.ScopeOf(scope);
}
std::optional<LaneState> LogImpl::FindLane(const LaneId& lane) const {
  LaneRecordPtr record = context_->table.Find(lane);
  if (record == nullptr) return std::nullopt;
  return ToState(*record, context_->options.branches_max);
}
absl::StatusOr<std::string> LogImpl::BirthBytes(const LaneId& lane) const {
  return reader_->BirthBytes(lane);
}
absl::StatusOr<std::vector<std::string>> LogImpl::ReadBlocks(const LaneId& lane, Seq first,
                                                             Seq last, uint8_t branch,
                                                             size_t bytes_max) {
  return reader_->ReadBlocks(lane, first, last, branch, bytes_max);
}
void LogImpl::IssueReceipt(const Scope& scope,
                           absl::AnyInvocable<void(absl::StatusOr<std::string>)> done) {
  if (!MayHold(context_->identity.jurisdiction(), scope)) {
    return done(
        absl::PermissionDeniedError(absl::StrCat("this node may not hold ", scope.ToString())));
  }
  writer_->Enqueue(IssueReceiptRequest{scope, std::move(done)});
}
absl::StatusOr<std::vector<std::string>> LogImpl::ReceiptsOf(const Scope& scope) const {
  return reader_->ReceiptsOf(scope);
}
absl::StatusOr<bool> LogImpl::IsHeldBy(const CertId& holder, const LaneId& lane, Seq seq,
                                       const Dot& dot) const {
  return reader_->IsHeldBy(holder, lane, seq, dot);
}
absl::StatusOr<bool> LogImpl::IsRestated(const Dot& dot) const { return reader_->IsRestated(dot); }
absl::StatusOr<std::vector<std::string>> LogImpl::HighestReceipts() const {
  return reader_->HighestReceipts();
}

}  // namespace tocsin::log
