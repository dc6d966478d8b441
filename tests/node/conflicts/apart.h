// A station and its county that write one incident apart, and the boards of both.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/conflicts/board.h"
#include "node/conflicts/list.h"
#include "tests/node/view/world.h"

namespace tocsin::conflicts {

inline v1::Incident Severity(v1::Severity severity) {
  v1::Incident incident;
  incident.set_severity(severity);
  return incident;
}
inline v1::Incident Description(const std::string& text) {
  v1::Incident incident;
  incident.set_description(text);
  return incident;
}
inline v1::Incident State(v1::IncidentState state) {
  v1::Incident incident;
  incident.set_state(state);
  return incident;
}

// A write that settles a field of an incident, with its reason.
inline v1::Incident Settling(v1::Incident incident, uint32_t field, v1::ResolveReason reason) {
  v1::Resolution& resolution = *incident.add_resolution();
  resolution.set_field(field);
  resolution.set_reason(reason);
  return incident;
}

// Both hold what they wrote until Meet().
class Apart {
 public:
  Apart() = default;

  // What both saw first.
  Dot File(uint64_t code, v1::Incident incident) {
    const Dot dot = station.Append(view::DraftOf(view::Incident(code), incident)).dot;
    county.TakeAll(station);
    return dot;
  }
  static Dot Write(view::ViewNode& at, uint64_t code, const v1::Incident& incident,
                   std::vector<Dot> overwrites) {
    return at.Append(view::DraftOf(view::Incident(code), incident, std::move(overwrites))).dot;
  }
  void Meet() {
    county.TakeAll(station);
    station.TakeAll(county, log::Via::kParent);
  }
  void Advance(absl::Duration by) {
    station.node().clock().Advance(by);
    county.node().clock().Advance(by);
  }
  void Run() {
    station.Run();
    county.Run();
  }

  log::TestNetwork network;
  view::ViewNode station{network.e201, 1};
  view::ViewNode county{network.kings, 2};
};

inline std::vector<v1::WatchConflictsResponse> EventsOf(const Board& board, uint64_t after = 0) {
  std::vector<v1::WatchConflictsResponse> messages;
  auto events = board.EventsAfter(after, Board::kEventsMax);
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok()) return messages;
  for (const auto& event : *events) messages.push_back(event->message);
  return messages;
}

}  // namespace tocsin::conflicts
