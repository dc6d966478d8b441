// Carries on what a lost key left unsealed. A node whose key was lost and renewed still has in its
// log what it wrote under the old one and had not sent: nobody can seal it, so nobody would take
// it. Each such change is restated in a lane of the present key, its fields under their own dots
// and stamps, so that it says the same everywhere; where the original is held it stands.
//
// Runs on the executor, beside intake; owned by the daemon, which destroys it before the log. It
// holds one page of the log's own queue at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "node/base/executor.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/log.h"

namespace tocsin::intake {

class LostKeyRestater {
 public:
  // All outlive it.
  LostKeyRestater(log::Log& log, const identity::Identity& identity,
                  const identity::TrustStore& trust, Executor& executor);
  // What is not restated yet is at the next start.
  ~LostKeyRestater();

  // Once. Costs nothing where no lane of this jurisdiction lacks its key; else one walk through
  // what the node has written itself. Changes that somebody's receipt covers, and those that were
  // restated before, are left as they are.
  void Start();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace tocsin::intake
