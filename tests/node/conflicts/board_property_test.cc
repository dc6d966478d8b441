// Whatever two posts write and whenever they meet, a board that followed the news says what one
// made anew says, and what the view's records say.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "node/schema/field_table.h"
#include "tests/node/conflicts/apart.h"

namespace tocsin::conflicts {
namespace {

constexpr uint64_t kIncidents = 2;

std::unique_ptr<Board> BoardOf(view::ViewNode& node) {
  auto board =
      std::make_unique<Board>(node.log(), node.view(), node.node().executor(), BoardOptions());
  node.Run();
  return board;
}

std::string Describe(const Board& board) {
  std::map<std::string, std::string> lines;
  for (const Open& open : board.OpenNow().open) {
    lines[open.record.key.id.ToHex() + " " + std::to_string(open.field)] =
        absl::FormatTime(open.since) + " " + v1::Severity_Name(open.severity);
  }
  std::string text;
  for (const auto& [key, line] : lines) text += key + " " + line + "\n";
  return text;
}

std::string FieldsInConflict(view::ViewNode& node) {
  std::map<std::string, int> fields;
  for (uint64_t code = 1; code <= kIncidents; ++code) {
    auto record = node.view().Get(view::Incident(code));
    if (!record.ok()) continue;
    for (const v1::Conflict& conflict : record->shown.conflict()) {
      const auto* field = schema::FieldTable::Of(v1::INCIDENT).FindByName(conflict.field());
      fields[view::Incident(code).key.id.ToHex() + " " + std::to_string(field->number)] = 1;
    }
  }
  std::string text;
  for (const auto& [key, one] : fields) text += key + "\n";
  return text;
}

std::string KeysOf(const Board& board) {
  std::map<std::string, int> fields;
  for (const Open& open : board.OpenNow().open) {
    fields[open.record.key.id.ToHex() + " " + std::to_string(open.field)] = 1;
  }
  std::string text;
  for (const auto& [key, one] : fields) text += key + "\n";
  return text;
}

v1::Incident RandomWrite() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return Severity(static_cast<v1::Severity>(*rc::gen::inRange(2, 6)));
    case 1:
      return Description(std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3))));
    default:
      return State(static_cast<v1::IncidentState>(*rc::gen::inRange(1, 4)));
  }
}

RC_GTEST_PROP(BoardProperty, AFollowedBoardIsWhatOneMadeAnewIs, ()) {
  Apart apart;
  std::unique_ptr<Board> followed = BoardOf(apart.county);
  // By node and incident: what it wrote and what it was told, some of which a write overwrites.
  std::map<std::pair<bool, uint64_t>, std::vector<Dot>> known;
  const int steps = *rc::gen::inRange(1, 20);
  for (int i = 0; i < steps; ++i) {
    const int what = *rc::gen::inRange(0, 6);
    if (what == 0) {
      apart.Meet();
      for (uint64_t code = 1; code <= kIncidents; ++code) {
        std::vector<Dot> all = known[{true, code}];
        const std::vector<Dot>& others = known[{false, code}];
        all.insert(all.end(), others.begin(), others.end());
        known[{true, code}] = known[{false, code}] = all;
      }
    } else if (what == 1) {
      apart.Advance(absl::Minutes(*rc::gen::inRange(1, 60)));
    } else {
      const bool at_station = *rc::gen::arbitrary<bool>();
      const auto code = static_cast<uint64_t>(*rc::gen::inRange<int>(1, kIncidents + 1));
      std::vector<Dot>& dots = known[{at_station, code}];
      std::vector<Dot> overwrites;
      for (const Dot& dot : dots) {
        const bool twice = std::find(overwrites.begin(), overwrites.end(), dot) != overwrites.end();
        if (!twice && *rc::gen::arbitrary<bool>()) overwrites.push_back(dot);
      }
      dots.push_back(
          Apart::Write(at_station ? apart.station : apart.county, code, RandomWrite(), overwrites));
    }
    if (*rc::gen::arbitrary<bool>()) apart.Run();
  }
  apart.Meet();
  apart.Run();
  RC_ASSERT(Describe(*followed) == Describe(*BoardOf(apart.county)));
  RC_ASSERT(KeysOf(*followed) == FieldsInConflict(apart.county));
}

}  // namespace
}  // namespace tocsin::conflicts
