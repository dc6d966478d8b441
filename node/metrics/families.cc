#include "node/metrics/families.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <google/protobuf/util/time_util.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tocsin::metrics {
namespace {

using google::protobuf::util::TimeUtil;
using Labels = std::map<std::string, std::string>;

std::vector<prometheus::ClientMetric::Label> ToLabels(const Labels& labels) {
  std::vector<prometheus::ClientMetric::Label> list;
  for (const auto& [name, value] : labels) list.push_back({name, value});
  return list;
}

// Gathers families in the order in which they are begun.
class Families {
 public:
  void Begin(std::string name, std::string help,
             prometheus::MetricType type = prometheus::MetricType::Gauge) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }
  void Add(double value, const Labels& labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = ToLabels(labels);
    if (families_.back().type == prometheus::MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }
  void AddOne(std::string name, std::string help, double value, const Labels& labels = {}) {
    Begin(std::move(name), std::move(help));
    Add(value, labels);
  }
  std::string Text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(TimeUtil::DurationToMilliseconds(duration)) / 1000;
}

std::string SeverityLabel(v1::Severity severity) {
  if (severity == v1::SEVERITY_UNSPECIFIED) return "none";
  const std::string& name = v1::Severity_Name(severity);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "SEVERITY_"));
}

void AddNode(const v1::NodeStatus& status, Families& families) {
  families.AddOne("tocsin_build_info", "What runs here; always 1.", 1,
                  {{"version", status.version()},
                   {"schema_level", absl::StrCat(status.schema_level())},
                   {"jurisdiction", status.jurisdiction()}});
  families.AddOne("tocsin_start_time_seconds", "When the process began, since 1970.",
                  static_cast<double>(status.start_time().seconds()));
  families.AddOne("tocsin_alarms", "Alarms that GetStatus names.", status.alarm_size());
  families.AddOne("tocsin_clock_synced",
                  "1 once the clock was compared with one that follows the root's in this run.",
                  status.clock_synced() ? 1 : 0);
  families.AddOne("tocsin_clock_correction_seconds", "What the machine's clock is corrected by.",
                  Seconds(status.clock_correction()));
}

void AddLog(const v1::NodeStatus& status, Families& families) {
  families.AddOne("tocsin_changes_held", "Changes that are durable here.",
                  static_cast<double>(status.changes_held()));
  families.AddOne("tocsin_changes_missing",
                  "Changes that this node knows of and lacks, or lacks a text of.",
                  static_cast<double>(status.debts()));
  families.AddOne("tocsin_lanes", "Lanes held.", static_cast<double>(status.lanes()));
  families.AddOne("tocsin_lanes_forked", "Lanes of which two runs disagree.",
                  static_cast<double>(status.forked_lanes()));
  families.Begin("tocsin_projector_lag_entries",
                 "Entries of the log that the view lacks, at most; 0 when it is current.");
  for (const v1::QueueStatus& queue : status.queue()) {
    families.Add(static_cast<double>(queue.end() - std::min(queue.end(), queue.projected())),
                 {{"queue", queue.queue()}});
  }
  families.Begin("tocsin_records", "Records that can be seen.");
  for (const v1::KindCount& count : status.records()) {
    families.Add(static_cast<double>(count.count()),
                 {{"kind", absl::AsciiStrToLower(v1::Kind_Name(count.kind()))}});
  }
}

struct Parent {
  bool up = false;
  double without_receipt = 0;
  double sent = 0;
  double received = 0;
};

void AddLinks(const v1::NodeStatus& status, Families& families) {
  std::map<std::string, Parent> parents;
  double children = 0;
  double children_without_receipt = 0;
  for (const v1::LinkStatus& link : status.link()) {
    const auto without_receipt = static_cast<double>(link.changes_without_receipt());
    if (!link.is_parent()) {
      children += link.connected() ? 1 : 0;
      children_without_receipt += without_receipt;
      continue;
    }
    Parent& parent = parents[link.peer()];
    parent.up |= link.connected();
    parent.without_receipt += without_receipt;
    parent.sent += static_cast<double>(link.bytes_sent());
    parent.received += static_cast<double>(link.bytes_received());
  }
  const auto each = [&](double Parent::*figure) {
    for (const auto& [peer, parent] : parents) families.Add(parent.*figure, {{"peer", peer}});
  };
  families.Begin("tocsin_link_up", "1 while the link to the parent stands.");
  for (const auto& [peer, parent] : parents) families.Add(parent.up ? 1 : 0, {{"peer", peer}});
  families.Begin("tocsin_link_changes_without_receipt",
                 "Changes that the parent has not given a receipt for.");
  each(&Parent::without_receipt);
  families.Begin("tocsin_link_sent_bytes_total", "Sent on this connection.",
                 prometheus::MetricType::Counter);
  each(&Parent::sent);
  families.Begin("tocsin_link_received_bytes_total", "Received on this connection.",
                 prometheus::MetricType::Counter);
  each(&Parent::received);
  families.AddOne("tocsin_children_links_up", "Links of children that stand.", children);
  families.AddOne("tocsin_children_changes_without_receipt",
                  "Changes that children say this node has given no receipt for.",
                  children_without_receipt);
}

void AddConflicts(const v1::NodeStatus& status, Families& families) {
  const v1::ConflictStatus& conflicts = status.conflicts();
  std::map<std::pair<v1::Severity, std::string>, const v1::ConflictCount*> counts;
  // A series that comes and goes is hard to alert on: this node's own are always there.
  for (int severity = v1::Severity_MIN; severity <= v1::Severity_MAX; ++severity) {
    if (!v1::Severity_IsValid(severity)) continue;
    counts[{static_cast<v1::Severity>(severity), status.jurisdiction()}] = nullptr;
  }
  for (const v1::ConflictCount& count : conflicts.count()) {
    counts[{count.severity(), count.turn()}] = &count;
  }
  families.Begin("tocsin_conflicts_open",
                 "Fields that were written apart and are not settled, by the severity of their "
                 "record and by whose turn it is.");
  for (const auto& [of, count] : counts) {
    families.Add(count == nullptr ? 0 : static_cast<double>(count->open()),
                 {{"severity", SeverityLabel(of.first)}, {"turn", of.second}});
  }
  families.AddOne("tocsin_conflicts_oldest_age_seconds",
                  "How long the oldest of them has been open here; 0 where none is.",
                  Seconds(conflicts.oldest_age()));
  families.AddOne("tocsin_conflicts_counted",
                  "0 while the node has just started and may not have counted all.",
                  conflicts.counting() ? 0 : 1);
}

}  // namespace

std::string Render(const v1::NodeStatus& status) {
  Families families;
  AddNode(status, families);
  AddLog(status, families);
  AddLinks(status, families);
  AddConflicts(status, families);
  return families.Text();
}

}  // namespace tocsin::metrics
