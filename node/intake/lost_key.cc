#include "node/intake/lost_key.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/intake/draft_size.h"
#include "node/intake/restate.h"
#include "node/log/erasure.h"
#include "node/log/gate.h"
#include "node/log/receipt.h"
#include "node/merge/merge.h"

namespace tocsin::intake {
namespace {

constexpr size_t kPageBytes = 1 << 20;

log::Draft EmptyDraft(const log::Entry& entry, const log::Change& change) {
  log::Draft draft{.scope = entry.scope,
                   .precedence = entry.precedence,
                   .key = change.key,
                   .cap_status = change.cap_status,
                   .heard = false,
                   .ops = {},
                   .restated = {},
                   .values = {},
                   .texts = {}};
  return draft;
}

// An erasure is carried out where it stands as a change of its own, never where it is restated.
void OrderAgain(const log::Change& erasure, std::vector<log::Draft>& drafts) {
  if (drafts.size() != 1) return;
  log::Draft again = drafts.front();
  again.ops = erasure.ops;
  again.values = erasure.values;
  if (Fits(again)) drafts.front() = std::move(again);
}

// The change's fields, and what it restated itself, in as few drafts as they fit in.
std::vector<log::Draft> Restate(const log::Entry& entry, const log::PlacedChange& placed) {
  merge::HeldChange held;
  held.dot = placed.dot();
  held.precedence = entry.precedence;
  held.change = placed.change;
  std::vector<std::pair<uint32_t, Dot>> names;
  for (const log::FieldOp& op : placed.change.ops) names.emplace_back(op.field, held.dot);
  for (const log::Restated& restated : placed.change.restated) {
    names.emplace_back(restated.field, restated.dot);
  }
  Writes writes(placed.change.key.kind, {&held, 1});
  std::vector<log::Draft> drafts;
  for (const auto& [field, dot] : names) {
    const FieldWrite* write = writes.Find(field, dot);
    if (write == nullptr) continue;
    if (!drafts.empty()) {
      log::Draft longer = drafts.back();
      AddRestated(*write, longer);
      if (Fits(longer)) {
        drafts.back() = std::move(longer);
        continue;
      }
    }
    drafts.push_back(EmptyDraft(entry, placed.change));
    AddRestated(*write, drafts.back());
  }
  if (placed.change.key.kind == log::kErasureKind) OrderAgain(placed.change, drafts);
  return drafts;
}

}  // namespace

struct LostKeyRestater::State : std::enable_shared_from_this<LostKeyRestater::State> {
  State(log::Log& the_log, const identity::Identity& the_identity,
        const identity::TrustStore& the_trust, Executor& the_executor)
      : log(the_log), identity(the_identity), trust(the_trust), executor(the_executor) {}

  bool IsLost(const CertId& author) const {
    if (identity.KeyOf(author) != nullptr) return false;
    std::optional<identity::Certificate> certificate = trust.Find(author);
    return certificate && certificate->jurisdiction() == identity.jurisdiction();
  }

  void Begin() {
    end = log.ends().of(log::Queue::kOwn);
    const auto lanes = log.Lanes();
    const bool any = std::any_of(lanes->begin(), lanes->end(), [&](const log::LaneState& lane) {
      return lane.has_birth && IsLost(lane.author);
    });
    if (any) NextPage();
  }

  void NextPage() {
    if (after >= end) return Finish(absl::OkStatus());
    auto entries = log.ReadEntries(log::Queue::kOwn, after, kPageBytes);
    if (!entries.ok()) return Finish(entries.status());
    if (entries->empty()) return Finish(absl::OkStatus());
    after = entries->back().arrival;
    std::vector<log::Draft> drafts;
    for (const log::Entry& entry : *entries) {
      if (entry.arrival > end || !IsLost(entry.author)) continue;
      for (const log::PlacedChange& change : entry.changes) {
        if (IsSafe(entry, change)) continue;
        ++restated;
        for (log::Draft& draft : Restate(entry, change)) drafts.push_back(std::move(draft));
      }
    }
    if (drafts.empty()) return Again();
    log.Append(std::move(drafts), [self = shared_from_this()](auto appended) {
      if (!appended.ok()) return self->Finish(appended.status());
      self->Again();
    });
  }

  void Again() {
    gate.Post(executor, [self = shared_from_this()] { self->NextPage(); });
  }

  // Somebody holds it sealed, or it was restated before.
  bool IsSafe(const log::Entry& entry, const log::PlacedChange& change) const {
    absl::StatusOr<bool> before = log.IsRestated(change.dot());
    if (before.ok() && *before) return true;
    auto scope = log.ScopeOf(entry.scope);
    if (scope == nullptr) return false;
    return std::any_of(
        scope->receipts.begin(), scope->receipts.end(), [&](const log::ReceiptNumber& receipt) {
          return !identity.IsOwn(receipt.holder) &&
                 log.IsHeldBy(receipt.holder, entry.lane, change.seq, change.dot()).value_or(false);
        });
  }

  void Finish(const absl::Status& status) {
    if (restated == 0 && status.ok()) return;
    ::tocsin::Log(status.ok() ? LogLevel::kWarning : LogLevel::kError, "intake.lost_key",
                  {{"restated", restated}, {"status", status}});
  }

  log::Log& log;
  const identity::Identity& identity;
  const identity::TrustStore& trust;
  Executor& executor;
  // Of one task at a time.
  Arrival end;
  Arrival after;
  uint64_t restated = 0;
  log::Gate gate;
};

LostKeyRestater::LostKeyRestater(log::Log& log, const identity::Identity& identity,
                                 const identity::TrustStore& trust, Executor& executor)
    : state_(std::make_shared<State>(log, identity, trust, executor)) {}

LostKeyRestater::~LostKeyRestater() { state_->gate.Close(); }

void LostKeyRestater::Start() {
  state_->gate.Post(state_->executor, [state = state_.get()] { state->Begin(); });
}

}  // namespace tocsin::intake
