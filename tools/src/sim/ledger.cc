#include "tools/src/sim/ledger.h"

#include <utility>

#include "node/view/keys.h"

namespace tocsin::sim {

const Fact* Ledger::Find(const Dot& dot) const {
  auto found = by_dot_.find(dot);
  return found == by_dot_.end() ? nullptr : found->second;
}

std::vector<const Fact*> Ledger::At(const LaneId& lane, Seq seq) const {
  auto found = by_place_.find({lane, seq});
  return found == by_place_.end() ? std::vector<const Fact*>() : found->second;
}

const Fact& Ledger::Add(Fact fact) {
  facts_.push_back(std::move(fact));
  const Fact& added = facts_.back();
  by_dot_[added.dot] = &added;
  by_place_[{added.lane, added.seq}].push_back(&added);
  return added;
}

std::vector<const Fact*> Ledger::Run(const Step& last_step, Seq first, Seq last) const {
  std::vector<const Fact*> run;
  Step at = last_step;
  for (uint64_t seq = last.value(); seq >= first.value() && seq > 0; --seq) {
    const Fact* fact = At(at);
    if (fact == nullptr || fact->step != at || fact->seq != Seq(seq)) break;
    run.push_back(fact);
    at = fact->before;
  }
  return run;
}

std::string RecordOf(const Scope& scope, const log::RecordKey& key) {
  return view::RowKey({key.kind, scope, key.id});
}

TextName NameOf(const Fact& fact, const log::Text& text) {
  const bool own = text.origin == 0 || text.origin > fact.change.restated.size();
  const Dot& dot = own ? fact.dot : fact.change.restated[text.origin - 1].dot;
  return {dot, text.field, text.element};
}

}  // namespace tocsin::sim
