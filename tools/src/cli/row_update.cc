#include "tools/src/cli/row_update.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"

namespace tocsin::cli {
namespace {

using google::protobuf::Message;
using schema::FieldInfo;

// Of a list's elements in one change, beside other fields.
constexpr size_t kElementBytesMax = 8 << 10;

std::string FragmentOf(const Message& body, const FieldInfo& field) {
  schema::Fragments fragments = schema::FieldsOf(body);
  return std::move(fragments[field.number]);
}

std::vector<std::string> ElementsOf(const Message& body, const FieldInfo& field) {
  const auto kind = static_cast<uint32_t>(schema::KindOf(body));
  return schema::SplitElements(kind, field.number, FragmentOf(body, field));
}

std::vector<std::string> Lacking(const Message& wanted, const Message& held,
                                 const FieldInfo& field) {
  const auto kind = static_cast<uint32_t>(schema::KindOf(wanted));
  const std::vector<std::string> known = ElementsOf(held, field);
  std::vector<std::string> lacking;
  for (std::string& element : ElementsOf(wanted, field)) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const std::string& other) {
      return schema::FieldValuesEqual(kind, field.number, element, other);
    });
    if (!is_known) lacking.push_back(std::move(element));
  }
  return lacking;
}

void SetElements(const std::vector<std::string>& elements, const FieldInfo& field, Message& body) {
  body.GetReflection()->ClearField(&body, field.descriptor);
  // Parts of a body parse.
  for (const std::string& element : elements) TOCSIN_CHECK(body.MergeFromString(element));
}

// How many of them one change takes.
size_t RoomFor(const std::vector<std::string>& elements, const FieldInfo& field) {
  size_t bytes = 0;
  size_t count = 0;
  for (const std::string& element : elements) {
    bytes += element.size();
    const bool full = count >= field.max_count || (count > 0 && bytes > kElementBytesMax);
    // Parts of an original are changes of their own.
    if (full && field.text != v1::ORIGINAL) break;
    ++count;
  }
  return count;
}

}  // namespace

std::vector<std::string> DifferingFields(const v1::Record& wanted, const v1::Record& held) {
  const Message* body = schema::BodyOf(wanted);
  const Message* other = schema::BodyOf(held);
  std::vector<std::string> differing;
  if (body == nullptr || other == nullptr) return differing;
  const auto kind = static_cast<uint32_t>(schema::KindOf(*body));
  const schema::Fragments theirs = schema::FieldsOf(*other);
  for (const auto& [number, fragment] : schema::FieldsOf(*body)) {
    const FieldInfo& field = *schema::FindField(kind, number);
    const auto found = theirs.find(number);
    const bool same = field.merge == v1::UNION
                          ? Lacking(*body, *other, field).empty()
                          : found != theirs.end() &&
                                schema::FieldValuesEqual(kind, number, fragment, found->second);
    if (!same) differing.push_back(field.name);
  }
  return differing;
}

SplitFields SplitByUpdates(const std::vector<std::string>& fields) {
  const bool was_moved = std::find(fields.begin(), fields.end(), "moved_to") != fields.end();
  SplitFields split;
  for (const std::string& field : fields) {
    const bool is_closed = field == "resolution" || field == "moved_to" || field == "moved_from" ||
                           // Withdrawn by hand it could not be moved any more.
                           (was_moved && (field == "state" || field == "withdraw_reason"));
    (is_closed ? split.closed : split.open).push_back(field);
  }
  return split;
}

RowUpdate::RowUpdate(v1::Record wanted, const v1::Record& held, std::vector<std::string> fields)
    : left_(std::move(wanted)), fields_(std::move(fields)) {
  const v1::Kind kind = schema::KindOf(*schema::BodyOf(left_));
  const Message* other = schema::BodyOf(held);
  Message& body = *schema::MutableBody(left_, kind);
  // Of them the name says all.
  left_.clear_scope();
  left_.clear_kind();
  left_.clear_code();
  std::vector<std::string> to_write;
  for (std::string& name : fields_) {
    const FieldInfo* field = schema::FieldTable::Of(kind).FindByName(name);
    if (field != nullptr && field->merge == v1::UNION && other != nullptr) {
      const std::vector<std::string> lacking = Lacking(body, *other, *field);
      // A mask that names a field without a value clears it.
      if (lacking.empty()) continue;
      SetElements(lacking, *field, body);
    }
    to_write.push_back(std::move(name));
  }
  fields_ = std::move(to_write);
}

v1::UpdateRecordRequest RowUpdate::Take(const std::string& name) {
  v1::UpdateRecordRequest request;
  *request.mutable_record() = left_;
  request.mutable_record()->set_name(name);
  const v1::Kind kind = schema::KindOf(*schema::BodyOf(left_));
  Message& now = *schema::MutableBody(*request.mutable_record(), kind);
  Message& later = *schema::MutableBody(left_, kind);
  std::vector<std::string> left;
  for (const std::string& path : fields_) {
    request.mutable_update_mask()->add_paths(path);
    const FieldInfo* field = schema::FieldTable::Of(kind).FindByName(path);
    if (field == nullptr || field->merge != v1::UNION) continue;
    const std::vector<std::string> elements = ElementsOf(later, *field);
    const auto room = elements.begin() + static_cast<ptrdiff_t>(RoomFor(elements, *field));
    SetElements({elements.begin(), room}, *field, now);
    SetElements({room, elements.end()}, *field, later);
    if (room != elements.end()) left.push_back(path);
  }
  fields_ = std::move(left);
  return request;
}

}  // namespace tocsin::cli
