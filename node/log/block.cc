#include "node/log/block.h"

#include <absl/strings/str_cat.h>
#include <zstd.h>

#include <memory>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/log/lane.h"

namespace tocsin::log {
namespace {

constexpr absl::string_view kMagic = "TB";
constexpr uint8_t kForm = 1;
constexpr uint8_t kCodecRaw = 0;
constexpr uint8_t kCodecZstd = 1;
// Level 3 takes a quarter longer, and packs rows 1 % better and edits 1 % worse.
constexpr int kZstdLevel = 1;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a block that ", what));
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context costs more to make than a block to pack; each thread keeps one.
ZSTD_CCtx* Compressor() {
  static thread_local std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  TOCSIN_CHECK(context != nullptr);
  return context.get();
}
ZSTD_DCtx* Decompressor() {
  static thread_local std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  TOCSIN_CHECK(context != nullptr);
  return context.get();
}

// Empty when packing gains nothing.
std::string Compress(absl::string_view raw) {
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  size_t size = ZSTD_compressCCtx(Compressor(), packed.data(), packed.size(), raw.data(),
                                  raw.size(), kZstdLevel);
  if (ZSTD_isError(size) || size >= raw.size()) return {};
  packed.resize(size);
  return packed;
}

struct Parsed {
  BlockHeader header;
  uint8_t codec = 0;
  size_t raw_length = 0;
  absl::string_view packed;
};

absl::StatusOr<Parsed> ParseBlock(absl::string_view block) {
  ByteReader in(block);
  if (in.Raw(kMagic.size()) != kMagic || in.U8() != kForm) return Bad("does not begin as one");
  Parsed parsed;
  parsed.header.lane = in.Fixed<LaneId>();
  uint64_t first = in.Varint();
  uint64_t count = in.Varint();
  parsed.header.prior = in.Fixed<Step>();
  parsed.header.seal = in.Fixed<Signature>();
  parsed.codec = in.U8();
  uint64_t raw_length = in.Varint();
  if (!in.ok()) return Bad("ends within its header");
  if (first == 0 || first > kMaxSeq) return Bad("begins at no sequence of a lane");
  if (count == 0 || count > kBlockChangesMax) {
    return Bad(absl::StrCat("has ", count, " changes; 1 to ", kBlockChangesMax, " may be"));
  }
  if (raw_length > kBlockRawBytesLimit) {
    return Bad(absl::StrCat("unpacks to ", raw_length, " bytes; at most ", kBlockRawBytesLimit,
                            " may be"));
  }
  parsed.header.first = Seq(first);
  parsed.header.count = static_cast<uint32_t>(count);
  if (first == 1 && parsed.header.prior != StepZero(parsed.header.lane)) {
    return Bad("begins its lane with another step than the birth's");
  }
  parsed.raw_length = static_cast<size_t>(raw_length);
  parsed.packed = in.Peek();
  return parsed;
}

absl::Status Unpack(const Parsed& parsed, std::string& raw) {
  if (parsed.codec == kCodecRaw) {
    if (parsed.packed.size() != parsed.raw_length) return Bad("has another length than it says");
    raw = std::string(parsed.packed);
    return absl::OkStatus();
  }
  if (parsed.codec != kCodecZstd) return Bad("is packed in an unknown way");
  // One frame that says its size, and nothing after it.
  if (ZSTD_getFrameContentSize(parsed.packed.data(), parsed.packed.size()) != parsed.raw_length ||
      ZSTD_findFrameCompressedSize(parsed.packed.data(), parsed.packed.size()) !=
          parsed.packed.size()) {
    return Bad("is packed in another frame than it says");
  }
  raw.resize(parsed.raw_length);
  size_t size = ZSTD_decompressDCtx(Decompressor(), raw.data(), raw.size(), parsed.packed.data(),
                                    parsed.packed.size());
  if (ZSTD_isError(size) || size != parsed.raw_length) return Bad("does not unpack");
  return absl::OkStatus();
}

}  // namespace

std::string PackBlock(const BlockHeader& header, absl::string_view raw) {
  TOCSIN_CHECK(header.count >= 1 && header.count <= kBlockChangesMax);
  TOCSIN_CHECK(raw.size() <= kBlockRawBytesLimit);
  std::string packed = Compress(raw);
  std::string block;
  block.reserve(160 + (packed.empty() ? raw.size() : packed.size()));
  ByteWriter out(block);
  out.Raw(kMagic);
  out.U8(kForm);
  out.Raw(header.lane.view());
  out.Varint(header.first.value());
  out.Varint(header.count);
  out.Raw(header.prior.view());
  out.Raw(header.seal.view());
  out.U8(packed.empty() ? kCodecRaw : kCodecZstd);
  out.Varint(raw.size());
  out.Raw(packed.empty() ? raw : absl::string_view(packed));
  return block;
}

absl::StatusOr<BlockHeader> ReadBlockHeader(absl::string_view block) {
  TOCSIN_ASSIGN_OR_RETURN(Parsed parsed, ParseBlock(block));
  return parsed.header;
}

absl::StatusOr<std::vector<ChangeSpan>> WalkChanges(absl::string_view raw, size_t count,
                                                    const Step& prior, ChangeVisitor visit) {
  std::vector<ChangeSpan> changes;
  changes.reserve(count);
  absl::string_view rest = raw;
  Step step = prior;
  ChangeView view;
  for (size_t i = 0; i < count; ++i) {
    size_t offset = raw.size() - rest.size();
    TOCSIN_RETURN_IF_ERROR(view.Parse(rest));
    step = view.StepAfter(step);
    TOCSIN_RETURN_IF_ERROR(visit(i, view, step));
    changes.push_back({static_cast<uint32_t>(offset), static_cast<uint32_t>(view.bytes().size()),
                       static_cast<uint32_t>(view.LongestForm()), step});
  }
  if (!rest.empty()) return Bad("has bytes after its last change");
  return changes;
}

absl::StatusOr<UnpackedBlock> UnpackBlock(absl::string_view block, ChangeVisitor visit) {
  TOCSIN_ASSIGN_OR_RETURN(Parsed parsed, ParseBlock(block));
  UnpackedBlock unpacked;
  unpacked.header = parsed.header;
  TOCSIN_RETURN_IF_ERROR(Unpack(parsed, unpacked.raw));
  TOCSIN_ASSIGN_OR_RETURN(
      unpacked.changes, WalkChanges(unpacked.raw, parsed.header.count, parsed.header.prior, visit));
  return unpacked;
}

absl::StatusOr<UnpackedBlock> UnpackBlock(absl::string_view block) {
  return UnpackBlock(block,
                     [](size_t, const ChangeView&, const Step&) { return absl::OkStatus(); });
}

std::string SealedBytes(const LaneId& lane, Seq seq, const Step& step) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Raw(lane.view());
  out.U64(seq.value());
  out.Raw(step.view());
  return bytes;
}

absl::Status VerifySeal(const UnpackedBlock& block, const identity::Certificate& author,
                        const NetworkId& network) {
  absl::Status verified = author.Verify(
      identity::Use::kSeal, network,
      SealedBytes(block.header.lane, block.header.last(), block.last_step()), block.header.seal);
  if (verified.ok()) return verified;
  return Bad(absl::StrCat("does not bear the seal of ", author.Describe(), " at sequence ",
                          block.header.last().value(), " of lane ",
                          block.header.lane.ToHex().substr(0, 16)));
}

}  // namespace tocsin::log
