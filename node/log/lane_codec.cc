#include <absl/strings/str_cat.h>

#include <limits>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/log/lane.h"

namespace tocsin::log {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a birth that ", what));
}

}  // namespace

std::string EncodeBirth(const Birth& birth) {
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(1);
  out.LengthPrefixed(birth.scope.ToString());
  out.U8(static_cast<uint8_t>(birth.precedence));
  out.Varint(birth.schema_level);
  out.Raw(birth.certificate.view());
  out.Raw(birth.random.view());
  out.Varint(birth.heads.size());
  for (const LaneHead& head : birth.heads) {
    out.Raw(head.lane.view());
    out.Varint(head.seq.value());
    out.Raw(head.step.view());
  }
  return bytes;
}

absl::StatusOr<Birth> DecodeBirth(absl::string_view bytes) {
  if (bytes.size() > kMaxBirthBytes) return Bad("is longer than 64 KiB");
  ByteReader in(bytes);
  if (in.U8() != 1) return Bad("is of an unknown form");
  absl::string_view scope_text = in.LengthPrefixed();
  uint8_t precedence = in.U8();
  uint64_t schema_level = in.Varint();
  CertId certificate = in.Fixed<CertId>();
  Salt random = in.Fixed<Salt>();
  uint64_t count = in.Varint();
  if (!in.ok()) return Bad("ends early");
  if (precedence < 1 || precedence > 3) return Bad("has no precedence");
  if (schema_level > std::numeric_limits<uint32_t>::max()) return Bad("has no schema level");
  if (count > in.remaining()) return Bad("names more heads than it has bytes");
  TOCSIN_ASSIGN_OR_RETURN(Scope scope, Scope::Parse(scope_text));
  if (scope.ToString() != scope_text) return Bad("writes its scope in another form");

  Birth birth{scope,
              static_cast<Precedence>(precedence),
              static_cast<uint32_t>(schema_level),
              certificate,
              random,
              {}};
  birth.heads.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    LaneHead head;
    head.lane = in.Fixed<LaneId>();
    head.seq = Seq(in.Varint());
    head.step = in.Fixed<Step>();
    if (!in.ok()) return Bad("ends within a head");
    if (head.seq.value() == 0 || head.seq.value() > kMaxSeq)
      return Bad("names a head of no change");
    if (i > 0 && birth.heads.back().lane >= head.lane) return Bad("names heads out of order");
    birth.heads.push_back(head);
  }
  if (!in.AtEnd()) return Bad("does not end with its heads");
  return birth;
}

LaneId LaneIdOf(const NetworkId& network, absl::string_view birth_bytes) {
  identity::Hasher hasher;
  Digest digest = hasher.Update(absl::string_view("tocsin/birth/1\0", 15))
                      .Update(network.view())
                      .Update(birth_bytes)
                      .Finish();
  return *LaneId::FromBytes(digest.view());
}

}  // namespace tocsin::log
