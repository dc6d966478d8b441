#include "node/session/send_plan.h"

#include <algorithm>
#include <vector>

#include "node/base/status.h"

namespace tocsin::session {
namespace {

using Ranges = std::map<Seq, Seq>;

uint64_t Size(Seq first, Seq last) { return last.value() - first.value() + 1; }

// The parts of [first, last] that no range of `taken` covers.
std::vector<std::pair<Seq, Seq>> Outside(const Ranges& taken, Seq first, Seq last) {
  std::vector<std::pair<Seq, Seq>> parts;
  auto range = taken.upper_bound(first);
  if (range != taken.begin() && std::prev(range)->second >= first) --range;
  for (; range != taken.end() && range->first <= last && first <= last; ++range) {
    if (first < range->first) parts.emplace_back(first, Seq(range->first.value() - 1));
    first = std::max(first, range->second.Next());
  }
  if (first <= last) parts.emplace_back(first, last);
  return parts;
}

// Joins [first, last] with the ranges that touch it.
void Insert(Ranges& ranges, Seq first, Seq last) {
  auto range = ranges.upper_bound(first);
  if (range != ranges.begin() && std::prev(range)->second.Next() >= first) --range;
  while (range != ranges.end() && range->first <= last.Next()) {
    first = std::min(first, range->first);
    last = std::max(last, range->second);
    range = ranges.erase(range);
  }
  ranges.emplace(first, last);
}

}  // namespace

void SendPlan::Add(const Scope& scope, Precedence precedence, const Lane& lane, Seq first,
                   Seq last) {
  LanePlan& plan = lanes_[lane];
  if (plan.dropped) return;
  if (!plan.scope) plan.scope = scope;
  bool added = false;
  for (auto [sent_first, sent_last] : Outside(plan.sent, first, last)) {
    for (auto [new_first, new_last] : Outside(plan.waiting, sent_first, sent_last)) {
      Insert(plan.waiting, new_first, new_last);
      backlog_ += Size(new_first, new_last);
      added = true;
    }
  }
  if (!added) return;
  Queue& queue = queues_[Index(precedence)];
  std::set<Lane>& lanes = queue.lanes[scope];
  if (lanes.empty()) queue.turns.push_back(scope);
  lanes.insert(lane);
}

void SendPlan::AddAgain(const Scope& scope, Precedence precedence, const Lane& lane, Seq first,
                        Seq last) {
  Ranges sent;
  for (auto [sent_first, sent_last] : lanes_[lane].sent) {
    if (sent_first < first) Insert(sent, sent_first, std::min(sent_last, Seq(first.value() - 1)));
    if (sent_last > last) Insert(sent, std::max(sent_first, last.Next()), sent_last);
  }
  lanes_[lane].sent = std::move(sent);
  Add(scope, precedence, lane, first, last);
}

std::optional<SendPlan::Range> SendPlan::Next(Precedence precedence) {
  Queue& queue = queues_[Index(precedence)];
  while (!queue.turns.empty()) {
    std::set<Lane>& lanes = queue.lanes[queue.turns.front()];
    while (!lanes.empty()) {
      const Lane lane = *lanes.begin();
      const Ranges& waiting = lanes_[lane].waiting;
      if (!waiting.empty()) {
        return Range{lane, waiting.begin()->first, waiting.begin()->second};
      }
      lanes.erase(lanes.begin());
    }
    queue.lanes.erase(queue.turns.front());
    queue.turns.pop_front();
  }
  return std::nullopt;
}

void SendPlan::Sent(Precedence precedence, const Range& range, Seq last) {
  LanePlan& plan = lanes_[range.lane];
  auto waiting = plan.waiting.find(range.first);
  TOCSIN_CHECK(waiting != plan.waiting.end());
  Seq whole = waiting->second;
  Seq gone = std::min(last, whole);
  plan.waiting.erase(waiting);
  if (gone < whole) plan.waiting.emplace(gone.Next(), whole);
  backlog_ -= Size(range.first, gone);
  Insert(plan.sent, range.first, last);
  // A block may reach beyond what was planned: that is sent as well.
  if (last > whole) {
    std::vector<std::pair<Seq, Seq>> planned;
    for (auto next = plan.waiting.lower_bound(whole);
         next != plan.waiting.end() && next->first <= last;) {
      Seq end = std::min(next->second, last);
      backlog_ -= Size(next->first, end);
      if (next->second > last) planned.emplace_back(last.Next(), next->second);
      next = plan.waiting.erase(next);
    }
    for (auto [first, end] : planned) plan.waiting.emplace(first, end);
  }
  // The next scope's turn.
  Queue& queue = queues_[Index(precedence)];
  if (!queue.turns.empty()) {
    queue.turns.push_back(queue.turns.front());
    queue.turns.pop_front();
  }
}

void SendPlan::Drop(const Lane& lane) {
  Forget(lane);
  lanes_[lane].dropped = true;
}

void SendPlan::ForgetSent(const Scope& scope) {
  for (auto& [lane, plan] : lanes_) {
    if (plan.scope == scope) plan.sent.clear();
  }
}

void SendPlan::Forget(const Lane& lane) {
  LanePlan& plan = lanes_[lane];
  for (auto [first, last] : plan.waiting) backlog_ -= Size(first, last);
  plan.waiting.clear();
}

}  // namespace tocsin::session
