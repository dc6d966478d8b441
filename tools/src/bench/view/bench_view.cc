// tools/bench view: what the view does on this machine.
//
// usage: tools/bench view [--json] [--dir DIR] [--records N] [--project-only]
//
//   project    changes/s from the log's entries to rows and all indexes, fire rows and then edits
//   of
//              one field; by the clock, and by the processor time of the whole process
//   list       one page of 50 of a list, p50 and p99 over random windows, types and times
//   get        one record in full, p50 and p99
#include <absl/status/status.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/synchronization/notification.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/store/environment.h"
#include "node/store/rocks_store.h"
#include "node/view/view.h"
#include "tools/src/bench/changes/changes.h"

namespace tocsin::bench {
namespace {

struct Options {
  bool json = false;
  std::string dir = "bench-view.tmp";
  uint64_t records = 100'000;
  bool project_only = false;
};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench view: %s\n", status.ToString().c_str());
  std::exit(1);
}

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
  explicit Bench(const Options& options)
      : options_(options),
        identity_(*identity::Identity::NewRoot(
            {"city", *Jurisdiction::Parse("city"), true, absl::FromUnixSeconds(1'430'000'000)},
            random_)),
        trust_(identity_.NewTrustStore()) {
    std::filesystem::remove_all(options_.dir);
    std::filesystem::create_directories(options_.dir);
    log_store_ = OpenStore("log", store::RocksOptions::Profile::kLog);
    auto log = log::Log::Open(*log_store_, identity_, *trust_, clock_, random_, pool_, {});
    Check(log.status());
    log_ = *std::move(log);
    view_store_ = OpenStore("view", store::RocksOptions::Profile::kView);
  }
  ~Bench() {
    view_.reset();
    log_.reset();
    view_store_.reset();
    log_store_.reset();
    std::filesystem::remove_all(options_.dir);
  }

  void Run() {
    Fill();
    auto view = view::View::Open(*view_store_, *log_, identity_, *trust_, clock_, pool_, {});
    Check(view.status());
    view_ = *std::move(view);
    Project("project rows", options_.records, [] {});
    Project("project edits", drafts_.size(), [this] { Append(Edits()); });
    if (!options_.project_only) Queries();
  }
  void Print() const;

 private:
  std::unique_ptr<store::Store> OpenStore(const std::string& name,
                                          store::RocksOptions::Profile profile) {
    store::RocksOptions options;
    options.dir = absl::StrCat(options_.dir, "/", name);
    options.profile = profile;
    options.create_if_missing = true;
    // As the daemons have it unless told otherwise.
    options.cache_bytes = 32 << 20;
    auto opened = store::OpenRocks(options, store::StoreEnvironment(clock_));
    Check(opened.status());
    return *std::move(opened);
  }

  std::vector<log::Appended> Append(std::vector<log::Draft> drafts) {
    absl::StatusOr<std::vector<log::Appended>> result = absl::UnknownError("");
    absl::Notification done;
    log_->Append(std::move(drafts), [&](auto appended) {
      result = std::move(appended);
      done.Notify();
    });
    done.WaitForNotification();
    Check(result.status());
    return *std::move(result);
  }

  // Rows of 219 posts in five counties; the last group's are edited later.
  void Fill() {
    constexpr uint64_t kGroup = 4096;
    for (uint64_t number = 0; number < options_.records;) {
      drafts_.clear();
      for (; drafts_.size() < kGroup && number < options_.records; ++number) {
        const uint64_t post = random_.Below(219);
        const Scope scope = *Scope::Parse(absl::StrCat("city/county", post % 5, "/e", post));
        drafts_.push_back(FireRow(random_, scope, number));
      }
      appended_ = Append(drafts_);
    }
  }
  std::vector<log::Draft> Edits() {
    std::vector<log::Draft> edits;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      edits.push_back(EditOfOneField(random_, drafts_[i], appended_[i].dot));
    }
    return edits;
  }

  void Project(const std::string& name, uint64_t changes, const std::function<void()>& first) {
    first();
    const absl::Duration begin = clock_.Elapsed();
    const double processor = ProcessorSeconds();
    absl::Notification done;
    view_->AwaitAll(log_->ends(), [&](absl::Status status) {
      Check(status);
      done.Notify();
    });
    done.WaitForNotification();
    const double seconds = absl::ToDoubleSeconds(clock_.Elapsed() - begin);
    const auto count = static_cast<double>(changes);
    figures_.push_back({name, count / seconds, "changes/s"});
    figures_.push_back({name + " per core", count / (ProcessorSeconds() - processor), "changes/s"});
  }

  void Time(const std::string& name, int times, const std::function<void()>& once) {
    std::vector<double> micros;
    for (int i = 0; i < times; ++i) {
      const absl::Duration begin = clock_.Elapsed();
      once();
      micros.push_back(absl::ToDoubleMicroseconds(clock_.Elapsed() - begin));
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
    auto page = view_->List(query);
    Check(page.status());
    listed_ += page->records.size();
  }

  // A window of so many degrees somewhere over the rows.
  std::string Window(double degrees) {
    const double lat = 40.6 + 0.2 * random_.Fraction();
    const double lng = -74.05 + 0.2 * random_.Fraction();
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
                             absl::Hours(24) * static_cast<int64_t>(random_.Below(360));
      List(absl::StrCat("call_time >= ", absl::FormatTime("%Y-%m-%d", day, absl::UTCTimeZone()),
                        " AND call_time < ",
                        absl::FormatTime("%Y-%m-%d", day + absl::Hours(24), absl::UTCTimeZone())),
           "call_time");
    });
    Time("get", kTimes, [&] {
      const log::Draft& draft = drafts_[random_.Below(drafts_.size())];
      Check(view_->Get({draft.scope, draft.key}).status());
    });
  }

  const Options options_;
  SystemClock clock_;
  SeededRandom random_{1};
  ThreadPool pool_{2};
  identity::Identity identity_;
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<store::Store> log_store_;
  std::unique_ptr<store::Store> view_store_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::View> view_;
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
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--project-only") {
      options.project_only = true;
    } else if (argument == "--dir" && has_value) {
      options.dir = argv[++i];
    } else if (argument == "--records" && has_value &&
               absl::SimpleAtoi(argv[++i], &options.records) && options.records > 0) {
    } else {
      std::fprintf(stderr,
                   "usage: tools/bench view [--json] [--dir DIR] [--records N] [--project-only]\n");
      return 2;
    }
  }
  Bench bench(options);
  bench.Run();
  bench.Print();
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
