#include "node/intake/texts.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>

#include "node/guard/guard.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

// Before the bytes of each part of an original: its position.
constexpr size_t kPartHeader = 2;

std::optional<guard::Sort> RefusedSort(absl::string_view text) {
  const std::vector<guard::Finding> findings = guard::Examine(text);
  if (findings.empty()) return std::nullopt;
  return findings.front().sort;
}

v1::Withheld Named(std::string path, guard::Sort sort) {
  v1::Withheld withheld;
  withheld.set_field(std::move(path));
  withheld.set_sort(std::string(guard::SortName(sort)));
  return withheld;
}

std::vector<std::string> ElementsOf(const Message& body, const schema::FieldInfo& field) {
  const Reflection& reflection = *body.GetReflection();
  if (!field.repeated) return {reflection.GetString(body, field.descriptor)};
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(body, field.descriptor); ++i) {
    elements.push_back(reflection.GetRepeatedString(body, field.descriptor, i));
  }
  return elements;
}

void SetElements(Message& body, const schema::FieldInfo& field,
                 const std::vector<std::string>& elements) {
  const Reflection& reflection = *body.GetReflection();
  reflection.ClearField(&body, field.descriptor);
  for (const std::string& element : elements) {
    reflection.AddString(&body, field.descriptor, element);
  }
}

// The message that the parts make, in the order of their positions.
std::string Joined(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string whole;
  for (const std::string& part : parts) {
    if (part.size() > kPartHeader) whole += part.substr(kPartHeader);
  }
  return whole;
}

void WithholdOriginal(Message& body, const schema::FieldInfo& field,
                      const std::vector<std::string>& held_parts, const std::string& path,
                      std::vector<v1::Withheld>& withheld) {
  std::vector<std::string> parts = ElementsOf(body, field);
  parts.insert(parts.end(), held_parts.begin(), held_parts.end());
  std::optional<guard::Sort> sort = RefusedSort(Joined(std::move(parts)));
  if (!sort) return;
  withheld.push_back(Named(path, *sort));
  body.GetReflection()->ClearField(&body, field.descriptor);
}

void WithholdElements(Message& body, const schema::FieldInfo& field, const std::string& path,
                      std::vector<v1::Withheld>& withheld) {
  std::vector<std::string> kept;
  bool refused = false;
  const std::vector<std::string> elements = ElementsOf(body, field);
  for (size_t i = 0; i < elements.size(); ++i) {
    std::optional<guard::Sort> sort = RefusedSort(elements[i]);
    if (!sort) {
      kept.push_back(elements[i]);
      continue;
    }
    refused = true;
    withheld.push_back(Named(field.repeated ? absl::StrCat(path, "[", i, "]") : path, *sort));
    if (field.repeated && field.merge != v1::UNION) kept.emplace_back();
  }
  if (!refused) return;
  if (!field.repeated) {
    body.GetReflection()->ClearField(&body, field.descriptor);
    return;
  }
  // A field of nothing but empty texts says nothing.
  bool empty = std::all_of(kept.begin(), kept.end(),
                           [](const std::string& element) { return element.empty(); });
  SetElements(body, field, empty ? std::vector<std::string>() : kept);
}

}  // namespace

std::vector<v1::Withheld> WithholdTexts(Message& body, const std::vector<std::string>& held_parts) {
  const v1::Kind kind = schema::KindOf(body);
  const schema::FieldTable& table = schema::FieldTable::Of(kind);
  std::vector<v1::Withheld> withheld;
  for (const schema::FieldInfo& field : table.fields()) {
    const Reflection& reflection = *body.GetReflection();
    const bool set = field.repeated ? reflection.FieldSize(body, field.descriptor) > 0
                                    : reflection.HasField(body, field.descriptor);
    if (!field.is_text() || !set) continue;
    const std::string path = schema::PathOf(kind, field);
    if (field.text == v1::ORIGINAL) {
      WithholdOriginal(body, field, held_parts, path, withheld);
    } else {
      WithholdElements(body, field, path, withheld);
    }
  }
  return withheld;
}

}  // namespace tocsin::intake
