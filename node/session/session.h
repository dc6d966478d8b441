// The session: what two nodes say to one another of lanes, heads, blocks and receipts, over a link,
// a relay or a stick. A machine without I/O of its own: messages come in by OnMessage and are asked
// for by NextMessage; blocks come from and go to the log; time comes by OnTick.
//
//            ┌───────────┐ Hello ok  ┌────────────┐ proof ok  ┌─────────┐ Bye, error ┌───────┐
//   start ──►│ greeting  ├──────────►│ proving    ├──────────►│ running ├───────────►│ ended │
//            └───────────┘           └────────────┘           └─────────┘            └───────┘
//
// In greeting a child already sends flash. In proving both may send upward; nothing goes down
// before the child's proof. In running both compare digests and fill what the other lacks.
//
// Runs on the strand of its connection; callbacks from the log come back to it by that strand.
// Owned by the connection. Limits: what it holds of the backlog is one block; what it holds of the
// peer's is bounded by the link's windows.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/link/link.h"
#include "node/log/log.h"
#include "node/session/digest_tree.h"
#include "node/session/heads.h"
#include "node/session/send_plan.h"
#include "node/session/without_receipt.h"
#include "tocsin/v1/link.pb.h"

namespace tocsin::session {

enum class Role { kChild, kParent };

inline constexpr uint32_t kProtocolVersion = 1;
inline constexpr uint32_t kOldestProtocolVersion = 1;

struct SessionOptions {
  absl::Duration heartbeat_every = absl::Seconds(10);
  // Heartbeats of the peer that may be missed.
  int heartbeats_missed_max = 3;
  uint32_t schema_level = 1;
  std::string software = "tocsin";
};

// What a session needs of its node; everything outlives it.
struct SessionNode {
  const identity::Identity& identity;
  identity::TrustStore& trust;
  log::Log& log;
  Clock& clock;
  Random& random;
};

// Who is at the other end, once its Hello was taken.
struct Peer {
  identity::Certificate certificate;
  ProcessId process;
  std::string software;
};

// What the session's owner wants to know. Called on the session's strand.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  // There may be something to send: ask NextMessage.
  virtual void OnReady() = 0;
  // The peer's Hello was taken. An error refuses the peer (a clone, too many children).
  virtual absl::Status OnPeer(const Peer& peer) = 0;
  // The session is done with `bytes` of a message of this precedence.
  virtual void OnTaken(Precedence precedence, size_t bytes) = 0;
  // Nothing more comes in; what was queued (a refusal, a Bye) still goes out. OK after a Bye.
  virtual void OnEnd(const absl::Status& reason) = 0;
};

class Session final : public link::Port {
 public:
  // `strand` is the connection's; callbacks of the log keep it alive until they have run.
  Session(Role role, const SessionNode& node, const SessionOptions& options,
          std::shared_ptr<Strand> strand, SessionObserver& observer);
  ~Session() override;

  // The child's first words; the parent waits for them. Once, before all else.
  void Start();

  // link::Port. An error of OnMessage ends the stream; what the peer must know of it was queued.
  std::optional<std::string> NextMessage(Precedence precedence) override;
  absl::Status OnMessage(Precedence precedence, std::string message) override;

  // What the log has just made durable. Handed on by the dispatcher.
  void OnPublished(const log::Published& published);
  // About once a second.
  void OnTick();
  // Says Bye; OnEnd follows once it has gone.
  void End(absl::string_view reason);

  bool running() const { return phase_ == Phase::kRunning; }
  // The digests were compared and everything that the peer lacked then has gone.
  bool caught_up() const;
  const std::optional<Peer>& peer() const { return peer_; }
  // Changes planned and not sent yet.
  uint64_t backlog() const { return plan_.backlog(); }
  // What the peer last said of its own: a child, its changes that this node gave no receipt for.
  uint64_t peer_backlog() const { return peer_backlog_; }

 private:
  enum class Phase { kGreeting, kProving, kRunning, kEnded };
  // Lets a callback of the log know that the session is gone.
  struct Alive {};

  // greeting.cc
  void QueueHello();
  void ShowReceipts();
  absl::Status OnHello(const v1::Hello& hello);
  absl::StatusOr<identity::Certificate> TakeChain(const v1::Hello& hello);
  absl::Status CheckDates(const v1::Hello& hello, const identity::Certificate& certificate) const;
  absl::Status CheckVersions(const v1::Hello& hello) const;
  void QueueProof(absl::string_view peer_nonce);
  absl::Status OnProof(const v1::HelloProof& proof);
  std::string ProofText(absl::string_view far_nonce, absl::string_view own_nonce) const;
  void Run();

  // resume.cc
  void TakeSnapshot();
  bool Shared(const Scope& scope) const;
  bool CountsHolder(const CertId& holder) const;
  std::string ScopeContent(const log::ScopeState& scope) const;
  void QueueDigests(const std::string& prefix);
  absl::Status OnDigests(const v1::Digests& digests);
  void QueueHeads(const std::string& prefix, bool answer_wanted);
  void QueueHeadsAnew(const std::set<Scope>& scopes, bool answer_wanted);
  // True if any of the scopes is the peer's as well.
  bool SayWhatIsLost(std::set<Scope> scopes);
  void QueueParts(HeadsWriter& writer);
  absl::Status OnHeads(const v1::Heads& part);
  absl::Status OnHeadsAnew(const v1::Heads& heads);
  absl::Status PlanScope(const log::ScopeState& scope, const v1::ScopeHeads* theirs,
                         bool again = false);
  void SendReceiptsAbove(const log::ScopeState& scope, const v1::ScopeHeads* theirs);
  void PlanFlashWithoutReceipt();
  std::vector<log::ListedLane> ListedByParent(const Scope& scope) const;

  // transfer.cc
  std::optional<std::string> NextBlock(Precedence precedence);
  bool ReadAhead(Precedence precedence);
  absl::Status QueueOpening(const LaneId& lane, Precedence precedence);
  absl::Status OnBlock(Precedence precedence, std::string block, size_t message_size);
  absl::Status OnReceipt(Precedence precedence, std::string receipt, size_t message_size);
  // Give the log what has come; while the disk is full, once more at every tick.
  void HoldBlock(Precedence precedence, std::shared_ptr<const std::string> block,
                 const LaneId& lane, size_t message_size);
  void HoldReceipt(Precedence precedence, std::shared_ptr<const std::string> receipt,
                   size_t message_size);
  void HoldAgain();
  void OnRefusal(const v1::Refusal& refusal);
  void OnHeld(Precedence precedence, size_t size, const LaneId& lane,
              const absl::StatusOr<log::HoldResult>& result);
  void PlanRivals(const LaneId& lane);
  // Runs `then` on the session's strand if the session still lives.
  template <typename Result, typename Then>
  absl::AnyInvocable<void(Result)> Back(Then then);
  void SendReceipt(const std::string& receipt, Precedence precedence);
  bool MaySend() const;

  void Heartbeat();
  absl::Status Dispatch(Precedence precedence, const std::string& bytes);
  void OnHeartbeat(const v1::Heartbeat& heartbeat);
  void Queue(Precedence precedence, const v1::SessionMessage& message);
  void QueueRefusal(const absl::Status& status, const LaneId* lane);
  void Finish(const absl::Status& reason);

  const Role role_;
  const SessionNode node_;
  const SessionOptions options_;
  const std::shared_ptr<Strand> strand_;
  SessionObserver& observer_;
  std::shared_ptr<Alive> alive_;

  Phase phase_ = Phase::kGreeting;
  Salt own_nonce_;
  // Tells what this session brought from what another did.
  const uint64_t number_;
  std::string peer_nonce_;
  std::optional<Peer> peer_;
  bool hello_sent_ = false;
  bool bye_queued_ = false;
  absl::Duration hello_sent_at_;
  absl::Duration last_sent_;
  absl::Duration last_received_;
  absl::Duration last_heartbeat_;
  // Of a child: what it counts, and what it last said.
  WithoutReceipt without_receipt_;
  uint64_t backlog_said_ = 0;
  uint64_t peer_backlog_ = 0;

  // Small messages that wait, by precedence.
  link::PerPrecedence<std::deque<std::string>> control_;
  SendPlan plan_;
  // Blocks read from the log and not sent yet: the rest of one read.
  link::PerPrecedence<std::deque<std::string>> ready_;
  // What has come and found the disk full. It counts as not taken, so the link's windows bound it.
  std::vector<absl::AnyInvocable<void()>> unheld_;
  // What was sent ahead in this session, or what the peer showed that it has.
  std::set<LaneId> births_sent_;
  std::set<CertId> certificates_sent_;

  // The snapshot of this session.
  std::map<Scope, std::shared_ptr<const log::ScopeState>> scopes_;
  std::optional<DigestTree> tree_;
  std::set<std::string> heads_sent_;  // prefixes
  HeadsReader heads_reader_;
  // The peer's digests of the root have come.
  bool compared_ = false;
  // Receipts that the peer has sent and that are not published yet, by their hashes; also some that
  // the log had no use for.
  absl::flat_hash_set<Digest> from_peer_;
  // Where something was lost, or became whole, before the two were on terms.
  std::set<Scope> lost_early_;
  std::set<Scope> repaired_early_;
};

}  // namespace tocsin::session
