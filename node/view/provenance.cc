#include "node/view/provenance.h"

#include <algorithm>

namespace tocsin::view {

void Provenance::Add(const merge::HeldChange& change) {
  const log::Stamp& stamp = change.change.stamp;
  if (changes == 0 || log::EarlierThan(stamp, first_stamp) ||
      (stamp == first_stamp && change.dot < first_dot)) {
    first_stamp = stamp;
    first_dot = change.dot;
    first_author = change.author;
  }
  latest_time = std::max(latest_time, stamp.time);
  first_arrival = changes == 0 ? change.arrival : std::min(first_arrival, change.arrival);
  ++changes;
}

void WriteProvenance(const Provenance& provenance, v1::Provenance& row) {
  row.set_changes(provenance.changes);
  row.set_first_rank(static_cast<uint32_t>(provenance.first_stamp.rank));
  row.set_first_time(provenance.first_stamp.time);
  row.set_first_dot(provenance.first_dot.data(), Dot::kSize);
  row.set_first_author(provenance.first_author);
  row.set_latest_time(provenance.latest_time);
  row.set_first_arrival(provenance.first_arrival.value());
}

Provenance ReadProvenance(const v1::Provenance& row) {
  return {.changes = row.changes(),
          .first_stamp = {static_cast<log::Rank>(row.first_rank()), row.first_time()},
          .first_dot = Dot::FromBytes(row.first_dot()).value_or(Dot()),
          .first_author = row.first_author(),
          .latest_time = row.latest_time(),
          .first_arrival = Arrival(row.first_arrival())};
}

}  // namespace tocsin::view
