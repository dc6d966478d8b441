// tools/bench guard: how often the privacy guard refuses what it must let pass, and misses what it
// must find. False refusals are counted on the texts of the real data, by source, and on generated
// harmless sentences; misses on generated sentences with invented numbers of all sorts.
//
// Exit codes: 0 all targets met (or the real data absent and the others met), 1 a target missed,
// 2 bad usage.
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/clock.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "node/base/clock.h"
#include "node/guard/guard.h"
#include "tools/src/bench/flags/flags.h"
#include "tools/src/bench/guard/texts.h"

namespace tocsin::bench {
namespace {

constexpr double kFalseRefusalsMost = 5.0;  // for each 1,000 texts, in each source
constexpr double kMissedMost = 10.0;        // for each 1,000 offences

struct Options {
  std::string data;
  size_t texts = 40'000;
  uint64_t seed = 1;
  size_t show = 0;
  bool json = false;
};

struct Row {
  std::string name;
  size_t texts = 0;
  size_t counted = 0;  // refused, or missed
  double PerThousand() const {
    return texts == 0 ? 0 : 1000.0 * static_cast<double>(counted) / static_cast<double>(texts);
  }
};

struct Figures {
  bool data_found = false;
  std::vector<Row> refused;
  std::vector<Row> missed;
  Row missed_in_all{"all sorts"};
  double mebibytes_per_second = 0;

  bool Met() const {
    bool met = missed_in_all.PerThousand() < kMissedMost;
    for (const Row& row : refused) met = met && row.PerThousand() < kFalseRefusalsMost;
    return met;
  }
};

// What is found in the real data or in generated sentences may be shown: neither names a person.
void Show(const char* what, const std::string& source, const std::string& text, size_t* left) {
  if (*left == 0) return;
  --*left;
  std::cerr << what << " (" << source << "): " << absl::CHexEscape(guard::Mask(text).substr(0, 300))
            << "\n      " << absl::Utf8SafeCHexEscape(text.substr(0, 300)) << "\n";
}

Row CountRefused(const Source& source, const Options& options) {
  Row row{source.name, source.texts.size()};
  size_t left = options.show;
  for (const std::string& text : source.texts) {
    if (guard::Examine(text).empty()) continue;
    ++row.counted;
    Show("refused", source.name, text, &left);
  }
  return row;
}

// Every byte of the number has to lie in findings; what stands around it may.
bool IsCovered(const Offence& offence) {
  size_t covered = offence.begin;
  for (const guard::Finding& finding : guard::Examine(offence.text)) {
    if (finding.begin <= covered && finding.end > covered) covered = finding.end;
  }
  return covered >= offence.end;
}

void CountMissed(const std::vector<Offence>& offences, const Options& options, Figures& figures) {
  std::map<std::string, Row> rows;
  std::map<std::string, size_t> left;
  for (const Offence& offence : offences) {
    Row& row = rows[offence.sort];
    row.name = offence.sort;
    ++row.texts;
    ++figures.missed_in_all.texts;
    if (IsCovered(offence)) continue;
    ++row.counted;
    ++figures.missed_in_all.counted;
    Show("missed", offence.sort, offence.text,
         &left.try_emplace(offence.sort, options.show).first->second);
  }
  for (const auto& [name, row] : rows) figures.missed.push_back(row);
}

void MeasureSpeed(const std::vector<std::string>& texts, Figures& figures) {
  SystemClock clock;
  size_t bytes = 0;
  size_t findings = 0;
  const absl::Duration begin = clock.Elapsed();
  for (const std::string& text : texts) {
    bytes += text.size();
    findings += guard::Examine(text).size();
  }
  const double seconds = absl::ToDoubleSeconds(clock.Elapsed() - begin);
  if (findings > texts.size()) std::cerr << "bench guard: harmless texts are not\n";
  figures.mebibytes_per_second = seconds > 0 ? static_cast<double>(bytes) / seconds / (1 << 20) : 0;
}

Figures Measure(const Options& options) {
  Figures figures;
  SeededRandom random(options.seed);
  const auto sources = ReadSources(options.data);
  figures.data_found = sources.has_value() && !sources->empty();
  if (figures.data_found) {
    for (const Source& source : *sources) figures.refused.push_back(CountRefused(source, options));
  }
  const Source harmless{"generated, harmless", GenerateHarmless(options.texts, random)};
  figures.refused.push_back(CountRefused(harmless, options));
  CountMissed(GenerateOffences(options.texts, random), options, figures);
  MeasureSpeed(harmless.texts, figures);
  return figures;
}

void PrintRows(const std::vector<Row>& rows, const char* title, const char* counted, double most) {
  absl::PrintF("%-46s %9s %9s %10s\n", title, "texts", counted, "per 1,000");
  for (const Row& row : rows) {
    absl::PrintF("%-46s %9d %9d %10.2f%s\n", row.name, row.texts, row.counted, row.PerThousand(),
                 row.PerThousand() < most ? "" : "  over the target");
  }
}

void PrintTable(const Figures& figures, const Options& options) {
  if (!figures.data_found) {
    absl::PrintF(
        "real data: absent (%s); pass --data or set TOCSIN_DATA. Its rows are skipped.\n\n",
        options.data);
  }
  PrintRows(figures.refused, "refused, and harmless", "refused", kFalseRefusalsMost);
  absl::PrintF("\n");
  PrintRows(figures.missed, "missed, by sort", "missed", kMissedMost);
  PrintRows({figures.missed_in_all}, "", "", kMissedMost);
  absl::PrintF("\n%.1f MiB/s on one core; seed %d\n", figures.mebibytes_per_second, options.seed);
  absl::PrintF("targets: refused under %g in each source, missed under %g in all: %s\n",
               kFalseRefusalsMost, kMissedMost, figures.Met() ? "met" : "MISSED");
}

std::string JsonRows(const std::vector<Row>& rows, const char* counted) {
  std::string json;
  for (const Row& row : rows) {
    absl::StrAppend(&json, json.empty() ? "" : ",", "{\"name\":\"", absl::Utf8SafeCEscape(row.name),
                    "\",\"texts\":", row.texts, ",\"", counted, "\":", row.counted,
                    ",\"per_1000\":", absl::StrFormat("%.3f", row.PerThousand()), "}");
  }
  return "[" + json + "]";
}

void PrintJson(const Figures& figures, const Options& options) {
  const Row& all = figures.missed_in_all;
  std::cout << "{\"benchmark\":\"guard\",\"seed\":" << options.seed
            << ",\"data\":" << (figures.data_found ? "\"real\"" : "\"absent\"")
            << ",\"refused_target_per_1000\":" << kFalseRefusalsMost
            << ",\"missed_target_per_1000\":" << kMissedMost
            << ",\"refused\":" << JsonRows(figures.refused, "refused")
            << ",\"missed\":" << JsonRows(figures.missed, "missed")
            << ",\"missed_texts\":" << all.texts
            << ",\"missed_per_1000\":" << absl::StrFormat("%.3f", all.PerThousand())
            << ",\"mib_per_s\":" << absl::StrFormat("%.1f", figures.mebibytes_per_second)
            << ",\"targets_met\":" << (figures.Met() ? "true" : "false") << "}\n";
}

int Main(int argc, char** argv) {
  Options options;
  const char* given = std::getenv("TOCSIN_DATA");
  options.data = given != nullptr ? given : "../shared/data";
  CLI::App app(
      "Measures the privacy guard: false refusals on real texts, misses on generated ones");
  app.add_option("--data", options.data, "folder of the real data (else TOCSIN_DATA)")
      ->capture_default_str();
  app.add_option("--texts", options.texts, "generated texts of each of the two kinds")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--seed", options.seed, "of the generated texts")->capture_default_str();
  app.add_option("--show", options.show, "print up to this many cases of each source and sort");
  app.add_flag("--json", options.json, "print one JSON object");
  if (std::optional<int> ended = ParseFlags(app, argc, argv)) return *ended;
  const Figures figures = Measure(options);
  options.json ? PrintJson(figures, options) : PrintTable(figures, options);
  return figures.Met() ? 0 : 1;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
