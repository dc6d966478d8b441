#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "node/base/status.h"
#include "node/view/keys.h"
#include "node/view/row.h"
#include "node/view/view.h"

namespace tocsin::view {
namespace {

std::string DescribeChange(const merge::HeldChange& change) {
  return absl::StrCat(change.dot.ToHex(), " of ", change.lane.ToHex().substr(0, 16), " ",
                      change.seq.value(), " by ", change.author, change.forked ? " forked" : "",
                      " settled ", absl::StrJoin(change.settled, ","));
}

// Names, never bytes: what a comparison prints may be read by people.
absl::StatusOr<std::string> DescribeRow(const RecordRef& ref, absl::string_view row) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::Record> shown, DecodeShown(ref, row));
  TOCSIN_ASSIGN_OR_RETURN(HeldRecord held, DecodeHeld(ref, row));
  std::string text =
      absl::StrCat("record ", ref.scope.ToString(), " ", ref.kind, " ", ref.id.ToHex(),
                   held.erased() ? " erased" : "", " through ", held.erased_through_ms());
  // When they came is each node's own, and a change that was lost and came again has two times.
  std::sort(held.items().begin(), held.items().end(),
            [](const HeldRecord::Item& a, const HeldRecord::Item& b) {
              return a.change.dot < b.change.dot;
            });
  for (const HeldRecord::Item& item : held.items()) {
    absl::StrAppend(&text, "\n  change ", DescribeChange(item.change));
    if (item.withheld != Withheld::kNot) {
      absl::StrAppend(&text, " withheld ", static_cast<uint32_t>(item.withheld));
    }
  }
  const Provenance& past = held.past();
  if (past.changes > 0) {
    absl::StrAppend(&text, "\n  past ", past.changes, " from ", past.first_dot.ToHex(), " by ",
                    past.first_author, " to ", past.latest_time);
  }
  for (const Dot& dot : held.awaited()) absl::StrAppend(&text, "\n  awaits ", dot.ToHex());
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
    if (auto ref = RecordOfPastKey(it->key())) {
      TOCSIN_ASSIGN_OR_RETURN(merge::HeldChange change, DecodePast(*ref, it->value()));
      absl::StrAppend(&dump, "past of ", ref->scope.ToString(), " ", ref->kind, " ",
                      ref->id.ToHex(), " ", DescribeChange(change), "\n");
      continue;
    }
    absl::StrAppend(&dump, "key ", absl::CHexEscape(it->key()), " ",
                    absl::BytesToHexString(it->value()), "\n");
  }
  TOCSIN_RETURN_IF_ERROR(it->status());
  return dump;
}

}  // namespace tocsin::view
