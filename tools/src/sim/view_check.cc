#include "tools/src/sim/view_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/view/keys.h"
#include "node/view/row.h"
#include "tools/src/sim/merge_model.h"

namespace tocsin::sim {
namespace {

std::string Say(const view::RecordRef& ref) {
  return absl::StrCat("record ", ref.id.ToHex().substr(0, 8), " of ", ref.scope.ToString());
}

// Whether the schema knows what it sets.
bool IsOfThisProgram(const Fact& fact) {
  return std::any_of(fact.change.ops.begin(), fact.change.ops.end(), [&](const log::FieldOp& op) {
    return schema::FindField(fact.change.key.kind, op.field) != nullptr;
  });
}

// Whether a text that stands says those words: a record that two posts moved apart has each text
// from both, and an erasure names one.
bool AnyTextSays(const Holding& holding, const std::vector<const Fact*>& held,
                 const std::string& words) {
  return std::any_of(held.begin(), held.end(), [&](const Fact* fact) {
    return std::any_of(
        fact->change.texts.begin(), fact->change.texts.end(), [&](const log::Text& text) {
          return text.bytes == words && holding.StateOf(*fact, text) == TextState::kHere;
        });
  });
}

// The first line in which two texts differ.
std::string FirstDifference(const std::string& a, const std::string& b) {
  const size_t at =
      static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  auto line = [at](const std::string& text) {
    if (text.empty()) return std::string();
    const size_t begin = at == 0 ? 0 : text.rfind('\n', std::min(at, text.size()) - 1);
    const size_t from = begin == std::string::npos ? 0 : begin;
    return text.substr(from, std::min<size_t>(text.find('\n', from + 1) - from, 600));
  };
  return absl::StrCat("'", line(a), "' where '", line(b), "' is right");
}

}  // namespace

ViewCheck::ViewCheck(const Cast& cast, Holdings& holdings, Violations& violations)
    : cast_(cast), holdings_(holdings), violations_(violations) {}

void ViewCheck::CheckChanged(Node& node) {
  if (node.view().lag() != 0 || !holdings_.of(node.index()).IsSound()) return;
  for (const std::string& record : holdings_.TakeChanged(node.index())) CheckRecord(node, record);
}

void ViewCheck::CheckRecord(Node& node, const std::string& row_key) {
  const Holding& holding = holdings_.of(node.index());
  auto ref = view::RecordOfRowKey(row_key);
  if (!ref || schema::FindKind(ref->kind) == nullptr) return;
  auto row = node.view_disk().Get(row_key);
  if (!row.ok()) return;  // the disk has failed; the process is about to end
  auto found = holding.records.find(row_key);
  if (found == holding.records.end() || found->second.empty()) {
    if (*row)
      violations_.Add("merge", node.name(),
                      absl::StrCat(Say(*ref), " is shown, and no change of it is held"));
    return;
  }
  const std::vector<const Fact*>& held = found->second;
  if (!*row) {
    violations_.Add("merge", node.name(), absl::StrCat(Say(*ref), " is not in the view"));
    return;
  }
  auto shown = view::DecodeShown(*ref, **row);
  if (!shown.ok() || !shown->has_value()) {
    violations_.Add("merge", node.name(), absl::StrCat(Say(*ref), " shows nothing"));
    return;
  }
  const ModelRecord model = MergeSlowly(
      ref->kind, held,
      [&](const Fact& carrier, const log::Text& text) { return holding.StateOf(carrier, text); });
  std::string wrong = Difference(ref->kind, model, **shown);
  if (!wrong.empty()) {
    const bool erased = wrong.find("erased") != std::string::npos;
    violations_.Add(erased ? "erased" : "merge", node.name(), absl::StrCat(Say(*ref), ": ", wrong));
    return;
  }
  wrong = Lowered(ref->kind, held, **shown);
  if (!wrong.empty()) violations_.Add("highest", node.name(), absl::StrCat(Say(*ref), ": ", wrong));
  for (const Fact* fact : held) {
    for (const log::Text& text : fact->change.texts) {
      if (!text.bytes || text.bytes->size() < 8 ||
          !holding.erased.contains({fact->scope, NameOf(*fact, text)})) {
        continue;
      }
      if ((*row)->find(*text.bytes) == std::string::npos) continue;
      if (AnyTextSays(holding, held, *text.bytes)) continue;
      violations_.Add("erased", node.name(),
                      absl::StrCat(Say(*ref), " still has a text that was ordered gone"));
      return;
    }
  }
}

std::map<std::string, std::string> ViewCheck::ShownOf(Node& node, const Scope& scope) {
  std::map<std::string, std::string> shown;
  for (const auto& [begin, end] : view::RowRanges(scope)) {
    for (auto it = node.view_disk().Scan(begin, end); it->Valid(); it->Next()) {
      auto ref = view::RecordOfRowKey(it->key());
      if (!ref || ref->scope != scope) continue;
      auto record = view::DecodeShown(*ref, it->value());
      shown[std::string(it->key())] =
          record.ok() && record->has_value() ? (*record)->SerializeAsString() : "";
    }
  }
  return shown;
}

void ViewCheck::CheckEqual(Node& a, Node& b) {
  if (a.view().lag() != 0 || b.view().lag() != 0) return;
  if (!holdings_.of(a.index()).IsSound() || !holdings_.of(b.index()).IsSound()) return;
  for (const auto& mine : a.log().ScopesFor(b.jurisdiction())) {
    if (!MayKnow(a.name(), mine->scope.ToString())) continue;
    auto theirs = b.log().ScopeOf(mine->scope);
    if (theirs == nullptr || theirs->listed_bytes != mine->listed_bytes) continue;
    // What is held without its texts is shown, and is no part of the heads.
    auto owes = [](const log::ScopeState& scope) {
      return std::any_of(scope.lanes.begin(), scope.lanes.end(),
                         [](const log::LaneState& lane) { return !lane.debts.empty(); });
    };
    if (owes(*mine) || owes(*theirs)) continue;
    std::string& before = compared_[{a.index(), mine->scope.ToString()}];
    if (before == mine->listed_bytes) continue;
    before = mine->listed_bytes;
    const auto of_a = ShownOf(a, mine->scope);
    const auto of_b = ShownOf(b, mine->scope);
    if (of_a == of_b) continue;
    violations_.Add("equal", a.name(),
                    absl::StrCat("it holds the same of ", mine->scope.ToString(), " as ", b.name(),
                                 ", and shows other records"));
    return;
  }
}

void ViewCheck::CheckRebuilt(Node& node) {
  if (!holdings_.of(node.index()).IsSound()) return;
  store::ModelStore disk;
  auto beside = node.OpenBeside(disk);
  if (!beside.ok()) {
    violations_.Add("rebuild", node.name(), std::string(beside.status().message()));
    return;
  }
  node.executor()->RunOut();
  auto fresh = view::DumpForComparison(disk);
  auto there = view::DumpForComparison(node.view_disk());
  const bool current = node.view().lag() == 0 && (*beside)->lag() == 0;
  (*beside)->Close().IgnoreError();
  if (!current || !fresh.ok() || !there.ok() || *fresh == *there) return;
  violations_.Add(
      "rebuild", node.name(),
      absl::StrCat("its view is not what its log makes: ", FirstDifference(*there, *fresh)));
}

void ViewCheck::CheckAnswer(Node& node, const v1::Record& answer, bool is_new, bool heard) {
  if (!holdings_.of(node.index()).IsSound()) return;
  auto name = schema::ParseRecordName(answer.name());
  if (!name.ok()) {
    violations_.Add("answered", node.name(), "an answer names no record");
    return;
  }
  auto names = node.view().Find(name->scope, name->kind, answer.uid());
  if (!names.ok() || names->empty()) {
    violations_.Add("answered", node.name(),
                    absl::StrCat("it answered for ", answer.name(), ", which its view has not"));
    return;
  }
  auto history = node.view().History(names->front());
  const std::string row_key =
      view::RowKey({names->front().key.kind, names->front().scope, names->front().key.id});
  const Holding& holding = holdings_.of(node.index());
  auto found = holding.records.find(row_key);
  if (!history.ok() || found == holding.records.end()) {
    violations_.Add("answered", node.name(),
                    absl::StrCat("it answered for ", answer.name(), ", of which it holds nothing"));
    return;
  }
  std::set<Dot> shown;
  for (const merge::HeldChange& change : *history) shown.insert(change.dot);
  for (const Fact* fact : found->second) {
    if (fact->author != node.index() || fact->generation != node.generation()) continue;
    if (!IsOfThisProgram(*fact)) continue;  // written past the intake that answers here
    if (!shown.contains(fact->dot)) {
      violations_.Add(
          "answered", node.name(),
          absl::StrCat("it answered for ", answer.name(), " before its view had what was written"));
      return;
    }
    const bool ranks_heard = fact->change.stamp.rank >= log::Rank::kHeardSynced;
    if (is_new && ranks_heard != heard) {
      violations_.Add("heard", node.name(),
                      absl::StrCat("what was ", heard ? "heard" : "seen", " ranks as ",
                                   heard ? "seen" : "heard", " in ", answer.name()));
    }
  }
}

}  // namespace tocsin::sim
