#include "node/session/lacking.h"

#include <algorithm>

namespace tocsin::session {

std::vector<SeqRange> Lacking(const log::Run& mine, absl::Span<const log::ListedRun> held) {
  std::vector<log::ListedRun> relevant;
  for (const log::ListedRun& run : held) {
    bool other_branch = run.last == mine.last && run.last_step != mine.last_step;
    if (!other_branch && run.first <= mine.last && mine.first <= run.last) relevant.push_back(run);
  }
  std::sort(relevant.begin(), relevant.end(),
            [](const log::ListedRun& a, const log::ListedRun& b) { return a.first < b.first; });
  std::vector<SeqRange> lacking;
  Seq next = mine.first;
  for (const log::ListedRun& run : relevant) {
    if (next < run.first) lacking.push_back({next, Seq(run.first.value() - 1)});
    next = std::max(next, run.last.Next());
  }
  if (next <= mine.last) lacking.push_back({next, mine.last});
  return lacking;
}

}  // namespace tocsin::session
