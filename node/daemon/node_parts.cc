#include "node/daemon/node_parts.h"

#include <absl/strings/str_cat.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "node/base/log.h"
#include "node/base/status.h"
#include "node/intake/held_change.h"
#include "node/schema/kinds.h"
#include "node/view/belonging.h"

namespace tocsin::daemon {
namespace {

constexpr uint32_t kLogFormat = 1;
constexpr uint32_t kViewFormat = 1;

}  // namespace

NodeParts::NodeParts(const config::Options& options, identity::Identity identity, Clock& clock,
                     Random& random, Executor& executor)
    : options_(options),
      identity_(std::move(identity)),
      clock_(clock),
      random_(random),
      executor_(executor),
      trust_(identity_.NewTrustStore()) {}

NodeParts::~NodeParts() = default;

absl::StatusOr<std::unique_ptr<NodeParts>> NodeParts::Open(const config::Options& options,
                                                           Clock& clock, Random& random,
                                                           Executor& executor) {
  TOCSIN_ASSIGN_OR_RETURN(identity::Identity identity, identity::Identity::Load(options.data_dir));
  auto parts = std::unique_ptr<NodeParts>(
      new NodeParts(options, std::move(identity), clock, random, executor));
  TOCSIN_RETURN_IF_ERROR(parts->OpenLog());
  TOCSIN_RETURN_IF_ERROR(parts->OpenView());
  intake::IntakeOptions intake_options;
  intake_options.min_cell = static_cast<uint32_t>(options.privacy_minimum_cell);
  parts->intake_ = intake::Intake::Create(parts->identity_, *parts->log_, *parts->view_, random,
                                          clock, executor, intake_options);
  parts->lost_key_ = std::make_unique<intake::LostKeyRestater>(*parts->log_, parts->identity_,
                                                               *parts->trust_, executor);
  parts->lost_key_->Start();
  parts->scrub_ = std::make_unique<ScrubTimer>(*parts->log_, executor,
                                               static_cast<size_t>(options.scrub_rate.bytes));
  parts->dispatcher_ = std::make_unique<session::Dispatcher>(*parts->log_);
  return parts;
}

// A view is made after its log. One without a log so says that the log is elsewhere: a volume that
// is not mounted leaves an empty folder, and over a new log all that was not sent would be given up
// without a word.
absl::Status NodeParts::CheckLogIsThere() const {
  const auto is_file = [&](absl::string_view name) {
    std::error_code error;
    return std::filesystem::exists(absl::StrCat(options_.data_dir, "/", name), error);
  };
  // What is half a log is for its opening to refuse.
  if (is_file("log/FORMAT") || is_file("log/CURRENT") || !is_file("view/FORMAT")) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      options_.data_dir, "/view shows that this node had a log, and there is none in ",
      options_.data_dir,
      "/log. Nothing was changed. If the log lies on a volume of its own, mount it; if it was "
      "moved away, put it back. To begin anew knowingly, without what that log alone held, remove ",
      options_.data_dir, "/view and start again"));
}

absl::Status NodeParts::OpenLog() {
  TOCSIN_RETURN_IF_ERROR(CheckLogIsThere());
  store::RocksOptions rocks;
  rocks.dir = absl::StrCat(options_.data_dir, "/log");
  rocks.profile = store::RocksOptions::Profile::kLog;
  rocks.create_if_missing = true;
  rocks.format_version = kLogFormat;
  rocks.cache_bytes = static_cast<size_t>(options_.log_cache.bytes);
  TOCSIN_ASSIGN_OR_RETURN(log_store_, store::OpenRocks(rocks, store::StoreEnvironment(clock_)));
  log::LogOptions log_options;
  log_options.group_changes_max = static_cast<size_t>(options_.log_group_changes);
  log_options.group_bytes_max = static_cast<size_t>(options_.log_group_bytes.bytes);
  log_options.schema_level = schema::SchemaLevel();
  log_options.check_change = intake::CheckHeldChange;
  TOCSIN_ASSIGN_OR_RETURN(log_, log::Log::Open(*log_store_, identity_, *trust_, clock_, random_,
                                               executor_, log_options));
  return absl::OkStatus();
}

absl::Status NodeParts::OpenView() {
  store::RocksOptions rocks;
  rocks.dir = absl::StrCat(options_.data_dir, "/view");
  rocks.profile = store::RocksOptions::Profile::kView;
  rocks.create_if_missing = true;
  rocks.format_version = kViewFormat;
  rocks.cache_bytes = static_cast<size_t>(options_.view_cache.bytes);
  absl::StatusOr<std::optional<LogId>> of = OpenViewStore(rocks);
  if (absl::IsDataLoss(of.status()) || absl::IsFailedPrecondition(of.status())) {
    // A view is derived: what is damaged or of another format is dropped. The log was opened before
    // it, so no other process can be using this folder.
    Log(LogLevel::kWarning, "view.dropped", {{"dir", rocks.dir}, {"reason", of.status()}});
    view_store_.reset();
    std::error_code error;
    std::filesystem::remove_all(rocks.dir, error);
    if (error) {
      return absl::FailedPreconditionError(absl::StrCat("the view in ", rocks.dir,
                                                        " cannot be dropped: ", error.message(),
                                                        "; remove the folder and start again"));
    }
    of = OpenViewStore(rocks);
  }
  TOCSIN_RETURN_IF_ERROR(of.status());
  if (*of && **of != log_->log_id()) {
    return absl::FailedPreconditionError(absl::StrCat(
        rocks.dir, " is the view of another log (", (*of)->ToHex(), ") than the one in ",
        options_.data_dir, "/log (", log_->log_id().ToHex(),
        "). Nothing was changed. If the wrong log was mounted or put there, put the right one ",
        "back. To go on knowingly with the log that is there, remove ", rocks.dir,
        " and start again: a view is made anew"));
  }
  view::ViewOptions view_options;
  view_options.min_cell = static_cast<uint32_t>(options_.privacy_minimum_cell);
  TOCSIN_ASSIGN_OR_RETURN(view_, view::View::Open(*view_store_, *log_, identity_, *trust_, clock_,
                                                  executor_, view_options));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<LogId>> NodeParts::OpenViewStore(const store::RocksOptions& rocks) {
  TOCSIN_ASSIGN_OR_RETURN(view_store_, store::OpenRocks(rocks, store::StoreEnvironment(clock_)));
  return view::LogOf(*view_store_);
}

session::SessionNode NodeParts::session_node() {
  return {identity_, *trust_, *log_, clock_, random_};
}

session::ConnectionOptions NodeParts::connection_options() const {
  session::ConnectionOptions connection;
  connection.session.schema_level = schema::SchemaLevel();
  connection.link.flash_window_bytes = static_cast<uint64_t>(options_.flow_flash.bytes);
  connection.link.priority_window_bytes = static_cast<uint64_t>(options_.flow_priority.bytes);
  connection.link.routine_window_bytes = static_cast<uint64_t>(options_.flow_routine.bytes);
  return connection;
}

void NodeParts::StartUplink() {
  if (options_.uplink_endpoints.empty()) return;
  uplink::UplinkOptions uplink_options;
  uplink_options.addresses = options_.uplink_endpoints;
  uplink_options.backoff_min = options_.uplink_reconnect_min;
  uplink_options.backoff_max = options_.uplink_reconnect_max;
  uplink_options.keepalive_time = options_.uplink_keepalive_time;
  uplink_options.keepalive_timeout = options_.uplink_keepalive_timeout;
  uplink_options.connection = connection_options();
  uplink_ = uplink::Uplink::Create(uplink_options, session_node(), executor_, *dispatcher_);
  uplink_->Start();
}

void NodeParts::StopUplink(absl::Duration deadline) {
  if (uplink_ != nullptr) uplink_->Stop(deadline);
}

absl::Status NodeParts::Close() { return view_->Close(); }

absl::Status NodeParts::failure() const {
  if (log_store_->failed()) {
    return absl::DataLossError(absl::StrCat(
        "the disk failed to make a write durable; nothing more is said to be held. Check the disk "
        "under ",
        options_.data_dir, " and start again"));
  }
  if (view_store_->failed()) {
    return absl::DataLossError(absl::StrCat(
        "the view in ", options_.data_dir,
        "/view cannot be written; check the disk and start again: the view is made anew"));
  }
  // Until there is room the process stays, because reads go on in it.
  if (met_full_disk() && log_store_->CheckRoom().ok() && view_store_->CheckRoom().ok()) {
    return absl::UnavailableError(absl::StrCat(
        "the disk under ", options_.data_dir,
        " was full and has room again; the node starts anew, because a database that ran into a "
        "full disk writes again only when it is opened anew"));
  }
  return absl::OkStatus();
}

bool NodeParts::met_full_disk() const {
  return log_store_->met_full_disk() || view_store_->met_full_disk();
}

absl::Status NodeParts::room() const {
  absl::Status room = log_store_->CheckRoom();
  if (room.ok()) room = view_store_->CheckRoom();
  if (room.ok()) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "the disk is full and nothing new is taken; reads go on, and writes do by themselves once "
      "there is room: ",
      room.message()));
}

}  // namespace tocsin::daemon
