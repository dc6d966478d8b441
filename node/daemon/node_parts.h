// The parts of a participant that work without a server: what lies on disk, the log, the view and
// intake above them, and the connection upward. Several may share a process and its executor, as
// the load generator does. Opened and closed from one thread; what it hands out is thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/ids.h"
#include "node/base/random.h"
#include "node/config/options.h"
#include "node/daemon/scrub_timer.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/intake/intake.h"
#include "node/intake/lost_key.h"
#include "node/log/log.h"
#include "node/session/connection.h"
#include "node/session/dispatcher.h"
#include "node/session/session.h"
#include "node/store/rocks_store.h"
#include "node/store/store.h"
#include "node/uplink/uplink.h"
#include "node/view/view.h"

namespace tocsin::daemon {

class NodeParts {
 public:
  // Opens what lies under `options.data_dir`: identity/ (made by `tocsin init`), log/ and view/,
  // which are made at the first start. A view that is damaged or of another format is dropped and
  // made anew. A log that cannot be opened is an error that says what to do, and so are a view
  // without a log and a view of another log. `executor` outlives it.
  static absl::StatusOr<std::unique_ptr<NodeParts>> Open(const config::Options& options,
                                                         Clock& clock, Random& random,
                                                         Executor& executor);
  ~NodeParts();
  NodeParts(const NodeParts&) = delete;
  NodeParts& operator=(const NodeParts&) = delete;

  // Dials the node above, if the configuration names one.
  void StartUplink();
  // Says Bye upward. Once, before Close.
  void StopUplink(absl::Duration deadline);
  // Stops projecting and flushes the view. No call of intake, log or view after it.
  absl::Status Close();

  const config::Options& options() const { return options_; }
  const identity::Identity& identity() const { return identity_; }
  identity::TrustStore& trust() { return *trust_; }
  log::Log& log() { return *log_; }
  view::View& view() { return *view_; }
  intake::Intake& intake() { return *intake_; }
  session::Dispatcher& dispatcher() { return *dispatcher_; }
  // Null without a node above.
  const uplink::Uplink* uplink() const { return uplink_.get(); }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  Executor& executor() { return executor_; }

  session::SessionNode session_node();
  session::ConnectionOptions connection_options() const;
  // Not OK: the process must stop and be started again. DATA_LOSS: the log can make nothing durable
  // any more, or the view has failed; somebody looks at the disk first. UNAVAILABLE: a database ran
  // into a full disk and writes again only when it is opened anew; there is room now, so at once.
  absl::Status failure() const;
  // RESOURCE_EXHAUSTED while writes are refused because the disk is full, in words for an alarm.
  absl::Status room() const;

 private:
  NodeParts(const config::Options& options, identity::Identity identity, Clock& clock,
            Random& random, Executor& executor);
  absl::Status CheckLogIsThere() const;
  absl::Status OpenLog();
  absl::Status OpenView();
  // Opens it as view_store_; of which log it says it is.
  absl::StatusOr<std::optional<LogId>> OpenViewStore(const store::RocksOptions& rocks);
  bool met_full_disk() const;

  const config::Options options_;
  const identity::Identity identity_;
  Clock& clock_;
  Random& random_;
  Executor& executor_;
  // In the order in which they build on one another; destroyed in reverse.
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<store::Store> log_store_;
  std::unique_ptr<store::Store> view_store_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::View> view_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<intake::LostKeyRestater> lost_key_;
  std::unique_ptr<ScrubTimer> scrub_;
  std::unique_ptr<session::Dispatcher> dispatcher_;
  std::unique_ptr<uplink::Uplink> uplink_;
};

}  // namespace tocsin::daemon
