#include "node/view/index.h"

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>

#include "node/base/status.h"
#include "node/geo/cells.h"
#include "node/geo/polygon.h"
#include "node/identity/record_id.h"
#include "node/schema/geometry.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "node/view/raised.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::view {
namespace {

using google::protobuf::Message;
using google::protobuf::util::TimeUtil;

constexpr std::array<const char*, 3> kCoded = {"state", "type", "finding"};
constexpr std::array<const char*, 7> kTimes = {"observed_time", "onset_time", "call_time",
                                               "due_time",      "sent_time",  "as_of_time",
                                               "opened_time"};

KindIndexes MakeIndexes(v1::Kind kind) {
  const schema::FieldTable& table = schema::FieldTable::Of(kind);
  KindIndexes indexes;
  for (const char* name : kCoded) {
    if (const auto* field = table.FindByName(name); field != nullptr && field->filterable) {
      indexes.coded.push_back(field);
    }
  }
  for (const char* name : kTimes) {
    if (const auto* field = table.FindByName(name); field != nullptr && field->filterable) {
      indexes.times.push_back(field);
    }
  }
  indexes.point = table.FindByName("point");
  indexes.area = table.FindByName("area");
  indexes.status = table.FindByName("status");
  indexes.moved_to = table.FindByName("moved_to");
  indexes.moved_from = table.FindByName("moved_from");
  if (kind == v1::RELATION) {
    indexes.related = {table.FindByName("subject"), table.FindByName("object")};
  }
  indexes.has_people = std::any_of(
      table.fields().begin(), table.fields().end(),
      [](const schema::FieldInfo& field) { return field.type == schema::FieldType::kPeopleCount; });
  return indexes;
}

bool Holds(const std::vector<const schema::FieldInfo*>& fields, uint32_t number) {
  return std::any_of(fields.begin(), fields.end(),
                     [number](const schema::FieldInfo* field) { return field->number == number; });
}

uint32_t CodedValue(const v1::Record& shown, const Message& body, const schema::FieldInfo& field) {
  const int value = body.GetReflection()->GetEnumValue(body, field.descriptor);
  const bool named = field.enumeration->FindValueByNumber(value) != nullptr;
  return named && !IsMarkedInvalid(shown, field.name) ? static_cast<uint32_t>(value) : 0;
}

bool HasValid(const v1::Record& shown, const Message& body, const schema::FieldInfo* field) {
  return field != nullptr && body.GetReflection()->HasField(body, field->descriptor) &&
         !IsMarkedInvalid(shown, field->name);
}

// What leads to a record with a body.
void AddBodyKeys(const RecordRef& ref, const v1::Record& shown, const Message& body,
                 std::vector<std::string>& keys) {
  const KindIndexes& indexes = IndexesOf(ref.kind);
  const auto updated = static_cast<uint64_t>(IndexTime(UpdateMillis(shown)));
  if (indexes.coded.empty()) keys.push_back(IndexKey(CodedPrefix(ref.kind, 0, 0), updated, ref));
  for (const schema::FieldInfo* field : indexes.coded) {
    const uint32_t value = CodedValue(shown, body, *field);
    keys.push_back(IndexKey(CodedPrefix(ref.kind, field->number, value), updated, ref));
  }
  for (const schema::FieldInfo* field : indexes.times) {
    if (!HasValid(shown, body, field)) continue;
    const auto& time = static_cast<const google::protobuf::Timestamp&>(
        body.GetReflection()->GetMessage(body, field->descriptor));
    keys.push_back(IndexKey(TimePrefix(ref.kind, field->number),
                            IndexTime(TimeUtil::TimestampToMilliseconds(time)), ref));
  }
  if (auto place = PlaceOf(shown)) {
    keys.push_back(IndexKey(CellPrefix(ref.kind), geo::LeafCell(*place), ref));
  }
  if (shown.conflict_size() > 0) keys.push_back(IndexKey(ConflictPrefix(ref.kind), 0, ref));
  if (shown.edited_after_move_size() > 0) keys.push_back(IndexKey(MovedPrefix(ref.kind), 0, ref));
  for (const schema::FieldInfo* field : indexes.related) {
    if (!HasValid(shown, body, field)) continue;
    auto named = RefOf(static_cast<const v1::RecordRef&>(
        body.GetReflection()->GetMessage(body, field->descriptor)));
    if (named) keys.push_back(RelationKey(*named, ref));
  }
  if (IsClosedThenRaised(shown)) keys.push_back(IndexKey(RaisedPrefix(ref.kind), 0, ref));
}

}  // namespace

bool KindIndexes::HasCoded(uint32_t field) const { return Holds(coded, field); }
bool KindIndexes::HasTime(uint32_t field) const { return Holds(times, field); }

const KindIndexes& IndexesOf(uint32_t kind) {
  static const auto* indexes = [] {
    auto* all = new std::vector<KindIndexes>;
    // Kinds are numbered from 1 without gaps.
    for (const schema::KindInfo& info : schema::Kinds()) all->push_back(MakeIndexes(info.kind));
    return all;
  }();
  TOCSIN_CHECK(kind >= 1 && kind <= indexes->size());
  return (*indexes)[kind - 1];
}

std::vector<uint32_t> CodedValues(uint32_t kind, uint32_t field) {
  std::vector<uint32_t> values = {0};
  const schema::FieldInfo* info = schema::FindField(kind, field);
  if (info == nullptr || info->enumeration == nullptr) return values;
  for (int i = 0; i < info->enumeration->value_count(); ++i) {
    const int value = info->enumeration->value(i)->number();
    if (value > 0) values.push_back(static_cast<uint32_t>(value));
  }
  return values;
}

std::optional<RecordRef> RefOf(const v1::RecordRef& ref) {
  auto scope = Scope::Parse(ref.scope());
  auto id = RecordId::FromBytes(ref.id());
  if (!scope.ok() || !id) return std::nullopt;
  return RecordRef{static_cast<uint32_t>(ref.kind()), *std::move(scope), *id};
}

std::optional<geo::Point> PlaceOf(const v1::Record& shown) {
  const Message* body = schema::BodyOf(shown);
  if (body == nullptr) return std::nullopt;
  const KindIndexes& indexes = IndexesOf(static_cast<uint32_t>(schema::KindOf(*body)));
  if (HasValid(shown, *body, indexes.point)) {
    return schema::ToGeo(static_cast<const v1::Point&>(
        body->GetReflection()->GetMessage(*body, indexes.point->descriptor)));
  }
  if (!HasValid(shown, *body, indexes.area)) return std::nullopt;
  auto area = schema::ToGeo(static_cast<const v1::Polygon&>(
      body->GetReflection()->GetMessage(*body, indexes.area->descriptor)));
  if (!area.ok() || area->rings.empty() || area->rings.front().empty()) return std::nullopt;
  return geo::Centroid(*area);
}

int64_t UpdateMillis(const v1::Record& shown) {
  return TimeUtil::TimestampToMilliseconds(shown.update_time());
}

bool IsMarkedInvalid(const v1::Record& shown, const std::string& field) {
  return std::any_of(shown.mark().begin(), shown.mark().end(), [&field](const v1::FieldMark& mark) {
    return mark.mark() == v1::MARK_INVALID && mark.field() == field;
  });
}

std::vector<std::string> IndexKeys(const HeldRecord& held, const v1::Record* shown) {
  std::vector<std::string> keys;
  const RecordRef& ref = held.ref();
  for (const HeldRecord::Item& item : held.items()) {
    for (const log::Text& text : item.change.change.texts) {
      if (text.origin == 0 || text.origin > item.change.change.restated.size()) continue;
      keys.push_back(CopyKey(ref, item.change.change.restated[text.origin - 1].dot));
    }
  }
  if (shown != nullptr) {
    keys.push_back(
        CodeKey(ref, held.code_bits() ? *held.code_bits() : identity::CodeBitsOf(ref.id)));
    if (const Message* body = schema::BodyOf(*shown)) AddBodyKeys(ref, *shown, *body, keys);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

void UpdateIndexes(const std::vector<std::string>& before, const std::vector<std::string>& after,
                   store::Batch& batch) {
  for (const std::string& key : before) {
    if (!std::binary_search(after.begin(), after.end(), key)) batch.Delete(key);
  }
  for (const std::string& key : after) {
    if (!std::binary_search(before.begin(), before.end(), key)) batch.Put(key, "");
  }
}

}  // namespace tocsin::view
