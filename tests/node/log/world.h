// A small network for tests: a city, a county and a station of it, each with its log on a model
// store. One thread; nothing happens but in Run().
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/manual_executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/identity/record_id.h"
#include "node/log/block.h"
#include "node/log/log.h"
#include "node/store/model_store.h"

namespace tocsin::log {

inline absl::Time TestTime() { return absl::FromUnixSeconds(1'433'160'000); }

// The identities of one network. The same for the same seed.
struct TestNetwork {
  explicit TestNetwork(uint64_t seed = 1) : random(seed) {}

  identity::Identity New(const identity::Identity& issuer, const std::string& path,
                         bool may_issue) {
    return *issuer.NewChild({path, *Jurisdiction::Parse(path), may_issue, TestTime()}, random);
  }

  // `before` with a new key; the old one is kept, or lost.
  identity::Identity Renewed(const identity::Identity& issuer, const identity::Identity& before,
                             bool lost = false) {
    identity::NodeSpec spec{before.name(), before.jurisdiction(), before.certificate().may_issue(),
                            TestTime()};
    spec.begins_after = before.certificate().not_before();
    std::vector<identity::FormerKey> former = before.former();
    former.push_back(
        {before.chain(), lost ? nullptr : std::make_shared<identity::PrivateKey>(before.key())});
    return *issuer.NewChild(spec, random)->InPlaceOf(std::move(former));
  }

  SeededRandom random;
  identity::Identity city = *identity::Identity::NewRoot(
      {"city", *Jurisdiction::Parse("city"), true, TestTime()}, random);
  identity::Identity kings = New(city, "city/kings", true);
  identity::Identity e201 = New(kings, "city/kings/e201", false);
};

// One node: its disk outlives its processes.
class TestNode {
 public:
  explicit TestNode(identity::Identity identity, uint64_t seed = 1, LogOptions options = {})
      : identity_(std::move(identity)), random_(seed), options_(std::move(options)) {
    Start();
  }

  Log& log() { return *log_; }
  store::ModelStore& disk() { return *disk_; }
  ManualClock& clock() { return clock_; }
  const identity::Identity& identity() const { return identity_; }
  identity::TrustStore& trust() { return *trust_; }
  ManualExecutor& executor() { return *executor_; }
  void Run() { executor_->RunUntilIdle(); }

  // Ends the process in order and starts the next one on the same disk.
  void Restart() {
    Stop();
    disk_ = disk_->Restart();
    Start();
  }
  // The same disk under another identity, if the log takes it.
  absl::Status RestartAs(identity::Identity identity) {
    Stop();
    disk_ = disk_->Restart();
    identity_ = std::move(identity);
    return TryStart();
  }
  // The machine loses its power.
  void Crash(store::ModelStore::Lose lose = store::ModelStore::Lose::kAllUnsynced) {
    Stop();
    disk_ = disk_->Crash(lose, random_);
    Start();
  }
  // Another node with a copy of this one's disk, as it is now.
  std::unique_ptr<TestNode> Clone(uint64_t seed) {
    std::string name = "clone" + std::to_string(seed);
    EXPECT_TRUE(disk_->Checkpoint(name).ok());
    auto copy = std::make_unique<TestNode>(identity_, seed, options_);
    copy->Stop();
    copy->disk_ = *disk_->OpenCheckpoint(name);
    copy->Start();
    return copy;
  }
  absl::Status TryStart() {
    trust_ = identity_.NewTrustStore();
    executor_ = std::make_unique<ManualExecutor>(clock_);
    auto log = Log::Open(*disk_, identity_, *trust_, clock_, random_, *executor_, options_);
    if (!log.ok()) return log.status();
    log_ = *std::move(log);
    return absl::OkStatus();
  }
  void Stop() {
    log_.reset();
    executor_.reset();
  }

  // The page of the newest entry cannot be read from here on.
  void SpoilNewestEntry() {
    std::string newest;
    for (auto at = disk_->Scan("e", "f"); at->Valid(); at->Next()) newest = std::string(at->key());
    disk_->SpoilPage(newest);
  }

  absl::StatusOr<std::vector<Appended>> Append(std::vector<Draft> drafts) {
    absl::StatusOr<std::vector<Appended>> result = absl::UnknownError("not called");
    log_->Append(std::move(drafts), [&](auto appended) { result = std::move(appended); });
    Run();
    return result;
  }
  absl::StatusOr<HoldResult> Hold(std::string block, Via via = Via::kChild,
                                  std::string peer = "city/kings/e201") {
    absl::StatusOr<HoldResult> result = absl::UnknownError("not called");
    log_->HoldBlock(std::move(block), {via, std::move(peer)},
                    [&](auto held) { result = std::move(held); });
    Run();
    return result;
  }
  absl::StatusOr<std::string> Receipt(const Scope& scope) {
    absl::StatusOr<std::string> result = absl::UnknownError("not called");
    log_->IssueReceipt(scope, [&](auto receipt) { result = std::move(receipt); });
    Run();
    return result;
  }
  absl::Status HoldReceipt(std::string receipt) {
    absl::Status result = absl::UnknownError("not called");
    log_->HoldReceipt(std::move(receipt), [&](absl::Status status) { result = status; });
    Run();
    return result;
  }

  // Blocks of a range as this node would send them.
  std::vector<std::string> Blocks(const LaneId& lane, uint64_t first, uint64_t last,
                                  uint8_t branch = 0) {
    auto blocks = log_->ReadBlocks(lane, Seq(first), Seq(last), branch, 1 << 30);
    EXPECT_TRUE(blocks.ok()) << blocks.status();
    return blocks.ok() ? *std::move(blocks) : std::vector<std::string>();
  }

  // Offers what a peer's session would send ahead of a lane's first block.
  absl::Status Open(TestNode& author_side, const LaneId& lane) {
    auto birth = author_side.log().BirthBytes(lane);
    if (!birth.ok()) return birth.status();
    auto chain = author_side.trust_->Chain(DecodeBirth(*birth)->certificate);
    if (!chain.ok()) return chain.status();
    for (const auto& certificate : *chain) {
      absl::Status offered = log_->OfferCertificate(certificate.der());
      if (!offered.ok()) return offered;
    }
    return log_->OfferBirth(*birth);
  }
  // Takes all that `from` holds and this one may hold, in blocks as they are.
  absl::Status TakeAll(TestNode& from, Via via = Via::kChild) {
    for (const auto& scope : from.log().ScopesFor(identity_.jurisdiction())) {
      for (const LaneState& lane : scope->lanes) {
        if (!lane.has_birth) continue;
        if (absl::Status opened = Open(from, lane.id); !opened.ok()) return opened;
        for (const tocsin::log::Run& run : lane.runs) {
          absl::Status taken = TakeRun(from, lane.id, run, via);
          if (!taken.ok()) return taken;
        }
      }
    }
    return absl::OkStatus();
  }
  absl::Status TakeRun(TestNode& from, const LaneId& lane, const tocsin::log::Run& run, Via via) {
    auto blocks = from.log().ReadBlocks(lane, run.first, run.last, run.branch, 1 << 30);
    if (!blocks.ok()) return blocks.status();
    for (std::string& block : *blocks) {
      auto held = Hold(std::move(block), via, from.identity().jurisdiction().path());
      if (!held.ok()) return held.status();
    }
    return absl::OkStatus();
  }

 private:
  void Start() { ASSERT_TRUE(TryStart().ok()); }

  identity::Identity identity_;
  SeededRandom random_;
  LogOptions options_;
  ManualClock clock_{TestTime()};
  std::unique_ptr<store::ModelStore> disk_ = std::make_unique<store::ModelStore>();
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<ManualExecutor> executor_;
  std::unique_ptr<Log> log_;
};

inline Scope StationScope() { return *Scope::Parse("city/kings/e201"); }

// An incident's field and, if it is not empty, its description.
inline Draft IncidentDraft(uint64_t code, const std::string& text = "",
                           Precedence precedence = Precedence::kRoutine) {
  Draft draft{StationScope(), precedence, {}, 5, false, {}, {}, {}, {}};
  draft.key.kind = 1;
  draft.key.code_bits = code;
  draft.key.id = identity::RecordIdFromCode(StationScope(), 1, code);
  draft.ops = {{23, false, {}}};
  draft.values = std::string("\xb8\x01\x04", 3);
  if (!text.empty()) {
    draft.ops.push_back({27, false, {}});
    draft.texts.push_back({0, 27, 0, text, std::nullopt, std::nullopt});
  }
  return draft;
}

inline std::vector<Draft> Incidents(uint64_t from, size_t count,
                                    Precedence precedence = Precedence::kRoutine) {
  std::vector<Draft> drafts;
  for (size_t i = 0; i < count; ++i) {
    drafts.push_back(IncidentDraft(from + i, "incident " + std::to_string(from + i), precedence));
  }
  return drafts;
}

// Every entry of a queue.
inline std::vector<Entry> AllEntries(Log& log, Queue queue) {
  auto entries = log.ReadEntries(queue, Arrival(0), 1 << 30);
  EXPECT_TRUE(entries.ok()) << entries.status();
  return entries.ok() ? *entries : std::vector<Entry>();
}

// A machine was resumed twice from one snapshot: what it says, as the next change of the lane.
inline std::string RivalBlock(const identity::Identity& author, uint64_t seed, const Draft& draft,
                              const LaneId& lane, Seq seq, const Step& tip) {
  TestNode twin(author, seed);
  auto appended = twin.Append({draft});
  auto block = UnpackBlock(twin.Blocks(appended->front().lane, 1, 1).front());
  const Step step = *NextStep(tip, block->change(0));
  const BlockHeader header{lane, seq, 1, tip,
                           author.Sign(identity::Use::kSeal, SealedBytes(lane, seq, step))};
  return PackBlock(header, block->change(0));
}

}  // namespace tocsin::log
