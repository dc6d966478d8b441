// Where a record comes from, over a set of its changes: who filed it first, and when the first and
// the latest of them were written. It can be added up, so that a record's past need not be read for
// it. Values; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "node/base/ids.h"
#include "node/log/stamp.h"
#include "node/merge/merge.h"
#include "tocsin/v1/disk.pb.h"

namespace tocsin::view {

struct Provenance {
  uint64_t changes = 0;
  // The first by stamp, then by dot.
  log::Stamp first_stamp;
  Dot first_dot;
  std::string first_author;
  // The highest time of a stamp (log::Stamp::time).
  uint64_t latest_time = 0;
  // The lowest arrival number.
  Arrival first_arrival;

  void Add(const merge::HeldChange& change);
};

void WriteProvenance(const Provenance& provenance, v1::Provenance& row);
Provenance ReadProvenance(const v1::Provenance& row);

}  // namespace tocsin::view
