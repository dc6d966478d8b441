#include "node/schema/states.h"

#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "tocsin/v1/options.pb.h"

namespace tocsin::schema {
namespace {

// Null for what is no state, or none that this program knows.
const v1::StateRule* RuleOf(const FieldInfo& field, int state) {
  if (field.enumeration == nullptr) return nullptr;
  const auto* value = field.enumeration->FindValueByNumber(state);
  if (value == nullptr || !value->options().HasExtension(v1::state_rule)) return nullptr;
  return &value->options().GetExtension(v1::state_rule);
}

}  // namespace

bool MayFollow(const FieldInfo& field, int from, int to) {
  const v1::StateRule* rule = RuleOf(field, from);
  if (rule == nullptr || from == to) return true;
  return std::any_of(rule->next().begin(), rule->next().end(), [&](const std::string& name) {
    return field.enumeration->FindValueByName(name)->number() == to;
  });
}

std::string StatesAfter(const FieldInfo& field, int from) {
  const v1::StateRule* rule = RuleOf(field, from);
  return rule == nullptr ? std::string() : absl::StrJoin(rule->next(), " or ");
}

bool EndsResponse(const FieldInfo& field, int state) {
  const v1::StateRule* rule = RuleOf(field, state);
  return rule != nullptr && rule->ends();
}

}  // namespace tocsin::schema
