#include "tools/src/sim/node.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/status.h"
#include "node/intake/held_change.h"
#include "node/log/rows.h"
#include "node/schema/kinds.h"
#include "node/store/batch.h"

namespace tocsin::sim {

Node::Node(World& world, const Role& role, int index, uint64_t seed, size_t view_flush_bytes,
           NodeListener& listener)
    : world_(world),
      role_(role),
      index_(index),
      view_flush_bytes_(view_flush_bytes),
      listener_(listener),
      random_(seed),
      clock_(world),
      log_disk_(std::make_unique<store::ModelStore>()),
      view_disk_(std::make_unique<store::ModelStore>()) {}

Node::~Node() {
  if (up()) Stop(End::kKilled);
}

absl::Status Node::Start(std::optional<uint64_t> log_seed) {
  TOCSIN_CHECK(!up());
  ++generation_;
  clock_.OnProcessStart();
  log_seed_ = log_seed.value_or(random_.Below(UINT64_MAX));
  auto process = std::make_unique<Process>();
  process->executor = world_.NewExecutor();
  process->log_random = std::make_unique<SeededRandom>(log_seed_);
  process->random = std::make_unique<SeededRandom>(random_.Below(UINT64_MAX));
  process->trust = role_.identity.NewTrustStore();
  log::LogOptions options;
  options.schema_level = schema::SchemaLevel();
  options.check_change = intake::CheckHeldChange;
  if (role_.parent < 0) {
    // Of the newest program: it knows what it wrote once, whoever gives it back.
    options.check_change = [](const log::ChangeView& change, log::Via) {
      return intake::CheckHeldChange(change, log::Via::kParent);
    };
  }
  TOCSIN_ASSIGN_OR_RETURN(process->log,
                          log::Log::Open(*log_disk_, role_.identity, *process->trust, clock_,
                                         *process->log_random, *process->executor, options));
  process->subscription = process->log->Subscribe([this](const log::Published& published) {
    if (!stopping_) listener_.OnPublished(*this, published);
  });
  view::ViewOptions view_options;
  view_options.flush_bytes = view_flush_bytes_;
  TOCSIN_ASSIGN_OR_RETURN(
      process->view, view::View::Open(*view_disk_, *process->log, role_.identity, *process->trust,
                                      clock_, *process->executor, view_options));
  process->intake = intake::Intake::Create(role_.identity, *process->log, *process->view,
                                           *process->random, clock_, *process->executor, {});
  process->dispatcher = std::make_unique<session::Dispatcher>(*process->log);
  if (role_.is_hub) {
    process->receipts = std::make_unique<children::ReceiptIssuer>(
        *process->log, role_.identity, *process->executor, children::ReceiptIssuerOptions());
    process->receipts->Start();
  }
  process_ = std::move(process);
  return absl::OkStatus();
}

void Node::Stop(End end) {
  TOCSIN_CHECK(up());
  stopping_ = true;
  const auto lose = store::ModelStore::Lose::kRandomSuffix;
  const bool killed = end == End::kKilled && !log_disk_->failed() && !view_disk_->failed();
  auto log = killed ? log_disk_->Restart() : log_disk_->Crash(lose, random_);
  auto view = killed ? view_disk_->Restart() : view_disk_->Crash(lose, random_);
  Process& process = *process_;
  process.executor->RunOut();
  process.intake.reset();
  process.view.reset();
  process.receipts.reset();
  process.dispatcher.reset();
  process.executor->RunOut();
  process.subscription.reset();
  process.log.reset();
  process.executor->RunOut();
  process.executor->Kill();
  process_.reset();
  log_disk_ = std::move(log);
  view_disk_ = std::move(view);
  stopping_ = false;
}

absl::StatusOr<DiskCopy> Node::CopyDisks() {
  const std::string name = absl::StrCat("copy ", ++copies_);
  TOCSIN_RETURN_IF_ERROR(log_disk_->Checkpoint(name));
  TOCSIN_RETURN_IF_ERROR(view_disk_->Checkpoint(name));
  DiskCopy copy;
  TOCSIN_ASSIGN_OR_RETURN(copy.log, log_disk_->OpenCheckpoint(name));
  TOCSIN_ASSIGN_OR_RETURN(copy.view, view_disk_->OpenCheckpoint(name));
  return copy;
}

void Node::ReplaceDisks(DiskCopy disks) {
  TOCSIN_CHECK(!up() && disks.log != nullptr);
  log_disk_ = std::move(disks.log);
  if (disks.view != nullptr) view_disk_ = std::move(disks.view);
}

void Node::DropView() {
  TOCSIN_CHECK(!up());
  view_disk_ = std::make_unique<store::ModelStore>();
}

absl::Status Node::GiveNewLogId() {
  TOCSIN_CHECK(!up());
  store::Batch batch;
  batch.Put(log::kLogIdKey, random_.Fixed<LogId>().view());
  return log_disk_->Write(batch, store::Durability::kSynced);
}

session::SessionNode Node::session_node() {
  return {role_.identity, *process_->trust, *process_->log, clock_, *process_->random};
}

absl::StatusOr<std::unique_ptr<view::View>> Node::OpenBeside(store::Store& disk) {
  return view::View::Open(disk, *process_->log, role_.identity, *process_->trust, clock_,
                          *process_->executor, {});
}

}  // namespace tocsin::sim
