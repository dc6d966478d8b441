#include "node/view/admit.h"

#include <absl/strings/string_view.h>

#include <algorithm>
#include <string>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/log/change_view.h"
#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::view {
namespace {

// Of the runs and debts of one lane, pieces of several branches may cover the same sequences.
std::optional<Seq> FirstCoveredTwice(const log::LaneState& lane) {
  std::vector<log::Run> pieces = lane.runs;
  pieces.insert(pieces.end(), lane.debts.begin(), lane.debts.end());
  std::optional<Seq> first;
  for (size_t a = 0; a < pieces.size(); ++a) {
    for (size_t b = a + 1; b < pieces.size(); ++b) {
      const Seq begin = std::max(pieces[a].first, pieces[b].first);
      const Seq end = std::min(pieces[a].last, pieces[b].last);
      if (pieces[a].branch == pieces[b].branch || begin > end) continue;
      if (!first || begin < *first) first = begin;
    }
  }
  return first;
}

}  // namespace

LaneForks ForksOf(const log::LaneState& lane) {
  LaneForks forks;
  if (lane.forked) forks.parts_at = FirstCoveredTwice(lane);
  forks.withheld_from = lane.withheld_from;
  return forks;
}

Withheld Admit(const merge::HeldChange& change, const LaneForks& lane) {
  if (schema::FindKind(change.change.key.kind) == nullptr) return Withheld::kUnknownKind;
  if (lane.withheld_from && change.seq >= *lane.withheld_from) return Withheld::kTooManyBranches;
  return Withheld::kNot;
}

bool IsForked(const merge::HeldChange& change, const LaneForks& lane) {
  return lane.parts_at && change.seq >= *lane.parts_at;
}

std::optional<log::RecordKey> SubjectOf(const Scope& scope, const log::Change& change) {
  v1::Erasure erasure;
  if (change.key.kind != log::kErasureKind || !erasure.ParseFromString(change.values)) {
    return std::nullopt;
  }
  auto id = RecordId::FromBytes(erasure.subject().id());
  if (!id || erasure.subject().scope() != scope.ToString()) return std::nullopt;
  return log::RecordKey{static_cast<uint32_t>(erasure.subject().kind()), {}, *id};
}

ErasureOrder OrderOf(const Scope& scope, const Jurisdiction& author, const log::Change& change) {
  ErasureOrder order;
  if (change.key.kind != log::kErasureKind) return order;
  std::string encoded;
  ByteWriter out(encoded);
  log::EncodeChange(change, out);
  absl::string_view rest = encoded;
  log::ChangeView view;
  TOCSIN_CHECK(view.Parse(rest).ok());
  if (auto by_post = log::OrderOf(scope, author, view)) {
    for (const log::PostsOrder::Text& named : by_post->texts) order.texts.push_back(named.text);
    if (by_post->record) order.record = by_post->record->record.subject;
  }
  return order;
}

}  // namespace tocsin::view
