#include "node/log/erasure.h"

#include <algorithm>
#include <array>
#include <string>

#include "node/base/bytes.h"
#include "node/base/planted.h"
#include "node/identity/hash.h"
#include "node/identity/record_id.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::log {
namespace {

static_assert(kErasureKind == static_cast<uint32_t>(v1::ERASURE));

constexpr absl::string_view kAgreementTag("tocsin/agreement/1\0", 19);

RecordId ErasureId(const Scope& scope, const ChangeView& change) {
  return change.key_form() == KeyForm::kId
             ? change.id()
             : identity::RecordIdFromCode(scope, kErasureKind, change.code_bits());
}

// All but the text itself: the erasure's record, the record that it is about, the two posts.
std::string TermsOf(const RecordId& erasure, const v1::RecordRef& subject,
                    const std::array<std::string, 2>& posts) {
  std::string terms(kAgreementTag);
  ByteWriter out(terms);
  out.Raw(erasure.view());
  out.U32(static_cast<uint32_t>(subject.kind()));
  out.LengthPrefixed(subject.id());
  for (const std::string& post : posts) out.LengthPrefixed(post);
  return terms;
}

Agreement AgreementOn(const std::string& terms, const ErasedText& text) {
  std::string named;
  ByteWriter out(named);
  out.Raw(text.at.lane.view());
  out.U64(text.at.seq);
  out.Raw(text.name.dot.view());
  out.U32(text.name.field);
  out.U32(text.name.element);
  const Digest digest = identity::Sha256(terms + named);
  return *Agreement::FromBytes(digest.view().substr(0, Agreement::kSize));
}

}  // namespace

std::optional<PostsOrder> OrderOf(const Scope& scope, const Jurisdiction& author,
                                  const ChangeView& change) {
  if (change.kind() != kErasureKind) return std::nullopt;
  const absl::string_view values = change.own_values();
  v1::Erasure erasure;
  if (!erasure.ParseFromArray(values.data(), static_cast<int>(values.size())) ||
      erasure.ground() != v1::ERASURE_BY_TWO_POSTS || erasure.jurisdiction_size() != 2 ||
      erasure.subject().scope() != scope.ToString()) {
    return std::nullopt;
  }
  std::array<std::string, 2> posts = {erasure.jurisdiction(0), erasure.jurisdiction(1)};
  std::sort(posts.begin(), posts.end());
  const auto by = std::find(posts.begin(), posts.end(), author.path());
  if (posts[0] == posts[1] || by == posts.end()) return std::nullopt;

  PostsOrder order;
  order.by = static_cast<uint8_t>(by - posts.begin());
  const std::string terms = TermsOf(ErasureId(scope, change), erasure.subject(), posts);
  for (const v1::ErasedText& text : erasure.text()) {
    std::optional<LaneId> lane = LaneId::FromBytes(text.lane());
    std::optional<Dot> dot = Dot::FromBytes(text.dot());
    if (!lane.has_value() || !dot.has_value()) continue;
    const ErasedText named{{*dot, text.field(), text.element()}, {*lane, text.sequence()}};
    order.texts.push_back({named, AgreementOn(terms, named)});
  }
  return order;
}

bool Erasures::Has(const Scope& scope, const TextName& text,
                   const std::optional<Place>& at) const {
  absl::MutexLock lock(&mutex_);
  auto names = by_scope_.find(scope);
  if (names == by_scope_.end()) return false;
  auto places = names->second.find(text);
  if (places == names->second.end()) return false;
  return !at.has_value() ||
         std::find(places->second.begin(), places->second.end(), *at) != places->second.end();
}

bool Erasures::AnyIn(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  return by_scope_.contains(scope);
}

void Erasures::Add(const Scope& scope, const ErasedText& text) {
  absl::MutexLock lock(&mutex_);
  Places& places = by_scope_[scope][text.name];
  if (std::find(places.begin(), places.end(), text.at) == places.end()) places.push_back(text.at);
}

}  // namespace tocsin::log
