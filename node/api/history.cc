#include "node/api/history.h"

#include <absl/strings/str_cat.h>
#include <absl/time/time.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "node/api/history_steps.h"
#include "node/base/status.h"
#include "node/guard/guard.h"
#include "node/log/receipt.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/triage.h"
#include "node/schema/validate.h"

namespace tocsin::api {
namespace {

void SetTime(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t millis = absl::ToUnixMillis(time);
  const int64_t seconds = millis >= 0 ? millis / 1000 : -((-millis + 999) / 1000);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>((millis - seconds * 1000) * 1'000'000));
}

// As the schema names it, or by number where it is newer than this program.
std::string FieldName(uint32_t kind, uint32_t number) {
  const schema::FieldInfo* field = schema::FindField(kind, number);
  return field == nullptr ? absl::StrCat("field ", number) : field->name;
}

// The values and texts that a change set, as people may see them.
void SetValues(const log::Change& change, uint32_t min_cell, v1::Record& record) {
  schema::Fragments fragments = schema::SplitFields(change.key.kind, change.values);
  std::map<uint32_t, std::vector<std::string>> texts;
  for (const log::Text& text : change.texts) {
    if (text.origin == 0 && text.bytes) texts[text.field].push_back(guard::Mask(*text.bytes));
  }
  for (const auto& [field, elements] : texts) {
    fragments[field] = schema::TextFragment(field, elements);
  }
  auto body = schema::ParseValues(change.key.kind, schema::JoinFields(fragments));
  if (!body.ok()) return;
  schema::ApplyMinimumCells(**body, min_cell);
  schema::MutableBody(record, static_cast<v1::Kind>(change.key.kind))->CopyFrom(**body);
}

v1::HistoryEntry EntryOf(const merge::HeldChange& held, uint32_t min_cell) {
  v1::HistoryEntry entry;
  entry.set_dot(held.dot.ToHex());
  entry.set_jurisdiction(held.author);
  SetTime(held.change.stamp.ToTime(), *entry.mutable_write_time());
  SetTime(held.arrival_time, *entry.mutable_arrival_time());
  entry.set_precedence(schema::PrecedenceName(held.precedence));
  for (const log::FieldOp& op : held.change.ops) {
    std::string name = FieldName(held.change.key.kind, op.field);
    op.clear ? entry.add_cleared(std::move(name)) : entry.add_set(std::move(name));
  }
  entry.set_heard(held.change.stamp.rank == log::Rank::kHeardSynced ||
                  held.change.stamp.rank == log::Rank::kHeardFree);
  SetValues(held.change, min_cell, *entry.mutable_record());
  return entry;
}

// The receipts of one jurisdiction: a renewed certificate is the same holder to people.
using Holders = std::map<Jurisdiction, v1::HolderReceipt>;

absl::Status AddReceipt(const std::string& bytes, absl::Span<const merge::HeldChange> changes,
                        const log::Log& log, const identity::Identity& identity,
                        const identity::TrustStore& trust, const Retractions& retractions,
                        Holders& holders) {
  TOCSIN_ASSIGN_OR_RETURN(log::Receipt receipt, log::DecodeReceipt(bytes));
  std::optional<identity::Certificate> certificate = trust.Find(receipt.holder);
  if (!certificate || identity.IsOwn(receipt.holder)) return absl::OkStatus();
  uint32_t held = 0;
  bool taken_back = false;
  for (const merge::HeldChange& change : changes) {
    TOCSIN_ASSIGN_OR_RETURN(bool is_held,
                            log.IsHeldBy(receipt.holder, change.lane, change.seq, change.dot));
    if (is_held) {
      ++held;
    } else if (retractions.IsTakenBack(receipt.scope, receipt.holder, change.lane, change.seq)) {
      taken_back = true;
    }
  }
  v1::HolderReceipt& holder = holders[certificate->jurisdiction()];
  if (!holder.jurisdiction().empty() && holder.changes_held() >= held) return absl::OkStatus();
  holder.set_jurisdiction(certificate->jurisdiction().path());
  holder.set_level(LevelOf(certificate->jurisdiction()));
  holder.set_changes_held(held);
  SetTime(receipt.time, *holder.mutable_receipt_time());
  holder.set_receipt_number(receipt.number);
  holder.set_taken_back(taken_back);
  return absl::OkStatus();
}

}  // namespace

std::string LevelOf(const Jurisdiction& jurisdiction) {
  switch (std::count(jurisdiction.path().begin(), jurisdiction.path().end(), '/')) {
    case 0:
      return "city";
    case 1:
      return "county";
    default:
      return "station";
  }
}

absl::StatusOr<v1::ListRecordHistoryResponse> HistoryOf(absl::Span<const merge::HeldChange> changes,
                                                        uint32_t min_cell, size_t bytes_max) {
  std::vector<const merge::HeldChange*> ordered;
  for (const merge::HeldChange& held : changes) ordered.push_back(&held);
  std::sort(ordered.begin(), ordered.end(),
            [](const merge::HeldChange* a, const merge::HeldChange* b) {
              return std::tie(a->arrival, a->lane, a->seq) < std::tie(b->arrival, b->lane, b->seq);
            });
  v1::ListRecordHistoryResponse response;
  if (ordered.empty()) return response;
  HistorySteps steps(ordered.front()->change.key.kind, min_cell);
  for (const merge::HeldChange* held : ordered) {
    v1::HistoryEntry& entry = *response.add_entry();
    entry = EntryOf(*held, min_cell);
    steps.Tell(*held, entry);
  }
  if (response.ByteSizeLong() <= bytes_max) return response;
  for (v1::HistoryEntry& entry : *response.mutable_entry()) entry.clear_step();
  if (response.ByteSizeLong() <= bytes_max) return response;
  for (v1::HistoryEntry& entry : *response.mutable_entry()) entry.clear_record();
  if (response.ByteSizeLong() <= bytes_max) return response;
  return absl::ResourceExhaustedError(
      absl::StrCat("the record has ", ordered.size(),
                   " changes, more than one answer holds; read the log with `tocsin audit`"));
}

absl::StatusOr<v1::GetReceiptsResponse> ReceiptsOf(const view::StoredRecord& record,
                                                   absl::Span<const merge::HeldChange> held,
                                                   const log::Log& log,
                                                   const identity::Identity& identity,
                                                   const identity::TrustStore& trust,
                                                   const Retractions& retractions) {
  v1::GetReceiptsResponse response;
  response.set_name(record.shown.name());
  const auto changes = static_cast<uint32_t>(held.size());
  response.set_changes(changes);
  v1::HolderReceipt& here = *response.add_holder();
  here.set_jurisdiction(identity.jurisdiction().path());
  here.set_level("here");
  here.set_changes_held(changes);
  TOCSIN_ASSIGN_OR_RETURN(std::vector<std::string> receipts, log.ReceiptsOf(record.name.scope));
  Holders holders;
  for (const std::string& bytes : receipts) {
    TOCSIN_RETURN_IF_ERROR(AddReceipt(bytes, held, log, identity, trust, retractions, holders));
  }
  // A jurisdiction sorts before those below it, and people look upwards.
  for (auto holder = holders.rbegin(); holder != holders.rend(); ++holder) {
    *response.add_holder() = std::move(holder->second);
  }
  return response;
}

}  // namespace tocsin::api
