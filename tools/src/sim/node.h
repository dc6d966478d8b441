// A simulated machine and the process on it: the real log, view, intake and receipts on disks that
// know what they would lose.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "hub/children/receipt_issuer.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/intake/intake.h"
#include "node/log/log.h"
#include "node/session/dispatcher.h"
#include "node/session/session.h"
#include "node/store/model_store.h"
#include "node/view/view.h"
#include "tools/src/sim/cast.h"
#include "tools/src/sim/world.h"

namespace tocsin::sim {

class Node;

// Hears what happens at nodes, on the task in which it happens.
class NodeListener {
 public:
  virtual ~NodeListener() = default;
  virtual void OnPublished(Node& node, const log::Published& published) = 0;
};

// How a process ends.
enum class End {
  // It is killed; the machine goes on.
  kKilled,
  // The machine loses its power: of what was not synced a suffix is lost.
  kPowerCut,
  // The disk did not make a write durable, and the process stopped itself.
  kDiskFailed,
};

// What its disks held at one moment.
struct DiskCopy {
  std::unique_ptr<store::ModelStore> log;
  std::unique_ptr<store::ModelStore> view;
};

// Owned by the run. Not thread-safe.
class Node {
 public:
  Node(World& world, const Role& role, int index, uint64_t seed, size_t view_flush_bytes,
       NodeListener& listener);
  ~Node();

  int index() const { return index_; }
  const Role& role() const { return role_; }
  const Jurisdiction& jurisdiction() const { return role_.identity.jurisdiction(); }
  const std::string& name() const { return jurisdiction().path(); }
  NodeClock& clock() { return clock_; }

  // A new process. `log_seed` of an earlier one makes it choose what that one chose, as a machine
  // does that is resumed from its snapshot once more.
  absl::Status Start(std::optional<uint64_t> log_seed = std::nullopt);
  // REQUIRES: up(); its lines were told. Nothing that the process still does reaches the disk.
  void Stop(End end);
  bool up() const { return process_ != nullptr; }
  // Its process ends now, and does nothing that counts.
  bool stopping() const { return stopping_; }
  // Counts processes; tells callbacks of an earlier one apart.
  uint64_t generation() const { return generation_; }
  uint64_t log_seed() const { return log_seed_; }

  absl::StatusOr<DiskCopy> CopyDisks();
  // REQUIRES: !up(). A null view stays as it is.
  void ReplaceDisks(DiskCopy disks);
  // REQUIRES: !up().
  void DropView();
  // What `tocsin restore` does to a log that it brings back. REQUIRES: !up().
  absl::Status GiveNewLogId();

  store::ModelStore& log_disk() { return *log_disk_; }
  store::ModelStore& view_disk() { return *view_disk_; }

  // REQUIRES, of all below: up().
  log::Log& log() { return *process_->log; }
  view::View& view() { return *process_->view; }
  intake::Intake& intake() { return *process_->intake; }
  session::Dispatcher& dispatcher() { return *process_->dispatcher; }
  identity::TrustStore& trust() { return *process_->trust; }
  const std::shared_ptr<ProcessExecutor>& executor() { return process_->executor; }
  session::SessionNode session_node();
  // The view made anew from the log, beside the one that it has, as DumpForComparison gives it.
  absl::StatusOr<std::unique_ptr<view::View>> OpenBeside(store::Store& disk);

 private:
  struct Process {
    std::shared_ptr<ProcessExecutor> executor;
    std::unique_ptr<SeededRandom> log_random;
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<identity::TrustStore> trust;
    std::unique_ptr<log::Log> log;
    std::unique_ptr<log::Log::Subscription> subscription;
    std::unique_ptr<session::Dispatcher> dispatcher;
    std::unique_ptr<children::ReceiptIssuer> receipts;  // of a hub
    std::unique_ptr<view::View> view;
    std::unique_ptr<intake::Intake> intake;
  };

  World& world_;
  const Role& role_;
  const int index_;
  const size_t view_flush_bytes_;
  NodeListener& listener_;
  SeededRandom random_;
  NodeClock clock_;
  std::unique_ptr<store::ModelStore> log_disk_;
  std::unique_ptr<store::ModelStore> view_disk_;
  std::unique_ptr<Process> process_;
  bool stopping_ = false;
  uint64_t generation_ = 0;
  uint64_t log_seed_ = 0;
  uint64_t copies_ = 0;
};

}  // namespace tocsin::sim
