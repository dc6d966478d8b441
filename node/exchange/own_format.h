// Our own CSV and GeoJSON: what `tocsin export` writes, and `tocsin import` without a mapping reads
// back. One column a field, named as in the schema; a field of several values or parts stands in
// its cell as JSON. What is read back is equal to what was written, whatever the kind.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <istream>
#include <string>
#include <vector>

#include "node/exchange/row.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::exchange {

// kind, scope, code, uid, update_time, and then the kind's fields: a point as point.lat and
// point.lng, the source as source.system and source.key. Erasures are orders, not reports, and an
// import refuses them.
std::vector<std::string> OwnColumns(v1::Kind kind);

// A CSV file is the header and then records of that one kind. Texts are guarded against being run
// as formulas (csv.h). Appends.
void AppendOwnCsvHeader(v1::Kind kind, std::string& out);
void AppendOwnCsv(const v1::Record& record, std::string& out);

// A GeoJSON file is kGeoJsonHead, features with ",\n" between them, kGeoJsonTail. The geometry is
// the area, else the point, else null; kinds may be mixed.
inline constexpr char kGeoJsonHead[] = "{\"type\":\"FeatureCollection\",\"features\":[\n";
inline constexpr char kGeoJsonTail[] = "\n]}\n";
std::string OwnGeoJsonFeature(const v1::Record& record);

// True for a header line that AppendOwnCsvHeader writes: such a file needs no mapping.
bool IsOwnCsv(absl::string_view first_line);

// Rows have scope, kind and body; those whose id follows from no content (a source, the record that
// it stands for, what it relates) also the code, by which the same record is found again.
// INVALID_ARGUMENT for the file as a whole, as in read.h.
absl::StatusOr<Summary> ReadOwnCsv(std::istream& in, Sink& sink);
absl::StatusOr<Summary> ReadOwnGeoJson(absl::string_view json, Sink& sink);

}  // namespace tocsin::exchange
