#include "tools/src/sim/merge_model.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"

namespace tocsin::sim {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One write of one field, by whoever tells it.
struct Write {
  Dot dot;
  log::Stamp stamp;
  bool clear = false;
  std::vector<Dot> overwrites;
  std::string value;
  const Fact* carrier = nullptr;
  bool restated = false;
  std::vector<const log::Text*> texts;
};

std::vector<const log::Text*> TextsOf(const Fact& fact, uint32_t origin, uint32_t field) {
  std::vector<const log::Text*> texts;
  for (const log::Text& text : fact.change.texts) {
    if (text.origin == origin && text.field == field) texts.push_back(&text);
  }
  return texts;
}

// Every write of every field: originals, and copies of what is not here.
std::map<uint32_t, std::vector<Write>> WritesOf(uint32_t kind,
                                                const std::vector<const Fact*>& held) {
  std::map<uint32_t, std::vector<Write>> writes;
  std::set<Dot> here;
  for (const Fact* fact : held) here.insert(fact->dot);
  for (const Fact* fact : held) {
    schema::Fragments values = schema::SplitFields(kind, fact->change.values);
    for (const log::FieldOp& op : fact->change.ops) {
      writes[op.field].push_back({fact->dot, fact->change.stamp, op.clear, op.overwrites,
                                  values[op.field], fact, false, TextsOf(*fact, 0, op.field)});
    }
  }
  for (const Fact* fact : held) {
    uint32_t origin = 0;
    for (const log::Restated& copy : fact->change.restated) {
      ++origin;
      if (here.contains(copy.dot)) continue;
      std::vector<Write>& field = writes[copy.field];
      const bool known = std::any_of(field.begin(), field.end(),
                                     [&](const Write& w) { return w.dot == copy.dot; });
      if (known) continue;
      field.push_back({copy.dot, copy.stamp, copy.clear, copy.overwrites, copy.value, fact, true,
                       TextsOf(*fact, origin, copy.field)});
    }
  }
  return writes;
}

// How severe, or how far along: an enum's number, a count. Nothing said is least.
int64_t HeightOf(uint32_t kind, uint32_t field, const std::string& fragment) {
  auto body = schema::ParseValues(kind, fragment);
  if (!body.ok()) return -1;
  const FieldDescriptor* descriptor =
      (*body)->GetDescriptor()->FindFieldByNumber(static_cast<int>(field));
  const google::protobuf::Reflection& reflection = *(*body)->GetReflection();
  if (descriptor == nullptr || descriptor->is_repeated() ||
      !reflection.HasField(**body, descriptor)) {
    return -1;
  }
  switch (descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnumValue(**body, descriptor);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(**body, descriptor);
    default:
      return 0;
  }
}

ModelSibling SiblingOf(const schema::FieldInfo& info, const Write& write, TextAt text_at) {
  ModelSibling sibling{.dots = {write.dot},
                       .stamp = write.stamp,
                       .clear = write.clear,
                       .heard = write.stamp.rank == log::Rank::kHeardSynced ||
                                write.stamp.rank == log::Rank::kHeardFree,
                       .restated = write.restated,
                       .fragment = {},
                       .erased = false,
                       .lacks_text = false};
  if (!info.is_text()) {
    sibling.fragment = write.clear ? "" : write.value;
    return sibling;
  }
  std::vector<std::string> texts;
  for (const log::Text* text : write.texts) {
    switch (text_at(*write.carrier, *text)) {
      case TextState::kHere:
        texts.push_back(text->bytes.value_or(""));
        continue;
      case TextState::kErased:
        sibling.erased = true;
        break;
      case TextState::kMissing:
        sibling.lacks_text = true;
        break;
    }
    if (info.repeated && info.merge != v1::UNION) texts.emplace_back();
  }
  sibling.fragment = schema::TextFragment(info.number, texts);
  return sibling;
}

bool Plain(const ModelSibling& sibling) { return !sibling.erased && !sibling.lacks_text; }

// What the policy shows first.
bool Before(uint32_t kind, const schema::FieldInfo& info, const ModelSibling& a,
            const ModelSibling& b) {
  if (info.merge == v1::HIGHEST || info.merge == v1::FURTHEST) {
    const int64_t of_a = a.clear ? -2 : HeightOf(kind, info.number, a.fragment);
    const int64_t of_b = b.clear ? -2 : HeightOf(kind, info.number, b.fragment);
    if (of_a != of_b) return of_a > of_b;
  }
  if (a.stamp.rank != b.stamp.rank) return a.stamp.rank < b.stamp.rank;
  if (a.stamp.time != b.stamp.time) {
    const bool earliest = info.merge == v1::FIRST || info.merge == v1::UNION;
    return earliest == (a.stamp.time < b.stamp.time);
  }
  return a.dots.front() < b.dots.front();
}

ModelField Settle(uint32_t kind, const schema::FieldInfo& info, const std::vector<Write>& writes,
                  const std::set<Dot>& here, TextAt text_at) {
  std::set<Dot> overwritten;
  std::set<Dot> known = here;
  for (const Write& write : writes) {
    overwritten.insert(write.overwrites.begin(), write.overwrites.end());
    known.insert(write.dot);
  }
  ModelField field;
  field.is_union = info.merge == v1::UNION;
  field.incomplete =
      !std::includes(known.begin(), known.end(), overwritten.begin(), overwritten.end());
  for (const Write& write : writes) {
    if (overwritten.contains(write.dot) || (field.is_union && write.clear)) continue;
    ModelSibling fresh = SiblingOf(info, write, text_at);
    auto same =
        std::find_if(field.siblings.begin(), field.siblings.end(), [&](const ModelSibling& other) {
          return !field.is_union && other.clear == fresh.clear &&
                 other.fragment == fresh.fragment && Plain(other) && Plain(fresh);
        });
    if (same == field.siblings.end()) {
      field.siblings.push_back(std::move(fresh));
      continue;
    }
    if (Before(kind, info, fresh, *same)) std::swap(fresh, *same);
    same->dots.insert(same->dots.end(), fresh.dots.begin(), fresh.dots.end());
  }
  std::sort(field.siblings.begin(), field.siblings.end(),
            [&](const ModelSibling& a, const ModelSibling& b) { return Before(kind, info, a, b); });
  field.conflict = field.siblings.size() > 1 && !field.is_union && info.merge != v1::FIRST;
  return field;
}

std::string Differ(absl::string_view what, const std::set<std::string>& model,
                   const std::set<std::string>& shown) {
  if (model == shown) return {};
  return absl::StrCat(what, " {", absl::StrJoin(shown, ", "), "} where {",
                      absl::StrJoin(model, ", "), "} are right");
}

struct Marks {
  std::set<std::string> incomplete, erased, restated, heard;
};

Marks MarksOf(const v1::Record& shown) {
  Marks marks;
  for (const v1::FieldMark& mark : shown.mark()) {
    if (mark.mark() == v1::MARK_INCOMPLETE) marks.incomplete.insert(mark.field());
    if (mark.mark() == v1::MARK_ERASED) marks.erased.insert(mark.field());
    if (mark.mark() == v1::MARK_RESTATED) marks.restated.insert(mark.field());
    if (mark.mark() == v1::MARK_HEARD) marks.heard.insert(mark.field());
  }
  return marks;
}

std::string BodyDifference(uint32_t kind, const schema::Fragments& fragments,
                           const v1::Record& shown) {
  auto expected = schema::ParseValues(kind, schema::JoinFields(fragments));
  if (!expected.ok()) return "the model's own values cannot be read";
  const Message* body = schema::BodyOf(shown);
  if (body == nullptr) return "it shows no body";
  const schema::Fragments right = schema::FieldsOf(**expected);
  const schema::Fragments wrong = schema::FieldsOf(*body);
  for (const schema::FieldInfo& info :
       schema::FieldTable::Of(static_cast<v1::Kind>(kind)).fields()) {
    auto a = right.find(info.number);
    auto b = wrong.find(info.number);
    const bool same = a == right.end() || b == wrong.end()
                          ? (a == right.end()) == (b == wrong.end())
                          : a->second == b->second;
    if (same) continue;
    auto json = [&](const schema::Fragments& of, auto at) {
      return at == of.end() ? std::string("nothing")
                            : schema::ToJson(kind, info.number, at->second);
    };
    return absl::StrCat("it shows ", json(wrong, b), " in ", info.name, " where ", json(right, a),
                        " is right");
  }
  return {};
}

}  // namespace

ModelRecord MergeSlowly(uint32_t kind, const std::vector<const Fact*>& held, TextAt text_at) {
  std::set<Dot> here;
  for (const Fact* fact : held) here.insert(fact->dot);
  ModelRecord record;
  for (const auto& [number, writes] : WritesOf(kind, held)) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    if (info == nullptr) continue;
    ModelField field = Settle(kind, *info, writes, here, text_at);
    if (!field.siblings.empty()) record.emplace(number, std::move(field));
  }
  return record;
}

std::string Difference(uint32_t kind, const ModelRecord& model, const v1::Record& shown) {
  schema::Fragments fragments;
  std::set<std::string> conflicts, shown_conflicts;
  Marks right;
  for (const auto& [number, field] : model) {
    const schema::FieldInfo& info = *schema::FindField(kind, number);
    if (field.incomplete) right.incomplete.insert(info.name);
    if (field.conflict) conflicts.insert(absl::StrCat(info.name, " x", field.siblings.size()));
    for (const ModelSibling& sibling : field.siblings) {
      if (!field.is_union && &sibling != &field.siblings.front()) break;
      fragments[number] += sibling.fragment;
      if (sibling.restated) right.restated.insert(info.name);
      if (sibling.heard) right.heard.insert(info.name);
    }
    // Every sibling of a conflict is put before people.
    for (const ModelSibling& sibling : field.siblings) {
      const bool is_shown = field.is_union || &sibling == &field.siblings.front();
      if (!is_shown && !field.conflict) continue;
      if (sibling.erased) right.erased.insert(info.name);
      if (sibling.lacks_text) right.incomplete.insert(info.name);
    }
    if (fragments[number].empty()) fragments.erase(number);
  }
  for (const v1::Conflict& conflict : shown.conflict()) {
    shown_conflicts.insert(absl::StrCat(conflict.field(), " x", conflict.value_size()));
  }
  if (std::string body = BodyDifference(kind, fragments, shown); !body.empty()) return body;
  const Marks marks = MarksOf(shown);
  for (std::string difference : {Differ("conflicts", conflicts, shown_conflicts),
                                 Differ("incomplete fields", right.incomplete, marks.incomplete),
                                 Differ("erased fields", right.erased, marks.erased),
                                 Differ("restated fields", right.restated, marks.restated),
                                 Differ("heard fields", right.heard, marks.heard)}) {
    if (!difference.empty()) return difference;
  }
  return {};
}

std::string Lowered(uint32_t kind, const std::vector<const Fact*>& held, const v1::Record& shown) {
  const Message* body = schema::BodyOf(shown);
  if (body == nullptr) return {};
  const schema::Fragments fields = schema::FieldsOf(*body);
  for (const auto& [number, writes] : WritesOf(kind, held)) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    if (info == nullptr || info->merge != v1::HIGHEST) continue;
    auto field = fields.find(number);
    const int64_t height = field == fields.end() ? -1 : HeightOf(kind, number, field->second);
    for (const Write& write : writes) {
      const bool overwritten = std::any_of(writes.begin(), writes.end(), [&](const Write& other) {
        return std::find(other.overwrites.begin(), other.overwrites.end(), write.dot) !=
               other.overwrites.end();
      });
      if (overwritten || write.clear || HeightOf(kind, number, write.value) <= height) continue;
      return absl::StrCat("it shows ", info->name, " lower than a value that nobody overwrote");
    }
  }
  return {};
}

}  // namespace tocsin::sim
