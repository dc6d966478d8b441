// Admission: whether a change that the log holds is projected, or withheld and why. First of the
// projector's four functions (view.h). A function of the set held: what is learned later of a lane
// (that it forked, and where) is asked of all that was projected of it before. Values and pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/change.h"
#include "node/log/erasure.h"
#include "node/log/lane.h"
#include "node/merge/merge.h"

namespace tocsin::view {

// Why a change is not projected. Numbers are on disk.
enum class Withheld : uint32_t {
  kNot = 0,
  // Its lane has more branches than a node projects; from where they part none is projected.
  kTooManyBranches = 1,
  // A kind of a newer schema: carried, and projected after an upgrade.
  kUnknownKind = 2,
};

// What a lane's runs say of its branches.
struct LaneForks {
  // The first sequence on which two branches disagree.
  std::optional<Seq> parts_at;
  std::optional<Seq> withheld_from;

  bool any() const { return parts_at || withheld_from; }
  friend bool operator==(const LaneForks&, const LaneForks&) = default;
};

LaneForks ForksOf(const log::LaneState& lane);

Withheld Admit(const merge::HeldChange& change, const LaneForks& lane);
// Whether it lies where its lane's branches part, or beyond.
bool IsForked(const merge::HeldChange& change, const LaneForks& lane);

// Which record an erasure is about; nothing for another change, or if it names none of its own
// scope.
std::optional<log::RecordKey> SubjectOf(const Scope& scope, const log::Change& change);

// What an erasure asks for.
struct ErasureOrder {
  // In force for those of which the log says so.
  std::vector<log::ErasedText> texts;
  // The whole record, past its term; in force as far as the log says so.
  std::optional<log::SubjectName> record;
};

// Empty for a change that is no erasure.
ErasureOrder OrderOf(const Scope& scope, const Jurisdiction& author, const log::Change& change);

}  // namespace tocsin::view
