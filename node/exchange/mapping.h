// How the columns of someone else's file become the fields of our records: read from a TOML file
// (docs/import.md has the grammar and an example) and checked against the schema, so that a mapping
// that could file nonsense is refused before the first row.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/exchange/fields.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::exchange {

// A table of words: what a value becomes. With `columns` it has rows of several cells, of which a
// lookup matches one and gives another: New York's boroughs by name, by county or by FIPS code.
struct WordTable {
  bool ignore_case = false;
  std::map<std::string, std::string> values;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Where a value comes from: the first of `columns` that holds one, cut as stated, then looked up.
struct Take {
  std::vector<std::string> columns;
  // The part before the first `before`, then the part after the first `after`; a value without it
  // is refused.
  std::string before;
  std::string after;
  // Characters taken off both ends.
  std::string strip;
  // A word table, and for one with columns which to match and which to give.
  std::string table;
  std::string match;
  std::string give;
  // What stands for a missing value.
  std::optional<std::string> missing;
};

struct FieldMapping {
  FieldPath path;
  Take take;
  // Times: absl's format, in the mapping's zone. Empty: ISO with offset.
  std::string time_format;
  // A date means its last second: "valid until".
  bool end_of_day = false;
};

// The field names another record, imported from the same file by another mapping: its kind, source
// system and key. Its scope is that of the row.
struct ReferenceMapping {
  std::string field;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  std::string system;
  std::vector<std::string> key;
};

// A column of seconds that must be the time between two fields; it also decides which reading of a
// clock was meant that came twice.
struct DurationProof {
  std::string from;
  std::string to;
  std::string column;
};

// What a reading that came twice or never means when no duration decides.
enum class Ambiguous { kRefuse, kEarly, kLate };

// The column of incident types, by a published code list; sets `type`, the code itself and what
// follows from it, refuses what describes a person, and files false alarms as withdrawn.
struct Classification {
  enum class Codes { kNfirs, kNeris };
  Codes codes = Codes::kNfirs;
  Take take;
};

// The last part of a scope, from names like "Battalion 40/Engine 201/Ladder 114": of the words, in
// their order, the first that stands in a part of the name before a number gives prefix and number
// ("e201"). A name without one becomes itself in lower case with '-' for what is no letter or
// digit.
struct SlugRule {
  std::string column;
  char separator = '/';
  std::vector<std::pair<std::string, std::string>> words;
};

struct ScopeMapping {
  // One of these two.
  std::string constant;
  std::optional<Take> take;

  std::optional<SlugRule> slug;
  // Name of the aid with stations: the row goes to the nearest station within the scope taken.
  std::string nearest;
  // Name of the aid with areas, and which cell of the scope's table names the area: a place outside
  // it keeps the record in the scope taken, and flags it.
  std::string within;
  std::string area;
};

struct PlaceMapping {
  std::string latitude;
  std::string longitude;
  // The feature's own geometry (GeoJSON).
  bool geometry = false;
  // Name of the aid with shapes, and the column that names the shape.
  std::string shapes;
  std::string shape_column;
};

// A further file that the mapping needs; the caller gives its bytes by this name.
struct AidMapping {
  enum class Use { kStations, kAreas, kShapes };
  Use use = Use::kStations;
  // Stations: the mapping that makes posts of it, by file name. Others: the property that names.
  std::string mapping;
  std::string property;
};

struct Mapping {
  // The mapping's own file name, for messages.
  std::string name;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  char separator = ',';
  // Source.system, and the columns that together are Source.key.
  std::string source_system;
  std::vector<std::string> key;
  std::vector<std::string> ignore;
  // Whole values that mean "no value", besides the empty one.
  std::set<std::string> missing;
  absl::TimeZone zone = absl::UTCTimeZone();
  Ambiguous ambiguous = Ambiguous::kRefuse;

  std::vector<std::pair<FieldPath, std::string>> constants;
  std::vector<FieldMapping> fields;
  std::vector<ReferenceMapping> references;
  std::optional<Classification> classification;
  std::optional<DurationProof> duration;
  std::optional<PlaceMapping> place;
  ScopeMapping scope;
  std::map<std::string, AidMapping> aids;
  std::map<std::string, WordTable> tables;

  // Every column that the mapping reads, with the ignored ones apart.
  std::set<std::string> ReadColumns() const;
};

// Gives the bytes of a file that a mapping names beside itself: an include, a stations' mapping.
using FileLoader = absl::FunctionRef<absl::StatusOr<std::string>(const std::string& name)>;

// INVALID_ARGUMENT with the mapping's name, the line where there is one, and what to write instead:
// unknown settings, fields that the kind does not have, words that an enumeration does not know, a
// text field that is not said to be one, tables and aids that are not there.
absl::StatusOr<Mapping> ParseMapping(absl::string_view toml, const std::string& name,
                                     FileLoader load);

// The value in a word table, or nothing.
std::optional<std::string> LookUp(const WordTable& table, absl::string_view value,
                                  absl::string_view match, absl::string_view give);

}  // namespace tocsin::exchange
