#include "tools/src/cli/select.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/geo/place.h"
#include "node/schema/names.h"
#include "tools/src/cli/filter.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

constexpr uint32_t kNearMetres = 1'000;

absl::StatusOr<std::string> WithinFilter(const std::string& typed) {
  const std::vector<std::string> parts = absl::StrSplit(typed, ',');
  std::vector<geo::Point> corners;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    absl::StatusOr<geo::Point> corner = geo::ParsePlace(absl::StrCat(parts[i], ",", parts[i + 1]));
    if (!corner.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--within: ", std::string(corner.status().message())));
    }
    corners.push_back(*corner);
  }
  if (parts.size() != 4) {
    return absl::InvalidArgumentError(
        "--within takes the south-west and the north-east corner, as in "
        "--within 40.70,-74.02,40.80,-73.95");
  }
  return absl::StrCat("within(", geo::ToText(corners[0]), ",", geo::ToText(corners[1]), ")");
}

// A part of an AND: in brackets where it has an OR of its own.
std::string AsPart(const std::string& filter) {
  return filter.find(" OR ") == std::string::npos ? filter : absl::StrCat("(", filter, ")");
}

}  // namespace

std::string AsTyped(const Selection& selection) {
  std::string typed;
  if (!selection.kind.empty()) absl::StrAppend(&typed, " ", selection.kind);
  const std::pair<const char*, const std::string*> options[] = {
      {"--scope", &selection.scope},
      {"--filter", &selection.filter},
      {"--within", &selection.within},
      {"--near", &selection.near},
  };
  for (const auto& [option, value] : options) {
    if (value->empty()) continue;
    absl::StrAppend(&typed, " ", option, "='", absl::StrReplaceAll(*value, {{"'", "'\\''"}}), "'");
  }
  return typed;
}

absl::StatusOr<std::string> NearFilter(absl::string_view typed) {
  std::vector<std::string> parts = absl::StrSplit(typed, ',');
  uint32_t metres = kNearMetres;
  if (parts.size() == 3) {
    if (!absl::SimpleAtoi(parts.back(), &metres)) {
      return absl::InvalidArgumentError(
          "--near takes a place and metres, as in --near 40.7128,-74.0060,500");
    }
    parts.pop_back();
  }
  const absl::StatusOr<geo::Point> point = geo::ParsePlace(absl::StrJoin(parts, ","));
  if (!point.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--near: ", std::string(point.status().message())));
  }
  return absl::StrCat("near(", geo::ToText(*point), ",", metres, ")");
}

absl::StatusOr<Selected> Select(Context& context, const Selection& selection) {
  Selected selected;
  selected.parent = "scopes/-";
  if (!selection.kind.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(selected.kind, ParseKindWord(selection.kind));
  }
  std::vector<std::string> parts;
  if (!selection.filter.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string filter, ExpandFilter(selected.kind, selection.filter,
                                                                   context.zone(), context.now()));
    parts.push_back(filter);
  }
  if (!selection.within.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string within, WithinFilter(selection.within));
    parts.push_back(within);
  }
  if (!selection.near.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string near, NearFilter(selection.near));
    parts.push_back(near);
  }
  if (!selection.scope.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<Scope> scopes, naming->ScopesOf(selection.scope));
    selected.parent = schema::ParentName(scopes.front());
    for (const Scope& scope : scopes) {
      if (!MayHold(naming->own(), scope)) continue;
      selected.parent = schema::ParentName(scope);
      break;
    }
  }
  selected.filter = parts.size() == 1
                        ? parts[0]
                        : absl::StrJoin(parts, " AND ", [](std::string* out, const auto& part) {
                            absl::StrAppend(out, AsPart(part));
                          });
  return selected;
}

}  // namespace tocsin::cli
