// tools/bench merge: what merging costs on this machine.
//
//   one writer   records of one change: merging them in memory, bringing them into the view, and
//                putting the same rows and keys plainly into another store, each as time a record
//   edits        a record that was edited N times before: the next edit, durable and in the
//                view, of groups of 16; reading the record; reading its whole history
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/merge/merge.h"
#include "tools/src/bench/changes/changes.h"
#include "tools/src/bench/flags/flags.h"
#include "tools/src/bench/node/bench_node.h"

namespace tocsin::bench {
namespace {

constexpr uint64_t kRecords = 50'000;
// Records that are edited side by side, so that a step of the projector has more than one.
constexpr uint64_t kEdited = 16;
constexpr int kRounds = 40;

struct Options {
  bool json = false;
  std::string dir = "bench-merge.tmp";
  uint64_t edits = 10'000;
};

struct Figure {
  std::string name;
  double value;
  std::string unit;
};

struct Edited {
  log::Draft row;
  Dot last;
};

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {}

  void Run() {
    OneWriter();
    std::vector<uint64_t> counts;
    for (uint64_t count = 1; count < options_.edits; count *= 10) counts.push_back(count);
    counts.push_back(options_.edits);
    for (uint64_t count : counts) AfterEdits(count);
  }
  const std::vector<Figure>& figures() const { return figures_; }

 private:
  double MicrosOf(Clock& clock, const std::function<void()>& work) {
    const absl::Duration begin = clock.Elapsed();
    work();
    return absl::ToDoubleMicroseconds(clock.Elapsed() - begin);
  }

  static Scope Post(uint64_t number) {
    return *Scope::Parse(absl::StrCat("city/kings/e", number % 50));
  }

  void OneWriter() {
    BenchNode node(options_.dir);
    std::vector<log::Draft> drafts;
    for (uint64_t n = 0; n < kRecords; ++n) {
      drafts.push_back(FireRow(node.random(), Post(n), n));
      if (drafts.size() == 4096 || n + 1 == kRecords) node.Append(std::exchange(drafts, {}));
    }
    const double project = MicrosOf(node.clock(), [&] {
      node.OpenView();
      node.AwaitProjected();
    });
    const double put = MicrosOfPlainPuts(node);
    const double merge = MicrosOfMerges(node);
    constexpr double kCount = kRecords;
    figures_.push_back({"one writer: merge alone", merge / kCount, "us"});
    figures_.push_back({"one writer: into the view", project / kCount, "us"});
    figures_.push_back({"one writer: plain puts of the same", put / kCount, "us"});
    figures_.push_back({"one writer: view over plain puts", project / put, "x"});
    figures_.push_back({"one writer: merge over plain puts", merge / put, "x"});
  }

  // What the view has, written in batches of about the projector's size.
  double MicrosOfPlainPuts(BenchNode& node) {
    std::unique_ptr<store::Store> plain = node.OpenStore("plain");
    std::vector<std::pair<std::string, std::string>> rows;
    auto it = node.view_store().Scan("", "");
    for (; it->Valid(); it->Next()) rows.emplace_back(it->key(), it->value());
    Check(it->status());
    return MicrosOf(node.clock(), [&] {
      store::Batch batch;
      for (const auto& [key, value] : rows) {
        batch.Put(key, value);
        if (batch.bytes() < (4 << 20)) continue;
        Check(plain->Write(batch, store::Durability::kBuffered));
        batch.Clear();
      }
      Check(plain->Write(batch, store::Durability::kBuffered));
    });
  }

  double MicrosOfMerges(BenchNode& node) {
    std::vector<std::vector<merge::HeldChange>> sets;
    for (uint64_t n = 0; n < kRecords; n += 50) {
      const log::Draft row = FireRow(node.random(), Post(n), n);
      auto changes = node.view().History({row.scope, row.key});
      Check(changes.status());
      sets.push_back(*std::move(changes));
    }
    size_t fields = 0;
    const double micros = MicrosOf(node.clock(), [&] {
      for (const auto& set : sets) fields += merge::Merge(set[0].change.key.kind, set).size();
    });
    if (fields == 0) std::abort();
    return micros * static_cast<double>(kRecords) / static_cast<double>(sets.size());
  }

  void AfterEdits(uint64_t count) {
    BenchNode node(options_.dir);
    std::vector<Edited> edited = FileAndEdit(node, count);
    node.OpenView();
    node.AwaitProjected();
    std::vector<double> edit, get, history;
    for (int round = 0; round < kRounds; ++round) {
      edit.push_back(MicrosOf(node.clock(),
                              [&] {
                                EditEach(node, edited);
                                node.AwaitProjected();
                              }) /
                     kEdited);
      const Edited& any = edited[node.random().Below(kEdited)];
      const view::RecordName name{any.row.scope, any.row.key};
      get.push_back(MicrosOf(node.clock(), [&] { Check(node.view().Get(name).status()); }));
      if (round % 8 != 0) continue;
      history.push_back(MicrosOf(node.clock(), [&] { Check(node.view().History(name).status()); }));
    }
    const std::string after = absl::StrCat("after ", count, " edits: ");
    figures_.push_back({after + "one more", Median(edit), "us"});
    figures_.push_back({after + "read", Median(get), "us"});
    figures_.push_back({after + "history", Median(history), "us"});
  }

  static double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }

  std::vector<Edited> FileAndEdit(BenchNode& node, uint64_t count) {
    std::vector<log::Draft> rows;
    for (uint64_t n = 0; n < kEdited; ++n) rows.push_back(FireRow(node.random(), Post(n), n));
    const std::vector<log::Appended> filed = node.Append(rows);
    std::vector<Edited> edited;
    for (uint64_t n = 0; n < kEdited; ++n) edited.push_back({rows[n], filed[n].dot});
    for (uint64_t n = 0; n < count; ++n) EditEach(node, edited);
    return edited;
  }

  void EditEach(BenchNode& node, std::vector<Edited>& edited) {
    std::vector<log::Draft> edits;
    for (const Edited& of : edited) edits.push_back(EditOfOneField(node.random(), of.row, of.last));
    const std::vector<log::Appended> appended = node.Append(std::move(edits));
    for (size_t i = 0; i < edited.size(); ++i) edited[i].last = appended[i].dot;
  }

  const Options options_;
  std::vector<Figure> figures_;
};

void Print(const Options& options, const std::vector<Figure>& figures) {
  if (options.json) {
    std::string json = "{";
    for (const Figure& figure : figures) {
      absl::StrAppendFormat(&json, "%s\"%s (%s)\":%.3f", json.size() > 1 ? "," : "", figure.name,
                            figure.unit, figure.value);
    }
    std::printf("%s}\n", json.c_str());
    return;
  }
  std::printf(
      "fire rows of 15 coded fields; edits of one field, each of what the last one wrote\n");
  for (const Figure& figure : figures) {
    std::printf("  %-36s %10.2f %s\n", figure.name.c_str(), figure.value, figure.unit.c_str());
  }
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures merging: in memory, in the view, and against plain puts");
  app.add_option("--dir", options.dir, "folder for the stores, made and removed")
      ->capture_default_str();
  app.add_option("--edits", options.edits, "most edits of one record")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  app.add_flag("--json", options.json, "print one JSON object");
  if (std::optional<int> ended = ParseFlags(app, argc, argv)) return *ended;
  Bench bench(options);
  bench.Run();
  Print(options, bench.figures());
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
