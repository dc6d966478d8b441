// Changes, births and receipts: what is read is written back byte for byte.
#include <absl/strings/string_view.h>

#include "node/base/random.h"
#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/log/change.h"
#include "node/log/lane.h"
#include "node/log/receipt.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {
namespace {

Scope AnyScope() { return Scope::Matters(*Jurisdiction::Parse("city/kings/e201")); }

std::string Encoded(const log::Change& change) {
  std::string bytes;
  ByteWriter writer(bytes);
  log::EncodeChange(change, writer);
  return bytes;
}

void TryChange(absl::string_view bytes) {
  ByteReader in(bytes);
  auto change = log::DecodeChange(AnyScope(), in);
  if (!change.ok()) return;
  const absl::string_view read = bytes.substr(0, bytes.size() - in.remaining());
  TOCSIN_CHECK(Encoded(*change) == read);
  TOCSIN_CHECK(log::NextStep(Step(), read).ok());
}

void TryBirth(absl::string_view bytes) {
  auto birth = log::DecodeBirth(bytes);
  if (birth.ok()) TOCSIN_CHECK(log::EncodeBirth(*birth) == bytes);
}

log::Change SomeChange(Random& random) {
  log::Change change;
  change.key.kind = 1;
  change.key.code_bits = 0x123456789;
  change.key.id = identity::RecordIdFromCode(AnyScope(), 1, *change.key.code_bits);
  change.cap_status = 5;
  change.stamp = {log::Rank::kOwnSynced, uint64_t{1'433'160'000'000} << 16 | 2};
  change.ops = {{23, false, {random.Fixed<Dot>()}}, {27, false, {}}, {30, true, {}}};
  change.values = "\xb8\x01\x04";
  const Salt salt = random.Fixed<Salt>();
  constexpr absl::string_view kText = "Smoke on the third floor";
  change.texts = {{0, 27, 0, std::string(kText), salt, log::TextHash(salt, kText)}};
  return change;
}

}  // namespace

std::vector<std::string> Seeds() {
  SeededRandom random(1);
  std::vector<std::string> seeds;
  log::Change change = SomeChange(random);
  seeds.push_back('\0' + Encoded(change));
  change.texts[0].bytes.reset();
  seeds.push_back('\0' + Encoded(change));
  std::vector<log::LaneHead> heads(2);
  heads[1].lane.data()[0] = 1;
  log::Birth birth{AnyScope(), Precedence::kFlash, 1, random.Fixed<CertId>(), random.Fixed<Salt>(),
                   heads};
  seeds.push_back('\1' + log::EncodeBirth(birth));
  return seeds;
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      tocsin::fuzz::TryChange(bytes);
      break;
    case 1:
      tocsin::fuzz::TryBirth(bytes);
      break;
    default:
      (void)tocsin::log::DecodeReceipt(bytes);
  }
  return 0;
}
