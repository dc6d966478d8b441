// The order of a list: what `order_by` means, and where a record stands in it. Values and pure
// functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>

#include "node/schema/field_table.h"
#include "node/view/keys.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

// Where a record stands in a list: a total order, because the record's own name ends it. Records
// that lack what the list is ordered by come last in both directions, the latest changed last.
struct Position {
  bool missing = false;
  std::string bytes;

  friend bool operator==(const Position&, const Position&) = default;
};

// number, kind, scope, id: as the indexes have it.
std::string PositionBytes(uint64_t number, const RecordRef& record);

class Order {
 public:
  enum class By { kUpdateTime, kCreateTime, kTimeField, kValueField, kCell };

  // Of records of `kind`, or of KIND_UNSPECIFIED, where only the times of every record serve. Empty
  // text: latest changed first. INVALID_ARGUMENT says what may stand there.
  static absl::StatusOr<Order> Parse(absl::string_view text, uint32_t kind);
  // As the places lie: neighbours near one another.
  static Order ByCell() { return Order(By::kCell, nullptr, false); }

  By by() const { return by_; }
  // Of kTimeField and kValueField.
  const schema::FieldInfo* field() const { return field_; }
  bool descending() const { return descending_; }

  Position Of(const RecordRef& ref, const v1::Record& shown) const;
  // Does `a` come before `b`?
  bool Before(const Position& a, const Position& b) const;

 private:
  Order(By by, const schema::FieldInfo* field, bool descending)
      : by_(by), field_(field), descending_(descending) {}
  std::optional<std::string> ValueOf(const v1::Record& shown) const;

  By by_;
  const schema::FieldInfo* field_;
  bool descending_;
};

}  // namespace tocsin::view
