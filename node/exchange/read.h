// Reads someone else's table, by a mapping, into rows that are ready to be filed. Where `tocsin
// import csv|geojson` begins; what this program exported itself is read by own_format.h.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <istream>

#include "node/exchange/aids.h"
#include "node/exchange/mapping.h"
#include "node/exchange/row.h"

namespace tocsin::exchange {

// Record by record; the file may be of any length. Every data record of the file is either taken or
// refused by the sink, and counted. INVALID_ARGUMENT for the file as a whole: it has no header, a
// column that is neither mapped nor ignored, a quote that is never closed. Rows given to the sink
// before that stand; importing the mended file again files only what lacks. `aids` is made for
// `mapping`. Runs in the caller's thread; reentrant.
absl::StatusOr<Summary> ReadCsv(std::istream& in, const Mapping& mapping, const Aids& aids,
                                Sink& sink);

// The same of GeoJSON features, whose properties are the columns; a row's line is the feature's
// number. The whole file is in memory: at most kGeoJsonBytesMax.
absl::StatusOr<Summary> ReadGeoJson(absl::string_view json, const Mapping& mapping,
                                    const Aids& aids, Sink& sink);

}  // namespace tocsin::exchange
