#include "node/log/erasure.h"

#include <limits>
#include <optional>

#include "tocsin/v1/records.pb.h"

namespace tocsin::log {
namespace {

static_assert(kErasureKind == static_cast<uint32_t>(v1::ERASURE));

bool InForce(const v1::Erasure& erasure) {
  switch (erasure.ground()) {
    case v1::ERASURE_BY_RETENTION:
      return true;
    case v1::ERASURE_BY_TWO_POSTS:
      return erasure.jurisdiction_size() == 2 &&
             erasure.jurisdiction(0) != erasure.jurisdiction(1);
    default:
      return false;
  }
}

}  // namespace

std::vector<ErasedText> OrderedGone(const ChangeView& change) {
  if (change.kind() != kErasureKind) return {};
  absl::string_view values = change.own_values();
  v1::Erasure erasure;
  if (!erasure.ParseFromArray(values.data(), static_cast<int>(values.size())) ||
      !InForce(erasure)) {
    return {};
  }
  std::vector<ErasedText> gone;
  for (const v1::ErasedText& text : erasure.text()) {
    std::optional<LaneId> lane = LaneId::FromBytes(text.lane());
    std::optional<Dot> dot = Dot::FromBytes(text.dot());
    if (!lane.has_value() || !dot.has_value()) continue;
    gone.push_back({*lane, text.sequence(), *dot, text.field(), text.element()});
  }
  return gone;
}

bool Erasures::Has(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) const {
  absl::MutexLock lock(&mutex_);
  auto found = by_scope_.find(scope);
  return found != by_scope_.end() && found->second.contains(Name{dot, field, element});
}

bool Erasures::AnyIn(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  return by_scope_.contains(scope);
}

void Erasures::Add(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) {
  absl::MutexLock lock(&mutex_);
  by_scope_[scope].insert({dot, field, element});
}

size_t Erasures::size() const {
  absl::MutexLock lock(&mutex_);
  size_t count = 0;
  for (const auto& [scope, names] : by_scope_) count += names.size();
  return count;
}

}  // namespace tocsin::log
