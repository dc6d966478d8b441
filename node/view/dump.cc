#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "node/base/status.h"
#include "node/view/keys.h"
#include "node/view/row.h"
#include "node/view/view.h"

namespace tocsin::view {
namespace {

// Names, never bytes: what a comparison prints may be read by people.
absl::StatusOr<std::string> DescribeRow(const RecordRef& ref, absl::string_view row) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::Record> shown, DecodeShown(ref, row));
  TOCSIN_ASSIGN_OR_RETURN(HeldRecord held, DecodeHeld(ref, row));
  std::string text = absl::StrCat("record ", ref.scope.ToString(), " ", ref.kind, " ",
                                  ref.id.ToHex(), held.erased() ? " erased" : "");
  // When they came is each node's own, and a change that was lost and came again has two times.
  std::sort(held.items().begin(), held.items().end(),
            [](const HeldRecord::Item& a, const HeldRecord::Item& b) {
              return a.change.dot < b.change.dot;
            });
  for (const HeldRecord::Item& item : held.items()) {
    absl::StrAppend(&text, "\n  change ", item.change.dot.ToHex(), " of ",
                    item.change.lane.ToHex().substr(0, 16), " ", item.change.seq.value(), " by ",
                    item.change.author, item.change.forked ? " forked" : "");
    if (item.withheld != Withheld::kNot) {
      absl::StrAppend(&text, " withheld ", static_cast<uint32_t>(item.withheld));
    }
  }
  absl::StrAppend(&text, "\n  shows ", shown ? shown->ShortDebugString() : "nothing", "\n");
  return text;
}

}  // namespace

absl::StatusOr<std::string> DumpForComparison(const store::Store& view) {
  std::string dump;
  auto it = view.Scan("", "");
  for (; it->Valid(); it->Next()) {
    const char table = it->key().front();
    if (table == 'm' || table == 'q') continue;
    if (auto ref = RecordOfRowKey(it->key())) {
      TOCSIN_ASSIGN_OR_RETURN(std::string text, DescribeRow(*ref, it->value()));
      dump += text;
      continue;
    }
    absl::StrAppend(&dump, "key ", absl::CHexEscape(it->key()), " ",
                    absl::BytesToHexString(it->value()), "\n");
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  return dump;
}

}  // namespace tocsin::view
