#include <absl/strings/str_cat.h>

#include <algorithm>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/log/change.h"
#include "node/log/change_view.h"
#include "node/log/placed.h"

namespace tocsin::log {
namespace {

void WriteStamp(const Stamp& stamp, ByteWriter& out) {
  out.U8(static_cast<uint8_t>(stamp.rank));
  out.U64(stamp.time);
}

uint64_t DotsHead(const std::vector<Dot>& dots, bool clear) {
  return static_cast<uint64_t>(dots.size()) << 1 | (clear ? 1 : 0);
}

void WriteDots(const std::vector<Dot>& dots, ByteWriter& out) {
  TOCSIN_CHECK(std::is_sorted(dots.begin(), dots.end()));
  for (const Dot& dot : dots) out.Raw(dot.view());
}

std::string EncodeEnvelope(const Change& change) {
  std::string envelope;
  ByteWriter out(envelope);
  out.U8(1);
  out.Varint(change.key.kind);
  if (change.key.code_bits.has_value()) {
    out.U8(static_cast<uint8_t>(KeyForm::kCode));
    out.U8(static_cast<uint8_t>(*change.key.code_bits >> 32));
    out.U32(static_cast<uint32_t>(*change.key.code_bits));
  } else {
    out.U8(static_cast<uint8_t>(KeyForm::kId));
    out.Raw(change.key.id.view());
  }
  out.U8(static_cast<uint8_t>(change.cap_status));
  WriteStamp(change.stamp, out);
  out.Varint(change.ops.size());
  for (const FieldOp& op : change.ops) {
    out.Varint(op.field);
    out.Varint(DotsHead(op.overwrites, op.clear));
    WriteDots(op.overwrites, out);
  }
  out.Varint(change.restated.size());
  for (const Restated& field : change.restated) {
    out.Varint(field.field);
    out.Varint(DotsHead(field.overwrites, field.clear));
    out.Raw(field.dot.view());
    WriteStamp(field.stamp, out);
    WriteDots(field.overwrites, out);
  }
  return envelope;
}

std::vector<Dot> ToVector(const DotList& dots) {
  std::vector<Dot> out;
  out.reserve(dots.size());
  for (size_t i = 0; i < dots.size(); ++i) out.push_back(dots[i]);
  return out;
}

}  // namespace

void EncodeChange(const Change& change, ByteWriter& out) {
  out.LengthPrefixed(EncodeEnvelope(change));

  std::string values;
  ByteWriter values_out(values);
  values_out.LengthPrefixed(change.values);
  for (const Restated& field : change.restated) values_out.LengthPrefixed(field.value);
  out.LengthPrefixed(values);

  out.Varint(change.texts.size());
  for (const Text& text : change.texts) {
    out.Varint(text.origin);
    out.Varint(text.field);
    out.Varint(text.element);
    if (text.bytes.has_value()) {
      out.U8(static_cast<uint8_t>(Presence::kHere));
      out.Raw(text.salt.view());
      out.LengthPrefixed(*text.bytes);
    } else {
      out.U8(static_cast<uint8_t>(Presence::kHashOnly));
      out.Raw(text.hash.view());
    }
  }
}

Change ToChange(const Scope& scope, const ChangeView& view) {
  Change change;
  change.key.kind = view.kind();
  if (view.key_form() == KeyForm::kCode) {
    change.key.code_bits = view.code_bits();
    change.key.id = identity::RecordIdFromCode(scope, view.kind(), view.code_bits());
  } else {
    change.key.id = view.id();
  }
  change.cap_status = view.cap_status();
  change.stamp = view.stamp();
  change.ops.reserve(view.ops().size());
  for (const OpView& op : view.ops()) {
    change.ops.push_back({op.field, op.clear, ToVector(op.overwrites)});
  }
  for (const RestatedView& field : view.restated()) {
    change.restated.push_back({field.field, field.clear, field.dot, field.stamp,
                               ToVector(field.overwrites), std::string(field.value)});
  }
  change.values = std::string(view.own_values());
  for (const TextView& text : view.texts()) {
    Text& copy = change.texts.emplace_back();
    copy.origin = text.origin;
    copy.field = text.field;
    copy.element = text.element;
    copy.hash = text.hash;
    if (text.here) {
      copy.bytes = std::string(text.bytes);
      copy.salt = *Salt::FromBytes(text.salt);
    }
  }
  return change;
}

absl::StatusOr<Change> DecodeChange(const Scope& scope, ByteReader& in) {
  // The view needs the bytes themselves: what is left is one piece, of which it takes the front.
  absl::string_view rest = in.Peek();
  size_t before = rest.size();
  ChangeView view;
  absl::Status parsed = view.Parse(rest);
  if (!parsed.ok()) {
    in.Fail();
    return parsed;
  }
  in.Raw(before - rest.size());
  return ToChange(scope, view);
}

absl::StatusOr<Step> NextStep(const Step& before, absl::string_view encoded) {
  ChangeView view;
  TOCSIN_RETURN_IF_ERROR(view.Parse(encoded));
  if (!encoded.empty()) return absl::InvalidArgumentError("bytes follow a change in lane form");
  return view.StepAfter(before);
}

}  // namespace tocsin::log
