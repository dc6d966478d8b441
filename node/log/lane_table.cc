#include "node/log/lane_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/receipt.h"

namespace tocsin::log {

bool MayName(const Birth& naming, const LaneRecord& record) {
  return record.birth == nullptr
             ? naming.scope == record.scope && naming.precedence == record.precedence
             : naming.scope == record.birth->scope &&
                   naming.precedence == record.birth->precedence &&
                   naming.certificate == record.birth->certificate;
}

LaneHead FurtherHead(const LaneHead& a, const LaneHead& b) {
  return std::tie(a.seq, a.step) < std::tie(b.seq, b.step) ? b : a;
}

LaneState ToState(const LaneRecord& record, size_t branches_max) {
  LaneState state{record.id, record.scope, record.precedence, false, CertId(), 0, {}, {}, {},
                  false,     std::nullopt, record.named_head};
  if (record.birth != nullptr) {
    state.has_birth = true;
    state.author = record.birth->certificate;
    state.schema_level = record.birth->schema_level;
    state.names = record.birth->heads;
  }
  for (const Span& span : record.spans) {
    Run run{Seq(span.first), Seq(span.last), span.before, span.last_step, span.branch};
    if (TOCSIN_PLANTED("head-off-by-one") && record.precedence == Precedence::kPriority) {
      run.last = run.last.Next();
    }
    if (TOCSIN_PLANTED("branches-mixed")) run.branch = 0;
    (span.whole ? state.runs : state.debts).push_back(run);
  }
  if (record.spans.size() > 1) {
    size_t width = Width(record.spans);
    state.forked = width > 1;
    if (width > branches_max) state.withheld_from = Seq(FirstParted(record.spans));
  }
  return state;
}

LaneTable::Slot& LaneTable::SlotOf(const Scope& scope) {
  std::string name = scope.ToString();
  auto found = slots_.find(name);
  if (found == slots_.end()) {
    found = slots_.emplace(std::move(name), Slot{scope, {}, {}, nullptr}).first;
  }
  return found->second;
}

void LaneTable::Publish(const std::vector<LaneRecordPtr>& records,
                        const std::vector<ReceiptUpdate>& receipts) {
  absl::MutexLock lock(&mutex_);
  for (const LaneRecordPtr& record : records) {
    LaneRecordPtr& place = lanes_[record->id];
    if (place != nullptr && place->scope != record->scope) {
      Slot& old = SlotOf(place->scope);
      old.lanes.erase(record->id);
      old.state = nullptr;
    }
    place = record;
    Slot& slot = SlotOf(record->scope);
    slot.lanes.insert(record->id);
    slot.state = nullptr;
  }
  for (const ReceiptUpdate& update : receipts) {
    Slot& slot = SlotOf(update.scope);
    slot.state = nullptr;
    if (update.receipt.number == 0) {
      slot.receipts.erase(update.receipt.holder);
      continue;
    }
    slot.receipts[update.receipt.holder] = update.receipt.number;
    ReceiptUpdate& highest = highest_.try_emplace(update.receipt.holder, update).first->second;
    if (highest.receipt.number < update.receipt.number) highest = update;
  }
}

LaneRecordPtr LaneTable::Find(const LaneId& lane) const {
  absl::MutexLock lock(&mutex_);
  auto found = lanes_.find(lane);
  return found == lanes_.end() ? nullptr : found->second;
}

std::vector<LaneRecordPtr> LaneTable::RecordsOf(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  std::vector<LaneRecordPtr> records;
  auto slot = slots_.find(scope.ToString());
  if (slot == slots_.end()) return records;
  records.reserve(slot->second.lanes.size());
  for (const LaneId& lane : slot->second.lanes) records.push_back(lanes_.at(lane));
  return records;
}

std::vector<LaneRecordPtr> LaneTable::Records() const {
  absl::MutexLock lock(&mutex_);
  std::vector<LaneRecordPtr> records;
  records.reserve(lanes_.size());
  for (const auto& [id, record] : lanes_) records.push_back(record);
  return records;
}

size_t LaneTable::lanes() const {
  absl::MutexLock lock(&mutex_);
  return lanes_.size();
}

std::shared_ptr<const ScopeState> LaneTable::StateOf(Slot& slot) const {
  if (slot.state != nullptr) return slot.state;
  auto state = std::make_shared<ScopeState>(ScopeState{slot.scope, {}, {}, {}, {}});
  state->lanes.reserve(slot.lanes.size());
  for (const LaneId& lane : slot.lanes) {
    state->lanes.push_back(ToState(*lanes_.at(lane), branches_max_));
  }
  state->listed = ListLanes(state->lanes);
  state->listed_bytes = EncodeListed(state->listed);
  for (const auto& [holder, number] : slot.receipts) state->receipts.push_back({holder, number});
  slot.state = state;
  return state;
}

std::vector<std::shared_ptr<const ScopeState>> LaneTable::ScopesFor(
    const Jurisdiction& reader) const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const ScopeState>> states;
  auto take = [&](std::map<std::string, Slot>::iterator slot)
                  ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                    // A scope whose only lane turned out to lie elsewhere has nothing to say.
                    if (slot->second.lanes.empty() && slot->second.receipts.empty()) return;
                    if (MayHold(reader, slot->second.scope))
                      states.push_back(StateOf(slot->second));
                  };
  auto take_one = [&](const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto slot = slots_.find(name);
    if (slot != slots_.end()) take(slot);
  };
  for (Jurisdiction above = reader; !above.IsRoot();) {
    above = above.Parent();
    take_one(Scope::Broadcast(above).ToString());
  }
  take_one(reader.path());
  // Everything below, its own broadcast included, begins with "path/"; '0' follows '/'.
  for (auto slot = slots_.lower_bound(reader.path() + "/");
       slot != slots_.end() && slot->first < reader.path() + "0"; ++slot) {
    take(slot);
  }
  std::sort(states.begin(), states.end(),
            [](const auto& a, const auto& b) { return a->scope < b->scope; });
  return states;
}

std::shared_ptr<const ScopeState> LaneTable::ScopeOf(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  auto slot = slots_.find(scope.ToString());
  return slot == slots_.end() ? nullptr : StateOf(slot->second);
}

std::shared_ptr<const std::vector<LaneState>> LaneTable::Lanes() const {
  absl::MutexLock lock(&mutex_);
  auto all = std::make_shared<std::vector<LaneState>>();
  all->reserve(lanes_.size());
  for (auto& [name, slot] : slots_) {
    for (const LaneId& lane : slot.lanes) all->push_back(ToState(*lanes_.at(lane), branches_max_));
  }
  return all;
}

uint64_t LaneTable::ReceiptNumberOf(const Scope& scope, const CertId& holder) const {
  absl::MutexLock lock(&mutex_);
  auto slot = slots_.find(scope.ToString());
  if (slot == slots_.end()) return 0;
  auto found = slot->second.receipts.find(holder);
  return found == slot->second.receipts.end() ? 0 : found->second;
}

std::vector<ReceiptNumber> LaneTable::ReceiptsOf(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  std::vector<ReceiptNumber> receipts;
  auto slot = slots_.find(scope.ToString());
  if (slot == slots_.end()) return receipts;
  for (const auto& [holder, number] : slot->second.receipts) receipts.push_back({holder, number});
  return receipts;
}

std::vector<LaneTable::ReceiptUpdate> LaneTable::HighestReceipts() const {
  absl::MutexLock lock(&mutex_);
  std::vector<ReceiptUpdate> highest;
  for (const auto& [holder, update] : highest_) highest.push_back(update);
  return highest;
}

}  // namespace tocsin::log
