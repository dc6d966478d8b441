#include "node/identity/record_id.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/identity/hash.h"

namespace tocsin::identity {
namespace {

// What is hashed is one of these, a zero byte, and then LP(scope), U32 kind, and the rest.
constexpr absl::string_view kFromCodeTag = "tocsin/record/code/1";
constexpr absl::string_view kFromSourceTag = "tocsin/record/source/1";
constexpr size_t kUuidTextSize = 36;

bool IsDash(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::string NameOf(absl::string_view tag, const Scope& scope, uint32_t kind) {
  std::string name;
  ByteWriter writer(name);
  writer.Raw(tag);
  writer.U8(0);
  writer.LengthPrefixed(scope.ToString());
  writer.U32(kind);
  return name;
}

RecordId UuidOf(absl::string_view name) {
  RecordId id = *RecordId::FromBytes(Sha256(name).view().substr(0, RecordId::kSize));
  uint8_t* bytes = id.data();
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x80);  // version 8
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // the variant of RFC 9562
  return id;
}

}  // namespace

RecordId RecordIdFromCode(const Scope& scope, uint32_t kind, uint64_t code_bits) {
  TOCSIN_CHECK(code_bits < uint64_t{1} << kCodeBits);
  std::string name = NameOf(kFromCodeTag, scope, kind);
  ByteWriter(name).U64(code_bits);
  return UuidOf(name);
}

RecordId RecordIdFromSourceKey(const Scope& scope, uint32_t kind, absl::string_view source_system,
                               absl::string_view source_key) {
  std::string name = NameOf(kFromSourceTag, scope, kind);
  ByteWriter writer(name);
  writer.LengthPrefixed(source_system);
  writer.LengthPrefixed(source_key);
  return UuidOf(name);
}

uint64_t CodeBitsOf(const RecordId& id) {
  // The first five bytes hold no version and no variant.
  uint64_t bits = 0;
  for (int i = 0; i < 5; ++i) bits = bits << 8 | id.data()[i];
  return bits >> (40 - kCodeBits);
}

std::string UuidText(const RecordId& id) {
  std::string hex = id.ToHex();
  absl::string_view digits = hex;
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-", digits.substr(12, 4), "-",
                      digits.substr(16, 4), "-", digits.substr(20));
}

absl::StatusOr<RecordId> ParseUuid(absl::string_view text) {
  std::string digits;
  bool good = text.size() == kUuidTextSize;
  for (size_t i = 0; good && i < text.size(); ++i) {
    if (IsDash(i)) {
      good = text[i] == '-';
    } else {
      good = absl::ascii_isxdigit(static_cast<unsigned char>(text[i]));
      digits.push_back(text[i]);
    }
  }
  if (!good) {
    return absl::InvalidArgumentError(absl::StrCat("'", text.substr(0, 64),
                                                   "' is no record id; one looks like "
                                                   "018f6b7c-0000-8000-8000-000000000000"));
  }
  return *RecordId::FromBytes(absl::HexStringToBytes(digits));
}

}  // namespace tocsin::identity
