// What a change must carry of its record's earlier ones: it may arrive before them when its lane is
// more urgent than theirs. Pure functions; any thread.
#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/base/ids.h"
#include "node/log/change.h"
#include "node/log/log.h"
#include "node/merge/merge.h"

namespace tocsin::intake {

// Texts and polygons beyond it follow in their own lane; coded fields and the point always go.
inline constexpr size_t kRestatedBytesMax = 4096;

// One write of one field, as the changes held tell it: the original's words, or a copy's while the
// original is not here.
struct FieldWrite {
  uint32_t field = 0;
  Dot dot;
  log::Stamp stamp;
  bool clear = false;
  std::vector<Dot> overwrites;
  std::string value;
  // Salts or hashes included; `origin` means nothing here.
  std::vector<log::Text> texts;
  // The most urgent lane in which the original or a copy of it travels.
  Precedence carried = Precedence::kRoutine;
  bool is_copy = false;
};

// Every write of a record, by field and dot. What a walk comes to in the record's past is read
// then.
class Writes {
 public:
  // Reads one change of the past; nothing if it is not there. May be null.
  using PastChange = std::function<std::optional<merge::HeldChange>(const Dot&)>;

  Writes(uint32_t kind, absl::Span<const merge::HeldChange> changes,
         PastChange past_change = nullptr);

  // Null when no change held says it.
  const FieldWrite* Find(uint32_t field, const Dot& dot);

  // Beside `dots`, what a change in a lane of `precedence` that overwrites them must list: what
  // they overwrote and its receiver may hold before them. Else an overwritten value would come back
  // until they arrive.
  std::vector<Dot> OverwrittenBehind(uint32_t field, const std::vector<Dot>& dots,
                                     Precedence precedence);

  // What a change in a lane of `precedence` must restate of the field: of its siblings `dots` those
  // that travel slower, and what says of a value that its receiver may hold that it is overwritten,
  // removals from a UNION included.
  std::vector<const FieldWrite*> ToRestate(uint32_t field, const std::vector<Dot>& dots,
                                           Precedence precedence);

 private:
  using Key = std::pair<uint32_t, Dot>;

  void Add(FieldWrite write);
  void AddChange(const merge::HeldChange& held);

  const uint32_t kind_;
  const PastChange past_change_;
  // Dots of the past that were asked for.
  std::set<Dot> asked_;
  std::map<Key, FieldWrite> writes_;
};

// Adds to what the draft restates, with the texts of the write.
void AddRestated(const FieldWrite& write, log::Draft& draft);

// Is it one of those that follow in their own lane?
bool IsTooLargeToRestate(uint32_t kind, const FieldWrite& write);

}  // namespace tocsin::intake
