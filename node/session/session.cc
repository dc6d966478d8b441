#include "node/session/session.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/status.h"

namespace tocsin::session {

namespace {

// Nonces are random: no two sessions of a process have one number, and none has 0.
uint64_t NumberOf(const Salt& nonce) { return ByteReader(nonce.view()).U64() | 1; }

}  // namespace

Session::Session(Role role, const SessionNode& node, const SessionOptions& options,
                 std::shared_ptr<Strand> strand, SessionObserver& observer)
    : role_(role),
      node_(node),
      options_(options),
      strand_(std::move(strand)),
      observer_(observer),
      alive_(std::make_shared<Alive>()),
      own_nonce_(node.random.Fixed<Salt>()),
      number_(NumberOf(own_nonce_)),
      last_sent_(node.clock.Elapsed()),
      last_received_(last_sent_),
      last_heartbeat_(last_sent_),
      without_receipt_(node.log, node.identity, node.trust) {}

Session::~Session() = default;

void Session::Start() {
  if (role_ == Role::kParent) return;
  QueueHello();
  ShowReceipts();
  PlanFlashWithoutReceipt();
  observer_.OnReady();
}

std::optional<std::string> Session::NextMessage(Precedence precedence) {
  // What was queued before the end (a refusal, a Bye) still goes.
  if (phase_ == Phase::kEnded && precedence != Precedence::kFlash) return std::nullopt;
  std::deque<std::string>& control = control_[precedence];
  std::optional<std::string> message;
  if (!control.empty()) {
    message = std::move(control.front());
    control.pop_front();
  } else if (MaySend()) {
    message = NextBlock(precedence);
  }
  if (message) last_sent_ = node_.clock.Elapsed();
  bool said_all = control_[Precedence::kFlash].empty();
  if (bye_queued_ && precedence == Precedence::kFlash && said_all && !message) {
    Finish(absl::OkStatus());
  }
  return message;
}

bool Session::MaySend() const {
  if (bye_queued_) return false;
  if (phase_ == Phase::kRunning) return true;
  // A child's flash goes with its Hello; it goes up only, and seals vouch for it.
  return role_ == Role::kChild && hello_sent_ && phase_ != Phase::kEnded;
}

absl::Status Session::OnMessage(Precedence precedence, std::string message) {
  if (phase_ == Phase::kEnded) return absl::OkStatus();
  last_received_ = node_.clock.Elapsed();
  absl::Status status = Dispatch(precedence, message);
  if (!status.ok()) {
    QueueRefusal(status, nullptr);
    observer_.OnReady();
    Finish(status);
  }
  return status;
}

absl::Status Session::Dispatch(Precedence precedence, const std::string& bytes) {
  v1::SessionMessage message;
  if (!message.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(
        "a session message cannot be read; the peer speaks another protocol");
  }
  using M = v1::SessionMessage;
  const auto which = message.message_case();
  if (which != M::kBlock && which != M::kReceipt) observer_.OnTaken(precedence, bytes.size());
  if (phase_ == Phase::kGreeting && which != M::kHello && which != M::kRefusal &&
      which != M::kBye) {
    return absl::FailedPreconditionError("the peer speaks before its Hello");
  }
  switch (which) {
    case M::kHello:
      return OnHello(message.hello());
    case M::kProof:
      return OnProof(message.proof());
    case M::kDigests:
      return OnDigests(message.digests());
    case M::kHeads:
      return OnHeads(message.heads());
    case M::kCertificate: {
      absl::Status status = node_.log.OfferCertificate(message.certificate());
      if (!status.ok()) QueueRefusal(status, nullptr);
      return absl::OkStatus();
    }
    case M::kBirth: {
      absl::Status status = node_.log.OfferBirth(message.birth());
      if (!status.ok()) QueueRefusal(status, nullptr);
      return absl::OkStatus();
    }
    case M::kBlock:
      return OnBlock(precedence, std::move(*message.mutable_block()), bytes.size());
    case M::kReceipt:
      return OnReceipt(precedence, std::move(*message.mutable_receipt()), bytes.size());
    case M::kRefusal:
      OnRefusal(message.refusal());
      return absl::OkStatus();
    case M::kHeartbeat:
      OnHeartbeat(message.heartbeat());
      return absl::OkStatus();
    case M::kBye:
      Finish(absl::OkStatus());
      return absl::OkStatus();
    case M::MESSAGE_NOT_SET:
      break;
  }
  // A message of a newer protocol within the agreed version: passed over.
  return absl::OkStatus();
}

// A parent that was free at its Hello may have been told the time since.
void Session::OnHeartbeat(const v1::Heartbeat& heartbeat) {
  peer_backlog_ = heartbeat.backlog();
  if (role_ != Role::kChild || !heartbeat.clock_synced() || node_.log.clock_synced()) return;
  node_.log.CorrectClock(absl::FromUnixMillis(static_cast<int64_t>(heartbeat.clock_ms())),
                         /*parent_synced=*/true);
}

void Session::OnTick() {
  if (phase_ == Phase::kEnded) return;
  HoldAgain();
  absl::Duration now = node_.clock.Elapsed();
  if (now - last_received_ > options_.heartbeat_every * options_.heartbeats_missed_max) {
    Finish(absl::DeadlineExceededError(absl::StrCat("nothing has come from the peer for ",
                                                    absl::FormatDuration(now - last_received_),
                                                    "; the link will be dialled again")));
    return;
  }
  if (hello_sent_ && now - last_heartbeat_ >= options_.heartbeat_every) Heartbeat();
}

// Where nothing else was said for a while; and a child's also where what it waits for has changed.
void Session::Heartbeat() {
  const absl::Duration now = node_.clock.Elapsed();
  uint64_t backlog = plan_.backlog();
  if (role_ == Role::kChild && peer_) {
    backlog = without_receipt_.Count(peer_->certificate.jurisdiction());
  }
  const bool silent = now - last_sent_ >= options_.heartbeat_every;
  const bool news = role_ == Role::kChild && phase_ == Phase::kRunning && backlog != backlog_said_;
  if (!silent && !news) return;
  last_heartbeat_ = now;
  backlog_said_ = backlog;
  v1::SessionMessage message;
  v1::Heartbeat& heartbeat = *message.mutable_heartbeat();
  heartbeat.set_clock_ms(static_cast<uint64_t>(absl::ToUnixMillis(node_.log.CorrectedNow())));
  heartbeat.set_clock_synced(node_.log.clock_synced());
  heartbeat.set_backlog(backlog);
  Queue(Precedence::kPriority, message);
  observer_.OnReady();
}

void Session::End(absl::string_view reason) {
  if (phase_ == Phase::kEnded || bye_queued_) return;
  v1::SessionMessage message;
  message.mutable_bye()->set_reason(reason.data(), reason.size());
  Queue(Precedence::kFlash, message);
  bye_queued_ = true;
  observer_.OnReady();
}

bool Session::caught_up() const {
  return phase_ == Phase::kRunning && compared_ && plan_.backlog() == 0 &&
         std::all_of(kPrecedences.begin(), kPrecedences.end(),
                     [this](Precedence p) { return control_[p].empty() && ready_[p].empty(); });
}

void Session::Queue(Precedence precedence, const v1::SessionMessage& message) {
  std::string bytes = message.SerializeAsString();
  if (bytes.size() > link::kMaxMessageBytes) {
    Log(LogLevel::kError, "session.message_too_long", {{"bytes", bytes.size()}});
    return;
  }
  control_[precedence].push_back(std::move(bytes));
}

void Session::QueueRefusal(const absl::Status& status, const LaneId* lane) {
  Log(LogLevel::kWarning, "session.refused",
      {{"peer", peer_ ? peer_->certificate.jurisdiction().path() : "unknown"},
       {"lane", lane ? lane->ToHex() : ""},
       {"reason", status}});
  v1::SessionMessage message;
  v1::Refusal& refusal = *message.mutable_refusal();
  refusal.set_code(static_cast<uint32_t>(status.code()));
  refusal.set_reason(std::string(status.message()));
  if (lane != nullptr) refusal.set_lane(lane->data(), LaneId::kSize);
  Queue(Precedence::kFlash, message);
}

void Session::Finish(const absl::Status& reason) {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  alive_.reset();
  observer_.OnEnd(reason);
}

}  // namespace tocsin::session
