#include "node/api/node_status.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/time_util.h>

#include <memory>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/schema/kinds.h"

namespace tocsin::api {
namespace {

// How long before its certificate ends a node says so.
constexpr absl::Duration kRenewAhead = absl::Hours(30 * 24);

const char* QueueName(log::Queue queue) {
  switch (queue) {
    case log::Queue::kOwn:
      return "own";
    case log::Queue::kFlash:
      return "flash";
    case log::Queue::kPriority:
      return "priority";
    case log::Queue::kRoutine:
      return "routine";
  }
  return "";
}

void AddQueues(const log::Log& log, const view::View& view, v1::NodeStatus& status) {
  const log::Ends ends = log.ends();
  const log::Ends cursors = view.cursors();
  for (log::Queue queue : log::kQueues) {
    v1::QueueStatus& out = *status.add_queue();
    out.set_queue(QueueName(queue));
    out.set_end(ends.of(queue).value());
    out.set_projected(cursors.of(queue).value());
  }
}

void AddLanes(const log::Log& log, v1::NodeStatus& status) {
  const std::shared_ptr<const std::vector<log::LaneState>> lanes = log.Lanes();
  uint64_t held = 0;
  uint64_t debts = 0;
  uint64_t forked = 0;
  uint64_t withheld = 0;
  for (const log::LaneState& lane : *lanes) {
    for (const log::Run& run : lane.runs) held += run.last.value() - run.first.value() + 1;
    for (const log::Run& run : lane.debts) debts += run.last.value() - run.first.value() + 1;
    if (lane.forked) ++forked;
    if (lane.withheld_from) ++withheld;
  }
  status.set_lanes(lanes->size());
  status.set_changes_held(held);
  status.set_debts(debts);
  status.set_forked_lanes(forked);
  if (withheld > 0) {
    status.add_alarm(
        absl::StrCat(withheld,
                     " lanes have forked more often than this node shows: what was written from "
                     "where they part is held, and in no record. Withdraw the certificate of their "
                     "author; 'tocsin audit verify' names the lanes"));
  }
  if (forked > 0) {
    status.add_alarm(
        absl::StrCat(forked,
                     " lanes have forked: two runs of one process disagree. A key was copied or a "
                     "machine was resumed twice; withdraw its certificate"));
  }
}

// What ends first of this node's line decides when it is let in no more.
void AddCertificateAlarm(const identity::Identity& identity, const log::Log& log,
                         v1::NodeStatus& status) {
  if (!log.clock_synced()) return;
  for (const identity::Certificate& certificate : identity.chain()) {
    absl::Status ends = certificate.CheckDates(log.CorrectedNow() + kRenewAhead);
    if (ends.ok()) continue;
    absl::Status ended = certificate.CheckDates(log.CorrectedNow());
    status.add_alarm(ended.ok()
                         ? absl::StrCat("the certificate of ", certificate.Describe(), " ends on ",
                                        absl::FormatTime(certificate.not_after()),
                                        ", and then opens no session: renew it before "
                                        "('tocsin init --renew')")
                         : std::string(ended.message()));
    return;
  }
}

void AddScrub(const log::Log& log, v1::NodeStatus& status) {
  const log::ScrubProgress progress = log.scrub_progress();
  v1::ScrubStatus& scrub = *status.mutable_scrub();
  scrub.set_entries(progress.entries);
  scrub.set_bytes(progress.bytes);
  scrub.set_damaged(progress.damaged);
  scrub.set_rounds(progress.rounds);
  scrub.set_lanes_done(progress.lanes_done);
  scrub.set_lanes_total(progress.lanes_total);
  if (progress.rounds > 0) {
    *scrub.mutable_last_round_end_time() =
        google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
            absl::ToUnixMillis(progress.last_round_end));
  }
  if (progress.damaged > 0) {
    status.add_alarm(
        absl::StrCat("the scrub found ", progress.damaged,
                     " parts of the log damaged by the disk; they are asked "
                     "of every neighbour again. Check the disk, and run 'tocsin audit verify'"));
  }
}

}  // namespace

absl::StatusOr<v1::NodeStatus> StatusOf(const identity::Identity& identity, const log::Log& log,
                                        const view::View& view, const Clock& clock,
                                        absl::Time start_time, const std::string& version) {
  v1::NodeStatus status;
  status.set_name(identity.name());
  status.set_jurisdiction(identity.jurisdiction().path());
  status.set_network(identity.network_id().ToHex());
  status.set_version(version);
  status.set_schema_level(schema::SchemaLevel());
  status.mutable_start_time()->set_seconds(absl::ToUnixSeconds(start_time));
  AddQueues(log, view, status);
  AddLanes(log, status);
  TOCSIN_ASSIGN_OR_RETURN(auto counts, view.CountByKind());
  for (const auto& [kind, count] : counts) {
    v1::KindCount& out = *status.add_records();
    out.set_kind(kind);
    out.set_count(count);
  }
  AddCertificateAlarm(identity, log, status);
  AddScrub(log, status);
  status.set_clock_synced(log.clock_synced());
  const absl::Time now = log.CorrectedNow();
  *status.mutable_clock_time() =
      google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(now));
  const int64_t correction_ms = absl::ToInt64Milliseconds(now - clock.WallNow());
  status.mutable_clock_correction()->set_seconds(correction_ms / 1000);
  status.mutable_clock_correction()->set_nanos(
      static_cast<int32_t>(correction_ms % 1000 * 1'000'000));
  return status;
}

}  // namespace tocsin::api
