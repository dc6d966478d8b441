#include "tools/src/sim/holdings.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::sim {
namespace {

constexpr uint32_t kErasure = static_cast<uint32_t>(v1::ERASURE);

std::string Short(const Dot& dot) { return dot.ToHex().substr(0, 8); }
std::string Short(const LaneId& lane) { return lane.ToHex().substr(0, 8); }

std::string Say(const Fact& fact) {
  return absl::StrCat("change ", Short(fact.dot), " (lane ", Short(fact.lane), ", sequence ",
                      fact.seq.value(), " of ", fact.scope.ToString(), ")");
}

// By somebody who was shown every sibling: they settle the field, or move the whole record, with
// all of its values, elsewhere.
bool OfAllShown(const Fact& fact, uint32_t field) {
  v1::Incident written;
  if (fact.change.key.kind != static_cast<uint32_t>(v1::INCIDENT) ||
      !written.ParseFromString(fact.change.values)) {
    return false;
  }
  return written.has_moved_to() ||
         std::any_of(written.resolution().begin(), written.resolution().end(),
                     [field](const v1::Resolution& settled) { return settled.field() == field; });
}

}  // namespace

bool MayKnow(const std::string& reader, const std::string& scope) {
  absl::string_view jurisdiction = scope;
  const bool broadcast = absl::ConsumeSuffix(&jurisdiction, "/**");
  auto covers = [](absl::string_view above, absl::string_view below) {
    return above == below || absl::StartsWith(below, absl::StrCat(above, "/"));
  };
  return covers(reader, jurisdiction) || (broadcast && covers(jurisdiction, reader));
}

TextState Holding::StateOf(const Fact& carrier, const log::Text& text) const {
  const TextName name = NameOf(carrier, text);
  if (erased.contains({carrier.scope, name})) return TextState::kErased;
  auto debt = in_debt.find(&carrier);
  return debt != in_debt.end() && debt->second.contains(name) ? TextState::kMissing
                                                              : TextState::kHere;
}

Holdings::Holdings(World& world, const Cast& cast, Ledger& ledger, Violations& violations,
                   Trace& trace)
    : world_(world),
      cast_(cast),
      ledger_(ledger),
      violations_(violations),
      trace_(trace),
      holdings_(cast.size()),
      changed_(cast.size()),
      times_(cast.size()),
      told_(cast.size()) {}

void Holdings::OnPublished(Node& node, const log::Published& published) {
  std::set<LaneId> lanes;
  for (const log::AppendedRange& range : published.ranges) {
    trace_.Add(world_.now(), node.name(), "holds ", range.scope.ToString(), " lane ",
               Short(range.lane), " ", range.first.value(), "..", range.last.value(),
               range.origin.via == log::Via::kOwn ? std::string(", its own")
                                                  : absl::StrCat(" from ", range.origin.peer));
    Take(node, range);
    lanes.insert(range.lane);
  }
  Holding& holding = holdings_[static_cast<size_t>(node.index())];
  if (!published.shrunk.empty()) {
    for (const Fact* fact : holding.rotten) lanes.insert(fact->lane);
  }
  // An erasure may explain now what was a debt.
  for (auto at = holding.in_debt.begin(); at != holding.in_debt.end();) {
    const Fact* fact = at->first;
    auto change = node.log().ReadChange(fact->lane, fact->seq, fact->dot);
    if (change.ok() && !LacksText(holding, *fact, change->change)) {
      lanes.insert(fact->lane);
      holding.in_debt.erase(at++);
    } else {
      ++at;
    }
  }
  for (const LaneId& lane : lanes) CompareLane(node, lane);
}

void Holdings::Take(Node& node, const log::AppendedRange& range) {
  if (!MayKnow(node.name(), range.scope.ToString())) {
    violations_.Add("need-to-know", node.name(),
                    absl::StrCat("it holds a lane of ", range.scope.ToString()));
    return;
  }
  auto changes = node.log().ReadLane(range.lane, range.first, range.last, range.branch);
  const uint64_t count = range.last.value() - range.first.value() + 1;
  if (!changes.ok() || changes->size() != count) {
    violations_.Add("held", node.name(),
                    absl::StrCat("it published lane ", Short(range.lane), " ", range.first.value(),
                                 "..", range.last.value(), " and cannot read it: ",
                                 changes.ok() ? absl::StrCat(changes->size(), " changes")
                                              : std::string(changes.status().message())));
    return;
  }
  // Erasures first: what comes in one group with them may be what they erase.
  Step before = StepBefore(node, range, changes->front());
  std::vector<const Fact*> facts;
  for (const log::PlacedChange& placed : *changes) {
    const Fact* fact = FactOf(node, range, placed, before);
    if (fact == nullptr) return;
    facts.push_back(fact);
    before = placed.step;
  }
  for (const Fact* fact : facts) Obey(holdings_[static_cast<size_t>(node.index())], *fact);
  for (size_t i = 0; i < facts.size(); ++i) Hold(node, *facts[i], (*changes)[i].change);
}

// By the ledger's chain and not by the log's word.
Step Holdings::StepBefore(Node&, const log::AppendedRange& range, const log::PlacedChange& first) {
  if (range.first == Seq(1)) return StepZero(range.lane);
  if (const Fact* known = ledger_.Find(first.dot())) return known->before;
  std::string encoded;
  ByteWriter out(encoded);
  log::EncodeChange(first.change, out);
  for (const Fact* fact : ledger_.At(range.lane, Seq(range.first.value() - 1))) {
    auto next = log::NextStep(fact->step, encoded);
    if (next.ok() && *next == first.step) return fact->step;
  }
  return Step();
}

const Fact* Holdings::FactOf(Node& node, const log::AppendedRange& range,
                             const log::PlacedChange& placed, const Step& before) {
  if (const Fact* known = ledger_.Find(placed.dot())) {
    if (known->lane != placed.lane || known->seq != placed.seq || known->step != placed.step ||
        known->scope != range.scope) {
      violations_.Add("unaltered", node.name(),
                      absl::StrCat(Say(*known), " is held in another place"));
      return nullptr;
    }
    return known;
  }
  if (range.origin.via != log::Via::kOwn) {
    violations_.Add("unaltered", node.name(),
                    absl::StrCat("it holds change ", Short(placed.dot()), " of ",
                                 range.scope.ToString(), ", which nobody wrote"));
    return nullptr;
  }
  std::string encoded;
  ByteWriter out(encoded);
  log::EncodeChange(placed.change, out);
  auto step = log::NextStep(before, encoded);
  if (!step.ok() || *step != placed.step) {
    violations_.Add("order", node.name(),
                    absl::StrCat("its change ", placed.seq.value(), " of lane ", Short(placed.lane),
                                 " does not follow the one before it"));
    return nullptr;
  }
  const Fact& fact = ledger_.Add({.dot = placed.dot(),
                                  .lane = placed.lane,
                                  .seq = placed.seq,
                                  .step = placed.step,
                                  .before = before,
                                  .scope = range.scope,
                                  .precedence = range.precedence,
                                  .author = node.index(),
                                  .generation = node.generation(),
                                  .at = world_.now(),
                                  .change = placed.change,
                                  .record = RecordOf(range.scope, placed.change.key)});
  CheckRestated(node, fact);
  if (finding_) return &fact;  // written by a process that is no more
  CheckStamp(node, fact);
  CheckOverwrites(node, fact);
  return &fact;
}

// A text goes once each of the two posts that an erasure names has written that it may, in changes
// that say the same in all but who says it.
void Holdings::Obey(Holding& holding, const Fact& fact) {
  if (fact.change.key.kind != kErasure) return;
  v1::Erasure erasure;
  if (!erasure.ParseFromString(fact.change.values) ||
      erasure.ground() != v1::ERASURE_BY_TWO_POSTS || erasure.jurisdiction_size() != 2 ||
      erasure.subject().scope() != fact.scope.ToString()) {
    return;
  }
  const std::set<std::string> posts(erasure.jurisdiction().begin(), erasure.jurisdiction().end());
  const std::string& author = cast_.at(static_cast<size_t>(fact.author)).path();
  if (posts.size() != 2 || !posts.contains(author)) return;
  for (const v1::ErasedText& text : erasure.text()) {
    auto dot = Dot::FromBytes(text.dot());
    if (!dot) continue;
    const std::string terms =
        absl::StrCat(fact.record, "|", erasure.subject().SerializeAsString(), "|",
                     absl::StrJoin(posts, ","), "|", text.SerializeAsString());
    std::set<std::string>& spoken = holding.words[{fact.scope, terms}];
    spoken.insert(author);
    if (spoken != posts) continue;
    const Fact* wrote = ledger_.Find(*dot);
    const bool there = wrote != nullptr && wrote->lane.view() == text.lane() &&
                       wrote->seq.value() == text.sequence();
    TOCSIN_CHECK(there);  // the people of a run name what they hold
    holding.erased.insert({fact.scope, {*dot, text.field(), text.element()}});
    // What was shown with it is shown without it.
    for (const auto& [record, facts] : holding.records) {
      for (const Fact* held : facts) {
        for (const log::Text& of : held->change.texts) {
          if (NameOf(*held, of) == TextName{*dot, text.field(), text.element()}) {
            changed_[static_cast<size_t>(&holding - holdings_.data())].insert(record);
          }
        }
      }
    }
  }
}

bool Holdings::LacksText(const Holding& holding, const Fact& fact,
                         const log::Change& as_held) const {
  return std::any_of(as_held.texts.begin(), as_held.texts.end(), [&](const log::Text& text) {
    return !text.bytes && !holding.erased.contains({fact.scope, NameOf(fact, text)});
  });
}

void Holdings::Hold(Node& node, const Fact& fact, const log::Change& as_held) {
  Holding& holding = holdings_[static_cast<size_t>(node.index())];
  CheckContent(node, fact, as_held);
  const bool lacks = LacksText(holding, fact, as_held);
  changed_[static_cast<size_t>(node.index())].insert(fact.record);
  if (holding.rotten.contains(&fact)) GiveUp(node, {&fact});
  // Without a text that it had it is not what it was: a view shows what it read before.
  if (!lacks) holding.lost.erase(&fact);
  if (holding.Has(fact.dot)) {
    const bool repairs = holding.in_debt.contains(&fact) && !lacks;
    if (!repairs) {
      violations_.Add("once", node.name(), absl::StrCat("it took ", Say(fact), " twice"));
    }
    holding.in_debt.erase(&fact);
    return;
  }
  holding.dots.insert(fact.dot);
  holding.lanes[fact.lane].insert(&fact);
  holding.records[fact.record].push_back(&fact);
  if (lacks) {
    trace_.Add(world_.now(), node.name(), "lacks a text of ", Say(fact));
    std::set<TextName>& lacking = holding.in_debt[&fact];
    for (const log::Text& text : as_held.texts) {
      if (!text.bytes) lacking.insert(NameOf(fact, text));
    }
  }
}

void Holdings::CheckContent(Node& node, const Fact& fact, const log::Change& as_held) {
  const log::Change& wrote = fact.change;
  bool same = wrote.key == as_held.key && wrote.cap_status == as_held.cap_status &&
              wrote.stamp == as_held.stamp && wrote.ops == as_held.ops &&
              wrote.restated == as_held.restated && wrote.values == as_held.values &&
              wrote.texts.size() == as_held.texts.size();
  for (size_t i = 0; same && i < wrote.texts.size(); ++i) {
    const log::Text& a = wrote.texts[i];
    const log::Text& b = as_held.texts[i];
    same = a.origin == b.origin && a.field == b.field && a.element == b.element &&
           a.hash == b.hash && (!a.bytes || !b.bytes || *a.bytes == *b.bytes);
  }
  if (!same) {
    violations_.Add("unaltered", node.name(),
                    absl::StrCat(Say(fact), " is not what its author wrote"));
  }
}

// What an honest program carries ahead is what was written.
void Holdings::CheckRestated(Node& node, const Fact& fact) {
  for (const log::Restated& copy : fact.change.restated) {
    const Fact* original = ledger_.Find(copy.dot);
    if (original == nullptr) {
      violations_.Add("restated", node.name(),
                      absl::StrCat(Say(fact), " restates a change that nobody wrote"));
      continue;
    }
    auto op = std::find_if(original->change.ops.begin(), original->change.ops.end(),
                           [&](const log::FieldOp& o) { return o.field == copy.field; });
    const bool same = op != original->change.ops.end() && op->clear == copy.clear &&
                      op->overwrites == copy.overwrites && original->change.stamp == copy.stamp;
    if (!same) {
      violations_.Add("restated", node.name(),
                      absl::StrCat(Say(fact), " restates field ", copy.field, " of ",
                                   Say(*original), " with other words than its author's"));
    }
  }
}

// Half of the way there and back is an error at most, and clocks drift by 500 parts in a million.
void Holdings::OnGreeted(Node& node, Node& peer, absl::Duration dialled) {
  if (node.role().parent < 0) city_ = &node;
  if (node.role().parent != peer.index()) {
    // The parent says now what its clock reads, and may learn better later.
    const TimeKnown& known = times_[static_cast<size_t>(node.index())];
    const bool from_city =
        node.role().parent < 0 || (known.from_city && known.generation == node.generation());
    told_[static_cast<size_t>(peer.index())] = {0, true, from_city, WrongBy(node.index()), {}};
    return;
  }
  const TimeKnown& told = told_[static_cast<size_t>(node.index())];
  times_[static_cast<size_t>(node.index())] = {node.generation(), true, told.from_city,
                                               world_.now() - dialled + told.wrong_by,
                                               world_.now()};
}

absl::Duration Holdings::WrongBy(int node) const {
  const TimeKnown& known = times_[static_cast<size_t>(node)];
  if (cast_.roles[static_cast<size_t>(node)].parent < 0) return absl::Milliseconds(10);
  return known.wrong_by + (world_.now() - known.since) / 500 + absl::Milliseconds(10);
}

void Holdings::CheckStamp(Node& node, const Fact& fact) {
  const log::Stamp& stamp = fact.change.stamp;
  const TimeKnown& known = times_[static_cast<size_t>(node.index())];
  // The root's clock is the network's time.
  const bool greeted =
      node.role().parent < 0 || (known.greeted && known.generation == node.generation());
  const bool synced = stamp.rank == log::Rank::kOwnSynced || stamp.rank == log::Rank::kHeardSynced;
  if (synced && !greeted) {
    violations_.Add(
        "clock", node.name(),
        absl::StrCat(Say(fact), " ranks as synced, and nobody told its process the time"));
    return;
  }
  if (!synced || !known.from_city || city_ == nullptr || !city_->up()) return;
  const absl::Time network = city_->log().CorrectedNow();
  const absl::Duration wrong_by = WrongBy(node.index());
  // A clock follows a stamp that is five minutes ahead of it, and no further.
  if (stamp.ToTime() >= network - wrong_by &&
      stamp.ToTime() <= network + wrong_by + absl::Minutes(5)) {
    return;
  }
  violations_.Add(
      "clock", node.name(),
      absl::StrCat(Say(fact), " is stamped ", absl::FormatDuration(stamp.ToTime() - network),
                   " from the network's time, of which ", absl::FormatDuration(wrong_by),
                   " may be the way's"));
}

// Of the siblings that there are one is shown: whoever edits has seen that one. Who settles
// a conflict or moves the record has seen all of it.
void Holdings::CheckOverwrites(Node& node, const Fact& fact) {
  const Holding& holding = of(node.index());
  auto held = holding.records.find(fact.record);
  if (!holding.IsSound() || held == holding.records.end() ||
      schema::FindKind(fact.change.key.kind) == nullptr)
    return;
  const ModelRecord before = MergeSlowly(
      fact.change.key.kind, held->second, [&](const Fact& carrier, const log::Text& text) {
        return holding.erased.contains({carrier.scope, NameOf(carrier, text)}) ? TextState::kErased
                                                                               : TextState::kHere;
      });
  for (const log::FieldOp& op : fact.change.ops) {
    auto field = before.find(op.field);
    if (field == before.end() || field->second.is_union || OfAllShown(fact, op.field)) continue;
    const auto listed = std::count_if(
        field->second.siblings.begin(), field->second.siblings.end(), [&](const ModelSibling& s) {
          return std::any_of(s.dots.begin(), s.dots.end(), [&](const Dot& dot) {
            return std::find(op.overwrites.begin(), op.overwrites.end(), dot) !=
                   op.overwrites.end();
          });
        });
    if (listed <= 1) continue;
    violations_.Add("unseen", node.name(),
                    absl::StrCat(Say(fact), " overwrites ", listed, " siblings of field ", op.field,
                                 ", and one was shown"));
    return;
  }
}

void Holdings::CompareLane(Node& node, const LaneId& lane) {
  const Holding& holding = holdings_[static_cast<size_t>(node.index())];
  auto found = holding.lanes.find(lane);
  static const absl::flat_hash_set<const Fact*> kNone;
  const absl::flat_hash_set<const Fact*>& mine =
      found == holding.lanes.end() ? kNone : found->second;
  absl::flat_hash_set<const Fact*> told;
  std::optional<log::LaneState> state = node.log().FindLane(lane);
  auto add = [&](const log::Run& run, bool debt) {
    const std::vector<const Fact*> facts = ledger_.Run(run.last_step, run.first, run.last);
    if (facts.size() != run.last.value() - run.first.value() + 1) {
      violations_.Add("held", node.name(),
                      absl::StrCat("its heads say ", run.first.value(), "..", run.last.value(),
                                   " of lane ", Short(lane), ", and nobody wrote such a run"));
      return;
    }
    for (const Fact* fact : facts) {
      told.insert(fact);
      if (debt == holding.in_debt.contains(fact)) continue;
      violations_.Add("whole", node.name(),
                      absl::StrCat(Say(*fact), debt ? " counts as a debt, and nothing is missing"
                                                    : " lacks a text, and counts as whole"));
    }
  };
  if (state) {
    for (const log::Run& run : state->runs) add(run, false);
    for (const log::Run& run : state->debts) add(run, true);
  }
  if (told == mine || violations_.first()) return;
  std::vector<const Fact*> given_up;
  for (const Fact* fact : mine) {
    if (told.contains(fact)) continue;
    if (holding.rotten.contains(fact)) {
      given_up.push_back(fact);
      continue;
    }
    violations_.Add("held", node.name(),
                    absl::StrCat("it said that it holds ", Say(*fact), ", and holds it no more"));
    return;
  }
  for (const Fact* fact : told) {
    if (mine.contains(fact)) continue;
    violations_.Add("held", node.name(),
                    absl::StrCat("its heads have ", Say(*fact), ", which it never published"));
    return;
  }
  GiveUp(node, given_up);
}

void Holdings::GiveUp(Node& node, const std::vector<const Fact*>& facts) {
  Holding& holding = holdings_[static_cast<size_t>(node.index())];
  for (const Fact* fact : facts) {
    trace_.Add(world_.now(), node.name(), "gives up ", Say(*fact), ", which rotted on its disk");
    holding.rotten.erase(fact);
    holding.lost.insert(fact);
    holding.dots.erase(fact->dot);
    holding.lanes[fact->lane].erase(fact);
    holding.in_debt.erase(fact);
    std::erase(holding.records[fact->record], fact);
  }
}

bool Holdings::Has(const Node& node, const log::AppendedRange& range) const {
  for (Seq seq = range.first; seq <= range.last; seq = seq.Next()) {
    const std::vector<const Fact*> there = ledger_.At(range.lane, seq);
    if (!std::all_of(there.begin(), there.end(),
                     [&](const Fact* fact) { return of(node.index()).Has(fact->dot); })) {
      return false;
    }
  }
  return true;
}

void Holdings::OnRotted(Node& node, const Step& last_step, Seq first, Seq last) {
  Holding& holding = holdings_[static_cast<size_t>(node.index())];
  for (const Fact* fact : ledger_.Run(last_step, first, last)) {
    if (!holding.Has(fact->dot)) continue;
    trace_.Add(world_.now(), node.name(), "has rot in ", Say(*fact));
    holding.rotten.insert(fact);
  }
}

// All of a run, or what rot has left of it.
std::vector<log::PlacedChange> Holdings::ReadableIn(Node& node, const LaneId& lane,
                                                    const log::Run& run) const {
  auto all = node.log().ReadLane(lane, run.first, run.last, run.branch);
  if (all.ok()) return *std::move(all);
  std::vector<log::PlacedChange> readable;
  for (Seq seq = run.first; seq <= run.last; seq = seq.Next()) {
    auto one = node.log().ReadLane(lane, seq, seq, run.branch);
    if (one.ok() && !one->empty()) readable.push_back(std::move(one->front()));
  }
  return readable;
}

void Holdings::OnStarted(Node& node, bool may_have_more) {
  finding_ = true;
  Holding& holding = holdings_[static_cast<size_t>(node.index())];
  std::set<LaneId> lanes;
  std::vector<std::pair<const Fact*, log::Change>> found;
  for (const auto& [lane, facts] : holding.lanes) lanes.insert(lane);
  const auto all = node.log().Lanes();
  for (const log::LaneState& lane : *all) {
    lanes.insert(lane.id);
    if (!may_have_more) continue;
    auto take = [&](const log::Run& run) {
      for (const log::PlacedChange& placed : ReadableIn(node, lane.id, run)) {
        const log::AppendedRange range{log::Queue::kOwn, Arrival(),  lane.id,    lane.scope,
                                       lane.precedence,  run.branch, placed.seq, placed.seq,
                                       log::Via::kOwn,   {}};
        const Fact* fact = FactOf(node, range, placed, StepBefore(node, range, placed));
        if (fact == nullptr) continue;
        // A whole copy of what lacked a text is news as well.
        const bool repairs =
            holding.in_debt.contains(fact) && !LacksText(holding, *fact, placed.change);
        if (holding.Has(fact->dot) && !repairs) continue;
        trace_.Add(world_.now(), node.name(), "finds ", Say(*fact),
                   ", which was under way when its last process died");
        found.emplace_back(fact, placed.change);
      }
    };
    for (const log::Run& run : lane.runs) take(run);
    for (const log::Run& run : lane.debts) take(run);
  }
  for (const auto& [fact, change] : found) Obey(holding, *fact);
  for (const auto& [fact, change] : found) Hold(node, *fact, change);
  finding_ = false;
  for (const LaneId& lane : lanes) CompareLane(node, lane);
}

std::shared_ptr<const Holding> Holdings::Copy(int node) const {
  return std::make_shared<const Holding>(of(node));
}

void Holdings::OnReplaced(int node, std::shared_ptr<const Holding> copy) {
  Holding& holding = holdings_[static_cast<size_t>(node)];
  for (const auto& [record, facts] : holding.records) {
    changed_[static_cast<size_t>(node)].insert(record);
  }
  holding = copy == nullptr ? Holding() : *copy;
}

std::set<std::string> Holdings::TakeChanged(int node) {
  return std::exchange(changed_[static_cast<size_t>(node)], {});
}

bool Holdings::IsWholeAnywhere(const Fact& fact) const {
  return std::any_of(holdings_.begin(), holdings_.end(), [&](const Holding& holding) {
    return holding.Has(fact.dot) && !holding.in_debt.contains(&fact);
  });
}

void Holdings::CheckAll(Node& node) {
  const Holding& holding = of(node.index());
  std::set<LaneId> lanes;
  const auto all = node.log().Lanes();
  for (const log::LaneState& lane : *all) lanes.insert(lane.id);
  for (const auto& [lane, facts] : holding.lanes) {
    lanes.insert(lane);
    for (const Fact* fact : facts) {
      auto change = node.log().ReadChange(fact->lane, fact->seq, fact->dot);
      if (!change.ok() && holding.rotten.contains(fact)) continue;
      if (!change.ok()) {
        violations_.Add("held", node.name(),
                        absl::StrCat("it cannot read ", Say(*fact), ": ",
                                     std::string(change.status().message())));
        return;
      }
      CheckContent(node, *fact, change->change);
      for (const log::Text& text : change->change.texts) {
        if (!text.bytes || !holding.erased.contains({fact->scope, NameOf(*fact, text)})) continue;
        violations_.Add("erased", node.name(),
                        absl::StrCat("its log still has a text of ", Say(*fact),
                                     " that an erasure which it holds orders gone"));
      }
    }
  }
  for (const LaneId& lane : lanes) CompareLane(node, lane);
}

void Holdings::CheckRotFound(Node& node) {
  for (const Fact* fact : of(node.index()).rotten) {
    auto change = node.log().ReadChange(fact->lane, fact->seq, fact->dot);
    if (change.ok()) continue;
    violations_.Add("drains", node.name(),
                    absl::StrCat("it says that it holds ", Say(*fact), " and cannot read it"));
    return;
  }
}

void Holdings::CheckNothingLost() {
  for (const Fact& fact : ledger_.facts()) {
    const bool held = std::any_of(holdings_.begin(), holdings_.end(),
                                  [&](const Holding& holding) { return holding.Has(fact.dot); });
    if (!held) continue;
    for (size_t i = 0; i < holdings_.size(); ++i) {
      if (!MayKnow(cast_.at(i).path(), fact.scope.ToString()) || holdings_[i].Has(fact.dot))
        continue;
      violations_.Add("drains", cast_.at(i).path(), absl::StrCat("it lacks ", Say(fact)));
      return;
    }
  }
}

}  // namespace tocsin::sim
