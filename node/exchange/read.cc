#include "node/exchange/read.h"

#include <absl/strings/str_cat.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/exchange/csv.h"
#include "node/exchange/features.h"
#include "node/exchange/translate.h"

namespace tocsin::exchange {
namespace {

// Gives each row to the sink and counts it.
class Counter {
 public:
  explicit Counter(Sink& sink) : sink_(sink) {}

  absl::Status Put(absl::StatusOr<ImportRow> row, uint64_t line) {
    ++summary_.read;
    if (!row.ok()) {
      ++summary_.refused;
      sink_.Refuse({line, std::string(row.status().message())});
      return absl::OkStatus();
    }
    ++summary_.ready;
    if (row->flagged) ++summary_.flagged;
    return sink_.Take(*std::move(row));
  }

  const Summary& summary() const { return summary_; }

 private:
  Sink& sink_;
  Summary summary_;
};

}  // namespace

absl::StatusOr<Summary> ReadCsv(std::istream& in, const Mapping& mapping, const Aids& aids,
                                Sink& sink) {
  CsvOptions options;
  options.separator = mapping.separator;
  CsvReader reader(in, options);
  CsvRecord record;
  TOCSIN_ASSIGN_OR_RETURN(bool more, reader.Next(record));
  if (!more || !record.fault.empty()) {
    return absl::InvalidArgumentError(more ? absl::StrCat("the header: ", record.fault)
                                           : "the file is empty: it has no header");
  }
  TOCSIN_ASSIGN_OR_RETURN(const Translator translator,
                          Translator::Make(mapping, aids, record.cells));
  const size_t width = record.cells.size();
  Counter counter(sink);
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(more, reader.Next(record));
    if (!more) return counter.summary();
    absl::StatusOr<ImportRow> row = absl::InvalidArgumentError(record.fault);
    if (record.fault.empty() && record.cells.size() != width) {
      row = absl::InvalidArgumentError(
          absl::StrCat("has ", record.cells.size(), " cells, the header has ", width));
    } else if (record.fault.empty()) {
      row = translator.Translate({record.line, std::move(record.cells), {}});
    }
    TOCSIN_RETURN_IF_ERROR(counter.Put(std::move(row), record.line));
  }
}

absl::StatusOr<Summary> ReadGeoJson(absl::string_view json, const Mapping& mapping,
                                    const Aids& aids, Sink& sink) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<Feature> features, ParseFeatures(json));
  std::set<std::string> names;
  for (const Feature& feature : features) {
    for (const auto& [name, value] : feature.properties.fields()) names.insert(name);
  }
  const std::vector<std::string> header(names.begin(), names.end());
  TOCSIN_ASSIGN_OR_RETURN(const Translator translator, Translator::Make(mapping, aids, header));
  Counter counter(sink);
  for (Feature& feature : features) {
    TableRow row{feature.number, {}, std::move(feature.geometry)};
    for (const std::string& name : header) {
      auto it = feature.properties.fields().find(name);
      row.cells.push_back(it == feature.properties.fields().end() ? "" : PropertyText(it->second));
    }
    TOCSIN_RETURN_IF_ERROR(counter.Put(translator.Translate(row), feature.number));
  }
  return counter.summary();
}

}  // namespace tocsin::exchange
