#include "node/session/lacking.h"

#include <algorithm>

#include "node/base/planted.h"

namespace tocsin::session {

std::vector<SeqRange> Lacking(const log::Run& mine, absl::Span<const log::ListedRun> held,
                              IsRival is_rival) {
  std::vector<log::ListedRun> relevant;
  for (const log::ListedRun& run : held) {
    bool other_branch = run.last == mine.last && run.last_step != mine.last_step;
    if (other_branch || run.first > mine.last || mine.first > run.last) continue;
    if (run.last != mine.last && is_rival(run)) continue;
    relevant.push_back(run);
  }
  std::sort(relevant.begin(), relevant.end(),
            [](const log::ListedRun& a, const log::ListedRun& b) { return a.first < b.first; });
  std::vector<SeqRange> lacking;
  Seq next = mine.first;
  for (const log::ListedRun& run : relevant) {
    if (next < run.first && !TOCSIN_PLANTED("run-named-by-its-end"))
      lacking.push_back({next, Seq(run.first.value() - 1)});
    next = std::max(next, run.last.Next());
  }
  if (next <= mine.last) lacking.push_back({next, mine.last});
  return lacking;
}

std::vector<SeqRange> LackingOf(const log::Log& log, const log::LaneState& lane,
                                const log::Run& mine, absl::Span<const log::ListedRun> held) {
  auto differs = [&](const log::ListedRun& run, uint8_t branch) {
    absl::StatusOr<Step> step = log.StepAt(lane.id, run.last, branch);
    return step.ok() && *step != run.last_step;
  };
  auto is_of = [&](const log::ListedRun& run, const log::Run& other) {
    if (other.branch == mine.branch || other.first > mine.last || mine.first > other.last ||
        run.last < other.first || run.last > other.last) {
      return false;
    }
    absl::StatusOr<Step> step = log.StepAt(lane.id, run.last, other.branch);
    return step.ok() && *step == run.last_step;
  };
  return Lacking(mine, held, [&](const log::ListedRun& run) {
    if (TOCSIN_PLANTED("rival-kept-back")) return false;
    if (run.last <= mine.last) return differs(run, mine.branch);
    return lane.forked && std::any_of(lane.runs.begin(), lane.runs.end(),
                                      [&](const log::Run& other) { return is_of(run, other); });
  });
}

}  // namespace tocsin::session
