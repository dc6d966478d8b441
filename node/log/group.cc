#include "node/log/group.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/receipt.h"

namespace tocsin::log {
namespace {

// So many heads fit a birth with room to spare.
constexpr size_t kNamedHeadsMax = 512;

// For the planted bug: as if nothing were missing.
[[maybe_unused]] std::vector<LaneState> WithDebts(std::vector<LaneState> lanes) {
  for (LaneState& lane : lanes) {
    lane.runs.insert(lane.runs.end(), lane.debts.begin(), lane.debts.end());
  }
  return lanes;
}

}  // namespace

Group::Group(Context& context, const StrandState& state) : context_(context), state_(state) {}

void Group::Put(std::string key, std::string value) {
  writes_.insert_or_assign(std::move(key), std::optional<std::string>(std::move(value)));
}

void Group::Delete(std::string key) { writes_.insert_or_assign(std::move(key), std::nullopt); }

absl::StatusOr<std::optional<std::string>> Group::Get(absl::string_view key) const {
  auto written = writes_.find(key);
  if (written != writes_.end()) return written->second;
  return context_.store.Get(key);
}

// Merges two walks; of one key the group's counts.
absl::Status Group::Scan(absl::string_view begin, absl::string_view end, Visit visit) const {
  auto stored = context_.store.Scan(begin, end);
  auto written = writes_.lower_bound(begin);
  auto has_written = [&] { return written != writes_.end() && written->first < end; };
  while (stored->Valid() || has_written()) {
    bool take_written = has_written() && (!stored->Valid() || written->first <= stored->key());
    if (!take_written) {
      if (!visit(stored->key(), stored->value())) return absl::OkStatus();
      stored->Next();
      continue;
    }
    if (stored->Valid() && written->first == stored->key()) stored->Next();
    if (written->second.has_value() && !visit(written->first, *written->second)) {
      return absl::OkStatus();
    }
    ++written;
  }
  return stored->status();
}

const LaneRecord* Group::Find(const LaneId& lane) const {
  auto staged = lanes_.find(lane);
  if (staged != lanes_.end()) return staged->second.get();
  // The table's record lives as long as nobody publishes, and only this strand does.
  return context_.table.Find(lane).get();
}

LaneRecord& Group::Touch(const LaneId& lane) {
  auto staged = lanes_.find(lane);
  if (staged != lanes_.end()) return *staged->second;
  LaneRecordPtr held = context_.table.Find(lane);
  TOCSIN_CHECK(held != nullptr);
  return *lanes_.emplace(lane, std::make_shared<LaneRecord>(*held)).first->second;
}

void Group::StoreCertificates(const CertId& author) {
  auto chain = context_.trust.Chain(author);
  TOCSIN_CHECK(chain.ok());
  for (const identity::Certificate& certificate : *chain) {
    if (!state_.stored_certificates.insert(certificate.id()).second) continue;
    Put(CertificateKey(certificate.id()), std::string(certificate.der()));
  }
}

void Group::NameHeads(const Birth& birth) {
  for (const LaneHead& head : birth.heads) {
    if (Find(head.lane) == nullptr) {
      auto record = std::make_shared<LaneRecord>(
          LaneRecord{head.lane, birth.scope, birth.precedence, nullptr, {}, std::nullopt});
      lanes_.emplace(head.lane, std::move(record));
    }
    if (!MayName(birth, *Find(head.lane))) continue;
    LaneRecord& record = Touch(head.lane);
    record.named_head =
        record.named_head.has_value() ? FurtherHead(*record.named_head, head) : head;
  }
}

// A lane that was only named has its birth now: what named it must have had the right to.
void Group::RecallNames(LaneRecord& record) {
  record.named_head.reset();
  auto look = [&](const LaneRecord& other) {
    if (other.birth == nullptr || !MayName(*other.birth, record)) return;
    for (const LaneHead& head : other.birth->heads) {
      if (head.lane != record.id) continue;
      record.named_head =
          record.named_head.has_value() ? FurtherHead(*record.named_head, head) : head;
    }
  };
  for (const LaneRecordPtr& other : context_.table.RecordsOf(record.scope)) look(*other);
  for (const auto& [id, other] : lanes_) look(*other);
}

void Group::AddBirth(const LaneId& lane, const OfferedBirth& offered) {
  const Birth& birth = offered.birth;
  const LaneRecord* known = Find(lane);
  if (known != nullptr && known->birth != nullptr) return;
  if (known == nullptr) {
    lanes_.emplace(lane, std::make_shared<LaneRecord>(LaneRecord{
                             lane, birth.scope, birth.precedence, nullptr, {}, std::nullopt}));
  }
  bool was_named = known != nullptr;
  LaneRecord& record = Touch(lane);
  record.scope = birth.scope;
  record.precedence = birth.precedence;
  record.birth = std::make_shared<const Birth>(birth);
  if (was_named) RecallNames(record);
  StoreCertificates(birth.certificate);
  Put(BirthKey(lane), offered.bytes);
  NameHeads(birth);
}

absl::StatusOr<OpenLane*> Group::OpenFor(const Scope& scope, Precedence precedence) {
  auto open = state_.open_lanes.find({scope, precedence});
  if (open != state_.open_lanes.end()) return &open->second;

  Birth birth{scope,
              precedence,
              context_.options.schema_level,
              context_.identity.id(),
              context_.random.Fixed<Salt>(),
              {}};
  for (const LaneRecordPtr& held : context_.table.RecordsOf(scope)) {
    const LaneRecord& record = *Find(held->id);
    if (record.birth == nullptr || record.spans.empty() || record.precedence != precedence ||
        record.birth->certificate != birth.certificate) {
      continue;
    }
    const Span* end = &record.spans.front();
    for (const Span& span : record.spans) {
      if (std::tie(end->last, end->last_step) < std::tie(span.last, span.last_step)) end = &span;
    }
    LaneHead head{record.id, Seq(end->last), end->last_step};
    if (record.named_head == head) continue;
    birth.heads.push_back(head);
    if (birth.heads.size() == kNamedHeadsMax) break;
  }
  std::string bytes = EncodeBirth(birth);
  LaneId lane = LaneIdOf(context_.identity.network_id(), bytes);
  AddBirth(lane, {birth, bytes});
  OpenLane fresh{lane, 0, StepZero(lane)};
  return &state_.open_lanes.emplace(std::pair(scope, precedence), fresh).first->second;
}

absl::StatusOr<std::string> Group::IssueReceipt(const Scope& scope) {
  if (state_.receipt_number >= kMaxReceiptNumber) {
    return absl::OutOfRangeError(
        absl::StrCat("this node has signed receipt number ", state_.receipt_number,
                     ", the last that there is; issue it a certificate anew, whose receipts begin "
                     "at 1"));
  }
  std::vector<LaneState> lanes;
  for (const LaneRecordPtr& held : context_.table.RecordsOf(scope)) {
    const LaneRecord* record = Find(held->id);
    if (record->scope == scope) lanes.push_back(ToState(*record, context_.options.branches_max));
  }
  for (const auto& [id, record] : lanes_) {
    LaneRecordPtr published = context_.table.Find(id);
    if (record->scope == scope && (published == nullptr || published->scope != scope)) {
      lanes.push_back(ToState(*record, context_.options.branches_max));
    }
  }
  ++state_.receipt_number;
  Receipt receipt{context_.identity.id(),
                  scope,
                  state_.receipt_number,
                  absl::FromUnixMillis(absl::ToUnixMillis(context_.stamps.Now())),
                  0,
                  ListLanes(TOCSIN_PLANTED("receipt-counts-debts") ? WithDebts(lanes) : lanes)};
  std::string bytes = SignReceipt(receipt, context_.identity);
  std::string number;
  ByteWriter(number).Varint(state_.receipt_number);
  Put(std::string(kReceiptNumberKey), number);
  const Precedence precedence = PrecedenceOf(receipt);
  StoreCertificates(receipt.holder);
  TakePlaceOfFormer(scope, receipt.holder);
  Put(ReceiptKey(scope, receipt.holder), bytes);
  receipt_updates_.push_back({scope, {receipt.holder, receipt.number}});
  published_.receipts.push_back({bytes, precedence});
  return bytes;
}

// A receipt of this node's own is shown by who holds it. Is it one that this disk did not give:
// from before it was lost or restored, and no lower than what was given for the scope since?
absl::StatusOr<bool> Group::IsOfAnotherLife(const Receipt& receipt,
                                            const std::string& bytes) const {
  const std::map<CertId, uint64_t> held = ReceiptsOf(receipt.scope);
  auto given = held.find(receipt.holder);
  if (given == held.end() || receipt.number > given->second) return true;
  if (receipt.number < given->second) return false;
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                          Get(ReceiptKey(receipt.scope, receipt.holder)));
  return stored != bytes;
}

// Somebody waits for a receipt that covers flash; it must not wait behind others. What of the flash
// lanes it lists otherwise than the one before it, it says anew.
Precedence Group::PrecedenceOf(const Receipt& receipt) const {
  auto of_flash = [this](const std::vector<ListedLane>& lanes) {
    std::vector<ListedLane> flash;
    for (const ListedLane& lane : lanes) {
      const LaneRecord* record = Find(lane.lane);
      if (record != nullptr && record->precedence == Precedence::kFlash) flash.push_back(lane);
    }
    return flash;
  };
  const std::vector<ListedLane> now = of_flash(receipt.lanes);
  auto stored = Get(ReceiptKey(receipt.scope, receipt.holder));
  if (stored.ok() && stored->has_value()) {
    auto before = DecodeReceipt(**stored);
    if (before.ok() && of_flash(before->lanes) == now) return Precedence::kPriority;
  } else if (now.empty()) {
    return Precedence::kPriority;
  }
  return Precedence::kFlash;
}

std::map<CertId, uint64_t> Group::ReceiptsOf(const Scope& scope) const {
  std::map<CertId, uint64_t> held;
  for (const ReceiptNumber& receipt : context_.table.ReceiptsOf(scope)) {
    held[receipt.holder] = receipt.number;
  }
  for (const LaneTable::ReceiptUpdate& update : receipt_updates_) {
    if (update.scope != scope) continue;
    held[update.receipt.holder] = update.receipt.number;
    if (update.receipt.number == 0) held.erase(update.receipt.holder);
  }
  return held;
}

// A holder that was renewed speaks under its later certificate alone: what it said before was of a
// disk that it may have lost with its key. False if `holder` is itself the former one.
bool Group::TakePlaceOfFormer(const Scope& scope, const CertId& holder) {
  std::optional<identity::Certificate> own = context_.trust.Find(holder);
  TOCSIN_CHECK(own.has_value());
  std::vector<CertId> former;
  for (const auto& [id, number] : ReceiptsOf(scope)) {
    std::optional<identity::Certificate> other = context_.trust.Find(id);
    if (id == holder || !other || other->jurisdiction() != own->jurisdiction()) continue;
    if (identity::IsNewer(*other, *own)) return false;
    former.push_back(id);
  }
  for (const CertId& id : former) {
    Delete(ReceiptKey(scope, id));
    receipt_updates_.push_back({scope, {id, 0}});
  }
  return true;
}

bool Group::AddReceipt(const Receipt& receipt, const std::string& bytes) {
  if (receipt.holder == context_.identity.id()) {
    // What was said before a restore. It holds no longer, but its number is taken; and so are some
    // above it, that others will show.
    const absl::StatusOr<bool> other = IsOfAnotherLife(receipt, bytes);
    if (!other.ok() || !*other) return false;
    published_.outdone = true;
    if (receipt.number <= state_.receipt_number) return false;
    state_.receipt_number = LeapAbove(receipt.number, context_.random);
    std::string number;
    ByteWriter(number).Varint(state_.receipt_number);
    Put(std::string(kReceiptNumberKey), number);
    return false;
  }
  const std::map<CertId, uint64_t> held = ReceiptsOf(receipt.scope);
  auto before = held.find(receipt.holder);
  if (before != held.end() && receipt.number <= before->second) return false;
  if (!TakePlaceOfFormer(receipt.scope, receipt.holder)) return false;
  const Precedence precedence = PrecedenceOf(receipt);
  StoreCertificates(receipt.holder);
  Put(ReceiptKey(receipt.scope, receipt.holder), bytes);
  receipt_updates_.push_back({receipt.scope, {receipt.holder, receipt.number}});
  published_.receipts.push_back({bytes, precedence});
  return true;
}

absl::StatusOr<Published> Group::Commit(StrandState& state) {
  TOCSIN_CHECK(!broken_);
  for (const auto& [id, record] : lanes_) {
    LaneRecordPtr before = context_.table.Find(id);
    bool same =
        before != nullptr && before->birth == record->birth && before->spans == record->spans;
    if (record->birth == nullptr || same) continue;
    Put(HeadsKey(record->scope, id), EncodeHeads(record->spans));
  }
  store::Batch batch;
  for (const auto& [key, value] : writes_) {
    if (value.has_value()) {
      batch.Put(key, *value);
    } else {
      batch.Delete(key);
    }
  }
  if (!batch.empty()) {
    const bool synced = !TOCSIN_PLANTED("held-before-fsync") &&
                        !(TOCSIN_PLANTED("receipt-before-fsync") && !published_.receipts.empty());
    TOCSIN_RETURN_IF_ERROR(context_.store.Write(
        batch, synced ? store::Durability::kSynced : store::Durability::kBuffered));
  }
  for (const auto& [scope, text] : erased_) context_.erasures.Add(scope, text);
  for (const auto& [scope, record] : past_term_) context_.erasures.Add(scope, record);
  std::vector<LaneRecordPtr> records;
  records.reserve(lanes_.size());
  for (const auto& [id, record] : lanes_) records.push_back(record);
  context_.table.Publish(records, receipt_updates_);
  published_.ends = state_.ends;
  state = std::move(state_);
  return std::move(published_);
}

}  // namespace tocsin::log
