// The stage: the nodes and lines of one run, what the plan does to them, and the checkers that
// watch. Events come at their times; a fault with a trigger waits for its node's next interesting
// moment. What ends a process happens between two tasks, never inside of one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/src/sim/holdings.h"
#include "tools/src/sim/network.h"
#include "tools/src/sim/node.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/precedence_check.h"
#include "tools/src/sim/run.h"
#include "tools/src/sim/statements.h"
#include "tools/src/sim/view_check.h"
#include "tools/src/sim/writers.h"

namespace tocsin::sim {

class Stage final : public NodeListener, public LineListener {
 public:
  Stage(const Plan& plan, const Cast& cast, bool traced);
  ~Stage() override;

  Outcome Play();

 private:
  struct Machine {
    std::unique_ptr<Node> node;
    // The last backup, and what the node held then.
    DiskCopy backup;
    std::shared_ptr<const Holding> backed_up;
    bool sync_fails = false;
    // Its log's disk rotted at some time.
    bool rotten = false;
    // Faults that wait for their moment, with when they are given up.
    std::vector<std::pair<Event, absl::Duration>> waiting;
    // What it was started for the last time; an older wish to start it is void.
    uint64_t wishes = 0;
  };

  // NodeListener and LineListener, inside of tasks.
  void OnPublished(Node& node, const log::Published& published) override;
  void OnFrameSent(Node& from, Node& to, const v1::Frame& frame) override;
  void OnGreeted(Node& node, Node& peer, absl::Duration opened) override;
  void OnUnread(Node& to, size_t bytes) override;
  void Strike(Node& node, Trigger trigger);

  // Between tasks.
  void AfterTask();
  void Begin(const Event& event);
  void Happen(const Event& event);
  void Fault(const Event& event);
  void Stop(Machine& machine, End end, bool peer_hears);
  void Start(Machine& machine, bool may_have_more, std::optional<uint64_t> log_seed = {});
  void StartLater(Machine& machine, absl::Duration after, bool may_have_more = false);
  void Restore(Machine& machine, const Event& event);
  void Twin(Machine& machine, const Event& event);
  void TwinAgain(Machine& machine, const Event& event, uint64_t log_seed,
                 std::shared_ptr<DiskCopy> copy, std::shared_ptr<const Holding> held);
  void Rot(Machine& machine, const Event& event);
  void ScrubLater(Machine& machine, absl::Duration after);
  void FillDisk(Machine& machine, const Event& event);
  void LineFault(const Event& event);
  void Later(absl::Duration after, std::function<void()> what);
  void Heal();

  void CheckNow();
  void CheckEnd();
  void CheckDrained();

  Machine& MachineOf(const Node& node) { return machines_[static_cast<size_t>(node.index())]; }
  // Those that the node is one end of.
  template <typename F>
  void ForLinesOf(const Node& node, F f);

  const Plan& plan_;
  Trace trace_;
  World world_;
  Violations violations_;
  Ledger ledger_;
  Holdings holdings_;
  Statements statements_;
  ViewCheck views_;
  PrecedenceCheck precedence_;
  Writers writers_;
  std::shared_ptr<ProcessExecutor> wires_;
  std::shared_ptr<ProcessExecutor> hands_;
  std::vector<Machine> machines_;
  std::vector<std::unique_ptr<Line>> lines_;  // of node i + 1 and its parent
  std::vector<Event> due_;
  bool quiet_ = false;
  std::vector<bool> tampered_;  // lines
  Outcome outcome_;
};

}  // namespace tocsin::sim
