#include "tools/src/load/fleet.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "node/base/status.h"
#include "node/config/options.h"
#include "node/daemon/node_parts.h"
#include "node/identity/init.h"
#include "node/schema/names.h"

namespace tocsin::load {
namespace {

// Rows that wait for their answer, over all stations.
constexpr size_t kInFlightMax = 1024;
constexpr size_t kReasonsMax = 5;
constexpr size_t kReadBytes = 1 << 20;

// Runs `work` for each index, a few at once: opening and closing wait for the disk.
absl::Status ForEach(size_t count, const std::function<absl::Status(size_t)>& work) {
  constexpr size_t kThreads = 8;
  std::atomic<size_t> next{0};
  absl::Mutex mutex;
  absl::Status first;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < std::min(kThreads, count); ++t) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) {
        absl::Status status = work(i);
        absl::MutexLock lock(&mutex);
        first.Update(status);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return first;
}

config::Options OptionsOf(const StationSpec& spec, absl::Duration reconnect_max) {
  config::Options options = config::DefaultOptions(config::Role::kNode);
  options.data_dir = spec.dir;
  if (!spec.uplink.empty()) options.uplink_endpoints = {spec.uplink};
  options.uplink_reconnect_max = reconnect_max;
  options.log_cache = config::MiB(1);
  options.view_cache = config::MiB(1);
  return options;
}

}  // namespace

absl::StatusOr<std::vector<StationSpec>> ReadStations(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read '", path, "'; check the path"));
  std::vector<StationSpec> specs;
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    if (cells.size() != 5) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": ", cells.size(),
                                                     " cells; a station has 5, with tabs between"));
    }
    absl::StatusOr<Jurisdiction> jurisdiction = Jurisdiction::Parse(cells[1]);
    if (!jurisdiction.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": ", jurisdiction.status().message()));
    }
    specs.push_back({cells[0], *std::move(jurisdiction), cells[2], cells[3], cells[4]});
  }
  return specs;
}

absl::Status InitStations(absl::Span<const StationSpec> specs, Clock& clock, Random& random) {
  for (const StationSpec& spec : specs) {
    identity::InitOptions options{.dir = spec.dir,
                                  .name = spec.name,
                                  .jurisdiction = spec.jurisdiction,
                                  .issuer_dir = spec.issuer_dir,
                                  .may_issue = false,
                                  .now = clock.WallNow()};
    TOCSIN_RETURN_IF_ERROR(identity::Init(options, random).status());
  }
  return absl::OkStatus();
}

struct Fleet::Station {
  std::unique_ptr<daemon::NodeParts> parts;
  // Own changes, as far as they were read.
  Arrival read;
  struct Own {
    LaneId lane;
    Seq seq;
    Dot dot;
  };
  std::vector<Own> own;

  absl::Status ReadOwn();
  absl::Status CountHeld(Held& held);
};

absl::Status Fleet::Station::ReadOwn() {
  for (;;) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<log::Entry> entries,
                            parts->log().ReadEntries(log::Queue::kOwn, read, kReadBytes));
    if (entries.empty()) return absl::OkStatus();
    for (const log::Entry& entry : entries) {
      for (const log::PlacedChange& change : entry.changes) {
        own.push_back({change.lane, change.seq, change.dot()});
      }
      read = entry.arrival;
    }
  }
}

absl::Status Fleet::Station::CountHeld(Held& held) {
  TOCSIN_RETURN_IF_ERROR(ReadOwn());
  const std::vector<identity::Certificate>& chain = parts->identity().chain();
  TOCSIN_CHECK(chain.size() >= 2);
  const CertId& root = chain.front().id();
  const CertId& parent = chain[chain.size() - 2].id();
  ++held.stations;
  if (parts->uplink() != nullptr && parts->uplink()->state().connection.running) {
    ++held.connected;
  }
  for (const Own& change : own) {
    TOCSIN_ASSIGN_OR_RETURN(const bool by_parent,
                            parts->log().IsHeldBy(parent, change.lane, change.seq, change.dot));
    TOCSIN_ASSIGN_OR_RETURN(const bool by_root,
                            parts->log().IsHeldBy(root, change.lane, change.seq, change.dot));
    ++held.changes;
    held.by_parent += by_parent ? 1 : 0;
    held.by_root += by_root ? 1 : 0;
  }
  return absl::OkStatus();
}

Fleet::Fleet(std::vector<std::unique_ptr<Station>> stations) : stations_(std::move(stations)) {
  for (const std::unique_ptr<Station>& station : stations_) {
    const Jurisdiction& jurisdiction = station->parts->identity().jurisdiction();
    by_scope_[Scope::Matters(jurisdiction).ToString()] = station.get();
  }
}

Fleet::~Fleet() = default;

absl::StatusOr<std::unique_ptr<Fleet>> Fleet::Open(absl::Span<const StationSpec> specs,
                                                   absl::Duration reconnect_max, Clock& clock,
                                                   Random& random, Executor& executor) {
  std::vector<std::unique_ptr<Station>> stations(specs.size());
  TOCSIN_RETURN_IF_ERROR(ForEach(specs.size(), [&](size_t i) -> absl::Status {
    auto station = std::make_unique<Station>();
    TOCSIN_ASSIGN_OR_RETURN(
        station->parts,
        daemon::NodeParts::Open(OptionsOf(specs[i], reconnect_max), clock, random, executor));
    if (station->parts->identity().jurisdiction() != specs[i].jurisdiction) {
      return absl::FailedPreconditionError(absl::StrCat(
          specs[i].dir, " is the folder of ", station->parts->identity().jurisdiction().path(),
          ", not of ", specs[i].jurisdiction.path()));
    }
    stations[i] = std::move(station);
    return absl::OkStatus();
  }));
  for (const std::unique_ptr<Station>& station : stations) station->parts->StartUplink();
  return std::unique_ptr<Fleet>(new Fleet(std::move(stations)));
}

Filed Fleet::File(absl::Span<const exchange::ImportRow> rows,
                  absl::FunctionRef<bool()> keep_going) {
  absl::Mutex mutex;
  size_t in_flight = 0;
  Filed filed;
  auto answered = [&](const absl::StatusOr<v1::WriteRecordResponse>& answer) {
    absl::MutexLock lock(&mutex);
    --in_flight;
    if (!answer.ok()) {
      ++filed.refused;
      if (filed.reasons.size() < kReasonsMax) filed.reasons.push_back(answer.status().ToString());
      return;
    }
    filed.withheld += static_cast<size_t>(answer->withheld_size());
    if (answer->differs_size() > 0) {
      ++filed.differs;
    } else if (answer->already_filed()) {
      ++filed.already;
    } else {
      ++filed.filed;
    }
  };
  auto has_room = [&in_flight] { return in_flight < kInFlightMax; };
  auto all_answered = [&in_flight] { return in_flight == 0; };
  for (const exchange::ImportRow& row : rows) {
    if (!keep_going()) break;
    auto station = by_scope_.find(row.record.scope());
    absl::StatusOr<Scope> scope = Scope::Parse(row.record.scope());
    if (station == by_scope_.end() || !scope.ok()) {
      absl::MutexLock lock(&mutex);
      ++filed.elsewhere;
      continue;
    }
    v1::CreateRecordRequest request;
    request.set_parent(schema::ParentName(*scope));
    *request.mutable_record() = row.record;
    {
      absl::MutexLock lock(&mutex);
      mutex.Await(absl::Condition(&has_room));
      ++in_flight;
    }
    station->second->parts->intake().Create(
        std::move(request),
        [&answered](absl::StatusOr<v1::WriteRecordResponse> answer) { answered(answer); });
  }
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&all_answered));
  return filed;
}

absl::StatusOr<Held> Fleet::CountHeld() {
  Held held;
  for (const std::unique_ptr<Station>& station : stations_) {
    TOCSIN_RETURN_IF_ERROR(station->CountHeld(held));
  }
  return held;
}

absl::Status Fleet::failure() const {
  for (const std::unique_ptr<Station>& station : stations_) {
    absl::Status failure = station->parts->failure();
    if (!failure.ok()) {
      return absl::Status(failure.code(),
                          absl::StrCat(station->parts->identity().jurisdiction().path(), ": ",
                                       std::string(failure.message())));
    }
  }
  return absl::OkStatus();
}

absl::Status Fleet::Stop(absl::Duration deadline) {
  return ForEach(stations_.size(), [&](size_t i) {
    stations_[i]->parts->StopUplink(deadline);
    return stations_[i]->parts->Close();
  });
}

}  // namespace tocsin::load
