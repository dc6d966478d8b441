#include "node/intake/carry.h"

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/intake/texts.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/validate.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using schema::FieldInfo;

// Of elements in one change, beside its other fields.
constexpr size_t kElementBytesMax = 8 << 10;

int CountOf(const Message& body, const FieldInfo& field) {
  return body.GetReflection()->FieldSize(body, field.descriptor);
}

// A list that posts add to; parts of an original stay together.
bool IsSpread(const FieldInfo& field) {
  return field.merge == v1::UNION && field.text != v1::ORIGINAL;
}

}  // namespace

void Carrier::Add(const FieldInfo& field, const merge::Sibling& sibling, size_t nth) {
  if (sibling.clear) {
    At(nth, sibling.heard()).layer.clear.push_back(field.number);
    return;
  }
  const auto kind = static_cast<uint32_t>(kind_);
  std::vector<std::string> fragments;
  if (field.is_text()) {
    for (const merge::TextValue& text : sibling.texts) {
      if (text.bytes) {
        fragments.push_back(schema::TextFragment(field.number, {*text.bytes}));
      } else {
        LeaveBehind(schema::PathOf(kind_, field));
      }
    }
  } else if (field.merge == v1::UNION) {
    fragments = schema::SplitElements(kind, field.number, sibling.value);
  } else {
    fragments = {sibling.value};
  }
  for (const std::string& fragment : fragments) {
    if (!field.is_text() && !schema::FragmentIsValid(kind, field.number, fragment)) {
      LeaveBehind(schema::PathOf(kind_, field));
    } else if (field.merge == v1::UNION) {
      AddElement(field, fragment, sibling.heard());
    } else {
      Put(At(nth, sibling.heard()), field, fragment);
    }
  }
}

// Into the first layer that has room for it.
void Carrier::AddElement(const FieldInfo& field, const std::string& fragment, bool heard) {
  for (size_t nth = 0;; ++nth) {
    Filled& filled = At(nth, heard);
    const bool full = filled.bytes > 0 && filled.bytes + fragment.size() > kElementBytesMax;
    if (full || CountOf(*filled.layer.body, field) >= static_cast<int>(field.max_count)) continue;
    filled.bytes += fragment.size();
    return Put(filled, field, fragment);
  }
}

Carrier::Filled& Carrier::At(size_t nth, bool heard) {
  for (Filled& filled : filled_) {
    if (filled.nth == nth && filled.layer.heard == heard) return filled;
  }
  filled_.push_back({{schema::NewBody(kind_), {}, heard}, nth, 0});
  return filled_.back();
}

void Carrier::Put(Filled& filled, const FieldInfo& field, const std::string& fragment) {
  auto part = schema::ParseValues(static_cast<uint32_t>(kind_), fragment);
  if (part.ok()) {
    filled.layer.body->MergeFrom(**part);
  } else {
    LeaveBehind(schema::PathOf(kind_, field));
  }
}

bool FitsOneChange(const Message& body) {
  const bool is_small = body.ByteSizeLong() <= kElementBytesMax;
  const auto& fields = schema::FieldTable::Of(schema::KindOf(body)).fields();
  return std::all_of(fields.begin(), fields.end(), [&](const FieldInfo& field) {
    if (!IsSpread(field)) return true;
    const int count = CountOf(body, field);
    return count <= static_cast<int>(field.max_count) && (is_small || count <= 1);
  });
}

std::vector<std::unique_ptr<Message>> SpreadElements(Message& body) {
  const v1::Kind kind = schema::KindOf(body);
  std::vector<std::unique_ptr<Message>> spread;
  const schema::Fragments fragments = schema::FieldsOf(body);
  for (const FieldInfo& field : schema::FieldTable::Of(kind).fields()) {
    if (!IsSpread(field)) continue;
    const auto found = fragments.find(field.number);
    if (found == fragments.end()) continue;
    Message* into = &body;
    size_t bytes = 0;
    body.GetReflection()->ClearField(&body, field.descriptor);
    for (const std::string& element :
         schema::SplitElements(static_cast<uint32_t>(kind), field.number, found->second)) {
      const int count = CountOf(*into, field);
      const bool full = count >= static_cast<int>(field.max_count) ||
                        (count > 0 && bytes + element.size() > kElementBytesMax);
      if (full) {
        into = spread.emplace_back(schema::NewBody(kind)).get();
        bytes = 0;
      }
      bytes += element.size();
      // A body's own fragment parses.
      TOCSIN_CHECK(into->MergeFromString(element));
    }
  }
  return spread;
}

std::vector<Layer> Carrier::Finish(std::vector<v1::Withheld>& withheld) {
  std::stable_sort(filled_.begin(), filled_.end(), [](const Filled& a, const Filled& b) {
    return std::pair(a.nth, a.layer.heard) < std::pair(b.nth, b.layer.heard);
  });
  std::vector<Layer> layers;
  for (Filled& filled : filled_) {
    schema::ApplyMinimumCells(*filled.layer.body, min_cell_);
    for (v1::Withheld& one : WithholdTexts(*filled.layer.body, {})) {
      withheld.push_back(std::move(one));
    }
    layers.push_back(std::move(filled.layer));
  }
  return layers;
}

}  // namespace tocsin::intake
