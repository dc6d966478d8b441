// tools/bench log: what the log does on this machine.
//
//   append     changes/s through Log::Append, fsynced before `done`, by changes in a group
//   hold       changes/s verified (seal, chain, grammar) and fsynced at a receiver
//   forward    changes/s read back as blocks, checked against the chain
//   wire       bytes per change in blocks, seals included: in bulk, and for changes filed one
//              by one offline and sent afterwards
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "node/identity/identity.h"
#include "node/log/block.h"
#include "node/log/log.h"
#include "node/store/environment.h"
#include "node/store/rocks_store.h"
#include "tools/src/bench/flags/flags.h"
#include "tools/src/bench/log/workload.h"
#include "tools/src/bench/node/bench_node.h"

namespace tocsin::bench {
namespace {

struct Options {
  bool json = false;
  std::string dir = "bench-log.tmp";
  uint64_t changes = 100'000;
};

// A log on a disk, with two threads.
class Node {
 public:
  Node(const identity::Identity& identity, const std::string& dir)
      : trust_(identity.NewTrustStore()) {
    store::RocksOptions options;
    options.dir = dir;
    options.create_if_missing = true;
    auto opened = store::OpenRocks(options, store::StoreEnvironment(clock_));
    Check(opened.status());
    store_ = *std::move(opened);
    auto log = log::Log::Open(*store_, identity, *trust_, clock_, random_, pool_, {});
    Check(log.status());
    log_ = *std::move(log);
  }
  log::Log& log() { return *log_; }
  identity::TrustStore& trust() { return *trust_; }

  std::vector<log::Appended> Append(std::vector<log::Draft> drafts) {
    return AppendDurably(*log_, std::move(drafts));
  }
  static void Check(const absl::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "bench log: %s\n", status.ToString().c_str());
    std::exit(1);
  }

 private:
  SystemClock clock_;
  SystemRandom random_;
  ThreadPool pool_{2};
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<log::Log> log_;
};

struct Figure {
  std::string name;
  double value;
  std::string unit;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        city_(*identity::Identity::NewRoot(
            {"city", *Jurisdiction::Parse("city"), true, absl::FromUnixSeconds(1'430'000'000)},
            random_)),
        station_(*city_.NewChild({"e201", *Jurisdiction::Parse("city/e201"), false,
                                  absl::FromUnixSeconds(1'430'000'000)},
                                 random_)) {
    std::filesystem::remove_all(options_.dir);
    std::filesystem::create_directories(options_.dir);
  }
  ~Bench() { std::filesystem::remove_all(options_.dir); }

  void Run() {
    for (uint64_t group : {1, 16, 256, 4096}) Append(group);
    AppendMany();
    Wire();
    Hold();
  }
  void Print() const;

 private:
  std::unique_ptr<Node> NewNode(const identity::Identity& identity) {
    return std::make_unique<Node>(identity, absl::StrCat(options_.dir, "/", ++nodes_));
  }
  void Add(std::string name, double value, std::string unit) {
    figures_.push_back({std::move(name), value, std::move(unit)});
    if (!options_.json) {
      std::printf("%-34s %12.1f %s\n", figures_.back().name.c_str(), value,
                  figures_.back().unit.c_str());
      std::fflush(stdout);
    }
  }
  std::vector<log::Draft> Rows(uint64_t from, uint64_t count) {
    std::vector<log::Draft> drafts;
    for (uint64_t n = 0; n < count; ++n) drafts.push_back(FireRow(scope_, from + n, fast_));
    return drafts;
  }
  double Seconds(const std::function<void()>& work) {
    absl::Duration begin = clock_.Elapsed();
    work();
    return absl::ToDoubleSeconds(clock_.Elapsed() - begin);
  }

  void Append(uint64_t group);
  void AppendMany();
  void Wire();
  void Hold();
  std::vector<std::string> Blocks(Node& node, const LaneId& lane, uint64_t last);

  const Options options_;
  SystemClock clock_;
  SystemRandom random_;
  SeededRandom fast_{7};
  identity::Identity city_;
  identity::Identity station_;
  Scope scope_ = *Scope::Parse("city/e201");
  int nodes_ = 0;
  std::vector<Figure> figures_;
  std::unique_ptr<Node> bulk_;
  LaneId bulk_lane_;
};

// One writer that waits for each group.
void Bench::Append(uint64_t group) {
  auto node = NewNode(station_);
  uint64_t groups = std::max<uint64_t>(1, std::min<uint64_t>(2000, options_.changes / group));
  std::vector<std::vector<log::Draft>> drafts;
  for (uint64_t i = 0; i < groups; ++i) drafts.push_back(Rows(i * group, group));
  double seconds = Seconds([&] {
    for (auto& each : drafts) node->Append(std::move(each));
  });
  Add(absl::StrCat("append.group_", group), static_cast<double>(groups * group) / seconds,
      "changes/s");
}

// Many writers of one change each, who share fsyncs.
void Bench::AppendMany() {
  auto node = NewNode(station_);
  uint64_t count = std::min<uint64_t>(options_.changes, 50'000);
  std::vector<log::Draft> drafts = Rows(0, count);
  absl::BlockingCounter done(static_cast<int>(count));
  double seconds = Seconds([&] {
    for (log::Draft& draft : drafts) {
      node->log().Append({std::move(draft)}, [&](auto appended) {
        Node::Check(appended.status());
        done.DecrementCount();
      });
    }
    done.Wait();
  });
  Add("append.single_concurrent", static_cast<double>(count) / seconds, "changes/s");
}

std::vector<std::string> Bench::Blocks(Node& node, const LaneId& lane, uint64_t last) {
  std::vector<std::string> all;
  uint64_t next = 1;
  while (next <= last) {
    auto blocks = node.log().ReadBlocks(lane, Seq(next), Seq(last), 0, 1 << 20);
    Node::Check(blocks.status());
    for (std::string& block : *blocks) {
      next = log::ReadBlockHeader(block)->last().value() + 1;
      all.push_back(std::move(block));
    }
  }
  return all;
}

void Bench::Wire() {
  auto bytes_in = [](const std::vector<std::string>& blocks) {
    double bytes = 0;
    for (const std::string& block : blocks) bytes += static_cast<double>(block.size());
    return bytes;
  };
  // In bulk: rows in groups of 512, then one edit of each.
  bulk_ = NewNode(station_);
  uint64_t rows = options_.changes / 2 / 512 * 512;
  std::vector<Dot> dots;
  for (uint64_t n = 0; n < rows; n += 512) {
    for (const log::Appended& appended : bulk_->Append(Rows(n, 512))) {
      dots.push_back(appended.dot);
      bulk_lane_ = appended.lane;
    }
  }
  double row_bytes = bytes_in(Blocks(*bulk_, bulk_lane_, rows));
  for (uint64_t n = 0; n < rows; n += 512) {
    std::vector<log::Draft> edits;
    for (uint64_t i = 0; i < 512; ++i) edits.push_back(Edit(scope_, n + i, dots[n + i], fast_));
    bulk_->Append(std::move(edits));
  }
  std::vector<std::string> blocks;
  double seconds = Seconds([&] { blocks = Blocks(*bulk_, bulk_lane_, 2 * rows); });
  auto count = static_cast<double>(rows);
  Add("wire.bulk_row", row_bytes / count, "bytes/change");
  Add("wire.bulk_edit", (bytes_in(blocks) - row_bytes) / count, "bytes/change");
  Add("wire.bulk_half_and_half", bytes_in(blocks) / (2 * count), "bytes/change");
  Add("seal_and_pack", 2 * count / seconds, "changes/s");

  // Filed one by one, offline; then sent.
  auto node = NewNode(station_);
  std::vector<log::Appended> last;
  for (uint64_t n = 0; n < 10'000; ++n) {
    bool edit = n % 2 == 1;
    last =
        node->Append({edit ? Edit(scope_, n - 1, last[0].dot, fast_) : FireRow(scope_, n, fast_)});
  }
  Add("wire.one_by_one_10000", bytes_in(Blocks(*node, last[0].lane, 10'000)) / 10'000,
      "bytes/change");
}

// A county takes the bulk's blocks, 64 in flight, and hands them on.
void Bench::Hold() {
  auto state = bulk_->log().FindLane(bulk_lane_);
  uint64_t last = state->runs.back().last.value();
  std::vector<std::string> blocks = Blocks(*bulk_, bulk_lane_, last);
  auto hub = NewNode(city_);
  for (const auto& certificate : station_.chain()) {
    Node::Check(hub->log().OfferCertificate(certificate.der()));
  }
  Node::Check(hub->log().OfferBirth(*bulk_->log().BirthBytes(bulk_lane_)));
  absl::Mutex mutex;
  int flying = 0;
  double seconds = Seconds([&] {
    for (const std::string& block : blocks) {
      mutex.LockWhen(absl::Condition(
          +[](int* n) { return *n < 64; }, &flying));
      ++flying;
      mutex.Unlock();
      hub->log().HoldBlock(block, {log::Via::kChild, "city/e201"}, [&](auto held) {
        Node::Check(held.status());
        absl::MutexLock lock(&mutex);
        --flying;
      });
    }
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(
        +[](int* n) { return *n == 0; }, &flying));
  });
  Add("hold", static_cast<double>(last) / seconds, "changes/s");
  seconds = Seconds([&] { Blocks(*hub, bulk_lane_, last); });
  Add("forward", static_cast<double>(last) / seconds, "changes/s");
  uint64_t read = 0;
  seconds = Seconds([&] {
    Arrival after;
    while (true) {
      auto entries = hub->log().ReadEntries(log::Queue::kRoutine, after, 1 << 20);
      Node::Check(entries.status());
      if (entries->empty()) break;
      for (const log::Entry& entry : *entries) read += entry.changes.size();
      after = entries->back().arrival;
    }
  });
  Add("read_entries", static_cast<double>(read) / seconds, "changes/s");
}

void Bench::Print() const {
  if (!options_.json) return;
  std::printf("{\"row\": \"%s\", \"edit\": \"%s\", \"changes\": %llu", DescribeRow().c_str(),
              DescribeEdit().c_str(), static_cast<unsigned long long>(options_.changes));
  for (const Figure& figure : figures_) {
    std::printf(", \"%s\": %.1f", figure.name.c_str(), figure.value);
  }
  std::printf("}\n");
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures the log: appending, holding, forwarding, bytes on the wire");
  app.add_option("--dir", options.dir, "folder for the stores, made and removed")
      ->capture_default_str();
  app.add_option("--changes", options.changes, "changes of each measurement")
      ->capture_default_str()
      ->check(CLI::Range(1024, 100'000'000));
  app.add_flag("--json", options.json, "print one JSON object");
  if (std::optional<int> ended = ParseFlags(app, argc, argv)) return *ended;
  if (!options.json) {
    std::printf("row: %s; edit: %s\n", DescribeRow().c_str(), DescribeEdit().c_str());
  }
  Bench bench(options);
  bench.Run();
  bench.Print();
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
