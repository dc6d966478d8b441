// Lanes and receipts on their way: openings ahead, blocks in order, receipts down.

#include <absl/strings/str_cat.h>

#include <utility>

#include "node/base/log.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/log/block.h"
#include "node/log/receipt.h"
#include "node/session/session.h"

namespace tocsin::session {
namespace {

// Asked of the log at one time. What is read ends a block: of few changes, it would leave half of
// the blocks small, each with a seal to make and to check at every hop. It also waits in memory,
// and keeps the strand from what is more urgent.
constexpr uint64_t kChangesPerRead = 4 * log::kBlockChangesMax;
constexpr size_t kBytesPerRead = 256 * 1024;

log::Via ViaOf(Role role) { return role == Role::kParent ? log::Via::kChild : log::Via::kParent; }

}  // namespace

template <typename Result, typename Then>
absl::AnyInvocable<void(Result)> Session::Back(Then then) {
  return [strand = strand_, alive = std::weak_ptr<Alive>(alive_),
          then = std::move(then)](Result result) mutable {
    strand->Post(
        [alive = std::move(alive), then = std::move(then), result = std::move(result)]() mutable {
          if (alive.lock() != nullptr) then(std::move(result));
        });
  };
}

std::optional<std::string> Session::NextBlock(Precedence precedence) {
  std::deque<std::string>& ready = ready_[precedence];
  while (ready.empty() && control_[precedence].empty()) {
    if (!ReadAhead(precedence)) return std::nullopt;
  }
  // A lane's certificates and birth go just before its first block.
  std::deque<std::string>& control = control_[precedence];
  std::deque<std::string>& from = control.empty() ? ready : control;
  std::string message = std::move(from.front());
  from.pop_front();
  return message;
}

// Reads the blocks of the range whose turn it is. False when nothing waits.
bool Session::ReadAhead(Precedence precedence) {
  std::optional<SendPlan::Range> range = plan_.Next(precedence);
  if (!range) return false;
  const LaneId& lane = range->lane.id;
  Seq last = std::min(range->last, range->first.Plus(kChangesPerRead - 1));
  absl::StatusOr<std::vector<std::string>> blocks =
      node_.log.ReadBlocks(lane, range->first, last, range->lane.branch, kBytesPerRead);
  absl::Status opened =
      births_sent_.contains(lane) ? absl::OkStatus() : QueueOpening(lane, precedence);
  if (!blocks.ok() || blocks->empty() || !opened.ok()) {
    const absl::Status reason = blocks.ok() ? opened : blocks.status();
    Log(LogLevel::kError, "session.lane_unreadable", {{"lane", lane}, {"reason", reason}});
    if (absl::IsDataLoss(reason) || absl::IsNotFound(reason)) {
      // Damage: what can still be read is planned once the log has given up what cannot.
      plan_.Forget(range->lane);
    } else {
      plan_.Drop(range->lane);
    }
    return true;
  }
  Seq sent = range->first;
  for (std::string& block : *blocks) {
    absl::StatusOr<log::BlockHeader> header = log::ReadBlockHeader(block);
    TOCSIN_CHECK(header.ok());
    sent = std::max(sent, header->last());
    v1::SessionMessage message;
    *message.mutable_block() = std::move(block);
    ready_[precedence].push_back(message.SerializeAsString());
  }
  plan_.Sent(precedence, *range, sent);
  return true;
}

absl::Status Session::QueueOpening(const LaneId& lane, Precedence precedence) {
  std::optional<log::LaneState> state = node_.log.FindLane(lane);
  if (!state) return absl::NotFoundError("the lane is not held");
  TOCSIN_ASSIGN_OR_RETURN(std::string birth, node_.log.BirthBytes(lane));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<identity::Certificate> chain,
                          node_.trust.Chain(state->author));
  for (const identity::Certificate& certificate : chain) {
    if (!certificates_sent_.insert(certificate.id()).second) continue;
    v1::SessionMessage message;
    message.set_certificate(std::string(certificate.der()));
    Queue(precedence, message);
  }
  v1::SessionMessage message;
  *message.mutable_birth() = std::move(birth);
  Queue(precedence, message);
  births_sent_.insert(lane);
  return absl::OkStatus();
}

absl::Status Session::OnBlock(Precedence precedence, std::string block, size_t message_size) {
  absl::StatusOr<log::BlockHeader> header = log::ReadBlockHeader(block);
  if (!header.ok()) return header.status();
  HoldBlock(precedence, std::make_shared<const std::string>(std::move(block)), header->lane,
            message_size);
  return absl::OkStatus();
}

void Session::HoldBlock(Precedence precedence, std::shared_ptr<const std::string> block,
                        const LaneId& lane, size_t message_size) {
  node_.log.HoldBlock(
      *block, {ViaOf(role_), peer_->certificate.jurisdiction().path(), number_},
      Back<absl::StatusOr<log::HoldResult>>([this, precedence, block, lane,
                                             message_size](auto result) {
        if (absl::IsResourceExhausted(result.status()) && !TOCSIN_PLANTED("full-disk-forgets")) {
          unheld_.push_back([this, precedence, block, lane, message_size] {
            HoldBlock(precedence, block, lane, message_size);
          });
          return;
        }
        OnHeld(precedence, message_size, lane, result);
      }));
}

void Session::HoldReceipt(Precedence precedence, std::shared_ptr<const std::string> receipt,
                          size_t message_size) {
  from_peer_.insert(identity::Sha256(*receipt));
  node_.log.HoldReceipt(*receipt, Back<absl::Status>([this, precedence, receipt,
                                                      message_size](const absl::Status& status) {
    if (absl::IsResourceExhausted(status)) {
      unheld_.push_back([this, precedence, receipt, message_size] {
        HoldReceipt(precedence, receipt, message_size);
      });
      return;
    }
    observer_.OnTaken(precedence, message_size);
    if (!status.ok()) QueueRefusal(status, nullptr);
    observer_.OnReady();
  }));
}

void Session::HoldAgain() {
  for (absl::AnyInvocable<void()>& hold : std::exchange(unheld_, {})) hold();
}

void Session::OnHeld(Precedence precedence, size_t size, const LaneId& lane,
                     const absl::StatusOr<log::HoldResult>& result) {
  observer_.OnTaken(precedence, size);
  if (!result.ok()) {
    QueueRefusal(result.status(), &lane);
  } else if (result->changes_new > 0) {
    PlanRivals(lane);
  }
  observer_.OnReady();
}

// The peer has just sent something of a lane that forked. Its heads, which may have gone beyond
// ours, could not tell whether it holds the other branches: it trims what it does.
void Session::PlanRivals(const LaneId& lane) {
  if (phase_ != Phase::kRunning) return;
  std::optional<log::LaneState> state = node_.log.FindLane(lane);
  if (!state || !state->forked || TOCSIN_PLANTED("rival-kept-back")) return;
  for (const log::Run& run : state->runs) {
    plan_.Add(state->scope, state->precedence, {lane, run.branch}, run.first, run.last);
  }
}

absl::Status Session::OnReceipt(Precedence precedence, std::string receipt, size_t message_size) {
  if (role_ == Role::kParent) {
    // What a child shows of other holders is theirs to judge: of one above it goes on up, where a
    // holder with a new disk may have nobody else to tell it how far it had counted.
    TOCSIN_ASSIGN_OR_RETURN(log::Receipt shown, log::DecodeReceipt(receipt));
    if (!CountsHolder(shown.holder)) {
      observer_.OnTaken(precedence, message_size);
      return absl::OkStatus();
    }
  }
  HoldReceipt(precedence, std::make_shared<const std::string>(std::move(receipt)), message_size);
  return absl::OkStatus();
}

void Session::OnRefusal(const v1::Refusal& refusal) {
  std::optional<LaneId> lane = LaneId::FromBytes(refusal.lane());
  Log(LogLevel::kWarning, "session.refused_by_peer",
      {{"peer", peer_ ? peer_->certificate.jurisdiction().path() : "unknown"},
       {"lane", lane ? lane->ToHex() : ""},
       {"reason", refusal.reason()}});
  if (!lane) {
    // Before the two are on terms it is the peer itself that is refused.
    if (phase_ != Phase::kRunning) {
      Finish(absl::Status(static_cast<absl::StatusCode>(refusal.code()),
                          absl::StrCat("the peer refused: ", refusal.reason())));
    }
    return;
  }
  std::optional<log::LaneState> state = node_.log.FindLane(*lane);
  if (!state) return;
  for (const log::Run& run : state->runs) plan_.Drop({*lane, run.branch});
}

void Session::SendReceipt(const std::string& receipt, Precedence precedence) {
  v1::SessionMessage message;
  message.set_receipt(receipt);
  Queue(precedence, message);
}

void Session::OnPublished(const log::Published& published) {
  if (phase_ != Phase::kRunning || bye_queued_) {
    lost_early_.insert(published.shrunk.begin(), published.shrunk.end());
    for (const log::AppendedRange& range : published.ranges) {
      if (range.repairs) repaired_early_.insert(range.scope);
    }
    return;
  }
  bool news = false;
  for (const log::AppendedRange& range : published.ranges) {
    if (TOCSIN_PLANTED("lost-after-snapshot") && (!compared_ || plan_.backlog() > 0)) continue;
    if (range.origin.session == number_ || !Shared(range.scope)) continue;
    const SendPlan::Lane lane{range.lane, range.branch};
    if (range.repairs && !TOCSIN_PLANTED("repair-stays-here")) {
      plan_.AddAgain(range.scope, range.precedence, lane, range.first, range.last);
    } else {
      plan_.Add(range.scope, range.precedence, lane, range.first, range.last);
    }
    news = true;
  }
  if (SayWhatIsLost({published.shrunk.begin(), published.shrunk.end()})) news = true;
  for (const log::NewReceipt& fresh : published.receipts) {
    // A hub's sessions down are many, and hardly any of them has sent a receipt.
    if (!from_peer_.empty() && from_peer_.erase(identity::Sha256(fresh.bytes)) > 0) continue;
    absl::StatusOr<log::Receipt> receipt = log::DecodeReceipt(fresh.bytes);
    if (!receipt.ok() || !Shared(receipt->scope) || !CountsHolder(receipt->holder)) continue;
    SendReceipt(fresh.bytes, fresh.precedence);
    news = true;
  }
  if (news) observer_.OnReady();
}

bool Session::SayWhatIsLost(std::set<Scope> scopes) {
  if (TOCSIN_PLANTED("loss-unsaid")) return false;
  std::erase_if(scopes, [this](const Scope& scope) { return !Shared(scope); });
  if (scopes.empty()) return false;
  QueueHeadsAnew(scopes, /*answer_wanted=*/true);
  return true;
}

}  // namespace tocsin::session
