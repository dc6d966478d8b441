#include "node/view/provenance.h"

#include <algorithm>
#include <tuple>

#include "node/schema/field_table.h"

namespace tocsin::view {

namespace {

// Sets what every record of the kind must have, and takes the place of nothing.
bool Files(const log::Change& change) {
  const schema::FieldTable* table = schema::FieldTable::OrNull(change.key.kind);
  return std::any_of(change.ops.begin(), change.ops.end(), [table](const log::FieldOp& op) {
    const schema::FieldInfo* field = table == nullptr ? nullptr : table->Find(op.field);
    return field != nullptr && field->required && !op.clear && op.overwrites.empty();
  });
}

bool IsSynced(const log::Stamp& stamp) {
  return stamp.rank == log::Rank::kOwnSynced || stamp.rank == log::Rank::kHeardSynced;
}

}  // namespace

void Provenance::Add(const merge::HeldChange& change) {
  const log::Stamp& stamp = change.change.stamp;
  const bool files = Files(change.change);
  const bool is_earlier =
      log::EarlierThan(stamp, first_stamp) || (stamp == first_stamp && change.dot < first_dot);
  if (changes == 0 || (files == first_files ? is_earlier : files)) {
    first_files = files;
    first_stamp = stamp;
    first_dot = change.dot;
    first_author = change.author;
  }
  std::tie(latest_synced, latest_time) = std::max(std::make_tuple(latest_synced, latest_time),
                                                  std::make_tuple(IsSynced(stamp), stamp.time));
  first_arrival = changes == 0 ? change.arrival : std::min(first_arrival, change.arrival);
  ++changes;
}

void WriteProvenance(const Provenance& provenance, v1::Provenance& row) {
  row.set_changes(provenance.changes);
  row.set_first_files(provenance.first_files);
  row.set_first_rank(static_cast<uint32_t>(provenance.first_stamp.rank));
  row.set_first_time(provenance.first_stamp.time);
  row.set_first_dot(provenance.first_dot.data(), Dot::kSize);
  row.set_first_author(provenance.first_author);
  row.set_latest_synced(provenance.latest_synced);
  row.set_latest_time(provenance.latest_time);
  row.set_first_arrival(provenance.first_arrival.value());
}

Provenance ReadProvenance(const v1::Provenance& row) {
  return {.changes = row.changes(),
          .first_files = row.first_files(),
          .first_stamp = {static_cast<log::Rank>(row.first_rank()), row.first_time()},
          .first_dot = Dot::FromBytes(row.first_dot()).value_or(Dot()),
          .first_author = row.first_author(),
          .latest_synced = row.latest_synced(),
          .latest_time = row.latest_time(),
          .first_arrival = Arrival(row.first_arrival())};
}

}  // namespace tocsin::view
