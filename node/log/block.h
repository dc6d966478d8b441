// A block: a packaged range of a lane that ends on its author's seal, as it travels and as it is
// stored (docs/storage.md). Where blocks begin and end has no meaning. Values; any thread.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/identity/certificate.h"
#include "node/log/change_view.h"

namespace tocsin::log {

// What a packer puts in one block at most.
inline constexpr size_t kBlockChangesMax = 512;
inline constexpr size_t kBlockRawBytesMax = 64 * 1024;
// What a reader takes, and what no block can grow past: a text that gives way to its hash can make
// its change longer, so that blocks are measured by the longest form of their changes.
inline constexpr size_t kBlockRawBytesLimit = 96 * 1024;

struct BlockHeader {
  LaneId lane;
  Seq first;
  uint32_t count = 0;
  Step prior;  // the step before `first`
  Signature seal;

  Seq last() const { return first.Plus(count - 1); }
};

// A change in its place among the raw bytes of a range.
struct ChangeSpan {
  uint32_t offset = 0;
  uint32_t size = 0;
  uint32_t longest = 0;  // ChangeView::LongestForm
  Step step;             // after it
};

// A range unpacked: every change parsed, every step computed.
struct UnpackedBlock {
  BlockHeader header;
  std::string raw;
  std::vector<ChangeSpan> changes;

  absl::string_view change(size_t i) const {
    return absl::string_view(raw).substr(changes[i].offset, changes[i].size);
  }
  const Step& last_step() const { return changes.back().step; }
};

// `raw` is `header.count` changes in lane form.
std::string PackBlock(const BlockHeader& header, absl::string_view raw);

// INVALID_ARGUMENT unless a block's header stands at the front. The changes are not looked at.
absl::StatusOr<BlockHeader> ReadBlockHeader(absl::string_view block);

// Called for each change in order, with its index, its view and the step after it.
using ChangeVisitor = absl::FunctionRef<absl::Status(size_t, const ChangeView&, const Step&)>;

// Parses `count` changes that fill `raw`, and computes their steps from `prior`.
// INVALID_ARGUMENT for anything outside the grammar, or what the visitor says.
absl::StatusOr<std::vector<ChangeSpan>> WalkChanges(absl::string_view raw, size_t count,
                                                    const Step& prior, ChangeVisitor visit);

// Unpacks and walks a block. Never takes more memory than a block may have, whatever the bytes say.
// The seal is not looked at.
absl::StatusOr<UnpackedBlock> UnpackBlock(absl::string_view block, ChangeVisitor visit);
absl::StatusOr<UnpackedBlock> UnpackBlock(absl::string_view block);

// What a seal signs.
std::string SealedBytes(const LaneId& lane, Seq seq, const Step& step);
// INVALID_ARGUMENT unless the author's key sealed the block at its last step.
absl::Status VerifySeal(const UnpackedBlock& block, const identity::Certificate& author,
                        const NetworkId& network);

}  // namespace tocsin::log
