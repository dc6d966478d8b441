#include "node/log/range.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/log/change_view.h"
#include "node/log/erasure.h"

namespace tocsin::log {
namespace {

void Note(Range& range, size_t index, const ChangeView& change) {
  auto at = static_cast<uint32_t>(index);
  for (const TextView& text : change.texts()) range.texts.push_back({at, text.here});
  for (const RestatedView& field : change.restated()) {
    bool noted = !range.restates.empty() && range.restates.back().change == at &&
                 range.restates.back().dot == field.dot;
    if (!noted) range.restates.push_back({at, field.dot});
  }
  if (change.kind() == kErasureKind) range.erasures.push_back(at);
  range.latest_stamp = std::max(range.latest_stamp, change.stamp().time);
}

absl::Status Check(const BlockRules& rules, size_t index, const ChangeView& change) {
  if (rules.check == nullptr) return absl::OkStatus();
  absl::Status checked = rules.check(change);
  if (checked.ok()) return checked;
  return absl::Status(
      checked.code(),
      absl::StrCat("change ", index + 1, " of a block of ", rules.author.Describe(), " in ",
                   rules.scope.ToString(), ", of kind ", change.kind(), ": ", checked.message()));
}

// What is stored and sent later are the same changes with some of their texts gone: that too must
// be a block.
absl::Status CheckLongest(const UnpackedBlock& block) {
  size_t longest = 0;
  for (const ChangeSpan& change : block.changes) longest += change.longest;
  if (longest <= kBlockRawBytesLimit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a block that can grow to ", longest, " bytes when its texts go; at most ",
                   kBlockRawBytesLimit, " may be: send its changes in several"));
}

}  // namespace

Range OwnRange(const LaneId& lane, Seq first, const Step& prior, std::string raw, size_t count) {
  Range range;
  range.header = {lane, first, static_cast<uint32_t>(count), prior, Signature()};
  range.raw = std::move(raw);
  auto walked =
      WalkChanges(range.raw, count, prior, [&](size_t i, const ChangeView& change, const Step&) {
        Note(range, i, change);
        return absl::OkStatus();
      });
  TOCSIN_CHECK(walked.ok());
  range.changes = *std::move(walked);
  return range;
}

absl::StatusOr<Range> VerifyBlock(std::string block, const BlockRules& rules) {
  Range range;
  auto unpacked = UnpackBlock(block, [&](size_t i, const ChangeView& change, const Step&) {
    TOCSIN_RETURN_IF_ERROR(Check(rules, i, change));
    Note(range, i, change);
    return absl::OkStatus();
  });
  if (!unpacked.ok()) return unpacked.status();
  TOCSIN_RETURN_IF_ERROR(CheckLongest(*unpacked));
  TOCSIN_RETURN_IF_ERROR(VerifySeal(*unpacked, rules.author, rules.network));
  range.header = unpacked->header;
  range.raw = std::move(unpacked->raw);
  range.changes = std::move(unpacked->changes);
  range.block = std::move(block);
  return range;
}

}  // namespace tocsin::log
