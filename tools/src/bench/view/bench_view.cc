// tools/bench view: what the view does on this machine.
//
//   project    changes/s from the log's entries to rows and all indexes, fire rows and then edits
//              of one field; by the clock, and by the processor time of the whole process
//   list       one page of 50 of a list, p50 and p99 over random windows, types and times
//   get        one record in full, p50 and p99
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/src/bench/changes/changes.h"
#include "tools/src/bench/flags/flags.h"
#include "tools/src/bench/node/bench_node.h"

namespace tocsin::bench {
namespace {

struct Options {
  bool json = false;
  std::string dir = "bench-view.tmp";
  uint64_t records = 100'000;
  bool project_only = false;
};

double ProcessorSeconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

struct Figure {
  std::string name;
  double value;
  std::string unit;
};

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), node_(options.dir) {}

  void Run() {
    Fill();
    node_.OpenView();
    Project("project rows", options_.records, [] {});
    Project("project edits", drafts_.size(), [this] { node_.Append(Edits()); });
    if (!options_.project_only) Queries();
  }
  void Print() const;

 private:
  // Rows of 219 posts in five counties; the last group's are edited later.
  void Fill() {
    constexpr uint64_t kGroup = 4096;
    for (uint64_t number = 0; number < options_.records;) {
      drafts_.clear();
      for (; drafts_.size() < kGroup && number < options_.records; ++number) {
        const uint64_t post = node_.random().Below(219);
        const Scope scope = *Scope::Parse(absl::StrCat("city/county", post % 5, "/e", post));
        drafts_.push_back(FireRow(node_.random(), scope, number));
      }
      appended_ = node_.Append(drafts_);
    }
  }
  std::vector<log::Draft> Edits() {
    std::vector<log::Draft> edits;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      edits.push_back(EditOfOneField(node_.random(), drafts_[i], appended_[i].dot));
    }
    return edits;
  }

  void Project(const std::string& name, uint64_t changes, const std::function<void()>& first) {
    first();
    const absl::Duration begin = node_.clock().Elapsed();
    const double processor = ProcessorSeconds();
    node_.AwaitProjected();
    const double seconds = absl::ToDoubleSeconds(node_.clock().Elapsed() - begin);
    const auto count = static_cast<double>(changes);
    figures_.push_back({name, count / seconds, "changes/s"});
    figures_.push_back({name + " per core", count / (ProcessorSeconds() - processor), "changes/s"});
  }

  void Time(const std::string& name, int times, const std::function<void()>& once) {
    std::vector<double> micros;
    for (int i = 0; i < times; ++i) {
      const absl::Duration begin = node_.clock().Elapsed();
      once();
      micros.push_back(absl::ToDoubleMicroseconds(node_.clock().Elapsed() - begin));
    }
    std::sort(micros.begin(), micros.end());
    figures_.push_back({name + " p50", micros[micros.size() / 2], "us"});
    figures_.push_back({name + " p99", micros[micros.size() * 99 / 100], "us"});
  }

  void List(const std::string& filter, const std::string& order_by = "") {
    view::ListQuery query;
    query.kind = v1::INCIDENT;
    query.filter = filter;
    query.order_by = order_by;
    auto page = node_.view().List(query);
    Check(page.status());
    listed_ += page->records.size();
  }

  // A window of so many degrees somewhere over the rows.
  std::string Window(double degrees) {
    const double lat = 40.6 + 0.2 * node_.random().Fraction();
    const double lng = -74.05 + 0.2 * node_.random().Fraction();
    return absl::StrFormat("within(%.5f,%.5f,%.5f,%.5f)", lat, lng, lat + degrees, lng + degrees);
  }

  void Queries() {
    constexpr int kTimes = 500;
    Time("list latest", kTimes, [&] { List(""); });
    Time("list window 1 km", kTimes, [&] { List(Window(0.01)); });
    Time("list window 10 km", kTimes, [&] { List(Window(0.1)); });
    Time("list window by time", kTimes, [&] { List(Window(0.01), "call_time desc"); });
    Time("list by type", kTimes, [&] { List("type = FIRE"); });
    Time("list by nfirs type", kTimes, [&] { List("nfirs_type = 117"); });
    Time("list window and severity", kTimes,
         [&] { List(Window(0.1) + " AND severity >= SEVERE"); });
    Time("list one day", kTimes, [&] {
      const absl::Time day = absl::FromUnixSeconds(1'420'070'400) +
                             absl::Hours(24) * static_cast<int64_t>(node_.random().Below(360));
      List(absl::StrCat("call_time >= ", absl::FormatTime("%Y-%m-%d", day, absl::UTCTimeZone()),
                        " AND call_time < ",
                        absl::FormatTime("%Y-%m-%d", day + absl::Hours(24), absl::UTCTimeZone())),
           "call_time");
    });
    Time("get", kTimes, [&] {
      const log::Draft& draft = drafts_[node_.random().Below(drafts_.size())];
      Check(node_.view().Get({draft.scope, draft.key}).status());
    });
  }

  const Options options_;
  BenchNode node_;
  // Of the last group.
  std::vector<log::Draft> drafts_;
  std::vector<log::Appended> appended_;
  uint64_t listed_ = 0;
  std::vector<Figure> figures_;
};

void Bench::Print() const {
  if (options_.json) {
    std::string json = absl::StrCat("{\"records\":", options_.records);
    for (const Figure& figure : figures_) {
      absl::StrAppendFormat(&json, ",\"%s (%s)\":%.1f", figure.name, figure.unit, figure.value);
    }
    std::printf("%s}\n", json.c_str());
    return;
  }
  std::printf("%u records: fire rows of 15 coded fields; edits of one field\n",
              static_cast<unsigned>(options_.records));
  for (const Figure& figure : figures_) {
    std::printf("  %-32s %12.0f %s\n", figure.name.c_str(), figure.value, figure.unit.c_str());
  }
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures the view: projecting, rebuilding, reading and listing");
  app.add_option("--dir", options.dir, "folder for the stores, made and removed")
      ->capture_default_str();
  app.add_option("--records", options.records, "records to file")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  app.add_flag("--project-only", options.project_only, "project, and ask nothing");
  app.add_flag("--json", options.json, "print one JSON object");
  if (std::optional<int> ended = ParseFlags(app, argc, argv)) return *ended;
  Bench bench(options);
  bench.Run();
  bench.Print();
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
