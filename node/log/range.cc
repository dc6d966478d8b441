#include "node/log/range.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/log/change_view.h"
#include "node/log/erasure.h"

namespace tocsin::log {
namespace {

void Note(Range& range, size_t index, const ChangeView& change, const Step& step) {
  auto at = static_cast<uint32_t>(index);
  Dot own = DotOf(step);
  for (const TextView& text : change.texts()) {
    range.texts.push_back(
        {at, change.OriginOf(text, own), text.field, text.element, text.here});
  }
  for (const RestatedView& field : change.restated()) {
    bool noted = !range.restates.empty() && range.restates.back().change == at &&
                 range.restates.back().dot == field.dot;
    if (!noted) range.restates.push_back({at, field.dot});
  }
  if (change.kind() == kErasureKind) range.erasures.push_back(at);
  range.latest_stamp = std::max(range.latest_stamp, change.stamp().time);
}

absl::Status CheckNames(const BlockRules& rules, const ChangeView& change) {
  if (rules.names_field == nullptr) return absl::OkStatus();
  auto refuse = [&](uint32_t field) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a change of kind ", change.kind(), field == 0 ? "" : absl::StrCat(", field ", field),
        ", in ", rules.scope.ToString(),
        ": this node's schema does not name it; upgrade this node before those below it"));
  };
  if (!rules.names_field(change.kind(), 0)) return refuse(0);
  for (const OpView& op : change.ops()) {
    if (!rules.names_field(change.kind(), op.field)) return refuse(op.field);
  }
  for (const RestatedView& field : change.restated()) {
    if (!rules.names_field(change.kind(), field.field)) return refuse(field.field);
  }
  return absl::OkStatus();
}

}  // namespace

Range OwnRange(const LaneId& lane, Seq first, const Step& prior, std::string raw, size_t count) {
  Range range;
  range.header = {lane, first, static_cast<uint32_t>(count), prior, Signature()};
  range.raw = std::move(raw);
  auto walked = WalkChanges(range.raw, count, prior,
                            [&](size_t i, const ChangeView& change, const Step& step) {
                              Note(range, i, change, step);
                              return absl::OkStatus();
                            });
  TOCSIN_CHECK(walked.ok());
  range.changes = *std::move(walked);
  return range;
}

absl::StatusOr<Range> VerifyBlock(std::string block, const BlockRules& rules) {
  Range range;
  auto unpacked =
      UnpackBlock(block, [&](size_t i, const ChangeView& change, const Step& step) {
        TOCSIN_RETURN_IF_ERROR(CheckNames(rules, change));
        Note(range, i, change, step);
        return absl::OkStatus();
      });
  if (!unpacked.ok()) return unpacked.status();
  TOCSIN_RETURN_IF_ERROR(VerifySeal(*unpacked, rules.author, rules.network));
  range.header = unpacked->header;
  range.raw = std::move(unpacked->raw);
  range.changes = std::move(unpacked->changes);
  range.block = std::move(block);
  return range;
}

}  // namespace tocsin::log
