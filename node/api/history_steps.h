// A record's history told step by step: what each change did to each field here when it came. Pure
// of gRPC; used by one thread at a time.
#pragma once

#include <cstdint>

#include "node/merge/merge.h"
#include "node/merge/replay.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

class HistorySteps {
 public:
  // Texts are masked and counts shown as in the view.
  HistorySteps(uint32_t kind, uint32_t min_cell)
      : kind_(kind), min_cell_(min_cell), replay_(kind) {}

  // The next change that came. Adds a step for each field that it writes, and for each that it
  // carries ahead of a change that was not here.
  void Tell(const merge::HeldChange& change, v1::HistoryEntry& entry);

 private:
  // What one change says of one field, as a value like any other.
  std::string JsonOf(uint32_t field, const merge::Sibling& sibling) const;
  // The elements of these dots; empty where none of them stood.
  std::string JsonOfRemoved(uint32_t field, const std::optional<merge::MergedField>& before,
                            const std::vector<Dot>& dots) const;
  std::string JsonOfOwn(const merge::HeldChange& change, uint32_t field, bool clear) const;
  std::string Presented(uint32_t field, std::string fragment) const;

  const uint32_t kind_;
  const uint32_t min_cell_;
  merge::Replay replay_;
};

}  // namespace tocsin::api
