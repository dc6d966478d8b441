// Reads a mapping's TOML. The only source here that sees toml++.
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/string_view.h>
#include <toml++/toml.h>

#include <utility>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "node/exchange/mapping.h"
#include "node/exchange/mapping_check.h"

namespace tocsin::exchange {
namespace {

constexpr size_t kBytesMax = 1 << 20;

// Reads the settings of one TOML table and remembers the first thing that is wrong, so that a
// reader may ask for all it knows and check once.
class Section {
 public:
  Section(const toml::table& table, std::string name, std::string file)
      : table_(table), name_(std::move(name)), file_(std::move(file)) {}

  void Text(const char* key, std::string& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    if (const auto* text = node->as_string()) {
      out = text->get();
    } else {
      Fail(key, "is to be a text in quotes");
    }
  }

  void OptionalText(const char* key, std::optional<std::string>& out) {
    if (!Has(key)) return;
    std::string text;
    Text(key, text);
    out = std::move(text);
  }

  void Character(const char* key, char& out) {
    std::string text(1, out);
    Text(key, text);
    if (text.size() != 1) return Fail(key, "is to be one character");
    out = text[0];
  }

  void Flag(const char* key, bool& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    if (const auto* flag = node->as_boolean()) {
      out = flag->get();
    } else {
      Fail(key, "is to be true or false");
    }
  }

  void Texts(const char* key, std::vector<std::string>& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    if (!ReadTexts(*node, out)) Fail(key, "is to be a list of texts, as in [\"a\", \"b\"]");
  }

  void Rows(const char* key, std::vector<std::vector<std::string>>& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    const toml::array* rows = node->as_array();
    if (rows == nullptr) return Fail(key, "is to be a list of lists of texts");
    for (const toml::node& row : *rows) {
      if (!ReadTexts(row, out.emplace_back())) {
        return Fail(key, "is to be a list of lists of texts");
      }
    }
  }

  // Calls `read(name, Section)` for each table within table `key`.
  template <typename Read>
  void Tables(const char* key, Read read) {
    const toml::table* tables = Table(key);
    if (tables == nullptr) return;
    for (const auto& [name, node] : *tables) {
      const toml::table* inner = node.as_table();
      if (inner == nullptr) return Fail(std::string(name.str()), "is to be a table");
      Section section(*inner, Join(absl::StrCat(key, ".", std::string(name.str()))), file_);
      read(std::string(name.str()), section);
      Adopt(section);
    }
  }

  // Calls `read(Section)` for table `key` if it is there.
  template <typename Read>
  void Inner(const char* key, Read read) {
    const toml::table* inner = Table(key);
    if (inner == nullptr) return;
    Section section(*inner, Join(key), file_);
    read(section);
    Adopt(section);
  }

  // Every key of this table, with a text.
  void AllTexts(std::vector<std::pair<std::string, std::string>>& out) {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      seen_.insert(name);
      if (const auto* text = node.as_string()) {
        out.emplace_back(name, text->get());
      } else {
        Fail(name, "is to be a text in quotes");
      }
    }
  }

  bool Has(const char* key) const { return table_.contains(key); }

  void Fail(absl::string_view key, absl::string_view problem) {
    if (!status_.ok()) return;
    const toml::node* node = table_.get(std::string(key));
    const toml::source_region& where = node != nullptr ? node->source() : table_.source();
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_, ", line ", where.begin.line, ": ", Join(key), " ", problem));
  }
  void Fail(absl::string_view key, const absl::Status& status) { Fail(key, status.message()); }

  // INVALID_ARGUMENT also for a setting that nobody asked for.
  absl::Status Finish() {
    for (const auto& [key, node] : table_) {
      if (seen_.contains(std::string(key.str()))) continue;
      Fail(std::string(key.str()),
           absl::StrCat("is not known here; known are ", absl::StrJoin(seen_, ", ")));
    }
    return status_;
  }

 private:
  static bool ReadTexts(const toml::node& node, std::vector<std::string>& out) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return false;
    for (const toml::node& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) return false;
      out.push_back(text->get());
    }
    return true;
  }

  const toml::node* Find(const char* key) {
    seen_.insert(key);
    return table_.get(key);
  }

  const toml::table* Table(const char* key) {
    const toml::node* node = Find(key);
    if (node == nullptr) return nullptr;
    if (node->as_table() == nullptr) Fail(key, "is to be a table");
    return node->as_table();
  }

  void Adopt(Section& section) {
    absl::Status status = section.Finish();
    if (status_.ok()) status_ = std::move(status);
  }

  std::string Join(absl::string_view key) const {
    return name_.empty() ? std::string(key) : absl::StrCat(name_, ".", key);
  }

  const toml::table& table_;
  const std::string name_;
  const std::string file_;
  std::set<std::string> seen_;
  absl::Status status_;
};

void ReadTake(Section& section, Take& take) {
  std::string column;
  section.Text("column", column);
  section.Texts("first_of", take.columns);
  if (!column.empty()) take.columns.insert(take.columns.begin(), column);
  section.Text("before", take.before);
  section.Text("after", take.after);
  section.Text("strip", take.strip);
  section.Text("table", take.table);
  section.Text("match", take.match);
  section.Text("give", take.give);
  section.OptionalText("missing", take.missing);
  if (take.columns.empty()) section.Fail("column", "is missing: name the column, or `first_of`");
}

absl::StatusOr<FieldPath> ReadPath(v1::Kind kind, const std::string& name, bool text) {
  TOCSIN_ASSIGN_OR_RETURN(FieldPath path, ParsePath(kind, name));
  TOCSIN_RETURN_IF_ERROR(CheckSettable(path, text));
  return path;
}

void ReadField(const std::string& name, Section& section, Mapping& mapping) {
  FieldMapping field;
  bool text = false;
  ReadTake(section, field.take);
  section.Text("time", field.time_format);
  section.Flag("end_of_day", field.end_of_day);
  section.Flag("text", text);
  auto path = ReadPath(mapping.kind, name, text);
  if (!path.ok()) return section.Fail("", path.status());
  field.path = *std::move(path);
  mapping.fields.push_back(std::move(field));
}

void ReadReference(const std::string& name, Section& section, Mapping& mapping) {
  ReferenceMapping reference;
  std::string kind;
  reference.field = name;
  section.Text("kind", kind);
  section.Text("source", reference.system);
  section.Texts("key", reference.key);
  auto parsed = ParseKind(kind);
  if (!parsed.ok()) return section.Fail("kind", parsed.status());
  reference.kind = *parsed;
  absl::Status status = CheckReference(mapping.kind, reference);
  if (!status.ok()) return section.Fail("", status);
  mapping.references.push_back(std::move(reference));
}

void ReadClassification(Section& section, Mapping& mapping) {
  Classification classification;
  std::string codes = "nfirs";
  ReadTake(section, classification.take);
  section.Text("codes", codes);
  if (codes == "neris") {
    classification.codes = Classification::Codes::kNeris;
  } else if (codes != "nfirs") {
    section.Fail("codes", "is to be \"nfirs\" or \"neris\"");
  }
  if (mapping.kind != v1::INCIDENT) section.Fail("", "is for kind INCIDENT alone");
  mapping.classification = std::move(classification);
}

void ReadSlug(Section& section, SlugRule& slug) {
  section.Text("column", slug.column);
  section.Character("separator", slug.separator);
  std::vector<std::vector<std::string>> words;
  section.Rows("words", words);
  for (const auto& word : words) {
    if (word.size() != 2) return section.Fail("words", "is to be a list of [word, prefix]");
    slug.words.emplace_back(word[0], word[1]);
  }
  if (slug.column.empty()) section.Fail("column", "is missing");
}

void ReadScope(Section& section, Mapping& mapping) {
  ScopeMapping& scope = mapping.scope;
  section.Text("constant", scope.constant);
  if (scope.constant.empty()) {
    scope.take.emplace();
    ReadTake(section, *scope.take);
  }
  section.Text("nearest", scope.nearest);
  section.Text("within", scope.within);
  section.Text("area", scope.area);
  section.Inner("slug", [&](Section& inner) { ReadSlug(inner, scope.slug.emplace()); });
  absl::Status status = CheckScope(mapping);
  if (!status.ok()) section.Fail("", status);
}

void ReadPlace(Section& section, PlaceMapping& place) {
  section.Text("latitude", place.latitude);
  section.Text("longitude", place.longitude);
  section.Flag("geometry", place.geometry);
  section.Text("shapes", place.shapes);
  section.Text("shape_column", place.shape_column);
  if (place.latitude.empty() != place.longitude.empty()) {
    section.Fail("latitude", "and longitude go together");
  }
  if (place.shapes.empty() != place.shape_column.empty()) {
    section.Fail("shapes", "and shape_column go together");
  }
}

void ReadAid(const std::string& name, Section& section, Mapping& mapping) {
  AidMapping aid;
  std::string use;
  section.Text("use", use);
  section.Text("mapping", aid.mapping);
  section.Text("property", aid.property);
  if (use == "stations") {
    aid.use = AidMapping::Use::kStations;
    if (aid.mapping.empty()) section.Fail("mapping", "is missing: what makes posts of the file");
  } else if (use == "areas" || use == "shapes") {
    aid.use = use == "areas" ? AidMapping::Use::kAreas : AidMapping::Use::kShapes;
    if (aid.property.empty()) section.Fail("property", "is missing: what names the features");
  } else {
    section.Fail("use", "is to be \"stations\", \"areas\" or \"shapes\"");
  }
  mapping.aids[name] = std::move(aid);
}

void ReadTables(Section& root, Mapping& mapping) {
  root.Tables("table", [&](const std::string& name, Section& section) {
    std::vector<std::pair<std::string, std::string>> values;
    section.AllTexts(values);
    mapping.tables[name].values = {values.begin(), values.end()};
  });
  root.Tables("lookup", [&](const std::string& name, Section& section) {
    WordTable& table = mapping.tables[name];
    section.Flag("ignore_case", table.ignore_case);
    section.Texts("columns", table.columns);
    section.Rows("rows", table.rows);
    for (const auto& row : table.rows) {
      if (row.size() != table.columns.size()) {
        section.Fail("rows", "has a row that is not as long as `columns`");
      }
    }
  });
}

absl::StatusOr<toml::table> ParseToml(absl::string_view text, const std::string& name) {
  if (text.size() > kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": longer than ", kBytesMax, " bytes"));
  }
  try {
    return toml::parse(std::string_view(text.data(), text.size()), name);
  } catch (const toml::parse_error& error) {
    const std::string_view description = error.description();
    return absl::InvalidArgumentError(
        absl::StrCat(name, ", line ", error.source().begin.line, ": ",
                     absl::string_view(description.data(), description.size())));
  }
}

// Tables alone, as they are shared between mappings.
absl::Status ReadInclude(const std::string& name, FileLoader load, Mapping& mapping) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, load(name));
  TOCSIN_ASSIGN_OR_RETURN(const toml::table table, ParseToml(text, name));
  Section root(table, "", name);
  ReadTables(root, mapping);
  return root.Finish();
}

void ReadGeneral(Section& root, Mapping& mapping) {
  std::string kind, zone = "UTC", ambiguous = "refuse";
  std::vector<std::string> missing;
  root.Text("kind", kind);
  root.Character("separator", mapping.separator);
  root.Text("source", mapping.source_system);
  root.Texts("key", mapping.key);
  root.Texts("ignore", mapping.ignore);
  root.Texts("missing", missing);
  root.Text("time_zone", zone);
  root.Text("ambiguous", ambiguous);
  mapping.missing = {missing.begin(), missing.end()};
  if (auto parsed = ParseKind(kind); parsed.ok()) {
    mapping.kind = *parsed;
  } else {
    root.Fail("kind", parsed.status());
  }
  if (auto loaded = LoadZone(zone); loaded.ok()) {
    mapping.zone = *loaded;
  } else {
    root.Fail("time_zone", loaded.status());
  }
  if (ambiguous == "early" || ambiguous == "late") {
    mapping.ambiguous = ambiguous == "early" ? Ambiguous::kEarly : Ambiguous::kLate;
  } else if (ambiguous != "refuse") {
    root.Fail("ambiguous", "is to be \"refuse\", \"early\" or \"late\"");
  }
}

void ReadConstants(Section& root, Mapping& mapping) {
  root.Inner("constants", [&](Section& section) {
    std::vector<std::pair<std::string, std::string>> values;
    section.AllTexts(values);
    for (auto& [name, value] : values) {
      auto path = ReadPath(mapping.kind, name, false);
      if (!path.ok()) return section.Fail(name, path.status());
      absl::Status status = CheckValue(mapping.kind, *path, value);
      if (!status.ok()) return section.Fail(name, status);
      mapping.constants.emplace_back(*std::move(path), std::move(value));
    }
  });
}

void ReadBody(Section& root, Mapping& mapping) {
  ReadTables(root, mapping);
  root.Tables("aid", [&](const std::string& name, Section& s) { ReadAid(name, s, mapping); });
  ReadConstants(root, mapping);
  root.Tables("field", [&](const std::string& name, Section& s) { ReadField(name, s, mapping); });
  root.Tables("reference",
              [&](const std::string& name, Section& s) { ReadReference(name, s, mapping); });
  root.Inner("classify", [&](Section& s) { ReadClassification(s, mapping); });
  root.Inner("duration", [&](Section& s) {
    mapping.duration.emplace();
    s.Text("from", mapping.duration->from);
    s.Text("to", mapping.duration->to);
    s.Text("column", mapping.duration->column);
  });
  root.Inner("place", [&](Section& s) { ReadPlace(s, mapping.place.emplace()); });
  if (!root.Has("scope")) root.Fail("scope", "is missing: which scope the records belong to");
  root.Inner("scope", [&](Section& s) { ReadScope(s, mapping); });
}

}  // namespace

absl::StatusOr<Mapping> ParseMapping(absl::string_view toml, const std::string& name,
                                     FileLoader load) {
  TOCSIN_ASSIGN_OR_RETURN(const toml::table table, ParseToml(toml, name));
  Mapping mapping;
  mapping.name = name;
  Section root(table, "", name);
  std::vector<std::string> includes;
  root.Texts("include", includes);
  for (const std::string& include : includes) {
    TOCSIN_RETURN_IF_ERROR(ReadInclude(include, load, mapping));
  }
  ReadGeneral(root, mapping);
  if (mapping.kind == v1::KIND_UNSPECIFIED) return root.Finish();
  ReadBody(root, mapping);
  TOCSIN_RETURN_IF_ERROR(root.Finish());
  if (absl::Status status = CheckMapping(mapping); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
  }
  return mapping;
}

}  // namespace tocsin::exchange
