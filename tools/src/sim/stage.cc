#include "tools/src/sim/stage.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/status.h"
#include "node/identity/memo.h"
#include "node/log/receipt.h"
#include "node/log/rows.h"

namespace tocsin::sim {
namespace {

// A fault whose moment does not come is given up.
constexpr absl::Duration kPatience = absl::Minutes(10);
constexpr absl::Duration kCheckEvery = absl::Minutes(15);

session::ConnectionOptions Options(const Plan& plan) {
  session::ConnectionOptions options;
  options.session.heartbeat_every = plan.heartbeat;
  options.tick = plan.heartbeat / 2;
  return options;
}

// What is held of a scope, in the words of its heads. A lane of which nothing is left, because it
// rotted before anybody else had it, is known to its author alone.
std::string HeldOf(const log::ScopeState* scope) {
  if (scope == nullptr) return log::EncodeListed({});
  std::vector<log::ListedLane> held = scope->listed;
  std::erase_if(held, [scope](const log::ListedLane& listed) {
    auto lane = std::find_if(scope->lanes.begin(), scope->lanes.end(),
                             [&](const log::LaneState& at) { return at.id == listed.lane; });
    return listed.has_birth && listed.runs.empty() && lane->debts.empty();
  });
  return log::EncodeListed(held);
}

// "lane 06b3b991 1..1 owing 2..2" of each lane of a scope.
std::string Tell(const log::ScopeState* scope) {
  std::string text;
  auto add = [&text](const log::Run& run) {
    absl::StrAppend(&text, " ", run.first.value(), "..", run.last.value());
  };
  if (scope == nullptr) return "nothing";
  for (const log::LaneState& lane : scope->lanes) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", "lane ", lane.id.ToHex().substr(0, 8));
    for (const log::Run& run : lane.runs) add(run);
    if (!lane.debts.empty()) absl::StrAppend(&text, " owing");
    for (const log::Run& debt : lane.debts) add(debt);
  }
  return text;
}

absl::Duration DownTime(const Event& event) {
  // Most machines are back within seconds.
  return event.draw % 3 == 0 ? std::min(event.length, absl::Minutes(15))
                             : absl::Milliseconds(static_cast<int64_t>(100 + event.draw % 5000));
}

}  // namespace

Stage::Stage(const Plan& plan, const Cast& cast, bool traced)
    : plan_(plan),
      trace_(traced),
      world_(plan.seed ^ 0x5eed),
      violations_(world_, trace_),
      holdings_(world_, cast, ledger_, violations_, trace_),
      statements_(world_, cast, ledger_, holdings_, violations_, trace_),
      views_(cast, holdings_, violations_),
      precedence_(link::LinkOptions(), violations_),
      writers_(world_, cast, holdings_, views_, violations_, trace_,
               [this](Node& node) { Strike(node, Trigger::kAnswered); }),
      wires_(world_.NewExecutor()),
      hands_(world_.NewExecutor()),
      tampered_(cast.size()) {
  for (size_t i = 0; i < cast.size(); ++i) {
    Machine& machine = machines_.emplace_back();
    machine.node = std::make_unique<Node>(world_, cast.roles[i], static_cast<int>(i),
                                          plan.seed * 1000 + i, plan.view_flush_bytes, *this);
    machine.node->clock().set_drift_ppm(plan.drift_ppm[i]);
    machine.node->clock().set_offset(plan.clock_offset[i]);
  }
  for (size_t i = 1; i < cast.size(); ++i) {
    lines_.push_back(
        std::make_unique<Line>(world_, *wires_, *machines_[i].node,
                               *machines_[static_cast<size_t>(cast.roles[i].parent)].node,
                               Options(plan), plan.seed * 1000 + 500 + i, *this, trace_));
  }
  world_.SetAfterTask([this] { AfterTask(); });
}

Stage::~Stage() {
  // What still runs ends as if it were killed; nobody looks any more.
  world_.SetAfterTask({});
  for (Machine& machine : machines_) {
    if (!machine.node->up()) continue;
    ForLinesOf(*machine.node, [&](Line& line, size_t) { line.OnStopping(*machine.node, false); });
    machine.node->Stop(End::kKilled);
  }
}

template <typename F>
void Stage::ForLinesOf(const Node& node, F f) {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (&lines_[i]->child() == &node || &lines_[i]->parent() == &node) f(*lines_[i], i);
  }
}

Outcome Stage::Play() {
  for (Machine& machine : machines_) Start(machine, false);
  for (const Event& event : plan_.events) {
    hands_->PostAfter(event.at, [this, event] { due_.push_back(event); });
  }
  for (absl::Duration at = kCheckEvery; at < plan_.end; at += kCheckEvery) {
    hands_->PostAfter(at, [this] { CheckNow(); });
  }
  if (plan_.mode == Mode::kLiveness) {
    hands_->PostAfter(plan_.quiet_from, [this] { quiet_ = true; });
  }
  world_.RunUntil(plan_.quiet_from);
  if (plan_.mode == Mode::kLiveness && !violations_.first()) {
    Heal();
    world_.RunUntil(plan_.end);
    if (!violations_.first()) CheckDrained();
  }
  if (!violations_.first()) CheckEnd();
  outcome_.violation = violations_.first();
  outcome_.writes = writers_.written();
  outcome_.changes = ledger_.facts().size();
  outcome_.tasks = world_.tasks();
  outcome_.simulated = world_.now();
  outcome_.trace = trace_.lines();
  return std::move(outcome_);
}

// -- Inside of tasks.

void Stage::OnPublished(Node& node, const log::Published& published) {
  holdings_.OnPublished(node, published);
  statements_.OnPublished(node, published);
  bool received = false;
  for (const log::AppendedRange& range : published.ranges) {
    received = received || range.origin.via != log::Via::kOwn;
    if (range.precedence != Precedence::kFlash) continue;
    ForLinesOf(node, [&](Line& line, size_t at) {
      Node& other = &line.child() == &node ? line.parent() : line.child();
      if (tampered_[at] || !other.up() || !line.caught_up() || range.origin.peer == other.name() ||
          !MayKnow(other.name(), range.scope.ToString()) || holdings_.Has(other, range)) {
        return;
      }
      precedence_.OnFlash(node, other, range);
    });
  }
  if (!published.ranges.empty()) Strike(node, Trigger::kPublished);
  if (received) Strike(node, Trigger::kReceived);
  if (!published.receipts.empty()) Strike(node, Trigger::kReceipt);
}

void Stage::OnFrameSent(Node& from, Node& to, const v1::Frame& frame) {
  precedence_.OnFrameSent(from, to, frame);
}

void Stage::OnGreeted(Node& node, Node& peer, absl::Duration opened) {
  trace_.Add(world_.now(), node.name(), "greets ", peer.name());
  precedence_.Forget(node, peer);
  holdings_.OnGreeted(node, peer, opened);
  Strike(node, Trigger::kGreeted);
}

void Stage::OnUnread(Node& to, size_t bytes) { precedence_.OnUnread(to, bytes); }

void Stage::Strike(Node& node, Trigger trigger) {
  auto& waiting = MachineOf(node).waiting;
  for (auto at = waiting.begin(); at != waiting.end();) {
    if (at->first.trigger == trigger && world_.now() <= at->second) {
      due_.push_back(at->first);
      due_.back().trigger = Trigger::kAtOnce;
      at = waiting.erase(at);
    } else {
      ++at;
    }
  }
}

// -- Between tasks.

void Stage::AfterTask() {
  for (Machine& machine : machines_) {
    if (!machine.sync_fails || !machine.node->up() || !machine.node->log_disk().failed()) continue;
    machine.sync_fails = false;
    trace_.Add(world_.now(), machine.node->name(), "stops: its disk did not make a write durable");
    Stop(machine, End::kDiskFailed, true);
    StartLater(machine, absl::Seconds(3), true);
  }
  while (!due_.empty() && !world_.stopped()) {
    std::vector<Event> due = std::exchange(due_, {});
    for (const Event& event : due) Begin(event);
  }
}

void Stage::Begin(const Event& event) {
  if (quiet_) return;
  if (event.trigger == Trigger::kAtOnce) return Happen(event);
  machines_[static_cast<size_t>(event.node)].waiting.emplace_back(event, world_.now() + kPatience);
}

void Stage::Happen(const Event& event) {
  Machine& machine = machines_[static_cast<size_t>(event.node)];
  trace_.Add(world_.now(), machine.node->name(), IsFault(event.kind) ? "FAULT " : "wants to ",
             NameOf(event.kind));
  if (IsFault(event.kind)) {
    ++outcome_.faults[std::string(NameOf(event.kind))];
    return Fault(event);
  }
  if (machine.node->up()) writers_.Run(*machine.node, event);
}

void Stage::Fault(const Event& event) {
  Machine& machine = machines_[static_cast<size_t>(event.node)];
  Node& node = *machine.node;
  switch (event.kind) {
    case EventKind::kKill:
    case EventKind::kPowerCut: {
      if (!node.up()) return;
      const bool killed = event.kind == EventKind::kKill;
      Stop(machine, killed ? End::kKilled : End::kPowerCut, killed || event.draw % 2 == 0);
      return StartLater(machine, DownTime(event));
    }
    case EventKind::kFailSync:
      if (!node.up()) return;
      node.log_disk().FailSync(1 + event.draw % 3);
      machine.sync_fails = true;
      return;
    case EventKind::kFullDisk:
      return FillDisk(machine, event);
    case EventKind::kRot:
      return Rot(machine, event);
    case EventKind::kBackup: {
      if (!node.up()) return;
      auto copy = node.CopyDisks();
      if (!copy.ok()) return;
      machine.backup = *std::move(copy);
      machine.backed_up = holdings_.Copy(node.index());
      return;
    }
    case EventKind::kRestore:
      return Restore(machine, event);
    case EventKind::kNewDisk:
      if (node.up()) Stop(machine, End::kPowerCut, false);
      node.ReplaceDisks({std::make_unique<store::ModelStore>(), nullptr});
      if (event.draw % 2 == 0) node.DropView();
      holdings_.OnReplaced(node.index(), nullptr);
      statements_.OnReplaced(node.index());
      return StartLater(machine, DownTime(event));
    case EventKind::kTwin:
      return Twin(machine, event);
    case EventKind::kDropView:
      if (node.up()) Stop(machine, End::kKilled, true);
      node.DropView();
      return StartLater(machine, DownTime(event));
    case EventKind::kClock: {
      // The city's clock is what the others are measured by.
      if (node.index() == 0) return;
      constexpr int64_t kHours[] = {-490'000, 90'000, -2, 2, 0};
      node.clock().set_offset(absl::Hours(kHours[event.draw % 5]) +
                              absl::Seconds(static_cast<int64_t>(event.draw % 1200) - 600));
      return;
    }
    default:
      return LineFault(event);
  }
}

void Stage::Stop(Machine& machine, End end, bool peer_hears) {
  Node& node = *machine.node;
  ForLinesOf(node, [&](Line& line, size_t) {
    precedence_.Forget(line.child(), line.parent());
    line.OnStopping(node, peer_hears);
  });
  node.Stop(end);
  machine.sync_fails = false;
  node.log_disk().FailSync(0);
  trace_.Add(world_.now(), node.name(), "is down");
}

void Stage::Start(Machine& machine, bool may_have_more, std::optional<uint64_t> log_seed) {
  Node& node = *machine.node;
  ++machine.wishes;
  absl::Status started = node.Start(log_seed);
  if (!started.ok()) {
    // A full disk may keep a view from being wiped; anything else should open.
    if (absl::IsResourceExhausted(started)) return StartLater(machine, absl::Minutes(1));
    violations_.Add("opens", node.name(), std::string(started.message()));
    return;
  }
  trace_.Add(world_.now(), node.name(), "is up");
  holdings_.OnStarted(node, may_have_more);
  if (may_have_more) statements_.OnStarted(node);
  ForLinesOf(node, [&](Line& line, size_t) {
    if (&line.child() == &node) line.OnChildStarted();
  });
}

void Stage::StartLater(Machine& machine, absl::Duration after, bool may_have_more) {
  const uint64_t wish = ++machine.wishes;
  Later(after, [this, &machine, wish, may_have_more] {
    if (machine.wishes == wish && !machine.node->up()) Start(machine, may_have_more);
  });
}

// Runs on the hands' own executor, and so inside of no process.
void Stage::Later(absl::Duration after, std::function<void()> what) {
  hands_->PostAfter(after, [what = std::move(what)] { what(); });
}

void Stage::Restore(Machine& machine, const Event& event) {
  Node& node = *machine.node;
  if (machine.backed_up == nullptr) return;
  if (node.up()) Stop(machine, End::kKilled, true);
  // The view that is there may be newer than the log that comes back.
  if (event.draw % 3 == 0) machine.backup.view = nullptr;
  node.ReplaceDisks(std::move(machine.backup));
  if (event.draw % 2 == 0) TOCSIN_CHECK(node.GiveNewLogId().ok());
  holdings_.OnReplaced(node.index(), std::exchange(machine.backed_up, nullptr));
  statements_.OnReplaced(node.index());
  StartLater(machine, DownTime(event));
}

// The machine is resumed from its snapshot, lives a little, and is resumed from it once more: both
// lives make the same choices, and so open the same lanes.
void Stage::Twin(Machine& machine, const Event& event) {
  Node& node = *machine.node;
  if (!node.up()) return;
  auto copy = node.CopyDisks();
  if (!copy.ok()) return;
  auto kept = std::make_shared<DiskCopy>(*std::move(copy));
  auto held = holdings_.Copy(node.index());
  Stop(machine, End::kKilled, true);
  Start(machine, false);
  if (!node.up()) return;
  const uint64_t log_seed = node.log_seed();
  writers_.FilePlain(node, event.draw);
  const uint64_t wish = machine.wishes;
  Later(std::min(event.length, absl::Minutes(5)),
        [this, &machine, event, log_seed, kept, held, wish] {
          // Only if it was not stopped and started since.
          if (machine.wishes == wish && machine.node->up() && !quiet_) {
            TwinAgain(machine, event, log_seed, kept, held);
          }
        });
}

void Stage::TwinAgain(Machine& machine, const Event& event, uint64_t log_seed,
                      std::shared_ptr<DiskCopy> copy, std::shared_ptr<const Holding> held) {
  Node& node = *machine.node;
  trace_.Add(world_.now(), node.name(), "is resumed from its snapshot once more");
  Stop(machine, End::kKilled, true);
  node.ReplaceDisks(std::move(*copy));
  holdings_.OnReplaced(node.index(), std::move(held));
  statements_.OnReplaced(node.index());
  Start(machine, false, log_seed);
  if (node.up()) writers_.FilePlain(node, event.draw + 1);
}

// Somewhere in the log, found by the next who reads there, or by the scrub.
void Stage::Rot(Machine& machine, const Event& event) {
  Node& node = *machine.node;
  std::vector<std::string> keys;
  for (auto it = node.log_disk().Scan("e", "f"); it->Valid(); it->Next()) {
    keys.emplace_back(it->key());
  }
  if (keys.empty()) return;
  SeededRandom random(event.draw);
  const std::string& key = keys[random.Below(keys.size())];
  const std::string value = node.log_disk().Get(key)->value();
  auto entry = log::DecodeEntry(value);
  TOCSIN_CHECK(entry.ok());
  holdings_.OnRotted(node, entry->header.last_step, Seq(entry->header.first),
                     Seq(entry->header.last));
  if (random.Below(2) == 0) {
    node.log_disk().SpoilPage(key);
  } else {
    // Its own header is guarded by the page's checksum alone.
    const size_t header = value.size() - entry->payload.size();
    node.log_disk().FlipBit(key, 8 * header + random.Below(8 * entry->payload.size()));
  }
  machine.rotten = true;
  // Flash that rotted before it went out waits for nothing.
  ForLinesOf(node, [&](Line& line, size_t) { precedence_.Forget(line.child(), line.parent()); });
  ScrubLater(machine, event.length);
}

void Stage::ScrubLater(Machine& machine, absl::Duration after) {
  Later(after, [&machine] {
    // The round that is under way, and a whole one.
    for (int round = 0; round < 2 && machine.node->up(); ++round) {
      machine.node->log().Scrub(SIZE_MAX).IgnoreError();
    }
  });
}

void Stage::FillDisk(Machine& machine, const Event& event) {
  Node& node = *machine.node;
  auto room = [&event](store::ModelStore& disk) {
    disk.SetCapacity(disk.bytes_used() + event.draw % 3000);
  };
  if (event.draw % 3 != 1) room(node.log_disk());
  if (event.draw % 3 != 0) room(node.view_disk());
  Later(event.length, [&node] {
    node.log_disk().SetCapacity(UINT64_MAX);
    node.view_disk().SetCapacity(UINT64_MAX);
  });
}

void Stage::LineFault(const Event& event) {
  const size_t at =
      event.node == 0 ? event.draw % lines_.size() : static_cast<size_t>(event.node) - 1;
  Line& line = *lines_[at];
  const Way way = event.draw % 2 == 0 ? Way::kUp : Way::kDown;
  precedence_.Forget(line.child(), line.parent());
  switch (event.kind) {
    case EventKind::kBreak:
      return line.Break();
    case EventKind::kPart:
      line.Part(true);
      return Later(event.length, [&line] { line.Part(false); });
    case EventKind::kMute:
      line.Mute(way);
      if (event.draw % 3 == 0) line.Mute(way == Way::kUp ? Way::kDown : Way::kUp);
      return;
    case EventKind::kClog:
      line.Clog(way, true);
      return Later(event.length, [&line, way] { line.Clog(way, false); });
    case EventKind::kThin:
      line.SetRate(300 + event.draw % 8000);
      return Later(event.length, [&line] { line.SetRate(0); });
    case EventKind::kGarble:
      return line.DamageNext(way, Damage::kGarble);
    case EventKind::kStrip:
      tampered_[at] = true;
      return line.DamageNext(way, Damage::kStrip);
    case EventKind::kForge:
      tampered_[at] = true;
      return line.DamageNext(way, Damage::kForge);
    default:
      return;
  }
}

// Faults end, and what they left standing is put right; what the network must do by itself it does.
void Stage::Heal() {
  quiet_ = true;
  trace_.Add(world_.now(), "everywhere", "faults end");
  for (size_t i = 0; i < lines_.size(); ++i) {
    lines_[i]->Heal();
    // What was tampered with on its way is asked for at the next greeting.
    if (tampered_[i]) lines_[i]->Break();
  }
  for (Machine& machine : machines_) {
    machine.waiting.clear();
    Node& node = *machine.node;
    node.log_disk().SetCapacity(UINT64_MAX);
    node.view_disk().SetCapacity(UINT64_MAX);
    node.log_disk().FailSync(0);
    if (!node.up()) Start(machine, true);
    if (machine.rotten) ScrubLater(machine, absl::Minutes(1));
  }
}

// -- Checks.

void Stage::CheckNow() {
  for (Machine& machine : machines_) {
    if (machine.node->up()) views_.CheckChanged(*machine.node);
  }
  for (const std::unique_ptr<Line>& line : lines_) {
    if (line->child().up() && line->parent().up()) views_.CheckEqual(line->child(), line->parent());
  }
}

void Stage::CheckEnd() {
  CheckNow();
  SeededRandom random(plan_.seed);
  // To make a view anew costs more than all other checks: one of them, often the city's, which has
  // most.
  const size_t rebuilt = random.Below(2) == 0 ? 0 : random.Below(machines_.size());
  for (size_t i = 0; i < machines_.size() && !violations_.first(); ++i) {
    Node& node = *machines_[i].node;
    if (!node.up()) continue;
    holdings_.CheckAll(node);
    statements_.CheckReading(node);
    if (i == rebuilt) views_.CheckRebuilt(node);
  }
  if (world_.waiting_max() > 20'000) {
    violations_.Add("bounds", "everywhere", "more than 20,000 tasks waited in one process");
  }
}

void Stage::CheckDrained() {
  for (Machine& machine : machines_) {
    Node& node = *machine.node;
    if (!node.up()) {
      violations_.Add("drains", node.name(), "it is not up");
      return;
    }
    if (node.view().lag() != 0) {
      violations_.Add("drains", node.name(), "its view has not caught up");
    } else if (writers_.open(node) != 0) {
      violations_.Add("drains", node.name(), "it has not answered all its callers");
    }
  }
  for (const std::unique_ptr<Line>& line : lines_) {
    Node& child = line->child();
    Node& parent = line->parent();
    if (!line->caught_up()) {
      violations_.Add("drains", child.name(), "its line up is not there, or has a backlog");
      return;
    }
    for (const auto& mine : child.log().ScopesFor(parent.jurisdiction())) {
      if (!MayKnow(child.name(), mine->scope.ToString())) continue;
      auto theirs = parent.log().ScopeOf(mine->scope);
      if (HeldOf(theirs.get()) == HeldOf(mine.get())) continue;
      violations_.Add(
          "drains", child.name(),
          absl::StrCat("it and ", parent.name(), " hold other things of ", mine->scope.ToString(),
                       ": ", Tell(mine.get()), "; and there: ", Tell(theirs.get())));
      return;
    }
    for (const auto& theirs : parent.log().ScopesFor(child.jurisdiction())) {
      if (child.log().ScopeOf(theirs->scope) != nullptr) continue;
      if (HeldOf(theirs.get()) == HeldOf(nullptr)) continue;
      violations_.Add("drains", child.name(),
                      absl::StrCat("it holds nothing of ", theirs->scope.ToString()));
      return;
    }
  }
  for (Machine& machine : machines_) holdings_.CheckRotFound(*machine.node);
  holdings_.CheckNothingLost();
  for (Machine& machine : machines_) statements_.CheckTold(*machine.node);
}

Outcome RunPlan(const Plan& plan, const Cast& cast, bool traced) {
  const identity::Memo memo;
  return Stage(plan, cast, traced).Play();
}

}  // namespace tocsin::sim
