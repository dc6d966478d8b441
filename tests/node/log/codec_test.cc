#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/log/block.h"
#include "node/log/change.h"
#include "node/log/lane.h"
#include "node/log/receipt.h"
#include "tests/node/log/generators.h"
#include "tests/support/paths.h"

namespace tocsin::log {
namespace {

absl::StatusOr<Change> Decode(absl::string_view bytes) {
  ByteReader in(bytes);
  auto change = DecodeChange(TestScope(), in);
  if (change.ok() && !in.AtEnd()) return absl::InvalidArgumentError("bytes follow");
  return change;
}

identity::Identity NewRoot(Random& random) {
  return *identity::Identity::NewRoot(
      {"City", *Jurisdiction::Parse("city"), true, absl::FromUnixSeconds(1'430'000'000)}, random);
}

// The change of docs/storage.md, "A worked example".
Change ExampleChange() {
  Change change;
  change.key.kind = 1;
  change.key.code_bits = 0x123456789;
  change.key.id = identity::RecordIdFromCode(TestScope(), 1, *change.key.code_bits);
  change.cap_status = 5;
  change.stamp = {Rank::kOwnSynced, uint64_t{1'433'160'000'000} << 16 | 2};
  change.ops = {{23, false, {}}, {27, false, {}}};
  change.values = absl::HexStringToBytes("b80104");
  Salt salt;
  std::fill_n(salt.data(), Salt::kSize, uint8_t{0xa5});
  change.texts = {
      {0, 27, 0, "Smoke on the third floor", salt, TextHash(salt, "Smoke on the third floor")}};
  return change;
}

RC_GTEST_PROP(ChangeCodec, DecodingGivesBackEveryChange, ()) {
  Change change = RandomChange();
  auto decoded = Decode(Encoded(change));
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == change);
}

RC_GTEST_PROP(ChangeCodec, DecodedBytesEncodeToTheSameBytesUnknownKindsAndFieldsIncluded, ()) {
  std::string bytes = Encoded(RandomChange());
  auto decoded = Decode(bytes);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(Encoded(*decoded) == bytes);
}

RC_GTEST_PROP(ChangeCodec, NoOtherBytesDecodeToTheSameChange, ()) {
  Change change = RandomChange();
  std::string bytes = Encoded(change);
  auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
  auto decoded = Decode(bytes);
  RC_ASSERT((!decoded.ok() || *decoded != change));
}

RC_GTEST_PROP(ChangeCodec, ACutChangeIsRefused, ()) {
  std::string bytes = Encoded(RandomChange());
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size()));
  RC_ASSERT(!Decode(bytes).ok());
}

RC_GTEST_PROP(ChangeCodec, AStepBindsEveryByteButErasedTexts, ()) {
  Change change = RandomChange();
  Step before = RandomFixed<Step>();
  std::string bytes = Encoded(change);
  auto step = NextStep(before, bytes);
  RC_ASSERT(step.ok());
  Step elsewhere = before;
  elsewhere.data()[*rc::gen::inRange<size_t>(0, Step::kSize)] ^= 1;
  RC_ASSERT(*NextStep(elsewhere, bytes) != *step);

  Change erased = change;
  for (Text& text : erased.texts) {
    text.bytes.reset();
    text.salt = Salt();
  }
  RC_ASSERT(*NextStep(before, Encoded(erased)) == *step);

  auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
  auto other = NextStep(before, bytes);
  RC_ASSERT((!other.ok() || *other != *step));
}

TEST(ChangeCodec, AFieldTwiceOrOutOfOrderIsRefused) {
  Change change = ExampleChange();
  change.ops = {{9, false, {}}, {2, false, {}}};
  EXPECT_FALSE(Decode(Encoded(change)).ok());
  change.ops = {{9, false, {}}, {9, false, {}}};
  EXPECT_FALSE(Decode(Encoded(change)).ok());
}

TEST(ChangeCodec, AChangeOver32KiBIsRefused) {
  Change change = ExampleChange();
  change.values = std::string(kMaxChangeBytes, 'v');
  EXPECT_FALSE(Decode(Encoded(change)).ok());
}

TEST(ChangeCodec, AChangeAtTheLimitIsStillReadWhenItsShortTextsAreErased) {
  Change change = ExampleChange();
  change.texts.clear();
  Salt salt;
  for (uint32_t i = 0; i < 8; ++i) change.texts.push_back({0, 9, i, "", salt, TextHash(salt, "")});
  change.values.resize(kMaxChangeBytes - Encoded(change).size());
  while (Encoded(change).size() > kMaxChangeBytes) change.values.pop_back();
  ASSERT_TRUE(Decode(Encoded(change)).ok());
  for (Text& text : change.texts) text.bytes.reset();
  EXPECT_GT(Encoded(change).size(), kMaxChangeBytes);
  EXPECT_TRUE(Decode(Encoded(change)).ok());
}

TEST(ChangeCodec, ACodedKeyGetsTheRecordsIdFromItsScope) {
  auto decoded = Decode(Encoded(ExampleChange()));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->key.id, identity::RecordIdFromCode(TestScope(), 1, 0x123456789));
}

RC_GTEST_PROP(BirthCodec, DecodingGivesBackEveryBirth, ()) {
  Birth birth{TestScope(),           Precedence::kPriority, *rc::gen::arbitrary<uint32_t>(),
              RandomFixed<CertId>(), RandomFixed<Salt>(),   {}};
  std::set<LaneId> lanes;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) lanes.insert(RandomFixed<LaneId>());
  for (const LaneId& lane : lanes) {
    birth.heads.push_back(
        {lane, Seq(*rc::gen::inRange<uint64_t>(1, 1'000'000)), RandomFixed<Step>()});
  }
  std::string bytes = EncodeBirth(birth);
  auto decoded = DecodeBirth(bytes);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == birth);
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size()));
  RC_ASSERT(!DecodeBirth(bytes).ok());
}

RC_GTEST_PROP(BirthCodec, ALaneIsNamedByEveryByteOfItsBirthAndByTheNetwork, ()) {
  NetworkId network = RandomFixed<NetworkId>();
  std::string bytes = EncodeBirth(
      {TestScope(), Precedence::kFlash, 1, RandomFixed<CertId>(), RandomFixed<Salt>(), {}});
  LaneId lane = LaneIdOf(network, bytes);
  NetworkId elsewhere = network;
  elsewhere.data()[3] ^= 1;
  RC_ASSERT(LaneIdOf(elsewhere, bytes) != lane);
  auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  RC_ASSERT(LaneIdOf(network, bytes) != lane);
}

// A range of random changes, with the header that a packer would give it.
std::string RandomBlock(BlockHeader& header, std::vector<std::string>& changes) {
  header.lane = RandomFixed<LaneId>();
  header.first = Seq(*rc::gen::inRange<uint64_t>(1, 1000));
  header.prior = header.first == Seq(1) ? StepZero(header.lane) : RandomFixed<Step>();
  header.seal = RandomFixed<Signature>();
  header.count = *rc::gen::inRange<uint32_t>(1, 8);
  std::string raw;
  for (uint32_t i = 0; i < header.count; ++i) {
    changes.push_back(Encoded(RandomChange()));
    raw += changes.back();
  }
  return PackBlock(header, raw);
}

RC_GTEST_PROP(Block, UnpackingGivesBackItsChangesAndTheirSteps, ()) {
  BlockHeader header;
  std::vector<std::string> changes;
  auto block = UnpackBlock(RandomBlock(header, changes));
  RC_ASSERT(block.ok());
  RC_ASSERT(block->header.lane == header.lane);
  RC_ASSERT(block->header.first == header.first);
  RC_ASSERT(block->changes.size() == changes.size());
  Step step = header.prior;
  for (size_t i = 0; i < changes.size(); ++i) {
    step = *NextStep(step, changes[i]);
    RC_ASSERT(block->change(i) == absl::string_view(changes[i]));
    RC_ASSERT(block->changes[i].step == step);
  }
}

RC_GTEST_PROP(Block, ACutBlockIsRefused, ()) {
  BlockHeader header;
  std::vector<std::string> changes;
  std::string bytes = RandomBlock(header, changes);
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size()));
  RC_ASSERT(!UnpackBlock(bytes).ok());
}

TEST(Block, ADecompressionBombIsRefusedBeforeItIsUnpacked) {
  // A frame of 60 bytes that would become 16 MiB, under a header that tells the truth and under one
  // that lies.
  SeededRandom random(1);
  BlockHeader header{random.Fixed<LaneId>(), Seq(5), 1, random.Fixed<Step>(), Signature()};
  std::string honest = PackBlock(header, std::string(64 * 1024, 'a'));
  std::string bytes = honest;
  // The raw length is the varint just before the frame's magic number.
  size_t frame = bytes.find(absl::HexStringToBytes("28b52ffd"));
  ASSERT_NE(frame, std::string::npos);
  ASSERT_EQ(bytes.substr(frame - 3, 3), absl::HexStringToBytes("808004"));
  bytes.replace(frame - 3, 3, absl::HexStringToBytes("80808008"));
  EXPECT_EQ(UnpackBlock(bytes).status().code(), absl::StatusCode::kInvalidArgument);
  bytes = honest;
  bytes.replace(frame - 3, 3, absl::HexStringToBytes("0a"));
  EXPECT_EQ(UnpackBlock(bytes).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Block, OnlyTheAuthorsSealOpensIt) {
  SeededRandom random(7);
  identity::Identity root = NewRoot(random);
  identity::Identity other = *root.NewChild({"e201", *Jurisdiction::Parse("city/kings/e201"), false,
                                             absl::FromUnixSeconds(1'430'000'000)},
                                            random);
  BlockHeader header{random.Fixed<LaneId>(), Seq(5), 1, random.Fixed<Step>(), Signature()};
  std::string raw = Encoded(ExampleChange());
  header.seal = root.Sign(identity::Use::kSeal,
                          SealedBytes(header.lane, Seq(5), *NextStep(header.prior, raw)));
  auto block = UnpackBlock(PackBlock(header, raw));
  ASSERT_TRUE(block.ok());
  EXPECT_TRUE(VerifySeal(*block, root.certificate(), root.network_id()).ok());
  EXPECT_FALSE(VerifySeal(*block, other.certificate(), root.network_id()).ok());
  // Execution 30: what the same key signed for another use is no seal.
  header.seal = root.Sign(identity::Use::kHello,
                          SealedBytes(header.lane, Seq(5), *NextStep(header.prior, raw)));
  EXPECT_FALSE(
      VerifySeal(*UnpackBlock(PackBlock(header, raw)), root.certificate(), root.network_id()).ok());
}

// Execution 1: an author seals up to 512 for one link and up to 300 for the other.
TEST(Block, PackingAltersNoByteThatIsHashed) {
  std::string raw;
  std::vector<std::string> changes;
  for (uint64_t i = 0; i < 10; ++i) {
    Change change = ExampleChange();
    change.stamp.time += i;
    changes.push_back(Encoded(change));
    raw += changes.back();
  }
  BlockHeader header;
  header.lane = *LaneId::FromBytes(std::string(32, 'L'));
  header.first = Seq(1);
  header.prior = StepZero(header.lane);
  header.count = 10;
  auto whole = UnpackBlock(PackBlock(header, raw));
  ASSERT_TRUE(whole.ok());
  for (uint32_t cut = 1; cut < 10; ++cut) {
    header.count = cut;
    size_t size = whole->changes[cut].offset;
    auto part = UnpackBlock(PackBlock(header, absl::string_view(raw).substr(0, size)));
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->last_step(), whole->changes[cut - 1].step);
  }
}

RC_GTEST_PROP(ReceiptCodec, DecodingGivesBackEveryReceiptAndOnlyItsHolderSigns, ()) {
  SeededRandom random(*rc::gen::arbitrary<uint64_t>());
  static const identity::Identity root = [] {
    SeededRandom fixed(3);
    return NewRoot(fixed);
  }();
  Receipt receipt{root.id(),
                  TestScope(),
                  *rc::gen::inRange<uint64_t>(0, kMaxReceiptNumber + 1),
                  absl::FromUnixMillis(*rc::gen::inRange<int64_t>(0, 1LL << 45)),
                  7,
                  {}};
  std::set<LaneId> lanes;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) lanes.insert(RandomFixed<LaneId>());
  for (const LaneId& lane : lanes) {
    ListedLane& listed = receipt.lanes.emplace_back();
    listed.lane = lane;
    listed.has_birth = *rc::gen::arbitrary<bool>();
    if (!listed.has_birth) continue;
    uint64_t at = 1;
    for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
      uint64_t first = at + *rc::gen::inRange<uint64_t>(0, 50);
      uint64_t last = first + *rc::gen::inRange<uint64_t>(0, 50);
      listed.runs.push_back({Seq(first), Seq(last), RandomFixed<Step>()});
      at = last + 2;
    }
  }
  std::string bytes = SignReceipt(receipt, root);
  auto trust = root.NewTrustStore();
  auto verified = VerifyReceipt(bytes, *trust);
  RC_ASSERT(verified.ok());
  RC_ASSERT(*verified == receipt);
  auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
  RC_ASSERT(!VerifyReceipt(bytes, *trust).ok());
}

TEST(Storage, TheWorkedExampleIsWhatTheCodeMakes) {
  std::ifstream file(SourcePath("docs/storage.md"));
  std::stringstream text;
  text << file.rdbuf();
  std::string page = absl::StrReplaceAll(text.str(), {{"\n", ""}, {" ", ""}});

  NetworkId network = *NetworkId::FromBytes(std::string(NetworkId::kSize, '\x11'));
  Birth birth{TestScope(),
              Precedence::kRoutine,
              1,
              *CertId::FromBytes(std::string(CertId::kSize, '\x22')),
              *Salt::FromBytes(std::string(Salt::kSize, '\x33')),
              {}};
  std::string birth_bytes = EncodeBirth(birth);
  LaneId lane = LaneIdOf(network, birth_bytes);
  std::string change = Encoded(ExampleChange());
  Step step = *NextStep(StepZero(lane), change);
  Change erased = ExampleChange();
  erased.texts[0].bytes.reset();

  for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"birth", birth_bytes},
           {"lane id", std::string(lane.view())},
           {"change", change},
           {"text hash", std::string(erased.texts[0].hash.view())},
           {"step 1", std::string(step.view())},
           {"erased", Encoded(erased)},
           {"sealed", SealedBytes(lane, Seq(1), step)}}) {
    std::string hex = absl::BytesToHexString(bytes);
    EXPECT_NE(page.find(hex), std::string::npos) << name << " is " << hex;
  }
  EXPECT_EQ(*NextStep(StepZero(lane), Encoded(erased)), step);
}

}  // namespace
}  // namespace tocsin::log
