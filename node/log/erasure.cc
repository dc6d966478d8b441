#include "node/log/erasure.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <string>

#include "node/base/bytes.h"
#include "node/identity/hash.h"
#include "node/identity/record_id.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::log {
namespace {

static_assert(kErasureKind == static_cast<uint32_t>(v1::ERASURE));

constexpr absl::string_view kAgreementTag("tocsin/agreement/1\0", 19);

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

Agreement Hashed(const std::string& terms, absl::string_view what) {
  const Digest digest = identity::Sha256(absl::StrCat(terms, what));
  return *Agreement::FromBytes(digest.view().substr(0, Agreement::kSize));
}

Agreement AgreementOn(const std::string& terms, const ErasedText& text) {
  std::string named;
  ByteWriter out(named);
  out.Raw(text.at.lane.view());
  out.U64(text.at.seq);
  out.Raw(text.name.dot.view());
  out.U32(text.name.field);
  out.U32(text.name.element);
  return Hashed(terms, named);
}

// The record, if its term has come by the change's own stamp and lies far enough behind 1970.
std::optional<PostsOrder::Record> PastTerm(const v1::Erasure& erasure, const ChangeView& change,
                                           const std::string& terms) {
  const int64_t min_ms = absl::ToInt64Milliseconds(kRetentionMin);
  constexpr int64_t kMaxSeconds = int64_t{1} << 38;
  const std::optional<RecordId> id = RecordId::FromBytes(erasure.subject().id());
  const int64_t seconds = erasure.term_time().seconds();
  if (!id.has_value() || erasure.text_size() > 0 || !erasure.has_term_time() || seconds < 0 ||
      seconds > kMaxSeconds) {
    return std::nullopt;
  }
  const int64_t term_ms = seconds * 1000;
  if (term_ms <= min_ms || change.stamp().time >> 16 < static_cast<uint64_t>(term_ms)) {
    return std::nullopt;
  }
  std::string named;
  ByteWriter(named).U64(static_cast<uint64_t>(term_ms));
  const SubjectName subject{static_cast<uint32_t>(erasure.subject().kind()), *id};
  return PostsOrder::Record{{subject, static_cast<uint64_t>(term_ms - min_ms)},
                            Hashed(terms, named)};
}

}  // namespace

std::optional<PostsOrder> OrderOf(const Scope& scope, const Jurisdiction& author,
                                  const ChangeView& change) {
  if (change.kind() != kErasureKind) return std::nullopt;
  const absl::string_view values = change.own_values();
  v1::Erasure erasure;
  if (!erasure.ParseFromArray(values.data(), static_cast<int>(values.size())) ||
      erasure.jurisdiction_size() != 2 || erasure.subject().scope() != scope.ToString()) {
    return std::nullopt;
  }
  std::array<std::string, 2> posts = {erasure.jurisdiction(0), erasure.jurisdiction(1)};
  std::sort(posts.begin(), posts.end());
  const auto by = std::find(posts.begin(), posts.end(), author.path());
  if (posts[0] == posts[1] || by == posts.end()) return std::nullopt;

  PostsOrder order;
  order.by = static_cast<uint8_t>(by - posts.begin());
  const std::string terms = TermsOf(SubjectOf(scope, change).id, erasure.subject(), posts);
  if (erasure.ground() == v1::ERASURE_BY_RETENTION) {
    order.record = PastTerm(erasure, change, terms);
    return order;
  }
  if (erasure.ground() != v1::ERASURE_BY_TWO_POSTS) return std::nullopt;
  for (const v1::ErasedText& text : erasure.text()) {
    std::optional<LaneId> lane = LaneId::FromBytes(text.lane());
    std::optional<Dot> dot = Dot::FromBytes(text.dot());
    if (!lane.has_value() || !dot.has_value()) continue;
    const ErasedText named{{*dot, text.field(), text.element()}, {*lane, text.sequence()}};
    order.texts.push_back({named, AgreementOn(terms, named)});
  }
  return order;
}

SubjectName SubjectOf(const Scope& scope, const ChangeView& change) {
  const RecordId id = change.key_form() == KeyForm::kId
                          ? change.id()
                          : identity::RecordIdFromCode(scope, change.kind(), change.code_bits());
  return {change.kind(), id};
}

uint64_t WrittenAtMs(const ChangeView& change, const TextView& text) {
  const Stamp& stamp = text.origin == 0 ? change.stamp() : change.restated()[text.origin - 1].stamp;
  return stamp.time >> 16;
}

bool Erasures::Has(const Scope& scope, const TextName& text, const std::optional<Place>& at) const {
  absl::MutexLock lock(&mutex_);
  auto of_scope = by_scope_.find(scope);
  if (of_scope == by_scope_.end()) return false;
  auto places = of_scope->second.texts.find(text);
  if (places == of_scope->second.texts.end()) return false;
  return !at.has_value() ||
         std::find(places->second.begin(), places->second.end(), *at) != places->second.end();
}

bool Erasures::Has(const Scope& scope, const Carrier& carrier, const TextView& text) const {
  const TextName name{carrier.change.OriginOf(text, carrier.dot), text.field, text.element};
  if (Has(scope, name, text.origin == 0 ? std::optional<Place>(carrier.at) : std::nullopt)) {
    return true;
  }
  {
    absl::MutexLock lock(&mutex_);
    auto of_scope = by_scope_.find(scope);
    if (of_scope == by_scope_.end() || of_scope->second.records.empty()) return false;
  }
  const uint64_t through = ThroughMs(scope, SubjectOf(scope, carrier.change));
  return through > 0 && WrittenAtMs(carrier.change, text) <= through;
}

uint64_t Erasures::ThroughMs(const Scope& scope, const SubjectName& subject) const {
  absl::MutexLock lock(&mutex_);
  auto of_scope = by_scope_.find(scope);
  if (of_scope == by_scope_.end()) return 0;
  auto through = of_scope->second.records.find(subject);
  return through == of_scope->second.records.end() ? 0 : through->second;
}

bool Erasures::AnyIn(const Scope& scope) const {
  absl::MutexLock lock(&mutex_);
  return by_scope_.contains(scope);
}

void Erasures::Add(const Scope& scope, const ErasedText& text) {
  absl::MutexLock lock(&mutex_);
  Places& places = by_scope_[scope].texts[text.name];
  if (std::find(places.begin(), places.end(), text.at) == places.end()) places.push_back(text.at);
}

void Erasures::Add(const Scope& scope, const ErasedRecord& record) {
  absl::MutexLock lock(&mutex_);
  uint64_t& through = by_scope_[scope].records[record.subject];
  through = std::max(through, record.through_ms);
}

}  // namespace tocsin::log
