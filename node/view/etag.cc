#include "node/view/etag.h"

#include <absl/status/status.h>
#include <absl/strings/escaping.h>

#include <algorithm>
#include <optional>

#include "node/base/bytes.h"
#include "node/schema/field_table.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::view {
namespace {

constexpr uint8_t kForm = 1;

// etag   := u8 1, varint d, d × dot, n × field
// field  := varint (number << 1 | 1)                     shown is the first dot, others are none
//         | varint (number << 1), list shown, list others
// list   := varint count, count × varint index of a dot

size_t IndexOf(const std::vector<Dot>& dots, const Dot& dot) {
  return static_cast<size_t>(std::find(dots.begin(), dots.end(), dot) - dots.begin());
}

void AddNew(std::vector<Dot>& dots, const std::vector<Dot>& more) {
  for (const Dot& dot : more) {
    if (IndexOf(dots, dot) == dots.size()) dots.push_back(dot);
  }
}

void WriteList(ByteWriter& out, const std::vector<Dot>& dots, const std::vector<Dot>& list) {
  out.Varint(list.size());
  for (const Dot& dot : list) out.Varint(IndexOf(dots, dot));
}

std::vector<Dot> ReadList(ByteReader& in, const std::vector<Dot>& dots) {
  std::vector<Dot> list;
  for (uint64_t n = in.Varint(); n > 0 && in.ok(); --n) {
    const uint64_t index = in.Varint();
    if (index >= dots.size()) {
      in.Fail();
      break;
    }
    list.push_back(dots[index]);
  }
  return list;
}

}  // namespace

const FieldVersion& VersionIn(const RecordVersion& version, uint32_t field) {
  static const FieldVersion& nothing = *new FieldVersion();
  auto found = version.find(field);
  return found == version.end() ? nothing : found->second;
}

RecordVersion VersionOf(uint32_t kind, const merge::MergedRecord& record) {
  RecordVersion version;
  for (const auto& [number, field] : record) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    const bool is_union = info != nullptr && info->merge == v1::UNION;
    FieldVersion& of_field = version[number];
    if (!is_union) of_field.shown = merge::ShownDots(record, number);
    for (const merge::Sibling& sibling : field.siblings) {
      if (!is_union && &sibling == &field.siblings.front()) continue;
      AddNew(of_field.others, sibling.dots);
      AddNew(of_field.others, sibling.misquoted_by);
    }
  }
  return version;
}

std::string EncodeEtag(const RecordVersion& version) {
  std::vector<Dot> dots;
  for (const auto& [number, field] : version) {
    AddNew(dots, field.shown);
    AddNew(dots, field.others);
  }
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(kForm);
  out.Varint(dots.size());
  for (const Dot& dot : dots) out.Raw(dot.view());
  for (const auto& [number, field] : version) {
    const bool plain =
        field.others.empty() && field.shown.size() == 1 && field.shown.front() == dots.front();
    out.Varint(uint64_t{number} << 1 | (plain ? 1 : 0));
    if (plain) continue;
    WriteList(out, dots, field.shown);
    WriteList(out, dots, field.others);
  }
  return absl::WebSafeBase64Escape(bytes);
}

std::string EtagOf(uint32_t kind, const merge::MergedRecord& record) {
  // One dot wrote everything: the etag of most records, made without the version.
  std::optional<Dot> only;
  bool plain = true;
  for (const auto& [number, field] : record) {
    const schema::FieldInfo* info = schema::FindField(kind, number);
    const merge::Sibling& shown = field.siblings.front();
    if (!only) only = shown.dots.front();
    plain = plain && field.siblings.size() == 1 && shown.dots.size() == 1 &&
            shown.dots.front() == *only && shown.misquoted_by.empty() &&
            (info == nullptr || info->merge != v1::UNION);
  }
  if (!plain || !only) return EncodeEtag(VersionOf(kind, record));
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(kForm);
  out.Varint(1);
  out.Raw(only->view());
  for (const auto& [number, field] : record) out.Varint(uint64_t{number} << 1 | 1);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<RecordVersion> DecodeEtag(absl::string_view etag) {
  std::string bytes;
  RecordVersion version;
  bool ok = absl::WebSafeBase64Unescape(etag, &bytes);
  ByteReader in(bytes);
  ok = ok && in.U8() == kForm;
  std::vector<Dot> dots;
  for (uint64_t n = in.Varint(); n > 0 && in.ok(); --n) dots.push_back(in.Fixed<Dot>());
  while (ok && in.ok() && !in.AtEnd()) {
    const uint64_t head = in.Varint();
    const auto number = static_cast<uint32_t>(head >> 1);
    if (number != head >> 1) in.Fail();
    FieldVersion& field = version[number];
    if ((head & 1) == 0) {
      field.shown = ReadList(in, dots);
      field.others = ReadList(in, dots);
    } else if (dots.empty()) {
      in.Fail();
    } else {
      field.shown = {dots.front()};
    }
  }
  if (!ok || !in.ok() || EncodeEtag(version) != etag) {
    return absl::InvalidArgumentError(
        "etag: these characters are no etag of ours; read the record again and send the etag that "
        "comes with it");
  }
  return version;
}

}  // namespace tocsin::view
