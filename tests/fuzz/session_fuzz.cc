// Link frames and session messages from a peer that has greeted rightly and then says anything: no
// crash, no broken invariant, and what was held before is held after.
#include "node/session/session.h"

#include <google/protobuf/stubs/logging.h>

#include <memory>
#include <string>
#include <vector>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/link/link.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/sim_network.h"
#include "tocsin/v1/link.pb.h"

namespace tocsin::fuzz {
namespace {

class Quiet final : public session::SessionObserver {
 public:
  void OnReady() override {}
  absl::Status OnPeer(const session::Peer&) override { return absl::OkStatus(); }
  void OnTaken(Precedence, size_t) override {}
  void OnEnd(const absl::Status&) override {}
};

// A county with a station below it, made once; each run has sessions of its own.
struct World {
  World() {
    SetLogLevel(LogLevel::kOff);
    google::protobuf::SetLogHandler(nullptr);
    log::Draft draft = sim::NoteDraft(world, Scope::Parse("kings/e1").value(),
                                      Precedence::kPriority, "smoke seen");
    std::vector<log::Draft> drafts;
    drafts.push_back(std::move(draft));
    child.log().Append(std::move(drafts), [](auto appended) { TOCSIN_CHECK(appended.ok()); });
    world.executor.RunUntilIdle();
  }
  identity::NodeSpec Spec(absl::string_view path, bool hub) {
    return {std::string(path), Jurisdiction::Parse(path).value(), hub, world.clock.WallNow(), {}};
  }

  sim::World world{1};
  identity::Identity root = identity::Identity::NewRoot(Spec("kings", true), world.random).value();
  sim::SimNode parent{world, root};
  sim::SimNode child{world, root.NewChild(Spec("kings/e1", false), world.random).value()};
};

World& TheWorld() {
  static World* world = new World();
  return *world;
}

struct Pair {
  Pair()
      : strand(std::make_shared<Strand>(TheWorld().world.executor)),
        child(session::Role::kChild, TheWorld().child.session_node(), {}, strand, quiet),
        parent(session::Role::kParent, TheWorld().parent.session_node(), {}, strand, quiet) {
    child.Start();
  }

  // Moves what either end has to say; keeps what the child said.
  void Greet() {
    for (bool moved = true; moved;) {
      moved = Move(child, parent, &said) || Move(parent, child, nullptr);
      TheWorld().world.executor.RunUntilIdle();
    }
    TOCSIN_CHECK(parent.running());
  }

  static bool Move(session::Session& from, session::Session& to, std::vector<std::string>* said) {
    for (Precedence precedence : kPrecedences) {
      std::optional<std::string> message = from.NextMessage(precedence);
      if (!message) continue;
      if (said != nullptr) said->push_back(*message);
      TOCSIN_CHECK(to.OnMessage(precedence, *message).ok());
      return true;
    }
    return false;
  }

  Quiet quiet;
  std::shared_ptr<Strand> strand;
  session::Session child;
  session::Session parent;
  std::vector<std::string> said;
};

}  // namespace

// Heads of lanes that were lost, in two parts, as a running session sends them.
std::vector<std::string> HeadsAnew() {
  std::vector<std::string> parts;
  for (bool more : {true, false}) {
    v1::SessionMessage message;
    v1::Heads& heads = *message.mutable_heads();
    heads.set_anew(true);
    heads.set_answer_wanted(true);
    heads.set_more(more);
    v1::ScopeHeads& scope = *heads.add_scope();
    scope.set_scope("city/kings/e1");
    v1::LaneHead& lane = *scope.add_lane();
    lane.set_lane(std::string(LaneId::kSize, 'l'));
    lane.set_has_birth(true);
    v1::RunHead& run = *lane.add_run();
    run.set_first(more ? 1 : 7);
    run.set_last(more ? 5 : 9);
    run.set_last_step(std::string(Step::kSize, 's'));
    parts.push_back(message.SerializeAsString());
  }
  return parts;
}

// A first byte for the level (link or session), then length-prefixed frames or messages.
std::vector<std::string> Seeds() {
  Pair pair;
  pair.Greet();
  std::string messages(1, '\x01');
  std::string frames(1, '\x00');
  ByteWriter message_writer(messages);
  ByteWriter frame_writer(frames);
  for (const std::string& part : HeadsAnew()) pair.said.push_back(part);
  for (const std::string& said : pair.said) {
    message_writer.LengthPrefixed(said);
    v1::Frame frame;
    frame.mutable_piece()->set_session(1);
    frame.mutable_piece()->set_precedence(1);
    frame.mutable_piece()->set_size(static_cast<uint32_t>(said.size()));
    Digest digest = identity::Sha256(said);
    frame.mutable_piece()->set_digest(digest.data(), Digest::kSize);
    frame.mutable_piece()->set_data(said);
    frame_writer.LengthPrefixed(frame.SerializeAsString());
  }
  return {messages, frames};
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  using namespace tocsin::fuzz;
  ByteReader reader(absl::string_view(reinterpret_cast<const char*>(data), size));
  const bool on_session = reader.U8() % 2 == 1;
  Pair pair;
  if (on_session) pair.Greet();
  link::Link link({});
  link.Attach(link::kOwnSession, pair.parent);
  while (reader.ok() && !reader.AtEnd()) {
    std::string bytes(reader.LengthPrefixed());
    absl::Status status;
    if (on_session) {
      status = pair.parent.OnMessage(kPrecedences[bytes.size() % 3], std::move(bytes));
    } else {
      v1::Frame frame;
      if (frame.ParseFromString(bytes)) status = link.OnFrame(frame);
    }
    TheWorld().world.executor.RunUntilIdle();
    while (link.NextFrame()) {
    }
    if (!status.ok()) break;
  }
  TOCSIN_CHECK(TheWorld().child.log().Lanes()->size() == 1);
  return 0;
}
