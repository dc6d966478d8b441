// An etag: which values of a record somebody was shown, by their dots. It stands between
// presentation, which gives it out, and intake, which makes of it what an edit overwrites. To its
// holder it is opaque. Values and pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/merge/merge.h"

namespace tocsin::view {

struct FieldVersion {
  // What an ordinary edit overwrites: of the sibling shown. Of a UNION none, because adding
  // overwrites nothing.
  std::vector<Dot> shown;
  // Of the siblings that were named as conflicts, and of every element of a UNION: with `shown` all
  // that a resolution overwrites.
  std::vector<Dot> others;

  friend bool operator==(const FieldVersion&, const FieldVersion&) = default;
};

// By field number.
using RecordVersion = std::map<uint32_t, FieldVersion>;

// Of a field that is not in it: nothing was shown. As good as `version`.
const FieldVersion& VersionIn(const RecordVersion& version, uint32_t field);

RecordVersion VersionOf(uint32_t kind, const merge::MergedRecord& record);

// Equal versions, and no others, give equal etags.
std::string EncodeEtag(const RecordVersion& version);
// The etag of VersionOf(kind, record).
std::string EtagOf(uint32_t kind, const merge::MergedRecord& record);
// INVALID_ARGUMENT for what EncodeEtag never gave.
absl::StatusOr<RecordVersion> DecodeEtag(absl::string_view etag);

}  // namespace tocsin::view
