#include "node/view/past_rows.h"

#include <string>
#include <utility>

#include "node/base/status.h"
#include "node/view/row.h"

namespace tocsin::view {

absl::StatusOr<std::vector<merge::HeldChange>> ReadPast(const store::Store& store,
                                                        const RecordRef& ref,
                                                        const store::Snapshot* snapshot) {
  std::vector<merge::HeldChange> past;
  const KeyRange range = WithPrefix(PastPrefix(ref));
  auto it = store.Scan(range.first, range.second, snapshot);
  for (; it->Valid(); it->Next()) {
    TOCSIN_ASSIGN_OR_RETURN(merge::HeldChange change, DecodePast(ref, it->value()));
    past.push_back(std::move(change));
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  return past;
}

absl::StatusOr<std::optional<merge::HeldChange>> ReadPastChange(const store::Store& store,
                                                                const RecordRef& ref,
                                                                const Dot& dot) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> row, store.Get(PastKey(ref, dot)));
  if (!row) return std::optional<merge::HeldChange>();
  TOCSIN_ASSIGN_OR_RETURN(merge::HeldChange change, DecodePast(ref, *row));
  return std::optional<merge::HeldChange>(std::move(change));
}

std::function<std::optional<merge::HeldChange>(const Dot& dot)> PastIn(const store::Store& store,
                                                                       const RecordRef& ref) {
  return [&store, ref](const Dot& dot) -> std::optional<merge::HeldChange> {
    auto change = ReadPastChange(store, ref, dot);
    return change.ok() ? *std::move(change) : std::nullopt;
  };
}

absl::StatusOr<bool> IsPast(const store::Store& store, const RecordRef& ref, const Dot& dot) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> row, store.Get(PastKey(ref, dot)));
  return row.has_value();
}

}  // namespace tocsin::view
