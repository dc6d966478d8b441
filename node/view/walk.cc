#include "node/view/walk.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "node/base/bytes.h"
#include "node/view/order.h"

namespace tocsin::view {
namespace {

constexpr size_t kNumberSize = 8;
constexpr size_t kKindSize = 4;

// The end of [first, last] under the prefix.
std::string EndOf(const WalkRange& range) {
  if (range.last == std::numeric_limits<uint64_t>::max()) return AfterPrefix(range.prefix);
  return range.prefix + IndexNumber(range.last + 1);
}

}  // namespace

Walk::Walk(const store::Store& store, const store::Snapshot* snapshot,
           std::vector<WalkRange> ranges, bool descending, const std::optional<std::string>& after)
    : descending_(descending) {
  for (WalkRange& range : ranges) {
    const std::string begin = range.prefix + IndexNumber(range.first);
    const std::string end = EndOf(range);
    auto it = store.Scan(begin, end, snapshot);
    Begin({std::move(range), std::move(it), {}, {}}, after);
  }
}

// Stands the head on its first record that lies beyond `after`.
void Walk::Begin(Head head, const std::optional<std::string>& after) {
  if (after && after->size() > kNumberSize + kKindSize) {
    const absl::string_view number = absl::string_view(*after).substr(0, kNumberSize);
    const absl::string_view name = absl::string_view(*after).substr(kNumberSize + kKindSize);
    // Of another kind the name says nothing; the number alone is near enough.
    const bool exact =
        ByteReader(absl::string_view(*after).substr(kNumberSize)).U32() == head.range.kind;
    std::string key = absl::StrCat(head.range.prefix, number);
    if (exact) absl::StrAppend(&key, name);
    if (descending_) {
      if (!exact) key.push_back('\x7f');
      head.it->SeekForPrev(key);
    } else {
      head.it->Seek(key);
    }
  } else if (descending_) {
    head.it->SeekToLast();
  }
  while (Read(head)) {
    if (!after || IsBefore(*after, head.position)) {
      heads_.push_back(std::move(head));
      return;
    }
    Move(head);
  }
}

bool Walk::Read(Head& head) {
  while (head.it->Valid()) {
    auto entry = ReadIndexKey(head.it->key(), head.range.prefix.size(), head.range.kind);
    if (entry) {
      head.position = PositionBytes(entry->number, entry->record);
      head.record = std::move(entry->record);
      return true;
    }
    Move(head);
  }
  if (!head.it->status().ok()) status_ = head.it->status();
  return false;
}

void Walk::Move(Head& head) const {
  if (descending_) {
    head.it->Prev();
  } else {
    head.it->Next();
  }
}

uint64_t Walk::number() const {
  return ByteReader(absl::string_view(position_).substr(0, kNumberSize)).U64();
}

std::optional<RecordRef> Walk::Next() {
  if (heads_.empty() || !status_.ok()) return std::nullopt;
  auto best = std::min_element(heads_.begin(), heads_.end(), [this](const Head& a, const Head& b) {
    return IsBefore(a.position, b.position);
  });
  position_ = std::move(best->position);
  std::optional<RecordRef> record = std::move(best->record);
  Move(*best);
  if (!Read(*best)) heads_.erase(best);
  return record;
}

}  // namespace tocsin::view
