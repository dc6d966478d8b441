// Erasures: which texts are ordered gone, and by whom. The one place of the log that looks into
// values.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/change_view.h"

namespace tocsin::log {

// v1::Kind of an erasure.
inline constexpr uint32_t kErasureKind = 14;

// Of one text: what two posts must say alike for it to go (docs/storage.md, "Erasure").
using Agreement = FixedBytes<struct AgreementTag, 16>;

// A text by the change that wrote it: in every copy of that change, restated ones included.
struct TextName {
  Dot dot;
  uint32_t field = 0;
  uint32_t element = 0;

  friend auto operator<=>(const TextName&, const TextName&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const TextName& name) {
    return H::combine(std::move(h), name.dot, name.field, name.element);
  }
};

// Where in the log a change stands.
struct Place {
  LaneId lane;
  uint64_t seq = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

// A text as an erasure names it.
struct ErasedText {
  TextName name;
  Place at;
  friend auto operator<=>(const ErasedText&, const ErasedText&) = default;
};

// No record goes by retention before this has passed since what is written of it.
inline constexpr absl::Duration kRetentionMin = absl::Hours(24 * 365);

// A record of a scope.
struct SubjectName {
  uint32_t kind = 0;
  RecordId id;

  friend auto operator<=>(const SubjectName&, const SubjectName&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SubjectName& name) {
    return H::combine(std::move(h), name.kind, name.id);
  }
};

// A record past its term: what of it is stamped up to then goes.
struct ErasedRecord {
  SubjectName subject;
  // Milliseconds since 1970, above 0.
  uint64_t through_ms = 0;

  friend auto operator<=>(const ErasedRecord&, const ErasedRecord&) = default;
};

// What the post that wrote one change says: these texts may go, or this record is past its term, if
// the other post that it names says so too.
struct PostsOrder {
  // Which of the two it is, in the order of their names: 0 or 1.
  uint8_t by = 0;
  struct Text {
    ErasedText text;
    Agreement agreement;
  };
  std::vector<Text> texts;
  struct Record {
    ErasedRecord record;
    Agreement agreement;
  };
  std::optional<Record> record;

  uint8_t other() const { return by == 0 ? 1 : 0; }
};

// Nothing unless the change is an erasure about a record of its own scope, and names two posts of
// which its author is one. By two posts it names texts; by retention a term, which its own stamp
// has reached, and no text. A pure function of what it is given.
std::optional<PostsOrder> OrderOf(const Scope& scope, const Jurisdiction& author,
                                  const ChangeView& change);

// What a change is, of whose texts it is asked whether they are gone.
struct Carrier {
  Place at;
  Dot dot;
  const ChangeView& change;
};
SubjectName SubjectOf(const Scope& scope, const ChangeView& change);
// When a text of it was written, by the stamp of the change that wrote it: milliseconds since 1970.
uint64_t WrittenAtMs(const ChangeView& change, const TextView& text);

// What is ordered gone by two posts' words. Thread-safe; the append strand alone adds. Owned by the
// log. Memory: about 120 bytes for each text or record.
class Erasures {
 public:
  // `at` is where the change stands of which it is asked, if that is the one that wrote the text:
  // an order that names another place is not about it.
  bool Has(const Scope& scope, const TextName& text, const std::optional<Place>& at) const;
  // By an order about the text, or as one of a record past its term.
  bool Has(const Scope& scope, const Carrier& carrier, const TextView& text) const;
  // Up to when what is written of a record is past its term; 0 for one that is not.
  uint64_t ThroughMs(const Scope& scope, const SubjectName& subject) const;
  // Quick: false for almost every scope.
  bool AnyIn(const Scope& scope) const;
  void Add(const Scope& scope, const ErasedText& text);
  void Add(const Scope& scope, const ErasedRecord& record);

 private:
  using Places = absl::InlinedVector<Place, 1>;
  struct OfScope {
    absl::flat_hash_map<TextName, Places> texts;
    absl::flat_hash_map<SubjectName, uint64_t> records;
  };
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<Scope, OfScope> by_scope_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::log
