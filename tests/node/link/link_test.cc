#include "node/link/link.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace tocsin::link {
namespace {

// A session that sends what it is given and keeps what it gets.
class FakePort final : public Port {
 public:
  std::optional<std::string> NextMessage(Precedence precedence) override {
    std::deque<std::string>& queue = to_send[precedence];
    if (queue.empty()) return std::nullopt;
    std::string message = std::move(queue.front());
    queue.pop_front();
    return message;
  }
  absl::Status OnMessage(Precedence precedence, std::string message) override {
    order.push_back(precedence);
    got[precedence].push_back(std::move(message));
    return absl::OkStatus();
  }

  PerPrecedence<std::deque<std::string>> to_send;
  PerPrecedence<std::vector<std::string>> got;
  PerPrecedence<size_t> taken;
  std::vector<Precedence> order;
};

struct End {
  explicit End(const LinkOptions& options = {}) : link(options) { link.Attach(kOwnSession, port); }

  void TakeAll() {
    for (Precedence p : kPrecedences) {
      for (size_t& n = port.taken[p]; n < port.got[p].size(); ++n) {
        link.Taken(kOwnSession, p, port.got[p][n].size());
      }
    }
  }
  Link link;
  FakePort port;
};

// Moves frames both ways until neither end has any; what arrives is taken if `take`.
void Exchange(End& a, End& b, bool take = true) {
  for (bool moved = true; moved;) {
    moved = false;
    if (auto frame = a.link.NextFrame()) {
      moved = true;
      ASSERT_TRUE(b.link.OnFrame(*frame).ok());
    }
    if (auto frame = b.link.NextFrame()) {
      moved = true;
      ASSERT_TRUE(a.link.OnFrame(*frame).ok());
    }
    if (take) {
      a.TakeAll();
      b.TakeAll();
    }
  }
}

TEST(Link, AFlashMessageGoesBetweenThePiecesOfARoutineOne) {
  End a, b;
  Exchange(a, b);
  a.port.to_send[Precedence::kRoutine].push_back(std::string(200'000, 'r'));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(b.link.OnFrame(*a.link.NextFrame()).ok());
  a.port.to_send[Precedence::kFlash].push_back("fire");
  ASSERT_TRUE(b.link.OnFrame(*a.link.NextFrame()).ok());
  EXPECT_EQ(b.port.order, std::vector<Precedence>{Precedence::kFlash});
  Exchange(a, b);
  EXPECT_EQ(b.port.got[Precedence::kRoutine].front(), std::string(200'000, 'r'));
}

TEST(Link, FlashPassesAFullRoutineWindow) {
  End a, b;
  Exchange(a, b);
  for (int i = 0; i < 40; ++i) {
    a.port.to_send[Precedence::kRoutine].push_back(std::string(60'000, 'r'));
  }
  Exchange(a, b, /*take=*/false);
  EXPECT_LT(b.port.got[Precedence::kRoutine].size(), 40u);
  a.port.to_send[Precedence::kFlash].push_back("fire");
  Exchange(a, b, /*take=*/false);
  EXPECT_EQ(b.port.got[Precedence::kFlash].size(), 1u);
}

TEST(Link, WhatWaitsStaysWithTheSession) {
  End a, b;
  for (int i = 0; i < 1000; ++i) {
    a.port.to_send[Precedence::kRoutine].push_back(std::string(10'000, 'r'));
  }
  Exchange(a, b, /*take=*/false);
  LinkOptions options;
  EXPECT_GE(a.port.to_send[Precedence::kRoutine].size(),
            1000 - options.routine_window_bytes / 10'000 - 2);
}

TEST(Link, SessionsTakeTurnsWithinAPrecedence) {
  End a, b;
  FakePort second_a, second_b;
  a.link.Attach(SessionNumber{2}, second_a);
  b.link.Attach(SessionNumber{2}, second_b);
  Exchange(a, b);
  for (int i = 0; i < 20; ++i) {
    a.port.to_send[Precedence::kRoutine].push_back("first");
    second_a.to_send[Precedence::kRoutine].push_back("second");
  }
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(b.link.OnFrame(*a.link.NextFrame()).ok());
  EXPECT_EQ(b.port.got[Precedence::kRoutine].size(), 5u);
  EXPECT_EQ(second_b.got[Precedence::kRoutine].size(), 5u);
}

TEST(Link, PiecesOfDifferentTransfersAreNeverJoined) {
  End a;
  a.port.to_send[Precedence::kRoutine].push_back(std::string(40'000, 'r'));
  a.link.NextFrame();  // flow
  const v1::Frame first = *a.link.NextFrame();
  v1::Frame second = *a.link.NextFrame();
  const v1::Frame third = *a.link.NextFrame();

  End repeated;
  ASSERT_TRUE(repeated.link.OnFrame(first).ok());
  EXPECT_EQ(repeated.link.OnFrame(first).code(), absl::StatusCode::kInvalidArgument);

  End altered;
  second.mutable_piece()->set_data(std::string(second.piece().data().size(), 'x'));
  ASSERT_TRUE(altered.link.OnFrame(first).ok());
  ASSERT_TRUE(altered.link.OnFrame(second).ok());
  EXPECT_EQ(altered.link.OnFrame(third).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Link, RefusesWhatGoesBeyondTheLimit) {
  End a, b;
  a.link.NextFrame();
  // B grants nothing; A believes somebody who says otherwise.
  v1::Frame generous;
  generous.mutable_flow()->set_session(1);
  for (int i = 0; i < 3; ++i) {
    generous.mutable_flow()->add_arrived(0);
    generous.mutable_flow()->add_limit(10'000'000);
  }
  ASSERT_TRUE(a.link.OnFrame(generous).ok());
  a.port.to_send[Precedence::kRoutine].push_back(std::string(200'000, 'r'));
  absl::Status status;
  while (status.ok()) {
    auto frame = a.link.NextFrame();
    ASSERT_TRUE(frame.has_value());
    status = b.link.OnFrame(*frame);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST(Link, RefusesAnUnknownSessionPrecedenceAndAnOversizeMessage) {
  End a;
  v1::Frame frame;
  frame.mutable_piece()->set_session(7);
  frame.mutable_piece()->set_precedence(1);
  frame.mutable_piece()->set_data("x");
  EXPECT_EQ(a.link.OnFrame(frame).code(), absl::StatusCode::kInvalidArgument);
  frame.mutable_piece()->set_session(1);
  frame.mutable_piece()->set_size(kMaxMessageBytes + 1);
  frame.mutable_piece()->set_digest(std::string(32, 'd'));
  EXPECT_EQ(a.link.OnFrame(frame).code(), absl::StatusCode::kResourceExhausted);
  frame.mutable_piece()->set_precedence(9);
  EXPECT_EQ(a.link.OnFrame(frame).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(a.link.OnFrame(v1::Frame()).code(), absl::StatusCode::kInvalidArgument);
}

// The size of each piece that a line of this rate is given, as it takes one after the other.
std::vector<size_t> PiecesOn(End& a, End& b, double bytes_per_second, size_t messages) {
  for (size_t i = 0; i < messages; ++i) {
    a.port.to_send[Precedence::kRoutine].push_back(std::string(200'000, 'r'));
  }
  std::vector<size_t> pieces;
  while (true) {
    auto frame = a.link.NextFrame();
    if (!frame) break;
    EXPECT_TRUE(b.link.OnFrame(*frame).ok());
    const size_t bytes = frame->piece().data().size();
    if (bytes > 0) pieces.push_back(bytes);
    a.link.OnSent(absl::Seconds(static_cast<double>(frame->ByteSizeLong()) / bytes_per_second));
    b.TakeAll();
    while (auto flow = b.link.NextFrame()) EXPECT_TRUE(a.link.OnFrame(*flow).ok());
  }
  return pieces;
}

TEST(Link, PiecesHaveWhatTheLineTakesInFiftyMilliseconds) {
  End a, b;
  Exchange(a, b);
  // 100 KB/s: 5,000 bytes. The last piece of a message has what is left.
  const std::vector<size_t> thin = PiecesOn(a, b, 100'000, 2);
  EXPECT_EQ(thin.front(), 16u * 1024);
  for (size_t i = 1; i < 30; ++i) EXPECT_NEAR(static_cast<double>(thin[i]), 5'000, 100) << i;
  // Hardly a line at all.
  const std::vector<size_t> thinner = PiecesOn(a, b, 5'000, 1);
  EXPECT_EQ(thinner[2], kMinPieceBytes);
  EXPECT_EQ(thinner[100], kMinPieceBytes);
  // One that takes whatever comes: as large as a piece may be, in six steps.
  const std::vector<size_t> wide = PiecesOn(a, b, 1e9, 3);
  EXPECT_EQ(wide[0], kMinPieceBytes);
  EXPECT_EQ(wide[6], kMaxPieceBytes);
  EXPECT_EQ(wide[7], kMaxPieceBytes);
}

TEST(Link, AMomentThatThisMachineWasBusyIsForgotten) {
  End a, b;
  Exchange(a, b);
  PiecesOn(a, b, 1e9, 2);
  PiecesOn(a, b, 100'000, 1);
  const std::vector<size_t> after = PiecesOn(a, b, 1e9, 2);
  EXPECT_EQ(*std::max_element(after.begin(), after.end()), kMaxPieceBytes);
}

TEST(Link, WhatIsShortSaysNothingOfTheLine) {
  End a, b;
  Exchange(a, b);
  PiecesOn(a, b, 5'000, 1);
  for (int i = 0; i < 20; ++i) {
    a.port.to_send[Precedence::kRoutine].push_back("short");
    Exchange(a, b);
    a.link.OnSent(absl::Microseconds(1));
  }
  a.port.to_send[Precedence::kRoutine].push_back(std::string(20'000, 'r'));
  EXPECT_EQ(a.link.NextFrame()->piece().data().size(), kMinPieceBytes);
}

RC_GTEST_PROP(LinkProperty, EveryMessageArrivesOnceAndInOrderWhateverThePieceSize,
              (const std::vector<std::pair<uint8_t, std::string>>& messages)) {
  LinkOptions options;
  options.piece_bytes = *rc::gen::inRange<size_t>(1, 300);
  End a(options), b(options);
  PerPrecedence<std::vector<std::string>> expected;
  for (const auto& [number, text] : messages) {
    if (text.empty()) continue;
    Precedence precedence = kPrecedences[number % 3];
    a.port.to_send[precedence].push_back(text);
    expected[precedence].push_back(text);
  }
  for (int i = 0; i < 10; ++i) {
    const auto frame = a.link.NextFrame();
    if (!frame) break;
    RC_ASSERT(b.link.OnFrame(*frame).ok());
    a.link.OnSent(absl::Milliseconds(*rc::gen::inRange(0, 5'000)));
  }
  Exchange(a, b);
  for (Precedence precedence : kPrecedences) {
    RC_ASSERT(b.port.got[precedence] == expected[precedence]);
  }
}

RC_GTEST_PROP(LinkProperty, NoFrameCrashesIt,
              (uint32_t session, uint32_t precedence, uint32_t offset, uint32_t size,
               const std::string& digest, const std::string& data)) {
  End a;
  v1::Frame frame;
  v1::Piece& piece = *frame.mutable_piece();
  piece.set_session(session % 3);
  piece.set_precedence(precedence % 5);
  piece.set_offset(offset % 4);
  piece.set_size(size);
  piece.set_digest(digest);
  piece.set_data(data);
  absl::Status first = a.link.OnFrame(frame);
  absl::Status second = a.link.OnFrame(frame);
  RC_ASSERT(!first.ok() || !second.ok() || data.size() * 2 <= size || data.size() == size);
}

}  // namespace
}  // namespace tocsin::link
