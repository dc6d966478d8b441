#include "node/log/draft.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "node/base/status.h"
#include "node/log/change.h"
#include "node/log/change_view.h"

namespace tocsin::log {
namespace {

void SortDots(std::vector<Dot>& dots) {
  std::sort(dots.begin(), dots.end());
  dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
}

// Sorts the restated fields; gives for each old position its new one, counted from 1.
std::vector<uint32_t> SortRestated(std::vector<Restated>& restated) {
  std::vector<uint32_t> order(restated.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(restated[a].field, restated[a].dot) <
           std::tie(restated[b].field, restated[b].dot);
  });
  std::vector<Restated> sorted;
  std::vector<uint32_t> place(restated.size() + 1, 0);
  for (size_t i = 0; i < order.size(); ++i) {
    sorted.push_back(std::move(restated[order[i]]));
    SortDots(sorted.back().overwrites);
    place[order[i] + 1] = static_cast<uint32_t>(i + 1);
  }
  restated = std::move(sorted);
  return place;
}

}  // namespace

absl::StatusOr<std::string> EncodeDraft(const Draft& draft, const Stamp& stamp, Random& random) {
  Change change;
  change.key = draft.key;
  if (draft.cap_status > 255 || draft.key.kind == 0) {
    return absl::InvalidArgumentError("a change without a kind, or with an unknown CAP status");
  }
  change.cap_status = draft.cap_status;
  change.stamp = stamp;
  change.ops = draft.ops;
  std::sort(change.ops.begin(), change.ops.end(),
            [](const FieldOp& a, const FieldOp& b) { return a.field < b.field; });
  for (FieldOp& op : change.ops) SortDots(op.overwrites);
  change.restated = draft.restated;
  std::vector<uint32_t> place = SortRestated(change.restated);
  change.values = draft.values;
  for (const Draft::DraftText& text : draft.texts) {
    if (text.origin >= place.size() && text.origin != 0) {
      return absl::InvalidArgumentError("a text of a field that the change does not restate");
    }
    Text& copy = change.texts.emplace_back();
    copy.origin = text.origin == 0 ? 0 : place[text.origin];
    copy.field = text.field;
    copy.element = text.element;
    if (text.hash.has_value()) {
      copy.hash = *text.hash;
      continue;
    }
    copy.bytes = text.bytes;
    copy.salt = text.salt.has_value() ? *text.salt : random.Fixed<Salt>();
  }
  std::sort(change.texts.begin(), change.texts.end(), [](const Text& a, const Text& b) {
    return std::tie(a.origin, a.field, a.element) < std::tie(b.origin, b.field, b.element);
  });

  std::string bytes;
  ByteWriter out(bytes);
  EncodeChange(change, out);
  if (bytes.size() > kMaxChangeBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a change of ", bytes.size(),
                                                   " bytes; one may have ", kMaxChangeBytes,
                                                   ": file it in several"));
  }
  // The reader of the grammar is also its judge.
  ChangeView view;
  absl::string_view rest = bytes;
  TOCSIN_RETURN_IF_ERROR(view.Parse(rest));
  return bytes;
}

}  // namespace tocsin::log
