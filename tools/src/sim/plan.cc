#include "tools/src/sim/plan.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>

#include "node/base/random.h"
#include "tools/src/sim/trace.h"

namespace tocsin::sim {
namespace {

struct KindInfo {
  const char* name;
  bool is_fault;
  // How often it is drawn among its like.
  int weight;
};

constexpr std::array<KindInfo, kEventKinds> kKinds = {{
    {"file", false, 24},    {"edit", false, 40},     {"resolve", false, 10},
    {"close", false, 10},   {"broadcast", false, 4}, {"hear", false, 4},
    {"settle", false, 8},   {"move", false, 8},      {"relate", false, 6},
    {"erase", false, 6},    {"again", false, 3},     {"newer", false, 12},
    {"kill", true, 10},     {"power-cut", true, 10}, {"fail-sync", true, 5},
    {"full-disk", true, 4}, {"backup", true, 8},     {"restore", true, 5},
    {"new-disk", true, 2},  {"twin", true, 4},       {"drop-view", true, 3},
    {"clock", true, 6},     {"break", true, 8},      {"part", true, 10},
    {"mute", true, 5},      {"clog", true, 6},       {"thin", true, 4},
    {"garble", true, 4},    {"strip", true, 4},      {"forge", true, 3},
    {"rot", true, 12},
}};

const KindInfo& InfoOf(EventKind kind) { return kKinds[static_cast<size_t>(kind)]; }

// What stands between values, posts and records is drawn in two runs of five, what rots in one of
// seven, and so a newer program. The others draw as they did before there was such a thing: a seed
// that once found a fault still does.
bool IsDrawnIn(uint64_t seed, EventKind kind) {
  switch (kind) {
    case EventKind::kSettle:
    case EventKind::kMove:
    case EventKind::kRelate:
      return seed % 5 == 1 || seed % 5 == 3;
    case EventKind::kRot:
      return seed % 7 == 2;
    case EventKind::kNewer:
      return seed % 7 == 6;
    // A county that has lost what the newer city wrote takes it from the city and from nobody else.
    case EventKind::kRestore:
    case EventKind::kNewDisk:
      return seed % 7 != 6;
    default:
      return true;
  }
}

// Draws a plan.
class Planner {
 public:
  Planner(uint64_t seed, Mode mode, const Cast& cast) : random_(seed), cast_(cast) {
    plan_.seed = seed;
    plan_.mode = mode;
    plan_.end = kRunLength;
    plan_.quiet_from = mode == Mode::kLiveness ? kRunLength - kDrain : kRunLength;
  }

  Plan Run() {
    DrawMachines();
    DrawWrites();
    DrawFaults();
    std::stable_sort(plan_.events.begin(), plan_.events.end(),
                     [](const Event& a, const Event& b) { return a.at < b.at; });
    return std::move(plan_);
  }

 private:
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  absl::Duration Seconds(uint64_t least, uint64_t below) {
    return absl::Milliseconds(static_cast<int64_t>(1000 * least + Below(1000 * (below - least))));
  }
  absl::Duration AnyTime() {
    return Seconds(60, static_cast<uint64_t>(absl::ToInt64Seconds(plan_.quiet_from)));
  }

  void DrawMachines() {
    constexpr std::array<int64_t, 5> kFlush = {1, 2'000, 20'000, 1'000'000, 1'000'000};
    for (size_t i = 0; i < cast_.size(); ++i) {
      plan_.drift_ppm.push_back(static_cast<int64_t>(Below(1001)) - 500);
      absl::Duration offset;
      // A dead battery: 1970 or 2036.
      if (i > 0 && Below(12) == 0) offset = absl::Hours(Below(2) == 0 ? -490'000 : 90'000);
      plan_.clock_offset.push_back(offset);
    }
    plan_.view_flush_bytes = static_cast<size_t>(kFlush[Below(kFlush.size())]);
    plan_.heartbeat = absl::Minutes(static_cast<int64_t>(2 + Below(3)));
  }

  // Several groups of writes, each within a short time and around one station and those above it,
  // often with a line between them down, so that writes that do not see one another are common.
  void DrawWrites() {
    const uint64_t groups = 3 + Below(5);
    for (uint64_t group = 0; group < groups; ++group) {
      const absl::Duration begin = AnyTime();
      const std::vector<int> line = SomeLine();
      AddWrite(EventKind::kFile, begin, line.back());
      if (Below(3) == 0 && line.size() > 1) {
        Event part;
        part.at = InTime(begin + Seconds(2, 10));
        part.kind = EventKind::kPart;
        part.node = line[1 + Below(line.size() - 1)];
        part.length = Seconds(60, 600);
        part.draw = Below(UINT64_MAX);
        plan_.events.push_back(part);
      }
      const uint64_t writes = 2 + Below(6);
      for (uint64_t i = 0; i < writes; ++i) {
        const int node =
            Below(4) != 0 ? line[Below(line.size())] : static_cast<int>(Below(cast_.size()));
        AddWrite(Draw(false, {}), begin + Seconds(3, 90), node);
      }
    }
  }

  // A station, or a hub, below all that stand above it.
  std::vector<int> SomeLine() {
    std::vector<int> line;
    for (auto node = static_cast<int>(Below(cast_.size())); node >= 0;
         node = cast_.roles[static_cast<size_t>(node)].parent) {
      line.insert(line.begin(), node);
    }
    return line;
  }

  absl::Duration InTime(absl::Duration at) const {
    return std::min(at, plan_.quiet_from - absl::Seconds(1));
  }

  void AddWrite(EventKind kind, absl::Duration at, int node) {
    Event event;
    event.at = InTime(at);
    event.kind = kind;
    event.node = kind == EventKind::kNewer ? 0 : node;
    event.draw = Below(UINT64_MAX);
    plan_.events.push_back(event);
  }

  EventKind Draw(bool faults, const std::vector<EventKind>& allowed) {
    int all = 0;
    auto counts = [&](int kind) {
      if (!IsDrawnIn(plan_.seed, static_cast<EventKind>(kind))) return false;
      return kKinds[static_cast<size_t>(kind)].is_fault == faults &&
             (allowed.empty() || std::find(allowed.begin(), allowed.end(),
                                           static_cast<EventKind>(kind)) != allowed.end());
    };
    for (int kind = 0; kind < kEventKinds; ++kind) {
      if (counts(kind)) all += kKinds[static_cast<size_t>(kind)].weight;
    }
    auto at = static_cast<int>(Below(static_cast<uint64_t>(all)));
    for (int kind = 0; kind < kEventKinds; ++kind) {
      if (!counts(kind)) continue;
      at -= kKinds[static_cast<size_t>(kind)].weight;
      if (at < 0) return static_cast<EventKind>(kind);
    }
    return EventKind::kFile;
  }

  // Few sorts of faults in one run, and several of them close together: what all sorts at once
  // would hide shows.
  void DrawFaults() {
    std::vector<EventKind> allowed;
    const uint64_t sorts = 1 + Below(5);
    for (uint64_t i = 0; i < sorts; ++i) allowed.push_back(Draw(true, {}));
    if (std::find(allowed.begin(), allowed.end(), EventKind::kRestore) != allowed.end()) {
      allowed.push_back(EventKind::kBackup);
    }
    const uint64_t faults = Below(16);
    absl::Duration last;
    for (uint64_t i = 0; i < faults; ++i) {
      Event event;
      const bool near = i > 0 && Below(2) == 0;
      event.at = near ? last + Seconds(0, 30) : NearAWrite();
      event.at = std::min(event.at, plan_.quiet_from - absl::Seconds(1));
      last = event.at;
      event.kind = Draw(true, allowed);
      event.node = static_cast<int>(Below(cast_.size()));
      if (Below(2) == 0) event.trigger = static_cast<Trigger>(1 + Below(5));
      event.length = Below(3) == 0 ? Seconds(1, 20) : Seconds(20, 1500);
      event.draw = Below(UINT64_MAX);
      plan_.events.push_back(event);
    }
  }

  absl::Duration NearAWrite() {
    if (plan_.events.empty() || Below(4) == 0) return AnyTime();
    const Event& write = plan_.events[Below(plan_.events.size())];
    return write.at + absl::Milliseconds(static_cast<int64_t>(Below(4000))) - absl::Seconds(2);
  }

  SeededRandom random_;
  const Cast& cast_;
  Plan plan_;
};

}  // namespace

absl::string_view NameOf(EventKind kind) { return InfoOf(kind).name; }
bool IsFault(EventKind kind) { return InfoOf(kind).is_fault; }

absl::string_view NameOf(Trigger trigger) {
  switch (trigger) {
    case Trigger::kAtOnce:
      return "at once";
    case Trigger::kPublished:
      return "when it next makes something durable";
    case Trigger::kReceived:
      return "when it next holds what another wrote";
    case Trigger::kReceipt:
      return "when it next keeps a receipt";
    case Trigger::kGreeted:
      return "when it next greets a peer";
    case Trigger::kAnswered:
      return "when it next answers a caller";
  }
  return "";
}

std::string Event::Describe(const Cast& cast) const {
  std::string text =
      absl::StrCat(Moment(at), "  ", cast.at(static_cast<size_t>(node)).path(), "  ", NameOf(kind));
  if (IsFault(kind)) {
    absl::StrAppend(&text, " ", NameOf(trigger));
    absl::StrAppend(&text, ", for ", absl::FormatDuration(absl::Trunc(length, absl::Seconds(1))));
  }
  return text;
}

Plan MakePlan(uint64_t seed, Mode mode, const Cast& cast) {
  return Planner(seed, mode, cast).Run();
}

}  // namespace tocsin::sim
