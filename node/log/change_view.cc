#include "node/log/change_view.h"

#include <absl/strings/str_cat.h>

#include <limits>

#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/log/change.h"

namespace tocsin::log {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a change in lane form that ", what));
}

// A field number of protobuf's range.
constexpr uint64_t kMaxField = (1u << 29) - 1;
constexpr uint64_t kMaxElement = 0xffff;
// Room for what a step hashes beside envelope and values, and for one text's part: at least.
constexpr size_t kStepBytesBesides = 14 + Step::kSize + Digest::kSize + 3 + 2 * 3;
constexpr size_t kTextStepBytes = 3 * 3 + Digest::kSize;

bool ReadRank(ByteReader& in, Stamp& stamp) {
  uint8_t rank = in.U8();
  stamp.time = in.U64();
  if (!in.ok() || rank < 1 || rank > 4) return false;
  stamp.rank = static_cast<Rank>(rank);
  return true;
}

// "varint (d << 1 | clear)", and later the d dots, in strictly rising order.
bool ReadDots(ByteReader& in, uint64_t count, DotList& dots) {
  if (count == 0) return in.ok();
  if (count > kMaxChangeBytes / Dot::kSize) return false;
  absl::string_view bytes = in.Raw(static_cast<size_t>(count) * Dot::kSize);
  if (!in.ok()) return false;
  for (size_t at = Dot::kSize; at < bytes.size(); at += Dot::kSize) {
    if (bytes.substr(at - Dot::kSize, Dot::kSize) >= bytes.substr(at, Dot::kSize)) return false;
  }
  dots = DotList(bytes);
  return true;
}

bool ReadField(ByteReader& in, uint32_t& field) {
  uint64_t number = in.Varint();
  if (!in.ok() || number == 0 || number > kMaxField) return false;
  field = static_cast<uint32_t>(number);
  return true;
}

void HashText(identity::Hasher& hasher, absl::string_view salt, absl::string_view bytes,
              Digest& out) {
  std::string length;
  ByteWriter(length).Varint(bytes.size());
  out = hasher.Update(absl::string_view("tocsin/text/1\0", 14))
            .Update(salt)
            .Update(length)
            .Update(bytes)
            .Finish();
}

}  // namespace

Digest TextHash(const Salt& salt, absl::string_view bytes) {
  identity::Hasher hasher;
  Digest digest;
  HashText(hasher, salt.view(), bytes, digest);
  return digest;
}

absl::Status ChangeView::Parse(absl::string_view& rest) {
  ByteReader in(rest);
  envelope_ = in.LengthPrefixed();
  values_ = in.LengthPrefixed();
  if (!in.ok()) return Bad("ends before its values do");
  TOCSIN_RETURN_IF_ERROR(ParseEnvelope());
  TOCSIN_RETURN_IF_ERROR(ParseValues());
  TOCSIN_RETURN_IF_ERROR(ParseTexts(in));
  bytes_ = rest.substr(0, rest.size() - in.remaining());
  // Erasing a text of fewer than 16 bytes makes the form longer, by 15 bytes at most.
  if (bytes_.size() > kMaxChangeBytes + kErasedGrowthMax * texts_.size()) {
    return Bad(absl::StrCat("has ", bytes_.size(), " bytes; at most ", kMaxChangeBytes, " may be"));
  }
  rest.remove_prefix(bytes_.size());
  return absl::OkStatus();
}

absl::Status ChangeView::ParseEnvelope() {
  ByteReader in(envelope_);
  if (in.U8() != 1) return Bad("has an envelope of an unknown form");
  uint64_t kind = in.Varint();
  if (!in.ok() || kind == 0 || kind > std::numeric_limits<uint32_t>::max()) {
    return Bad("has no kind");
  }
  kind_ = static_cast<uint32_t>(kind);
  uint8_t form = in.U8();
  if (form == static_cast<uint8_t>(KeyForm::kCode)) {
    code_bits_ = static_cast<uint64_t>(in.U8()) << 32;
    code_bits_ |= in.U32();
    id_ = RecordId();
    if (code_bits_ >> 35 != 0) return Bad("has a code of more than 35 bits");
  } else if (form == static_cast<uint8_t>(KeyForm::kId)) {
    id_ = in.Fixed<RecordId>();
    code_bits_ = 0;
  } else {
    return Bad("has a key of an unknown form");
  }
  key_form_ = static_cast<KeyForm>(form);
  cap_status_ = in.U8();
  if (!ReadRank(in, stamp_)) return Bad("has no stamp");

  uint64_t ops = in.Varint();
  if (!in.ok() || ops > in.remaining()) return Bad("has more ops than bytes");
  ops_.clear();
  uint32_t last_field = 0;
  for (uint64_t i = 0; i < ops; ++i) {
    OpView& op = ops_.emplace_back();
    bool ok = ReadField(in, op.field);
    uint64_t head = in.Varint();
    op.clear = (head & 1) != 0;
    if (!ok || !in.ok() || !ReadDots(in, head >> 1, op.overwrites)) return Bad("has a broken op");
    if (op.field <= last_field) return Bad("has ops that do not rise by field");
    last_field = op.field;
  }

  uint64_t restated = in.Varint();
  if (!in.ok() || restated > in.remaining()) return Bad("restates more fields than it has bytes");
  restated_.clear();
  for (uint64_t i = 0; i < restated; ++i) {
    RestatedView& field = restated_.emplace_back();
    bool ok = ReadField(in, field.field);
    uint64_t head = in.Varint();
    field.clear = (head & 1) != 0;
    field.dot = in.Fixed<Dot>();
    ok = ok && ReadRank(in, field.stamp) && ReadDots(in, head >> 1, field.overwrites);
    if (!ok || !in.ok()) return Bad("has a broken restated field");
    if (i > 0) {
      const RestatedView& before = restated_[restated_.size() - 2];
      if (std::pair(before.field, before.dot) >= std::pair(field.field, field.dot)) {
        return Bad("restates fields that do not rise by field and dot");
      }
    }
  }
  return in.AtEnd() ? absl::OkStatus() : Bad("has an envelope that does not end with its fields");
}

absl::Status ChangeView::ParseValues() {
  ByteReader in(values_);
  own_values_ = in.LengthPrefixed();
  for (RestatedView& field : restated_) field.value = in.LengthPrefixed();
  return in.AtEnd() ? absl::OkStatus() : Bad("has values that do not match its restated fields");
}

absl::Status ChangeView::ParseTexts(ByteReader& in) {
  uint64_t count = in.Varint();
  if (!in.ok() || count > in.remaining()) return Bad("has more texts than bytes");
  texts_.clear();
  if (count == 0) return absl::OkStatus();
  identity::Hasher hasher;
  for (uint64_t i = 0; i < count; ++i) {
    TextView& text = texts_.emplace_back();
    uint64_t origin = in.Varint();
    bool ok = ReadField(in, text.field);
    uint64_t element = in.Varint();
    uint8_t presence = in.U8();
    if (!ok || !in.ok() || origin > restated_.size() || element > kMaxElement) {
      return Bad("has a text of no field");
    }
    text.origin = static_cast<uint32_t>(origin);
    text.element = static_cast<uint32_t>(element);
    if (presence == static_cast<uint8_t>(Presence::kHere)) {
      text.here = true;
      text.salt = in.Raw(Salt::kSize);
      text.bytes = in.LengthPrefixed();
      if (in.ok()) HashText(hasher, text.salt, text.bytes, text.hash);
    } else if (presence == static_cast<uint8_t>(Presence::kHashOnly)) {
      text.hash = in.Fixed<Digest>();
    } else {
      return Bad("has a text that is neither here nor a hash");
    }
    if (!in.ok()) return Bad("ends within a text");
    if (i > 0) {
      const TextView& before = texts_[texts_.size() - 2];
      if (std::tuple(before.origin, before.field, before.element) >=
          std::tuple(text.origin, text.field, text.element)) {
        return Bad("has texts that do not rise by origin, field and element");
      }
    }
  }
  return absl::OkStatus();
}

Step ChangeView::StepAfter(const Step& before) const {
  identity::Hasher hasher;
  std::string scratch;
  scratch.reserve(kStepBytesBesides + envelope_.size() + values_.size() +
                  texts_.size() * kTextStepBytes);
  ByteWriter out(scratch);
  Digest texts;
  if (texts_.empty()) {
    static const Digest kNoTexts = identity::Sha256(absl::string_view("tocsin/no-texts/1\0", 18));
    texts = kNoTexts;
  } else {
    out.Raw(absl::string_view("tocsin/texts/1\0", 15));
    out.Varint(texts_.size());
    for (const TextView& text : texts_) {
      out.Varint(text.origin);
      out.Varint(text.field);
      out.Varint(text.element);
      out.Raw(text.hash.view());
    }
    texts = hasher.Update(scratch).Finish();
    scratch.clear();
  }
  out.Raw(absl::string_view("tocsin/step/1\0", 14));
  out.Raw(before.view());
  out.U8('E');
  out.LengthPrefixed(envelope_);
  out.U8('V');
  out.LengthPrefixed(values_);
  out.U8('T');
  out.Raw(texts.view());
  return *Step::FromBytes(hasher.Update(scratch).Finish().view());
}

size_t ChangeView::LongestForm() const {
  size_t longest = bytes_.size();
  for (const TextView& text : texts_) {
    if (text.here && text.bytes.size() < kErasedGrowthMax) {
      longest += kErasedGrowthMax - text.bytes.size();
    }
  }
  return longest;
}

void ChangeView::AppendWithout(absl::FunctionRef<bool(const TextView&)> gone,
                               std::string& out) const {
  ByteWriter writer(out);
  writer.LengthPrefixed(envelope_);
  writer.LengthPrefixed(values_);
  writer.Varint(texts_.size());
  for (const TextView& text : texts_) {
    writer.Varint(text.origin);
    writer.Varint(text.field);
    writer.Varint(text.element);
    if (text.here && !gone(text)) {
      writer.U8(static_cast<uint8_t>(Presence::kHere));
      writer.Raw(text.salt);
      writer.LengthPrefixed(text.bytes);
    } else {
      writer.U8(static_cast<uint8_t>(Presence::kHashOnly));
      writer.Raw(text.hash.view());
    }
  }
}

}  // namespace tocsin::log
