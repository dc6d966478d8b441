#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <pugixml.hpp>
#include <set>

#include "node/exchange/csv.h"
#include "node/exchange/features.h"
#include "tools/src/bench/guard/texts.h"

namespace tocsin::bench {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

bool HasLetter(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

// Texts of one source, each once and in order.
class Collector {
 public:
  void Add(const std::string& text) {
    if (!text.empty() && seen_.insert(text).second) texts_.push_back(text);
  }
  Source Take(const std::string& name) { return {name, std::move(texts_)}; }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> texts_;
};

void Warn(const fs::path& path, const std::string& what) {
  std::cerr << "bench guard: " << path.string() << ": " << what << "\n";
}

// The cells of every column that holds a letter in some row, and every row as one text, since a
// note may hold as much.
void ReadCsv(const fs::path& path, std::vector<Source>& sources) {
  std::ifstream in(path, std::ios::binary);
  exchange::CsvReader reader(in);
  std::vector<std::vector<std::string>> rows;
  for (exchange::CsvRecord record;;) {
    const auto more = reader.Next(record);
    if (!more.ok()) Warn(path, std::string(more.status().message()));
    if (!more.ok() || !*more) break;
    if (record.fault.empty()) rows.push_back(record.cells);
  }
  std::vector<bool> text_like;
  for (size_t i = 1; i < rows.size(); ++i) {
    text_like.resize(std::max(text_like.size(), rows[i].size()));
    for (size_t c = 0; c < rows[i].size(); ++c) {
      if (HasLetter(rows[i][c])) text_like[c] = true;
    }
  }
  Collector cells, whole;
  for (size_t i = 1; i < rows.size(); ++i) {
    std::string row;
    for (size_t c = 0; c < rows[i].size(); ++c) {
      if (text_like[c]) cells.Add(rows[i][c]);
      row += (c > 0 ? "; " : "") + rows[i][c];
    }
    whole.Add(row);
  }
  sources.push_back(cells.Take(path.stem().string()));
  sources.push_back(whole.Take(path.stem().string() + ", rows"));
}

void ReadGeoJson(const fs::path& path, std::vector<Source>& sources) {
  const auto features = exchange::ParseFeatures(ReadAll(path));
  if (!features.ok()) return Warn(path, std::string(features.status().message()));
  Collector values;
  for (const exchange::Feature& feature : *features) {
    for (const auto& [name, value] : feature.properties.fields()) {
      values.Add(exchange::PropertyText(value));
    }
  }
  sources.push_back(values.Take(path.stem().string()));
}

bool IsTextElement(const pugi::xml_node& node) {
  static const std::set<std::string> kNames = {
      "event", "headline", "description", "instruction", "areaDesc", "senderName",  "contact",
      "note",  "title",    "summary",     "audience",    "source",   "resourceDesc"};
  const std::string name = node.name();
  return kNames.count(name.substr(name.find(':') + 1)) > 0;
}

void WalkXml(const pugi::xml_node& node, Collector& texts) {
  if (IsTextElement(node)) texts.Add(node.text().as_string());
  for (const pugi::xml_node child : node.children()) WalkXml(child, texts);
}

// CAP, alone or in Atom, RSS or EDXL-DE: the texts that an alert keeps, and every file as it is.
void ReadCap(const fs::path& folder, std::vector<Source>& sources) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file() && entry.path().filename() != "LICENSE") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  Collector texts, originals;
  for (const fs::path& path : paths) {
    const std::string bytes = ReadAll(path);
    originals.Add(bytes);
    pugi::xml_document document;
    // What is broken is read as far as it goes.
    document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default);
    WalkXml(document, texts);
  }
  if (paths.empty()) return;
  sources.push_back(texts.Take("alerts, texts"));
  sources.push_back(originals.Take("alerts, whole files"));
}

void ReadLines(const fs::path& path, std::vector<Source>& sources) {
  std::ifstream in(path);
  Collector lines;
  for (std::string line; std::getline(in, line);) lines.Add(line);
  sources.push_back(lines.Take(path.stem().string()));
}

}  // namespace

std::optional<std::vector<Source>> ReadSources(const std::string& data) {
  std::error_code error;
  if (!fs::is_directory(data, error)) return std::nullopt;
  std::vector<Source> sources;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(data, error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string extension = path.extension().string();
    if (extension == ".csv") ReadCsv(path, sources);
    if (extension == ".geojson") ReadGeoJson(path, sources);
    if (extension == ".md" && path.parent_path() != fs::path(data)) ReadLines(path, sources);
  }
  ReadCap(fs::path(data) / "cap-samples", sources);
  return sources;
}

}  // namespace tocsin::bench
