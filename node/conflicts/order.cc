#include "node/conflicts/order.h"

#include <absl/status/status.h>
#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <iterator>

#include "node/base/bytes.h"
#include "node/schema/conflict_terms.h"
#include "node/view/keys.h"

namespace tocsin::conflicts {
namespace {

constexpr uint8_t kTokenForm = 1;

}  // namespace

absl::StatusOr<Order> Order::Parse(absl::string_view text) {
  Order order;
  if (absl::StripAsciiWhitespace(text).empty()) text = "severity desc, since_time";
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(part, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const auto* known = words.empty() ? std::end(schema::kConflictOrders)
                                      : std::find(std::begin(schema::kConflictOrders),
                                                  std::end(schema::kConflictOrders), words[0]);
    const bool directed = words.size() == 2 && (words[1] == "desc" || words[1] == "asc");
    if (known == std::end(schema::kConflictOrders) || (words.size() != 1 && !directed)) {
      return absl::InvalidArgumentError(
          absl::StrCat("order_by: '", text, "' is no order; write ",
                       absl::StrJoin(schema::kConflictOrders, " or "),
                       ", each perhaps with ' desc', and a comma between"));
    }
    order.keys_.push_back({static_cast<By>(known - std::begin(schema::kConflictOrders)),
                           directed && words[1] == "desc"});
  }
  return order;
}

std::string Order::PositionOf(const Open& open) const {
  std::string bytes;
  for (const Key& key : keys_) {
    uint64_t number = key.by == By::kSeverity ? static_cast<uint64_t>(open.severity)
                                              : view::IndexTime(absl::ToUnixMillis(open.since));
    if (key.descending) number = ~number;
    absl::StrAppend(&bytes, view::IndexNumber(number));
  }
  ByteWriter out(bytes);
  out.Raw(open.record.scope.ToString());
  out.U8(0);
  out.U32(open.record.key.kind);
  out.Raw(open.record.key.id.view());
  out.U32(open.field);
  return bytes;
}

std::string EncodeToken(absl::string_view fingerprint, absl::string_view position) {
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(kTokenForm);
  out.Raw(fingerprint);
  out.Raw(position);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> DecodeToken(absl::string_view token, absl::string_view fingerprint) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() <= fingerprint.size() + 1 ||
      static_cast<uint8_t>(bytes.front()) != kTokenForm) {
    return absl::InvalidArgumentError(
        "page_token: these characters are no token of ours; leave it empty for the first page");
  }
  if (!absl::StartsWith(absl::string_view(bytes).substr(1), fingerprint)) {
    return absl::InvalidArgumentError(
        "page_token: it belongs to a list with another parent, filter or order; leave it empty for "
        "the first page of this one");
  }
  return bytes.substr(1 + fingerprint.size());
}

}  // namespace tocsin::conflicts
