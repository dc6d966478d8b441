// The keys of the view's database (docs/storage.md, "Keys of the view database"). Used by the
// projector, which writes them, and by queries, which walk them. Pure functions; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/log.h"

namespace tocsin::view {

// A record wherever it stands in a key: kind, scope and id; the order of lists where all else is
// equal.
struct RecordRef {
  uint32_t kind = 0;
  Scope scope;
  RecordId id;

  friend bool operator==(const RecordRef&, const RecordRef&) = default;
};

// [begin, end) of keys.
using KeyRange = std::pair<std::string, std::string>;

// The first key after every key that begins with `prefix`. REQUIRES: a byte of it below 255.
std::string AfterPrefix(std::string prefix);
inline KeyRange WithPrefix(const std::string& prefix) { return {prefix, AfterPrefix(prefix)}; }

std::string MetaKey(absl::string_view name);
std::string CursorKey(log::Queue queue);
std::string LaneKey(const LaneId& lane);
std::string CountKey(uint32_t kind);

// `r` scope, kind, id.
std::string RowKey(const RecordRef& record);
// Every row, or those of a jurisdiction and of all below it, or of one broadcast: one range or two.
std::vector<KeyRange> RowRanges(const std::optional<Scope>& parent);
// Nothing for what is no key of a row.
std::optional<RecordRef> RecordOfRowKey(absl::string_view key);

// `y` scope, kind, id, dot: a change of the record's past.
std::string PastKey(const RecordRef& record, const Dot& dot);
std::string PastPrefix(const RecordRef& record);
std::optional<RecordRef> RecordOfPastKey(absl::string_view key);

// `c` scope, code, kind, id.
std::string CodeKey(const RecordRef& record, uint64_t code_bits);
std::string CodePrefix(const Scope& scope, uint64_t code_bits);
std::optional<RecordRef> RecordOfCodeKey(absl::string_view key);

// `x` scope, dot, field, element: a text that an erasure orders gone.
std::string ErasedKey(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element);
// `d` scope, dot, kind, id: a record that has a copy of a text of that change.
std::string CopyKey(const RecordRef& record, const Dot& dot);
std::string CopyPrefix(const Scope& scope, const Dot& dot);
std::optional<RecordRef> RecordOfCopyKey(absl::string_view key);

// The other indexes end on scope and id. What stands before them in order of the index is the
// *position* of a row: the bytes after the index's own prefix.

// `e` kind, field, value | milliseconds since 1970 of the latest change, scope, id: by a code.
// Every record that has a body stands once under each coded field that is indexed of its kind.
std::string CodedPrefix(uint32_t kind, uint32_t field, uint32_t value);
// `t` kind, field | milliseconds since 1970 (of time before that as well), scope, id.
std::string TimePrefix(uint32_t kind, uint32_t field);
// `g` kind | leaf cell, scope, id.
std::string CellPrefix(uint32_t kind);
// `k` kind | 0, scope, id: those in conflict.
std::string ConflictPrefix(uint32_t kind);
// `o` kind | 0, scope, id: those that were closed, then raised.
std::string RaisedPrefix(uint32_t kind);
// `w` kind | 0, scope, id: those that were moved to another post, then edited.
std::string MovedPrefix(uint32_t kind);

// `v` scope, kind, id of a record, then scope, kind, id of a relation that names it.
std::string RelationKey(const RecordRef& named, const RecordRef& relation);
std::string RelationPrefix(const RecordRef& named);
// The relation.
std::optional<RecordRef> RelationOfKey(absl::string_view key, size_t prefix_size);

// A number in the order of an index: eight bytes.
std::string IndexNumber(uint64_t number);
// Of a time: earlier is less, before 1970 as well.
uint64_t IndexTime(int64_t milliseconds);
std::string IndexKey(const std::string& prefix, uint64_t number, const RecordRef& record);

struct IndexEntry {
  uint64_t number;
  RecordRef record;
};
// `prefix_size` bytes of the key are the index's own. Nothing for what is no such key.
std::optional<IndexEntry> ReadIndexKey(absl::string_view key, size_t prefix_size, uint32_t kind);

}  // namespace tocsin::view
