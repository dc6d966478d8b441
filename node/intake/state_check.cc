#include "node/intake/state_check.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <string>

#include "node/schema/states.h"

namespace tocsin::intake {
namespace {

std::string NameOf(const schema::FieldInfo& field, int state) {
  const auto* value = field.enumeration->FindValueByNumber(state);
  return value == nullptr ? absl::StrCat(state) : value->name();
}

}  // namespace

absl::Status CheckState(const schema::FieldInfo& field, absl::string_view path,
                        const std::vector<int>& seen, int wanted) {
  const bool follows = std::any_of(
      seen.begin(), seen.end(), [&](int state) { return schema::MayFollow(field, state, wanted); });
  if (seen.empty() || follows) return absl::OkStatus();
  const std::string after = schema::StatesAfter(field, seen.front());
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", NameOf(field, seen.front()), " cannot become ", NameOf(field, wanted),
      after.empty() ? "; nothing follows it. File another record."
                    : absl::StrCat("; what may follow is ", after)));
}

absl::Status CheckCapStatus(absl::string_view path, v1::CapStatus now, v1::CapStatus wanted) {
  if (wanted >= now) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", v1::CapStatus_Name(now), " cannot become ", v1::CapStatus_Name(wanted),
      "; a status moves only toward STATUS_ACTUAL. Withdraw the record and file another."));
}

}  // namespace tocsin::intake
