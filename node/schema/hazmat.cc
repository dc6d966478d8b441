#include "node/schema/hazmat.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace tocsin {
namespace {

#include "node/schema/codes/hazmat_table.inc"

constexpr absl::string_view kPrefixes[] = {"UN", "NA", "ID"};
constexpr v1::PackingGroup kPackingGroups[] = {v1::PACKING_GROUP_NONE, v1::PACKING_GROUP_I,
                                               v1::PACKING_GROUP_II, v1::PACKING_GROUP_III};

}  // namespace

std::string HazmatRow::Id() const {
  return absl::StrFormat("%s%04d", kPrefixes[static_cast<size_t>(prefix_)], number_);
}

absl::string_view HazmatRow::proper_shipping_name() const {
  return absl::string_view(kNames + name_at_, name_length_);
}

absl::string_view HazmatRow::class_division() const { return kClasses[division_]; }

v1::PackingGroup HazmatRow::packing_group() const { return kPackingGroups[packing_group_]; }

std::vector<absl::string_view> HazmatRow::labels() const {
  return absl::StrSplit(kLabels[labels_], ' ', absl::SkipEmpty());
}

absl::Span<const HazmatRow> HazmatTable() { return kRows; }

absl::Span<const HazmatRow> FindUn(uint16_t number) {
  auto first =
      std::lower_bound(std::begin(kRows), std::end(kRows), number,
                       [](const HazmatRow& row, uint16_t wanted) { return row.number() < wanted; });
  auto last = std::find_if(first, std::end(kRows),
                           [number](const HazmatRow& row) { return row.number() != number; });
  return absl::MakeConstSpan(first, last);
}

std::vector<const HazmatRow*> FindShippingName(absl::string_view name) {
  std::vector<const HazmatRow*> found;
  for (const HazmatRow& row : kRows) {
    if (absl::EqualsIgnoreCase(row.proper_shipping_name(), name)) found.push_back(&row);
  }
  return found;
}

std::vector<const HazmatRow*> SearchShippingNames(absl::string_view text, size_t limit) {
  std::vector<std::string> words =
      absl::StrSplit(absl::AsciiStrToLower(text), absl::ByAnyChar(" \t,"), absl::SkipEmpty());
  std::vector<const HazmatRow*> found;
  if (words.empty()) return found;
  for (const HazmatRow& row : kRows) {
    std::string name = absl::AsciiStrToLower(row.proper_shipping_name());
    if (std::all_of(words.begin(), words.end(),
                    [&name](const auto& word) { return absl::StrContains(name, word); })) {
      found.push_back(&row);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const HazmatRow* a, const HazmatRow* b) {
    return a->proper_shipping_name().size() < b->proper_shipping_name().size();
  });
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace tocsin
