// The log put together: context, writer, reader and intake.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>
#include <vector>

#include "node/log/context.h"
#include "node/log/gate.h"
#include "node/log/intake.h"
#include "node/log/log.h"
#include "node/log/reader.h"
#include "node/log/scrub.h"
#include "node/log/writer.h"

namespace tocsin::log {

class LogImpl final : public Log {
 public:
  LogImpl(std::unique_ptr<Context> context, StrandState state, Executor& executor);
  ~LogImpl() override;

  void Append(std::vector<Draft> drafts, AppendDone done) override;
  void HoldBlock(std::string block, Origin origin, HoldDone done) override;
  absl::Status OfferCertificate(absl::string_view der) override;
  absl::Status OfferBirth(absl::string_view birth) override;
  void HoldReceipt(std::string receipt, absl::AnyInvocable<void(absl::Status)> done) override;
  Ends ends() const override { return writer_->ends(); }
  std::unique_ptr<Subscription> Subscribe(
      absl::AnyInvocable<void(const Published&)> listener) override;
  absl::StatusOr<std::vector<Entry>> ReadEntries(Queue queue, Arrival after,
                                                 size_t bytes_max) const override;
  absl::StatusOr<std::vector<PlacedChange>> ReadLane(const LaneId& lane, Seq first, Seq last,
                                                     uint8_t branch) const override;
  absl::StatusOr<PlacedChange> ReadChange(const LaneId& lane, Seq seq,
                                          const Dot& dot) const override;
  absl::StatusOr<Step> StepAt(const LaneId& lane, Seq seq, uint8_t branch) const override;
  bool IsErased(const Scope& scope, const TextName& text,
                const std::optional<Place>& at) const override {
    return context_->erasures.Has(scope, text, at);
  }
  uint64_t ErasedThroughMs(const Scope& scope, const SubjectName& subject) const override {
    return context_->erasures.ThroughMs(scope, subject);
  }
  std::shared_ptr<const std::vector<LaneState>> Lanes() const override;
  std::vector<std::shared_ptr<const ScopeState>> ScopesFor(
      const Jurisdiction& reader) const override;
  std::shared_ptr<const ScopeState> ScopeOf(const Scope& scope) const override;
  std::optional<LaneState> FindLane(const LaneId& lane) const override;
  absl::StatusOr<std::string> BirthBytes(const LaneId& lane) const override;
  absl::StatusOr<std::vector<std::string>> ReadBlocks(const LaneId& lane, Seq first, Seq last,
                                                      uint8_t branch, size_t bytes_max) override;
  void IssueReceipt(const Scope& scope,
                    absl::AnyInvocable<void(absl::StatusOr<std::string>)> done) override;
  absl::StatusOr<std::vector<std::string>> ReceiptsOf(const Scope& scope) const override;
  absl::StatusOr<bool> IsHeldBy(const CertId& holder, const LaneId& lane, Seq seq,
                                const Dot& dot) const override;
  absl::StatusOr<bool> IsRestated(const Dot& dot) const override;
  absl::StatusOr<std::vector<std::string>> HighestReceipts() const override;
  absl::StatusOr<ScrubProgress> Scrub(size_t bytes_max) override {
    return scrubber_->Scrub(bytes_max);
  }
  ScrubProgress scrub_progress() const override { return scrubber_->progress(); }
  LogId log_id() const override { return context_->log_id; }
  ProcessId process() const override { return context_->process; }
  absl::Time CorrectedNow() const override { return context_->stamps.Now(); }
  void CorrectClock(absl::Time parent_now, bool parent_synced) override {
    context_->stamps.Correct(parent_now, parent_synced);
  }
  bool clock_synced() const override { return context_->stamps.synced(); }

 private:
  class Listener;
  struct Listeners;

  const std::unique_ptr<Context> context_;
  const std::shared_ptr<Listeners> listeners_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Scrubber> scrubber_;
  std::unique_ptr<Intake> intake_;
};

}  // namespace tocsin::log
