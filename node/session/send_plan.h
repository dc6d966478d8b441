// What a session still has to send of each lane, by precedence. It names ranges, never bytes: the
// backlog stays in the log. Scopes take turns within a precedence, so that one busy station does
// not hold back its neighbours. Runs on the session's strand; owned by the session.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "node/base/ids.h"
#include "node/base/scope.h"

namespace tocsin::session {

class SendPlan {
 public:
  struct Lane {
    LaneId id;
    uint8_t branch = 0;
    friend auto operator<=>(const Lane&, const Lane&) = default;
  };
  struct Range {
    Lane lane;
    Seq first;
    Seq last;
  };

  // Adds what of [first, last] was neither planned nor sent in this session before.
  void Add(const Scope& scope, Precedence precedence, const Lane& lane, Seq first, Seq last);

  // Adds [first, last] whatever went before: what was sent of it lacked a text.
  void AddAgain(const Scope& scope, Precedence precedence, const Lane& lane, Seq first, Seq last);

  // The range whose turn it is; nothing when all was sent. It stays until Sent or Drop.
  std::optional<Range> Next(Precedence precedence);
  // [range.first, last] has gone, as answer to Next.
  void Sent(Precedence precedence, const Range& range, Seq last);
  // The peer refused the lane, or nobody can seal it: nothing more of it in this session.
  void Drop(const Lane& lane);
  // Nothing of the lane waits any more; what is added later is sent.
  void Forget(const Lane& lane);
  // The peer has lost something of the scope: nothing counts as sent.
  void ForgetSent(const Scope& scope);

  // Changes that wait.
  uint64_t backlog() const { return backlog_; }

 private:
  struct LanePlan {
    std::optional<Scope> scope;
    std::map<Seq, Seq> waiting;  // first -> last, disjoint
    std::map<Seq, Seq> sent;     // first -> last, disjoint
    bool dropped = false;
  };
  // Scopes in turn, each with its lanes that have something waiting.
  struct Queue {
    std::deque<Scope> turns;
    std::map<Scope, std::set<Lane>> lanes;
  };
  static size_t Index(Precedence p) { return static_cast<size_t>(p) - 1; }

  std::map<Lane, LanePlan> lanes_;
  Queue queues_[3];
  uint64_t backlog_ = 0;
};

}  // namespace tocsin::session
