// Intake: where a report becomes a change. It checks the record against the schema, lets the
// privacy guard read its texts, decides precedence, finds which dots the write overwrites, appends,
// and answers when the change is durable and in the view. The API calls it; the log comes after it.
// docs/intake.md says what a caller can rely on.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

struct IntakeOptions {
  // The network's minimum cell: exact counts of people below it become "fewer than".
  uint32_t min_cell = 10;
  // How many request ids are remembered (24 hours at most).
  size_t request_ids_max = 100'000;
  // Writes that have been taken and not answered; beyond it UNAVAILABLE.
  size_t in_flight_max = 10'000;
};

// Thread-safe. Writes of one record run one after the other; writes of different records share
// fsyncs. Callbacks run on the projector's or the executor's threads and must not block. Owned by
// the daemon; destroyed before log and view, when it answers what is still open with UNAVAILABLE.
class Intake {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<v1::WriteRecordResponse>)>;
  using MoveDone = absl::AnyInvocable<void(absl::StatusOr<v1::MoveRecordResponse>)>;

  static std::unique_ptr<Intake> Create(const identity::Identity& identity, log::Log& log,
                                        view::View& view, Random& random, Clock& clock,
                                        Executor& executor, const IntakeOptions& options);
  virtual ~Intake() = default;

  // Errors are those that api.proto names. A record whose source key is held already files nothing:
  // `already_filed`, and `differs` names the fields with other values.
  virtual void Create(v1::CreateRecordRequest request, Done done) = 0;
  virtual void Update(v1::UpdateRecordRequest request, Done done) = 0;
  virtual void Withdraw(v1::WithdrawRecordRequest request, Done done) = 0;
  virtual void Resolve(v1::ResolveConflictRequest request, Done done) = 0;
  // Both records are durable together, or neither is written.
  virtual void Move(v1::MoveRecordRequest request, MoveDone done) = 0;
};

}  // namespace tocsin::intake
