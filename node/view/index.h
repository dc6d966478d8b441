// The indexes: which keys lead to a record, as it is shown. Last of the projector's four functions
// (view.h): what the old row had and the new one has not is deleted, the rest is put. No text is in
// any key. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/geo/point.h"
#include "node/schema/field_table.h"
#include "node/store/batch.h"
#include "node/view/keys.h"
#include "node/view/row.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

// What is indexed of a kind, and what every record of it is asked for. Immutable; lives as long as
// the process.
struct KindIndexes {
  // State first, then what says what it is (type, finding). Under the first of them every record of
  // the kind can be found; it is null of a kind without a state, which stands under field 0.
  std::vector<const schema::FieldInfo*> coded;
  // When it happened, was called in, began, is due.
  std::vector<const schema::FieldInfo*> times;
  const schema::FieldInfo* point = nullptr;
  const schema::FieldInfo* area = nullptr;
  const schema::FieldInfo* status = nullptr;
  // The record that stands for it elsewhere; null of a kind that is not moved.
  const schema::FieldInfo* moved_to = nullptr;
  // The record that it stands for; null of a kind that is not moved.
  const schema::FieldInfo* moved_from = nullptr;
  // The records that it says belong together: of a relation, else none.
  std::vector<const schema::FieldInfo*> related;
  // It counts people.
  bool has_people = false;

  uint32_t first_coded() const { return coded.empty() ? 0 : coded.front()->number; }
  bool HasCoded(uint32_t field) const;
  bool HasTime(uint32_t field) const;
};
// REQUIRES: a kind that the schema has.
const KindIndexes& IndexesOf(uint32_t kind);

// Every value that a record may stand under: 0 for none, or for one that is no value of the field.
std::vector<uint32_t> CodedValues(uint32_t kind, uint32_t field);

// The record that a value names; nothing for what names none.
std::optional<RecordRef> RefOf(const v1::RecordRef& ref);

// The place by which it is found: its point, or else the middle of its area. Nothing where there is
// none, or none that is valid.
std::optional<geo::Point> PlaceOf(const v1::Record& shown);

int64_t UpdateMillis(const v1::Record& shown);

// Names of the fields whose values are marked as invalid: no index and no filter takes them.
bool IsMarkedInvalid(const v1::Record& shown, const std::string& field);

// Every key but the row's own. `shown` is null where there is nothing to see.
// In rising order, each once.
std::vector<std::string> IndexKeys(const HeldRecord& held, const v1::Record* shown);

void UpdateIndexes(const std::vector<std::string>& before, const std::vector<std::string>& after,
                   store::Batch& batch);

}  // namespace tocsin::view
