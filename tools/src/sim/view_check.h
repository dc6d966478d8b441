// Views: the checker of what people are shown.
//
// Invariants: *merge* (a record is what the slow model makes of the changes held), *highest* (no
// alarm is lowered by concurrency), *erased* (an erased text is shown nowhere, and kept nowhere),
// *equal* (replicas with equal heads show equal records), *rebuild* (a view is what its log makes,
// every key of every index included), *answered* (what a call answered is in the view), *heard*.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tools/src/sim/holdings.h"

namespace tocsin::sim {

class ViewCheck {
 public:
  ViewCheck(const Cast& cast, Holdings& holdings, Violations& violations);

  // Records that changed since the last time, if the view has caught up with the log.
  void CheckChanged(Node& node);
  // Scopes that both hold alike.
  void CheckEqual(Node& a, Node& b);
  // A view made anew beside the one that there is.
  void CheckRebuilt(Node& node);
  // A write of this node's process was answered with this record.
  void CheckAnswer(Node& node, const v1::Record& answer, bool is_new, bool heard);

 private:
  void CheckRecord(Node& node, const std::string& row_key);
  std::map<std::string, std::string> ShownOf(Node& node, const Scope& scope);

  const Cast& cast_;
  Holdings& holdings_;
  Violations& violations_;
  // Scopes of pairs that were compared as they stand, by what they hold.
  std::map<std::pair<int, std::string>, std::string> compared_;
};

}  // namespace tocsin::sim
