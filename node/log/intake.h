// The way of a peer's block from its bytes to the append strand: certificates and births that came
// ahead of it, verification on the executor, and the order of each lane kept.
//
// Thread-safe. Owned by the log.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/synchronization/mutex.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "node/base/executor.h"
#include "node/log/context.h"
#include "node/log/gate.h"
#include "node/log/writer.h"

namespace tocsin::log {

class Intake {
 public:
  // Births that wait for their lane's first block; the oldest goes when there are more.
  static constexpr size_t kOfferedBirthsMax = 4096;
  static constexpr size_t kOfferedBytesMax = 8 << 20;

  Intake(Context& context, Writer& writer, Executor& executor);
  // What is being verified is told CANCELLED.
  ~Intake();

  absl::Status OfferCertificate(absl::string_view der);
  absl::Status OfferBirth(absl::string_view bytes);
  void HoldBlock(std::string block, Origin origin, Log::HoldDone done);
  void HoldReceipt(std::string bytes, absl::AnyInvocable<void(absl::Status)> done);

 private:
  // A block under verification. Its lane's blocks go on in the order in which they came.
  struct Waiting {
    std::optional<HoldRequest> request;  // once it is verified
    Log::HoldDone done;
  };

  struct LaneRules {
    BlockRules rules;
    std::shared_ptr<const OfferedBirth> birth;  // null when the lane is open
  };
  absl::StatusOr<LaneRules> RulesFor(const LaneId& lane, Via via);
  absl::Status CheckBirth(const Birth& birth) const;
  void Verified(const LaneId& lane, const std::shared_ptr<Waiting>& waiting,
                absl::StatusOr<Range> range, std::shared_ptr<const OfferedBirth> birth,
                Origin origin);

  Context& context_;
  Writer& writer_;
  Executor& executor_;

  absl::Mutex mutex_;
  absl::flat_hash_map<LaneId, std::shared_ptr<const OfferedBirth>> offered_ ABSL_GUARDED_BY(mutex_);
  std::deque<LaneId> offered_order_ ABSL_GUARDED_BY(mutex_);
  size_t offered_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<LaneId, std::deque<std::shared_ptr<Waiting>>> lanes_ ABSL_GUARDED_BY(mutex_);

  Gate gate_;
};

}  // namespace tocsin::log
