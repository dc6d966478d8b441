// tocsin-stations: a load generator that speaks the real protocol. It hosts many stations in one
// process and files the rows of a table at each row's station.
#include <absl/status/status.h>
#include <absl/strings/str_cat.h>
#include <absl/time/time.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/log.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "tools/src/load/commands.h"
#include "tools/src/load/fleet.h"
#include "tools/src/load/rows.h"

namespace tocsin::load {
namespace {

struct Arguments {
  std::string stations;
  RowSource source;
  std::vector<std::string> aids;
  double reconnect_max_seconds = 2;
};

absl::Status SplitAids(Arguments& arguments) {
  for (const std::string& aid : arguments.aids) {
    const size_t equals = aid.find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("'", aid, "': --aid takes NAME=FILE"));
    }
    arguments.source.aids[aid.substr(0, equals)] = aid.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::Status Init(const Arguments& arguments) {
  SystemClock clock;
  SystemRandom random;
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<StationSpec> specs, ReadStations(arguments.stations));
  TOCSIN_RETURN_IF_ERROR(InitStations(specs, clock, random));
  std::cout << JsonLine({{"event", "made"}, {"stations", specs.size()}}) << std::endl;
  return absl::OkStatus();
}

// Where each row goes, without filing any.
absl::Status Plan(const Arguments& arguments) {
  TOCSIN_ASSIGN_OR_RETURN(const Rows rows, ReadRows(arguments.source));
  std::map<std::string, size_t> by_scope;
  for (const std::string& station : rows.stations) by_scope[station] = 0;
  for (const exchange::ImportRow& row : rows.rows) ++by_scope[row.record.scope()];
  for (const auto& [scope, count] : by_scope) {
    const bool station = std::binary_search(rows.stations.begin(), rows.stations.end(), scope);
    std::cout << JsonLine(
                     {{"event", station ? "station" : "scope"}, {"scope", scope}, {"rows", count}})
              << '\n';
  }
  std::cout << JsonLine({{"event", "plan"},
                         {"read", size_t{rows.summary.read}},
                         {"ready", size_t{rows.summary.ready}},
                         {"refused", size_t{rows.summary.refused}},
                         {"flagged", size_t{rows.summary.flagged}},
                         {"stations", rows.stations.size()}})
            << std::endl;
  return absl::OkStatus();
}

absl::Status Run(const Arguments& arguments, StopSignals& signals) {
  SystemClock clock;
  SystemRandom random;
  SetLogLevel(LogLevel::kWarning);
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<StationSpec> specs, ReadStations(arguments.stations));
  TOCSIN_ASSIGN_OR_RETURN(Rows rows, ReadRows(arguments.source));
  std::erase_if(rows.rows, [&specs](const exchange::ImportRow& row) {
    return std::none_of(specs.begin(), specs.end(), [&row](const StationSpec& spec) {
      return spec.jurisdiction.path() == row.record.scope();
    });
  });
  ThreadPool pool(static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
  const absl::Duration begun = clock.Elapsed();
  TOCSIN_ASSIGN_OR_RETURN(
      std::unique_ptr<Fleet> fleet,
      Fleet::Open(specs, absl::Seconds(arguments.reconnect_max_seconds), clock, random, pool));
  std::cout << JsonLine({{"event", "opened"},
                         {"stations", specs.size()},
                         {"rows", rows.rows.size()},
                         {"seconds", absl::ToDoubleSeconds(clock.Elapsed() - begun)}})
            << std::endl;
  absl::Status served = Serve(*fleet, rows.rows, signals);
  served.Update(fleet->Stop(absl::Seconds(5)));
  std::cout << JsonLine({{"event", "stopped"}}) << std::endl;
  return served;
}

int Main(int argc, char** argv) {
  StopSignals signals;
  CLI::App app{"Hosts many stations in one process, each by a real station's code."};
  app.require_subcommand(1);
  Arguments arguments;
  auto add_stations = [&arguments](CLI::App* command) {
    command
        ->add_option(
            "--stations", arguments.stations,
            "a station a line, tabs between: dir, jurisdiction, name, issuer's dir, uplink")
        ->required();
  };
  auto add_rows = [&arguments](CLI::App* command) {
    command->add_option("--mapping", arguments.source.mapping, "how the table is read")->required();
    command->add_option("--file", arguments.source.file, "the table, CSV")->required();
    command->add_option("--aid", arguments.aids, "NAME=FILE, as the mapping names them");
  };
  CLI::App* init = app.add_subcommand("init", "Makes the stations' identities, offline.");
  add_stations(init);
  CLI::App* plan = app.add_subcommand("plan", "Says where each row would go, and files none.");
  add_rows(plan);
  CLI::App* run = app.add_subcommand("run",
                                     "Hosts the stations and obeys standard input: go N, "
                                     "receipts, stop.");
  add_stations(run);
  add_rows(run);
  run->add_option("--reconnect-max", arguments.reconnect_max_seconds,
                  "the longest wait before a hub is dialled again, seconds")
      ->check(CLI::Range(0.01, 3600.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  absl::Status status = SplitAids(arguments);
  if (status.ok()) {
    if (init->parsed()) {
      status = Init(arguments);
    } else if (plan->parsed()) {
      status = Plan(arguments);
    } else {
      status = Run(arguments, signals);
    }
  }
  if (status.ok()) return 0;
  std::cerr << "tocsin-stations: " << std::string(status.message()) << std::endl;
  return 1;
}

}  // namespace
}  // namespace tocsin::load

int main(int argc, char** argv) { return tocsin::load::Main(argc, argv); }
