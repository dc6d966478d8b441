// tocsin-sim: lives a network through many seeds, and says what was violated.
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <absl/synchronization/mutex.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/log.h"
#include "node/identity/memo.h"
#include "tools/src/sim/cast.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/planted_bugs.h"
#include "tools/src/sim/run.h"
#include "tools/src/sim/shrink.h"

namespace tocsin::sim {
namespace {

constexpr int kShrinkRuns = 400;
constexpr uint64_t kProgressEvery = 500;

struct Arguments {
  std::string seeds = "1..300";
  std::string mode;
  int stations = 5;
  std::optional<uint64_t> replay;
  bool trace = false;
  bool logs = false;
  bool real_signatures = false;
  std::string bug;
  bool list_bugs = false;
  bool find = false;
};

struct Totals {
  uint64_t seeds = 0;
  uint64_t violations = 0;
  uint64_t changes = 0;
  absl::Duration simulated;
  std::map<std::string, uint64_t> faults;
};

std::optional<std::pair<uint64_t, uint64_t>> ParseSeeds(const std::string& text) {
  std::vector<std::string> parts = absl::StrSplit(text, "..");
  uint64_t first = 0, last = 0;
  if (parts.size() == 1) parts.push_back(parts[0]);
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &first) ||
      !absl::SimpleAtoi(parts[1], &last) || first > last) {
    return std::nullopt;
  }
  return std::pair(first, last);
}

const char* NameOf(Mode mode) { return mode == Mode::kSafety ? "safety" : "liveness"; }

std::vector<Mode> ModesOf(const std::string& name) {
  if (name == "safety") return {Mode::kSafety};
  if (name == "liveness") return {Mode::kLiveness};
  return {Mode::kSafety, Mode::kLiveness};
}

void Report(const Plan& plan, const Outcome& outcome, const Cast& cast, std::ostream& out) {
  const Violation& violation = *outcome.violation;
  out << "seed " << plan.seed << ", mode " << NameOf(plan.mode) << ": invariant '"
      << violation.invariant << "' is violated at " << violation.node << ": " << violation.what
      << "\nmaking it smaller...\n";
  const Shrunk shrunk = Shrink(plan, outcome, cast, kShrinkRuns);
  out << "after " << shrunk.runs << " runs, " << shrunk.plan.events.size() << " of "
      << plan.events.size() << " events are left:\n";
  for (const Event& event : shrunk.plan.events) out << "  " << event.Describe(cast) << "\n";
  out << "what happens:\n";
  for (const std::string& line : shrunk.outcome.trace) out << "  " << line << "\n";
  out << "again: tools/sim --replay " << plan.seed << " --mode " << NameOf(plan.mode) << " --trace"
      << std::endl;
}

int Replay(const Arguments& arguments, const Cast& cast) {
  int code = 0;
  for (Mode mode : ModesOf(arguments.mode)) {
    const Plan plan = MakePlan(*arguments.replay, mode, cast);
    const Outcome outcome = RunPlan(plan, cast, arguments.trace);
    for (const std::string& line : outcome.trace) std::cout << line << "\n";
    std::cout << "seed " << plan.seed << ", mode " << NameOf(mode) << ": "
              << (outcome.violation ? absl::StrCat("invariant '", outcome.violation->invariant,
                                                   "' is violated at ", outcome.violation->node,
                                                   ": ", outcome.violation->what)
                                    : std::string("nothing is violated"))
              << std::endl;
    if (outcome.violation) code = 1;
  }
  return code;
}

std::string JsonOf(const Totals& totals, double seconds) {
  std::string faults;
  for (const auto& [name, count] : totals.faults) {
    absl::StrAppend(&faults, faults.empty() ? "" : ",", "\"", name, "\":", count);
  }
  return absl::StrFormat(
      "{\"seeds\":%d,\"simulated_hours\":%.1f,\"changes\":%d,\"faults\":{%s},\"violations\":%d,"
      "\"seeds_per_s\":%.1f}",
      totals.seeds, absl::ToDoubleHours(totals.simulated), totals.changes, faults,
      totals.violations, static_cast<double>(totals.seeds) / std::max(seconds, 1e-9));
}

// Seeds alternate between the modes that were asked for.
int RunSeeds(const Arguments& arguments, const Cast& cast) {
  auto seeds = ParseSeeds(arguments.seeds);
  if (!seeds) {
    std::cerr << "tocsin-sim: --seeds takes A..B, such as 1..300\n";
    return 2;
  }
  const std::vector<Mode> modes = ModesOf(arguments.mode);
  SystemClock clock;
  const absl::Duration begun = clock.Elapsed();
  Totals totals;
  for (uint64_t seed = seeds->first; seed <= seeds->second; ++seed) {
    const Plan plan = MakePlan(seed, modes[seed % modes.size()], cast);
    const Outcome outcome = RunPlan(plan, cast, false);
    ++totals.seeds;
    totals.simulated += outcome.simulated;
    totals.changes += outcome.changes;
    for (const auto& [name, count] : outcome.faults) totals.faults[name] += count;
    if (outcome.violation) {
      ++totals.violations;
      Report(plan, outcome, cast, std::cerr);
      break;
    }
    if (totals.seeds % kProgressEvery == 0) {
      std::cerr << "seed " << seed << " of " << seeds->second << ", "
                << absl::FormatDuration(absl::Trunc(clock.Elapsed() - begun, absl::Seconds(1)))
                << std::endl;
    }
  }
  std::cout << JsonOf(totals, absl::ToDoubleSeconds(clock.Elapsed() - begun)) << std::endl;
  return totals.violations == 0 ? 0 : 1;
}

#ifdef TOCSIN_WITH_PLANTED_BUGS
// Runs seeds in both modes until the bug is found. Exits 0 when it is.
int Find(const Arguments& arguments, const Cast& cast) {
  auto seeds = ParseSeeds(arguments.seeds);
  if (!seeds) return 2;
  for (uint64_t seed = seeds->first; seed <= seeds->second; ++seed) {
    const Plan plan = MakePlan(seed, seed % 2 == 0 ? Mode::kSafety : Mode::kLiveness, cast);
    const Outcome outcome = RunPlan(plan, cast, false);
    if (!outcome.violation) continue;
    std::cout << absl::StrFormat(
                     "{\"bug\":\"%s\",\"invariant\":\"%s\",\"seeds\":%d,\"mode\":\"%s\"}",
                     arguments.bug, outcome.violation->invariant, seed - seeds->first + 1,
                     NameOf(plan.mode))
              << std::endl;
    return 0;
  }
  std::cout << absl::StrFormat("{\"bug\":\"%s\",\"invariant\":\"\",\"seeds\":%d}", arguments.bug,
                               seeds->second - seeds->first + 1)
            << std::endl;
  return 1;
}
#endif

int Main(int argc, char** argv) {
  CLI::App app{
      "Lives a network of nodes through virtual hours of writes and faults, everything "
      "drawn from a seed, and checks at every step what must always hold."};
  Arguments arguments;
  app.add_option("--seeds", arguments.seeds, "A..B, both included")->capture_default_str();
  app.add_option("--mode", arguments.mode,
                 "safety: faults to the end, nothing wrong may happen; liveness: faults end, and "
                 "everything must drain. Without it seeds alternate")
      ->check(CLI::IsMember({"safety", "liveness"}));
  app.add_option("--stations", arguments.stations, "stations below the counties of one city")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--replay", arguments.replay, "runs one seed again, the same byte for byte");
  app.add_flag("--trace", arguments.trace, "with --replay: prints what happens");
  app.add_flag("--logs", arguments.logs,
               "lets the nodes' own log lines through, on standard error");
  app.add_flag("--real-signatures", arguments.real_signatures,
               "signs with the curve: slower by a sixth, and otherwise the same run");
#ifdef TOCSIN_WITH_PLANTED_BUGS
  app.add_option("--bug", arguments.bug, "switches one planted bug on");
  app.add_flag("--list-bugs", arguments.list_bugs, "lists the planted bugs");
  app.add_flag("--find", arguments.find, "with --bug: says what found it after how many seeds");
#endif
  CLI11_PARSE(app, argc, argv);
#ifdef TOCSIN_WITH_PLANTED_BUGS
  if (arguments.list_bugs) {
    for (const PlantedBug& bug : PlantedBugs()) {
      std::cout << std::string(bug.name) << ": " << std::string(bug.what) << "\n";
    }
    return 0;
  }
  if (!arguments.bug.empty() && !Plant(arguments.bug)) {
    std::cerr << "tocsin-sim: there is no planted bug '" << arguments.bug
              << "'; --list-bugs lists them\n";
    return 2;
  }
#endif
  // One thread: no two can wait for one another, and to look for it costs time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SetLogLevel(arguments.logs ? LogLevel::kDebug : LogLevel::kOff);
  // The cast's certificates are the same in every run, and truly signed.
  const identity::Memo of_cast;
  const std::shared_ptr<const Cast> cast = MakeCast(arguments.stations);
  const identity::Memo of_runs(arguments.real_signatures ? identity::Memo::Signatures::kReal
                                                         : identity::Memo::Signatures::kSimulated);
#ifdef TOCSIN_WITH_PLANTED_BUGS
  if (arguments.find) return Find(arguments, *cast);
#endif
  return arguments.replay ? Replay(arguments, *cast) : RunSeeds(arguments, *cast);
}

}  // namespace
}  // namespace tocsin::sim

int main(int argc, char** argv) { return tocsin::sim::Main(argc, argv); }
