// Blocks: what unpacks says so of itself, and packs again to the same changes and steps.
#include "node/base/random.h"
#include "node/base/status.h"
#include "node/log/block.h"
#include "node/log/change.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {
namespace {

std::string RawChanges(Random& random, size_t count) {
  std::string raw;
  ByteWriter writer(raw);
  for (size_t i = 0; i < count; ++i) {
    log::Change change;
    change.key.kind = 1 + static_cast<uint32_t>(i % 4);
    change.key.id = random.Fixed<RecordId>();
    change.cap_status = 1;
    change.stamp = {log::Rank::kOwnSynced, (uint64_t{1'433'160'000'000} + i) << 16};
    change.ops = {{1, false, {}}, {2, i % 2 == 0, {random.Fixed<Dot>()}}};
    change.values = "\x08\x01";
    log::EncodeChange(change, writer);
  }
  return raw;
}

}  // namespace

std::vector<std::string> Seeds() {
  SeededRandom random(1);
  std::vector<std::string> seeds;
  for (uint32_t count : {1u, 2u, 40u}) {
    log::BlockHeader header;
    header.lane = random.Fixed<LaneId>();
    header.first = Seq(1);
    header.count = count;
    header.prior = StepZero(header.lane);
    header.seal = random.Fixed<Signature>();
    seeds.push_back(log::PackBlock(header, RawChanges(random, count)));
  }
  return seeds;
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto block = log::UnpackBlock(bytes);
  if (!block.ok()) return 0;
  TOCSIN_CHECK(block->raw.size() <= log::kBlockRawBytesLimit);
  TOCSIN_CHECK(block->changes.size() == block->header.count);
  auto again = log::UnpackBlock(log::PackBlock(block->header, block->raw));
  TOCSIN_CHECK(again.ok() && again->raw == block->raw);
  TOCSIN_CHECK(again->last_step() == block->last_step());
  return 0;
}
