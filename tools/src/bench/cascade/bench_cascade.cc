// tools/bench cascade: how fast a station's backlog becomes durable at the county and at the city,
// over real processes, links and disks, beside the floor of three bare stores and two bare streams
// with the same bytes in the same groups.

#include <absl/synchronization/mutex.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "tools/src/bench/cascade/roles.h"
#include "tools/src/bench/flags/flags.h"

namespace tocsin::bench {
namespace {

// Edits are of records that are in the same backlog, so many changes of each.
constexpr int kEditsPerRecord = 100;

// A process of this program in one role, spoken to by lines.
class RoleProcess {
 public:
  explicit RoleProcess(std::vector<std::string> arguments) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      arguments.insert(arguments.begin(), "/proc/self/exe");
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_ = fdopen(in[1], "w");
    from_ = fdopen(out[0], "r");
  }
  ~RoleProcess() {
    std::fclose(to_);
    std::fclose(from_);
    int status = 0;
    waitpid(pid_, &status, 0);
  }
  // The rest of the next line, which must begin with `word`.
  std::string Expect(const std::string& word) {
    char line[256];
    if (std::fgets(line, sizeof line, from_) == nullptr ||
        std::strncmp(line, word.c_str(), word.size()) != 0) {
      std::cerr << "a role ended without '" << word << "'" << std::endl;
      std::exit(1);
    }
    return std::string(line + word.size() + 1);
  }
  void Say(const std::string& line) {
    std::fputs((line + "\n").c_str(), to_);
    std::fflush(to_);
  }

 private:
  pid_t pid_;
  FILE* to_;
  FILE* from_;
};

double Number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }
double Second(const std::string& text) { return Number(text.substr(text.find(' ') + 1)); }

struct Result {
  double county_seconds = 0;
  double city_seconds = 0;
  double queryable_seconds = 0;
  double receipt_seconds = 0;
  double filled_seconds = 0;
  double bytes_sent = 0;
  double groups = 1;
};

void MakeIdentities(const std::string& dir) {
  SystemRandom random;
  absl::Time now = SystemClock().WallNow();
  auto spec = [&now](absl::string_view path, bool hub) {
    return identity::NodeSpec{std::string(path), Jurisdiction::Parse(path).value(), hub, now, {}};
  };
  identity::Identity city = identity::Identity::NewRoot(spec("city", true), random).value();
  identity::Identity county = city.NewChild(spec("city/kings", true), random).value();
  identity::Identity station = county.NewChild(spec("city/kings/e201", false), random).value();
  bool saved = city.Save(dir + "/city").ok() && county.Save(dir + "/county").ok() &&
               station.Save(dir + "/station").ok();
  if (!saved) {
    std::cerr << "cannot write identities under " << dir << std::endl;
    std::exit(1);
  }
}

Result Run(const std::string& prefix, const std::string& dir, bool view,
           std::vector<std::string> common) {
  if (view) common.insert(common.end(), {"--view"});
  auto with = [&common](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), common.begin(), common.end());
    return arguments;
  };
  RoleProcess station(
      with({"role", prefix + "station", "--dir", dir + "/station", "--scope", "city/kings/e201"}));
  Result result;
  result.filled_seconds = Number(station.Expect("filled"));
  RoleProcess city(with({"role", prefix + "hub", "--dir", dir + "/city"}));
  std::string city_port = std::to_string(static_cast<int>(Number(city.Expect("port"))));
  RoleProcess county(with(
      {"role", prefix + "hub", "--dir", dir + "/county", "--parent", "127.0.0.1:" + city_port}));
  std::string county_port = std::to_string(static_cast<int>(Number(county.Expect("port"))));
  station.Say("127.0.0.1:" + county_port);
  double begin = Number(station.Expect("dialled"));
  std::string held = county.Expect("held");
  result.county_seconds = Number(held) - begin;
  held = city.Expect("held");
  result.city_seconds = Number(held) - begin;
  result.groups = std::max(1.0, Second(held));
  if (prefix.empty()) {
    std::string receipt = station.Expect("receipt");
    result.receipt_seconds = Number(receipt) - begin;
    result.bytes_sent = Second(receipt);
  }
  if (view) result.queryable_seconds = Number(city.Expect("queryable")) - begin;
  return result;
}

int RunRole(const std::string& role, const RoleArguments& arguments) {
  if (role == "hub") return RunHub(arguments);
  if (role == "station") return RunStation(arguments);
  if (role == "floor-hub") return RunFloorHub(arguments);
  return RunFloorStation(arguments);
}

// The cascade, and the floor with its bytes and its groups right after it.
struct Round {
  Result real;
  Result floor;
  int floor_bytes = 0;
  int floor_per_group = 0;

  double ratio() const { return floor.city_seconds / real.city_seconds; }
};

// What is measured of one sort of change.
struct Measured {
  const char* name;
  const char* what;
  int changes;
  // No node projects. By rising ratio: a disk that is busy with somebody else's work for a second
  // makes one round look twice as good, or as bad.
  std::vector<Round> rounds = {};
  Result projected = {};  // every node projects what it holds, as a daemon does

  const Round& median() const { return rounds[rounds.size() / 2]; }
  double bytes_per_change() const { return median().real.bytes_sent / changes; }
};

// A run, on a disk that has nothing left to do of the one before.
Result RunIn(const std::string& dir, const std::string& prefix, bool view,
             const std::vector<std::string>& flags) {
  if (prefix.empty()) {
    MakeIdentities(dir);
  } else {
    for (const char* node : {"/city", "/county", "/station"}) {
      std::filesystem::create_directories(dir + node);
    }
  }
  sync();
  Result result = Run(prefix, dir, view, flags);
  std::filesystem::remove_all(dir);
  return result;
}

// The same bytes in the same groups: as many fsyncs as the city made, each of an equal part of the
// bytes, in as few messages as pieces of a link would take.
Round RunRound(const std::string& dir, const std::vector<std::string>& real) {
  Round round;
  round.real = RunIn(dir, "", false, real);
  constexpr double kPieceBytes = 64 * 1024;
  const double bytes_per_group = round.real.bytes_sent / round.real.groups;
  round.floor_per_group = std::max(1, static_cast<int>(std::ceil(bytes_per_group / kPieceBytes)));
  round.floor_bytes = std::max(1, static_cast<int>(bytes_per_group / round.floor_per_group + 0.5));
  const int messages = static_cast<int>(round.real.groups) * round.floor_per_group;
  round.floor =
      RunIn(dir, "floor-", false,
            {"--messages", std::to_string(messages), "--bytes", std::to_string(round.floor_bytes),
             "--per-group", std::to_string(round.floor_per_group)});
  return round;
}

Measured Measure(const std::string& dir, const char* name, const char* what, int changes,
                 int records, int rounds) {
  Measured measured{.name = name, .what = what, .changes = changes};
  const std::vector<std::string> real = {"--changes", std::to_string(changes), "--records",
                                         std::to_string(records)};
  for (int i = 0; i < rounds; ++i) measured.rounds.push_back(RunRound(dir + "/" + name, real));
  std::sort(measured.rounds.begin(), measured.rounds.end(),
            [](const Round& x, const Round& y) { return x.ratio() < y.ratio(); });
  measured.projected = RunIn(dir + "/" + name, "", true, real);
  return measured;
}

void PrintJson(const Measured& m) {
  const Round& round = m.median();
  const Result& real = round.real;
  std::printf(
      "\"%s\": {\"changes\": %d, \"append_per_second\": %.0f, \"county_per_second\": %.0f, "
      "\"city_per_second\": %.0f, \"receipt_seconds\": %.3f, \"bytes_per_change\": %.1f, "
      "\"projecting_city_per_second\": %.0f, \"queryable_per_second\": %.0f, "
      "\"rounds\": %zu, \"floor_city_per_second\": %.0f, \"ratio_to_floor\": %.3f, "
      "\"ratio_lowest\": %.3f, \"ratio_highest\": %.3f, \"groups\": %.0f, "
      "\"floor_message_bytes\": %d, \"floor_messages_per_group\": %d}",
      m.name, m.changes, m.changes / real.filled_seconds, m.changes / real.county_seconds,
      m.changes / real.city_seconds, real.receipt_seconds, m.bytes_per_change(),
      m.changes / m.projected.city_seconds, m.changes / m.projected.queryable_seconds,
      m.rounds.size(), m.changes / round.floor.city_seconds, round.ratio(),
      m.rounds.front().ratio(), m.rounds.back().ratio(), real.groups, round.floor_bytes,
      round.floor_per_group);
}

void PrintTable(const Measured& m) {
  const Round& round = m.median();
  const Result& real = round.real;
  std::printf("%d changes, each %s\n", m.changes, m.what);
  std::printf("  station, appended with fsync   %10.0f changes/s\n",
              m.changes / real.filled_seconds);
  std::printf("  durable at the county          %10.0f changes/s\n",
              m.changes / real.county_seconds);
  std::printf("  durable at the city            %10.0f changes/s in %.0f groups\n",
              m.changes / real.city_seconds, real.groups);
  std::printf("  the city's receipt at the station after %.3f s\n", real.receipt_seconds);
  std::printf("  the same while all three project\n");
  std::printf("    durable at the city          %10.0f changes/s\n",
              m.changes / m.projected.city_seconds);
  std::printf("    queryable at the city        %10.0f changes/s, all indexes\n",
              m.changes / m.projected.queryable_seconds);
  std::printf("  bytes on the wire              %10.1f a change, signatures included\n",
              m.bytes_per_change());
  std::printf(
      "  floor: bare stores and streams %10.0f changes/s (%d bytes a message, %d a fsync)\n",
      m.changes / round.floor.city_seconds, round.floor_bytes, round.floor_per_group);
  std::printf(
      "  durable, ratio to the floor    %10.2f, the median of %zu rounds from %.2f to %.2f\n",
      round.ratio(), m.rounds.size(), m.rounds.front().ratio(), m.rounds.back().ratio());
}

int RunBenchmark(int changes, int rounds, bool json) {
  std::string dir = std::filesystem::temp_directory_path() / "tocsin-cascade-XXXXXX";
  if (mkdtemp(dir.data()) == nullptr) {
    std::cerr << "cannot make a folder like " << dir << std::endl;
    return 1;
  }
  const int edited = std::max(1, changes / kEditsPerRecord);
  const Measured measured[] = {
      Measure(dir, "row", "a fire row of fifteen coded fields", changes, changes, rounds),
      Measure(dir, "edit", "an edit of one field (one in 100 files the record)", changes, edited,
              rounds)};
  std::filesystem::remove_all(dir);
  if (json) std::printf("{");
  for (const Measured& m : measured) {
    if (json) {
      if (&m != measured) std::printf(", ");
      PrintJson(m);
    } else {
      PrintTable(m);
    }
  }
  if (json) std::printf("}\n");
  return 0;
}

int Main(int argc, char** argv) {
  // As the daemons are built for release.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  int changes = 200'000;
  int rounds = 5;
  bool json = false;
  CLI::App app(
      "Measures how fast a backlog becomes durable at county and city, beside bare stores");
  app.add_option("--changes", changes, "changes of each sort")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--rounds", rounds, "cascades, each with its floor; the median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_flag("--json", json, "print one JSON object");

  // What the processes of the benchmark are told; nobody else needs it.
  std::string role;
  RoleArguments arguments;
  CLI::App* process = app.add_subcommand("role")->group("");
  process->add_option("role", role)
      ->required()
      ->check(CLI::IsMember({"hub", "station", "floor-hub", "floor-station"}));
  process->add_option("--dir", arguments.dir)->required();
  process->add_option("--parent", arguments.parent);
  process->add_option("--scope", arguments.scope);
  process->add_option("--changes", arguments.changes);
  process->add_option("--records", arguments.records);
  process->add_flag("--view", arguments.view);
  process->add_option("--bytes", arguments.bytes);
  process->add_option("--messages", arguments.messages);
  process->add_option("--per-group", arguments.per_group);
  if (std::optional<int> ended = ParseFlags(app, argc, argv)) return *ended;
  return process->parsed() ? RunRole(role, arguments) : RunBenchmark(changes, rounds, json);
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
