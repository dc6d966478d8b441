#include "node/intake/take_out.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "node/schema/field_value.h"
#include "node/schema/validate.h"

namespace tocsin::intake {
namespace {

using merge::Sibling;
using schema::FieldInfo;

// A write of the list, element by element, of which some may go.
class Elements {
 public:
  Elements(uint32_t kind, const FieldInfo& field, const Sibling& write)
      : kind_(kind), field_(field), write_(write) {
    if (field.is_text()) {
      for (const merge::TextValue& text : write.texts) elements_.push_back(text.bytes);
    } else {
      for (std::string& one : schema::SplitElements(kind, field.number, write.value)) {
        elements_.emplace_back(std::move(one));
      }
    }
  }

  const std::vector<std::optional<std::string>>& elements() const { return elements_; }

  size_t Count(const std::string& element) const {
    return static_cast<size_t>(
        std::count_if(elements_.begin(), elements_.end(),
                      [&](const auto& known) { return known && Equal(*known, element); }));
  }

  // REQUIRES: there is one.
  void Remove(const std::string& element) {
    elements_.erase(std::find_if(elements_.begin(), elements_.end(), [&](const auto& known) {
      return known && Equal(*known, element);
    }));
    touched_ = true;
  }

  void AddTo(TakingOut& result) const {
    if (!touched_) return;
    if (!std::all_of(elements_.begin(), elements_.end(),
                     [this](const auto& element) { return MayBeSaid(element); })) {
      result.incomplete = true;
      return;
    }
    auto add = [&result](const std::vector<Dot>& dots) {
      result.overwrites.insert(result.overwrites.end(), dots.begin(), dots.end());
    };
    add(write_.dots);
    add(write_.misquoted_by);
    if (elements_.empty()) return;
    Sibling again = write_;
    again.texts.clear();
    again.value.clear();
    for (const std::optional<std::string>& element : elements_) {
      if (field_.is_text()) {
        again.texts.push_back({static_cast<uint32_t>(again.texts.size()), element, Digest()});
      } else {
        again.value += *element;
      }
    }
    result.again.push_back(std::move(again));
  }

 private:
  bool MayBeSaid(const std::optional<std::string>& element) const {
    if (!element) return false;
    return field_.is_text() || schema::FragmentIsValid(kind_, field_.number, *element);
  }
  bool Equal(const std::string& a, const std::string& b) const {
    return field_.is_text() ? a == b : schema::FieldValuesEqual(kind_, field_.number, a, b);
  }

  const uint32_t kind_;
  const FieldInfo& field_;
  const Sibling& write_;
  std::vector<std::optional<std::string>> elements_;
  bool touched_ = false;
};

}  // namespace

TakingOut TakeOut(v1::Kind kind, const FieldInfo& field, absl::Span<const Sibling> gone,
                  absl::Span<const Sibling> standing, absl::Span<const Sibling* const> list) {
  const auto number = static_cast<uint32_t>(kind);
  std::vector<Elements> left;
  for (const Sibling& write : standing) left.emplace_back(number, field, write);
  std::vector<Elements> writes;
  for (const Sibling* write : list) writes.emplace_back(number, field, *write);
  auto count = [](const std::vector<Elements>& in, const std::string& element) {
    size_t all = 0;
    for (const Elements& each : in) all += each.Count(element);
    return all;
  };
  TakingOut result;
  for (const Sibling& write : gone) {
    const Elements elements(number, field, write);
    for (const std::optional<std::string>& element : elements.elements()) {
      if (!element) {
        result.incomplete = true;
        continue;
      }
      const size_t stay = count(left, *element);
      for (size_t have = count(writes, *element); have > stay; --have) {
        auto first = std::find_if(writes.begin(), writes.end(),
                                  [&](const Elements& each) { return each.Count(*element) > 0; });
        first->Remove(*element);
      }
    }
  }
  for (const Elements& write : writes) write.AddTo(result);
  return result;
}

}  // namespace tocsin::intake
