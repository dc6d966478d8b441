#include "node/intake/draft_size.h"

#include <string>

#include "node/base/bytes.h"
#include "node/log/change.h"

namespace tocsin::intake {
namespace {

// What a change may take before its form is measured exactly: values, texts and restated fields.
constexpr size_t kSurelyFits = log::kMaxChangeBytes / 2;
// A guess at what an op, a restated field or a text takes beside its bytes.
constexpr size_t kPartBytes = 96;

}  // namespace

size_t EncodedSize(const log::Draft& draft) {
  log::Change change{.key = draft.key,
                     .cap_status = draft.cap_status,
                     .stamp = {},
                     .ops = draft.ops,
                     .restated = draft.restated,
                     .values = draft.values,
                     .texts = {}};
  for (const log::Draft::DraftText& text : draft.texts) {
    log::Text& copy = change.texts.emplace_back();
    copy.origin = text.origin;
    copy.field = text.field;
    copy.element = text.element;
    if (!text.hash) copy.bytes = text.bytes;
  }
  std::string bytes;
  ByteWriter out(bytes);
  log::EncodeChange(change, out);
  return bytes.size();
}

bool Fits(const log::Draft& draft) {
  size_t rough = draft.values.size() + draft.ops.size() * kPartBytes;
  for (const log::FieldOp& op : draft.ops) rough += op.overwrites.size() * Dot::kSize;
  for (const log::Restated& restated : draft.restated) {
    rough += kPartBytes + restated.value.size() + restated.overwrites.size() * Dot::kSize;
  }
  for (const log::Draft::DraftText& text : draft.texts) rough += kPartBytes + text.bytes.size();
  return rough <= kSurelyFits || EncodedSize(draft) <= log::kMaxChangeBytes;
}

}  // namespace tocsin::intake
