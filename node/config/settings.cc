#include "node/config/settings.h"

#include <absl/strings/str_cat.h>

#include "node/config/values.h"

namespace tocsin::config {
namespace {

constexpr absl::string_view kListenForm = "an address on this machine, host:port";
constexpr Applies kBoth = Applies::kBoth;
constexpr Applies kHub = Applies::kHubOnly;

std::vector<Setting> MakeSettings() {
  using absl::Hours, absl::Milliseconds, absl::Minutes, absl::Seconds;
  return {
      {"data_dir", kBoth, TextSetting{&Options::data_dir, CheckFolder, "a folder"},
       "Folder of this node's identity, log and views. A relative one is taken from the folder of "
       "this file."},
      {"name", kBoth, TextSetting{&Options::name, CheckDisplayName, "at most 64 bytes of text"},
       "What this node calls itself in logs and in answers to 'tocsin status'. Empty: the name in "
       "its certificate."},

      {"log.level", kBoth, LevelSetting{&Options::log_level},
       "Lines below this level are not written. Lines go to standard error."},

      {"api.listen", kBoth, TextSetting{&Options::api_listen, CheckListenAddress, kListenForm},
       "Where the command line and programs of this machine reach this node. Port 0 takes a free "
       "one and says which."},

      {"metrics.listen", kBoth,
       TextSetting{&Options::metrics_listen, CheckOptionalListenAddress,
                   "an address on this machine, host:port, or \"\" for none"},
       "Where the Prometheus of this machine reads this node's figures, at /metrics; none unless "
       "it is set. Port 0 takes a free one and says which."},

      {"uplink.endpoints", kBoth,
       ListSetting{&Options::uplink_endpoints, CheckPeerAddress, kListenForm, 8},
       "Where the hub above this node listens for its children ('children.listen' there), the "
       "one to try first in front; whenever the link is lost the next one is tried, in turn. None: "
       "this node keeps what it records and sends nothing; so does a network's root."},
      {"uplink.keepalive_time", kBoth,
       DurationSetting{&Options::uplink_keepalive_time, Seconds(1), Hours(1)},
       "A link that has been silent for so long is asked whether it lives. Not shorter than "
       "'children.keepalive_min' of the hub above, which would end the link."},
      {"uplink.keepalive_timeout", kBoth,
       DurationSetting{&Options::uplink_keepalive_timeout, Milliseconds(100), Minutes(10)},
       "A link that has not answered after so long is taken for dead, and dialled again."},
      {"uplink.reconnect_min", kBoth,
       DurationSetting{&Options::uplink_reconnect_min, Milliseconds(10), Minutes(10)},
       "The longest wait before the first new attempt after a link was lost. Each wait is drawn at "
       "random from zero to its bound, and the bound doubles, so that thousands of stations do not "
       "come back at one moment."},
      {"uplink.reconnect_max", kBoth,
       DurationSetting{&Options::uplink_reconnect_max, Milliseconds(10), Hours(24)},
       "The bound at which waits stop growing."},

      {"flow.flash", kBoth, SizeSetting{&Options::flow_flash, KiB(512), MiB(64)},
       "How much flash traffic one link may have under way towards this node. Memory per link is "
       "bounded by the sum of the three."},
      {"flow.priority", kBoth, SizeSetting{&Options::flow_priority, KiB(512), MiB(64)},
       "The same for priority traffic."},
      {"flow.routine", kBoth, SizeSetting{&Options::flow_routine, KiB(512), MiB(64)},
       "The same for routine traffic."},

      {"store.group_changes", kBoth,
       NumberSetting{&Options::log_group_changes, 1, 65'536, "changes"},
       "At most so many changes become durable by one sync of the disk. More is faster for imports "
       "and catching up, fewer keeps each writer's wait short."},
      {"store.group_bytes", kBoth, SizeSetting{&Options::log_group_bytes, KiB(64), MiB(64)},
       "At most so many bytes become durable by one sync of the disk."},
      {"store.log_cache", kBoth, SizeSetting{&Options::log_cache, MiB(1), GiB(64)},
       "Memory for parts of the log that were read."},
      {"store.view_cache", kBoth, SizeSetting{&Options::view_cache, MiB(1), GiB(64)},
       "Memory for records and indexes that were read. A hub of a large city answers lists faster "
       "with more."},
      {"store.scrub_rate", kBoth, SizeSetting{&Options::scrub_rate, KiB(4), GiB(1)},
       "So much of the log is read and checked each second while the node runs, over and over with "
       "a "
       "rest between, so that what a disk damages is found while others still hold it. 'tocsin "
       "status' says how far it is."},

      {"clock.skew_max", kBoth, DurationSetting{&Options::clock_skew_max, Seconds(1), Hours(1)},
       "The clock does not follow a time in a received change that is further ahead than this."},
      {"privacy.minimum_cell", kBoth,
       NumberSetting{&Options::privacy_minimum_cell, 2, 1'000, "people"},
       "Counts of people in zones and shelters below this are kept and shown as 'fewer than'. The "
       "same everywhere in a network."},
      {"conflicts.patience", kBoth,
       DurationSetting{&Options::conflicts_patience, Seconds(1), Hours(168)},
       "How long a conflict is the turn of the post that its record belongs to; after it the turn "
       "is the county's, and after as long again the city's. It says who is to settle it and "
       "hinders nobody."},
      {"stop.deadline", kBoth,
       DurationSetting{&Options::stop_deadline, Milliseconds(100), Minutes(5)},
       "How long a stopping node lets calls and links end by themselves before it cuts them. What "
       "was said to be held or done is safe either way."},

      {"children.listen", kHub,
       TextSetting{&Options::children_listen, CheckListenAddress, kListenForm},
       "Where this hub listens for its children. Port 0 takes a free one and says which."},
      {"children.max", kHub, NumberSetting{&Options::children_max, 1, 100'000, "links"},
       "Links held at once; the next child is told to come again later. A link takes about 36 KiB, "
       "its flow besides, and a file descriptor."},
      {"children.admission_rate", kHub,
       NumberSetting{&Options::children_admission_rate, 1, 100'000, "links per second"},
       "New links let in per second; others are told to come again later, so that a power cut's "
       "end does not fell the hub."},
      {"children.keepalive_min", kHub,
       DurationSetting{&Options::children_keepalive_min, Milliseconds(100), Hours(1)},
       "A child that asks more often than this whether the link lives is cut off."},
  };
}

struct Describe {
  std::string operator()(const TextSetting& s) const { return std::string(s.form); }
  std::string operator()(const ListSetting& s) const {
    return absl::StrCat("a list of at most ", s.max, ", each ", s.form);
  }
  std::string operator()(const NumberSetting& s) const {
    return absl::StrCat("a whole number of ", s.unit, " from ", s.min, " to ", s.max);
  }
  std::string operator()(const DurationSetting& s) const {
    return absl::StrCat("a duration from \"", DurationText(s.min), "\" to \"", DurationText(s.max),
                        "\"");
  }
  std::string operator()(const SizeSetting& s) const {
    return absl::StrCat("a size from \"", ByteSizeText(s.min), "\" to \"", ByteSizeText(s.max),
                        "\"");
  }
  std::string operator()(const LevelSetting&) const {
    return "one of \"debug\", \"info\", \"warning\", \"error\", \"off\"";
  }
};

}  // namespace

absl::Span<const Setting> Settings() {
  static const auto& settings = *new std::vector<Setting>(MakeSettings());
  return settings;
}

std::string Allowed(const SettingType& type) { return std::visit(Describe(), type); }

absl::string_view ProgramOf(Role role) { return role == Role::kHub ? "tocsin-hub" : "tocsin-node"; }

Options DefaultOptions(Role role) {
  Options options;
  // A station and the hub above it can then be tried on one machine as they come.
  if (role == Role::kHub) options.api_listen = "127.0.0.1:7420";
  return options;
}

}  // namespace tocsin::config
