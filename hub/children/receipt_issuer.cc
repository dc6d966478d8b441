#include "hub/children/receipt_issuer.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "node/base/log.h"
#include "node/log/receipt.h"

namespace tocsin::children {

// Lives as long as a callback of the log may come. Its strand ends with the issuer, which waits for
// what runs on it: the log may go next.
struct ReceiptIssuer::State : std::enable_shared_from_this<ReceiptIssuer::State> {
  State(log::Log& the_log, const identity::Identity& the_identity, Executor& executor,
        const ReceiptIssuerOptions& the_options)
      : log(the_log),
        identity(the_identity),
        options(the_options),
        strand(std::make_unique<Strand>(executor)) {}

  void Post(Task task) {
    absl::MutexLock lock(&mutex);
    if (strand != nullptr) strand->Post(std::move(task));
  }

  void End() {
    std::unique_ptr<Strand> ending;
    absl::MutexLock lock(&mutex);
    ending.swap(strand);
  }

  bool IsBelow(const Scope& scope) const {
    return identity.jurisdiction().Covers(scope.jurisdiction()) &&
           scope.jurisdiction() != identity.jurisdiction();
  }

  void FindUnsaid() {
    for (const auto& scope : log.ScopesFor(identity.jurisdiction())) {
      if (IsBelow(scope->scope) && !IsSaid(*scope)) dirty.insert(scope->scope);
    }
    IssueAll();
  }

  // A receipt of a later day than this disk knows was shown: what was told since is passed over
  // until all is said anew, with higher numbers.
  void SayAllAnew() {
    for (const auto& scope : log.ScopesFor(identity.jurisdiction())) {
      if (IsBelow(scope->scope)) dirty.insert(scope->scope);
    }
    IssueAll();
  }

  // Does the newest receipt of this hub say what it holds now?
  bool IsSaid(const log::ScopeState& scope) const {
    absl::StatusOr<std::vector<std::string>> receipts = log.ReceiptsOf(scope.scope);
    if (!receipts.ok()) return false;
    return std::any_of(receipts->begin(), receipts->end(), [&](const std::string& bytes) {
      absl::StatusOr<log::Receipt> receipt = log::DecodeReceipt(bytes);
      return receipt.ok() && receipt->holder == identity.id() && receipt->lanes == scope.listed;
    });
  }

  void OnPublished(const log::Published& published) {
    if (published.outdone) Post([this] { SayAllAnew(); });
    bool flash = false;
    std::set<Scope> changed;
    for (const log::AppendedRange& range : published.ranges) {
      if (!IsBelow(range.scope)) continue;
      changed.insert(range.scope);
      flash = flash || range.precedence == Precedence::kFlash;
    }
    for (const Scope& scope : published.shrunk) {
      if (IsBelow(scope)) changed.insert(scope);
    }
    if (changed.empty()) return;
    Post([this, changed = std::move(changed), flash] {
      dirty.insert(changed.begin(), changed.end());
      if (flash) {
        IssueAll();
      } else if (!std::exchange(waiting, true)) {
        IssueAfter(options.gather);
      }
    });
  }

  void IssueAll() {
    for (const Scope& scope : std::exchange(dirty, {})) {
      log.IssueReceipt(scope,
                       [weak = weak_from_this(), scope](absl::StatusOr<std::string> receipt) {
                         if (receipt.ok()) return;
                         Log(LogLevel::kError, "receipt.not_issued",
                             {{"scope", scope}, {"reason", receipt.status()}});
                         std::shared_ptr<State> self = weak.lock();
                         if (self != nullptr && absl::IsResourceExhausted(receipt.status()))
                           self->SayLater(scope);
                       });
    }
  }

  // The disk is full: said once there is room.
  void SayLater(const Scope& scope) {
    Post([this, scope] {
      dirty.insert(scope);
      if (!std::exchange(waiting, true)) IssueAfter(options.retry);
    });
  }

  void IssueAfter(absl::Duration delay) {
    absl::MutexLock lock(&mutex);
    if (strand == nullptr) return;
    strand->PostAfter(delay, [this] {
      waiting = false;
      IssueAll();
    });
  }

  log::Log& log;
  const identity::Identity& identity;
  const ReceiptIssuerOptions options;
  // Of the strand.
  std::set<Scope> dirty;
  bool waiting = false;

  absl::Mutex mutex;
  std::unique_ptr<Strand> strand ABSL_GUARDED_BY(mutex);
};

ReceiptIssuer::ReceiptIssuer(log::Log& log, const identity::Identity& identity, Executor& executor,
                             const ReceiptIssuerOptions& options)
    : state_(std::make_shared<State>(log, identity, executor, options)) {}

ReceiptIssuer::~ReceiptIssuer() {
  subscription_.reset();
  state_->End();
}

void ReceiptIssuer::Start() {
  subscription_ = state_->log.Subscribe(
      [state = state_](const log::Published& published) { state->OnPublished(published); });
  state_->Post([state = state_.get()] { state->FindUnsaid(); });
}

}  // namespace tocsin::children
