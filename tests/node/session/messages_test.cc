// Two sessions hand each other their messages one by one, so that a test sees each, and how urgent
// it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "node/link/link.h"
#include "tests/node/session/tree.h"

namespace tocsin::session {
namespace {

struct Said {
  Precedence precedence;
  v1::SessionMessage message;
};

class Pair final {
 public:
  Pair(Tree& tree, SimNode& child, SimNode& parent) : tree_(tree) {
    Make(0, Role::kChild, child);
    Make(1, Role::kParent, parent);
    ends_[0].session->Start();
    Pump();
  }
  ~Pair() {
    for (End& end : ends_) end.subscription.reset();
    tree_.world.executor.RunUntilIdle();
  }

  // Until neither has anything to say.
  void Pump() {
    for (bool more = true; more;) {
      tree_.world.executor.RunUntilIdle();
      const bool first = Deliver(0);
      more = Deliver(1) || first;
    }
  }
  Session& child() { return *ends_[0].session; }
  Session& parent() { return *ends_[1].session; }
  std::vector<Said>& by_child() { return ends_[0].said; }
  std::vector<Said>& by_parent() { return ends_[1].said; }

 private:
  struct End final : SessionObserver {
    void OnReady() override {}
    absl::Status OnPeer(const Peer&) override { return absl::OkStatus(); }
    void OnTaken(Precedence, size_t) override {}
    void OnEnd(const absl::Status& reason) override { EXPECT_TRUE(reason.ok()) << reason; }

    std::shared_ptr<Strand> strand;
    std::unique_ptr<Session> session;
    std::unique_ptr<log::Log::Subscription> subscription;
    std::vector<Said> said;
  };

  void Make(int i, Role role, SimNode& node) {
    End& end = ends_[i];
    end.strand = std::make_shared<Strand>(tree_.world.executor);
    end.session =
        std::make_unique<Session>(role, node.session_node(), SessionOptions(), end.strand, end);
    end.subscription = node.log().Subscribe([&end](const log::Published& published) {
      end.strand->Post([&end, published] { end.session->OnPublished(published); });
    });
  }
  bool Deliver(int from) {
    bool any = false;
    for (Precedence precedence : kPrecedences) {
      while (auto bytes = ends_[from].session->NextMessage(precedence)) {
        any = true;
        EXPECT_LE(bytes->size(), link::kMaxMessageBytes);
        Said said{precedence, {}};
        EXPECT_TRUE(said.message.ParseFromString(*bytes));
        ends_[from].said.push_back(std::move(said));
        EXPECT_TRUE(ends_[1 - from].session->OnMessage(precedence, *std::move(bytes)).ok());
        tree_.world.executor.RunUntilIdle();
      }
    }
    return any;
  }

  Tree& tree_;
  End ends_[2];
};

std::vector<Precedence> Receipts(const std::vector<Said>& said, size_t from) {
  std::vector<Precedence> found;
  for (size_t i = from; i < said.size(); ++i) {
    if (said[i].message.has_receipt()) found.push_back(said[i].precedence);
  }
  return found;
}

using Precedences = std::vector<Precedence>;

TEST(SessionMessages, AReceiptThatNewlyCoversFlashGoesAsFlashAndNoOther) {
  Tree tree(41);
  Pair pair(tree, tree.first, tree.county);
  auto file = [&](Precedence precedence) {
    const size_t before = pair.by_parent().size();
    File(tree, tree.first, "city/kings/e1", precedence);
    pair.Pump();
    tree.world.Run(absl::Seconds(1));  // receipts for less than flash are gathered
    pair.Pump();
    return Receipts(pair.by_parent(), before);
  };
  EXPECT_EQ(file(Precedence::kRoutine), Precedences{Precedence::kPriority});
  EXPECT_EQ(file(Precedence::kFlash), Precedences{Precedence::kFlash});
  // That it covers flash is no news by now.
  EXPECT_EQ(file(Precedence::kRoutine), Precedences{Precedence::kPriority});
  EXPECT_EQ(file(Precedence::kFlash), Precedences{Precedence::kFlash});
}

TEST(SessionMessages, AReceiptThatCoversFlashAndWasMissedGoesAsFlashAtTheNextHello) {
  Tree tree(42);
  {
    Pair pair(tree, tree.first, tree.county);
    File(tree, tree.first, "city/kings/e1", Precedence::kFlash);
    while (Holdings(tree.county, At("city/kings/e1")).empty()) pair.Pump();
  }
  tree.world.Run(absl::Seconds(1));
  File(tree, tree.county, "city/kings/e1");  // its receipt of now was not told
  tree.world.Run(absl::Seconds(1));
  Pair pair(tree, tree.first, tree.county);
  EXPECT_EQ(Receipts(pair.by_parent(), 0), Precedences{Precedence::kFlash});
}

// More lanes than one message of heads can name, on both sides, and each lacks the other's.
TEST(SessionMessages, HeadsOfManyLanesGoInSeveralMessages) {
  Tree tree(43);
  // A node's lanes name one another; lanes of many nodes do not.
  constexpr size_t kNodes = 2600;
  std::vector<std::unique_ptr<SimNode>> posts;
  for (size_t i = 0; i < kNodes; ++i) {
    identity::Identity post =
        tree.kings.NewChild(Spec(tree.world, "city/kings/e1", false), tree.world.random).value();
    SimNode node(tree.world, post);
    const log::Appended one = File(tree, node, "city/kings/e1");
    SimNode& holder = i % 2 == 0 ? tree.first : tree.county;
    for (const identity::Certificate& certificate : post.chain()) {
      ASSERT_TRUE(holder.log().OfferCertificate(certificate.der()).ok());
    }
    ASSERT_TRUE(holder.log().OfferBirth(*node.log().BirthBytes(one.lane)).ok());
    std::string block = node.log().ReadBlocks(one.lane, one.seq, one.seq, 0)->front();
    holder.log().HoldBlock(std::move(block), {log::Via::kChild, "city/kings/e1"}, [](auto) {});
    tree.world.executor.RunUntilIdle();
  }
  Pair pair(tree, tree.first, tree.county);
  tree.world.Run(absl::Seconds(1));
  pair.Pump();
  EXPECT_EQ(tree.first.log().ScopeOf(Of("city/kings/e1"))->lanes.size(), kNodes);
  EXPECT_EQ(Holdings(tree.first, At("city/kings/e1")), Holdings(tree.county, At("city/kings/e1")));
  const auto heads = std::count_if(pair.by_child().begin(), pair.by_child().end(),
                                   [](const Said& said) { return said.message.has_heads(); });
  EXPECT_GT(heads, 1);
}

// What a child counts and tells its parent: changes without that one's receipt, sent or not.
TEST(SessionMessages, AChildTellsHowMuchOfItsOwnHasNoReceipt) {
  Tree tree(44);
  WithoutReceipt counted(tree.first.log(), tree.first.identity(), tree.first.session_node().trust);
  for (int i = 0; i < 3; ++i) File(tree, tree.first, "city/kings/e1");
  EXPECT_EQ(counted.Count(std::nullopt), 3u);
  EXPECT_EQ(counted.Count(At("city/kings")), 3u);

  Pair pair(tree, tree.first, tree.county);
  tree.world.Run(absl::Seconds(1));
  pair.Pump();
  EXPECT_EQ(counted.Count(At("city/kings")), 0u);
  EXPECT_EQ(counted.Count(At("city")), 3u);  // the county has no line up
  auto tick = [&] {
    tree.world.Run(absl::Seconds(11));
    pair.child().OnTick();
    pair.parent().OnTick();
    pair.Pump();
  };
  // Heartbeats overtake what is routine.
  File(tree, tree.first, "city/kings/e1");
  File(tree, tree.first, "city/kings/e1");
  tick();
  EXPECT_EQ(pair.parent().peer_backlog(), 2u);
  tree.world.Run(absl::Seconds(1));
  pair.Pump();
  EXPECT_EQ(counted.Count(At("city/kings")), 0u);
  tick();
  EXPECT_EQ(pair.parent().peer_backlog(), 0u);
}

}  // namespace
}  // namespace tocsin::session
