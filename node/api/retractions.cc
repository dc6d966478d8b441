#include "node/api/retractions.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/log/receipt.h"

namespace tocsin::api {
namespace {

// Ranges of one lane that a holder took back; of more the oldest are forgotten.
constexpr size_t kRunsMax = 64;

bool Covers(const std::vector<log::ListedRun>& runs, const log::ListedRun& run) {
  return std::any_of(runs.begin(), runs.end(), [&run](const log::ListedRun& one) {
    return one.first <= run.first && run.last <= one.last;
  });
}

}  // namespace

struct Retractions::State : std::enable_shared_from_this<State> {
  using Runs = std::map<LaneId, std::vector<log::ListedRun>>;
  struct Held {
    uint64_t number = 0;
    std::string newest;
    Runs taken_back;
  };

  State(log::Log& of, Executor& executor) : log(of), strand(executor) {}

  Runs VouchedIn(const log::Receipt& receipt) const {
    Runs runs;
    const std::shared_ptr<const log::ScopeState> scope = log.ScopeOf(receipt.scope);
    if (scope == nullptr) return runs;
    for (log::Vouched& vouched : log::VouchedBy(receipt, scope->lanes)) {
      runs[vouched.lane] = std::move(vouched.runs);
    }
    return runs;
  }

  void Take(const std::string& bytes) {
    absl::StatusOr<log::Receipt> receipt = log::DecodeReceipt(bytes);
    if (!receipt.ok()) return;
    const std::pair<Scope, CertId> key(receipt->scope, receipt->holder);
    Held before;
    {
      absl::MutexLock lock(&mutex);
      Held& held = holders[key];
      if (receipt->number <= held.number) return;
      before = held;
    }
    Held after{receipt->number, bytes, {}};
    const Runs vouched = VouchedIn(*receipt);
    Runs said = std::move(before.taken_back);
    if (absl::StatusOr<log::Receipt> older = log::DecodeReceipt(before.newest); older.ok()) {
      for (auto& [lane, runs] : VouchedIn(*older)) {
        said[lane].insert(said[lane].end(), runs.begin(), runs.end());
      }
    }
    for (auto& [lane, runs] : said) {
      auto now = vouched.find(lane);
      if (now != vouched.end()) {
        std::erase_if(runs, [&](const log::ListedRun& run) { return Covers(now->second, run); });
      }
      if (runs.size() > kRunsMax) runs.erase(runs.begin(), runs.end() - kRunsMax);
      if (!runs.empty()) after.taken_back.emplace(lane, std::move(runs));
    }
    absl::MutexLock lock(&mutex);
    holders[key] = std::move(after);
  }

  log::Log& log;
  mutable absl::Mutex mutex;
  std::map<std::pair<Scope, CertId>, Held> holders ABSL_GUARDED_BY(mutex);
  // The last, so that its tasks end first.
  Strand strand;
};

Retractions::Retractions(log::Log& log, const Jurisdiction& reader, Executor& executor)
    : state_(std::make_shared<State>(log, executor)) {
  for (const auto& scope : log.ScopesFor(reader)) {
    absl::StatusOr<std::vector<std::string>> receipts = log.ReceiptsOf(scope->scope);
    if (!receipts.ok()) continue;
    for (const std::string& receipt : *receipts) state_->Take(receipt);
  }
  subscription_ =
      log.Subscribe([weak = std::weak_ptr<State>(state_)](const log::Published& published) {
        auto state = weak.lock();
        if (state == nullptr || published.receipts.empty()) return;
        state->strand.Post([raw = state.get(), receipts = published.receipts] {
          for (const log::NewReceipt& receipt : receipts) raw->Take(receipt.bytes);
        });
      });
}

Retractions::~Retractions() { subscription_.reset(); }

bool Retractions::IsTakenBack(const Scope& scope, const CertId& holder, const LaneId& lane,
                              Seq seq) const {
  absl::MutexLock lock(&state_->mutex);
  auto held = state_->holders.find({scope, holder});
  if (held == state_->holders.end()) return false;
  auto runs = held->second.taken_back.find(lane);
  if (runs == held->second.taken_back.end()) return false;
  return std::any_of(runs->second.begin(), runs->second.end(), [seq](const log::ListedRun& run) {
    return run.first <= seq && seq <= run.last;
  });
}

}  // namespace tocsin::api
