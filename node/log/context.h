// What the parts of a log share. Made by Log::Open, owned by the log, outlives its parts.
#pragma once

#include "node/base/clock.h"
#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/erasure.h"
#include "node/log/hybrid_clock.h"
#include "node/log/known_entries.h"
#include "node/log/lane_table.h"
#include "node/log/log.h"
#include "node/store/store.h"

namespace tocsin::log {

struct Context {
  Context(store::Store& store_in, const identity::Identity& identity_in,
          identity::TrustStore& trust_in, Clock& clock_in, Random& random_in,
          const LogOptions& options_in)
      : store(store_in),
        identity(identity_in),
        trust(trust_in),
        clock(clock_in),
        random(random_in),
        options(options_in),
        process(random_in.Fixed<ProcessId>()),
        stamps(clock_in),
        table(options_in.branches_max) {}

  store::Store& store;
  const identity::Identity identity;
  identity::TrustStore& trust;
  Clock& clock;
  Random& random;
  const LogOptions options;
  const ProcessId process;
  LogId log_id;  // set by Open, before anybody reads it
  HybridClock stamps;
  LaneTable table;
  Erasures erasures;
  // Blocks that go on as they came.
  KnownEntries known_entries;
};

}  // namespace tocsin::log
