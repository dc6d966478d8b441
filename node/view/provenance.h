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
  // The first: what filed the record before what edited it, then by stamp, then by dot. A station
  // files with a free clock while its line is down, and what the county makes of it ranks before
  // that.
  bool first_files = false;
  log::Stamp first_stamp;
  Dot first_dot;
  std::string first_author;
  // The highest time of a stamp (log::Stamp::time), of a synced clock if there is one: what a
  // station wrote in 2036 does not put its record first in every list for years.
  bool latest_synced = false;
  uint64_t latest_time = 0;
  // The lowest arrival number.
  Arrival first_arrival;

  void Add(const merge::HeldChange& change);
};

void WriteProvenance(const Provenance& provenance, v1::Provenance& row);
Provenance ReadProvenance(const v1::Provenance& row);

}  // namespace tocsin::view
