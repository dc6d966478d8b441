#include "node/conflicts/episodes.h"

#include <algorithm>
#include <utility>

#include "node/merge/replay.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"

namespace tocsin::conflicts {
namespace {

using merge::MergedRecord;

bool InConflict(const MergedRecord& record, uint32_t field) {
  auto found = record.find(field);
  return found != record.end() && found->second.conflict;
}

std::vector<Dot> DotsOf(const merge::MergedField& field) {
  std::vector<Dot> dots;
  for (const merge::Sibling& sibling : field.siblings) {
    dots.insert(dots.end(), sibling.dots.begin(), sibling.dots.end());
  }
  std::sort(dots.begin(), dots.end());
  return dots;
}

}  // namespace

std::vector<uint32_t> FieldsTouchedBy(const merge::HeldChange& change) {
  std::vector<uint32_t> fields;
  for (const log::FieldOp& op : change.change.ops) fields.push_back(op.field);
  for (const log::Restated& restated : change.change.restated) fields.push_back(restated.field);
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

Episodes EpisodesOf(uint32_t kind, std::vector<merge::HeldChange> changes) {
  Episodes episodes;
  std::map<uint32_t, absl::Time> since;
  merge::Replay replay(kind);
  for (merge::HeldChange& change : changes) {
    const std::vector<uint32_t> touched = FieldsTouchedBy(change);
    const MergedRecord& after = replay.Add(change);
    for (uint32_t field : touched) {
      const bool was = since.contains(field);
      const bool is = InConflict(after, field);
      if (is && !was) {
        since[field] = change.arrival_time;
        episodes.ended.erase(field);
      } else if (was && !is) {
        since.erase(field);
        episodes.ended[field] = {change.author, change.change.stamp, change.dot,
                                 ReasonFor(change, field)};
      }
    }
  }
  episodes.merged = replay.record();
  for (const auto& [field, time] : since) {
    // People settle what the schema names.
    if (schema::FindField(kind, field) == nullptr) continue;
    episodes.open.push_back({field, time, DotsOf(episodes.merged.at(field))});
  }
  return episodes;
}

v1::ResolveReason ReasonFor(const merge::HeldChange& change, uint32_t field) {
  const uint32_t kind = change.change.key.kind;
  const schema::FieldTable* table = schema::FieldTable::OrNull(kind);
  const schema::FieldInfo* why = table == nullptr ? nullptr : table->FindByName("resolution");
  if (why == nullptr) return v1::RESOLVE_REASON_UNSPECIFIED;
  schema::Fragments values = schema::SplitFields(kind, change.change.values);
  auto body = schema::ParseValues(kind, values[why->number]);
  if (!body.ok()) return v1::RESOLVE_REASON_UNSPECIFIED;
  const google::protobuf::Reflection& reflection = *(*body)->GetReflection();
  for (int i = 0; i < reflection.FieldSize(**body, why->descriptor); ++i) {
    const auto& resolution = static_cast<const v1::Resolution&>(
        reflection.GetRepeatedMessage(**body, why->descriptor, i));
    if (resolution.field() == field && v1::ResolveReason_IsValid(resolution.reason())) {
      return resolution.reason();
    }
  }
  return v1::RESOLVE_REASON_UNSPECIFIED;
}

v1::Severity SeverityOf(uint32_t kind, const MergedRecord& merged) {
  const schema::FieldTable* table = schema::FieldTable::OrNull(kind);
  const schema::FieldInfo* severity = table == nullptr ? nullptr : table->FindByName("severity");
  if (severity == nullptr || severity->enumeration != v1::Severity_descriptor()) {
    return v1::SEVERITY_UNSPECIFIED;
  }
  auto field = merged.find(severity->number);
  if (field == merged.end()) return v1::SEVERITY_UNSPECIFIED;
  auto body = schema::ParseValues(kind, field->second.siblings.front().value);
  if (!body.ok()) return v1::SEVERITY_UNSPECIFIED;
  const int value = (*body)->GetReflection()->GetEnumValue(**body, severity->descriptor);
  return v1::Severity_IsValid(value) ? static_cast<v1::Severity>(value) : v1::SEVERITY_UNSPECIFIED;
}

}  // namespace tocsin::conflicts
