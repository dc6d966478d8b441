// Many stations in one process, each by the code of a real one: its own folder, identity, log, view
// and uplink. They share threads, and nothing else.
//
//   rows ─► the intake of each row's station ─► its log ─► its uplink ─► the hub above it
//   receipts come down the same way; Held() counts what they vouch for
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/span.h>

#include <memory>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/base/scope.h"
#include "node/exchange/row.h"

namespace tocsin::load {

struct StationSpec {
  std::string dir;
  Jurisdiction jurisdiction;
  std::string name;
  // The folder of the hub that issues its certificate; used by Init alone.
  std::string issuer_dir;
  // host:port of the hub above; empty for a station that is on its own.
  std::string uplink;
};

// One station a line, tab-separated: dir, jurisdiction, name, issuer's dir, uplink (may be empty).
// INVALID_ARGUMENT names the line.
absl::StatusOr<std::vector<StationSpec>> ReadStations(const std::string& path);

// Makes the identity of each, which must not have one.
absl::Status InitStations(absl::Span<const StationSpec> specs, Clock& clock, Random& random);

struct Filed {
  size_t filed = 0;
  size_t already = 0;
  size_t differs = 0;
  size_t refused = 0;
  size_t withheld = 0;
  // Not handed to intake: their station is not one of this fleet.
  size_t elsewhere = 0;
  // The first few refusals.
  std::vector<std::string> reasons;
};

// Of all changes that the stations wrote, how many each holder above vouches for by receipt.
struct Held {
  size_t stations = 0;
  size_t connected = 0;
  size_t changes = 0;
  size_t by_parent = 0;
  size_t by_root = 0;
};

// Used from one thread; not File's `keep_going`, which is called on that one too.
class Fleet {
 public:
  // Opens every station and dials. Everything outlives it.
  static absl::StatusOr<std::unique_ptr<Fleet>> Open(absl::Span<const StationSpec> specs,
                                                     absl::Duration reconnect_max, Clock& clock,
                                                     Random& random, Executor& executor);
  // REQUIRES: stopped.
  ~Fleet();

  // Files each row at its station and returns when all are answered, so that they are durable
  // there. Stops early, and says so by the sum of its counts, when `keep_going` gives false.
  Filed File(absl::Span<const exchange::ImportRow> rows, absl::FunctionRef<bool()> keep_going);

  absl::StatusOr<Held> CountHeld();

  // Not OK: a station's disk failed; its name is in the message.
  absl::Status failure() const;

  // Says Bye everywhere and closes what is open. Once.
  absl::Status Stop(absl::Duration deadline);

 private:
  struct Station;

  explicit Fleet(std::vector<std::unique_ptr<Station>> stations);

  std::vector<std::unique_ptr<Station>> stations_;
  // By scope.
  absl::flat_hash_map<std::string, Station*> by_scope_;
};

}  // namespace tocsin::load
