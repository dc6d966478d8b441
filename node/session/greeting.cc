// Hello and proof: who is at the other end, and what it may be told.

#include <absl/strings/str_cat.h>
#include <absl/time/time.h>

#include <algorithm>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/status.h"
#include "node/identity/certificate.h"
#include "node/identity/signing.h"
#include "node/log/receipt.h"
#include "node/session/session.h"

namespace tocsin::session {
namespace {

// Of the way that a parent's Hello took, what is added to the time that it tells.
constexpr absl::Duration kHalfRoundTripMax = absl::Seconds(5);

}  // namespace

void Session::QueueHello() {
  v1::SessionMessage message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_version(kProtocolVersion);
  hello.set_oldest_version(kOldestProtocolVersion);
  const NetworkId& network = node_.identity.network_id();
  hello.set_network(network.data(), NetworkId::kSize);
  for (const identity::Certificate& certificate : node_.identity.chain()) {
    hello.add_certificate(std::string(certificate.der()));
  }
  ProcessId process = node_.log.process();
  hello.set_process(process.data(), ProcessId::kSize);
  LogId log_id = node_.log.log_id();
  hello.set_log(log_id.data(), LogId::kSize);
  hello.set_nonce(own_nonce_.data(), Salt::kSize);
  hello.set_clock_ms(static_cast<uint64_t>(absl::ToUnixMillis(node_.log.CorrectedNow())));
  hello.set_clock_synced(node_.log.clock_synced());
  hello.set_schema_level(options_.schema_level);
  hello.set_schema_level_supported(options_.schema_level);
  hello.set_software(options_.software);
  Queue(Precedence::kFlash, message);
  hello_sent_ = true;
  hello_sent_at_ = node_.clock.Elapsed();
}

// As their holders signed them: a holder that was restored numbers above what it said before, and a
// word of anybody else raises no number. They go before the flash that a receipt may answer.
void Session::ShowReceipts() {
  absl::StatusOr<std::vector<std::string>> receipts = node_.log.HighestReceipts();
  if (!receipts.ok()) {
    Log(LogLevel::kError, "session.receipts_unreadable", {{"reason", receipts.status()}});
    return;
  }
  for (const std::string& receipt : *receipts) SendReceipt(receipt, Precedence::kFlash);
}

absl::Status Session::CheckVersions(const v1::Hello& hello) const {
  if (hello.network() != node_.identity.network_id().view()) {
    return absl::PermissionDeniedError(
        "the peer belongs to another network; check the uplink's address, or issue this node a "
        "certificate of that network");
  }
  if (hello.oldest_version() > kProtocolVersion || hello.version() < kOldestProtocolVersion) {
    return absl::UnimplementedError(
        absl::StrCat("the peer speaks protocol ", hello.oldest_version(), " to ", hello.version(),
                     ", this node ", kOldestProtocolVersion, " to ", kProtocolVersion,
                     "; upgrade the older one, parents first"));
  }
  if (hello.nonce().size() != Salt::kSize || hello.process().size() != ProcessId::kSize) {
    return absl::InvalidArgumentError("the peer's Hello has no nonce or no process");
  }
  return absl::OkStatus();
}

absl::StatusOr<identity::Certificate> Session::TakeChain(const v1::Hello& hello) {
  if (hello.certificate().empty()) {
    return absl::UnauthenticatedError("the peer's Hello has no certificate");
  }
  CertId id;
  for (const std::string& der : hello.certificate()) {
    TOCSIN_ASSIGN_OR_RETURN(identity::Certificate certificate, node_.trust.AddDer(der));
    id = certificate.id();
    TOCSIN_RETURN_IF_ERROR(node_.log.OfferCertificate(der));
    certificates_sent_.insert(id);
  }
  std::optional<identity::Certificate> certificate = node_.trust.Find(id);
  TOCSIN_CHECK(certificate.has_value());
  const Jurisdiction& here = node_.identity.jurisdiction();
  const Jurisdiction& there = certificate->jurisdiction();
  const Jurisdiction& above = role_ == Role::kParent ? here : there;
  const Jurisdiction& below = role_ == Role::kParent ? there : here;
  if (above == below || !above.Covers(below)) {
    return absl::PermissionDeniedError(
        absl::StrCat("this node is ", here.path(), " and the peer is ", there.path(), "; ",
                     role_ == Role::kParent ? "only nodes below it may dial it"
                                            : "its uplink must be a node above it"));
  }
  return *certificate;
}

// Dates bind sessions, by a clock that was told the time and by none else: one that booted in 1970
// shuts nobody out. A child that was not told the time yet judges by what its parent says now.
absl::Status Session::CheckDates(const v1::Hello& hello,
                                 const identity::Certificate& certificate) const {
  if (node_.log.clock_synced()) {
    return node_.trust.CheckDates(certificate.id(), node_.log.CorrectedNow());
  }
  if (role_ == Role::kParent || !hello.clock_synced()) return absl::OkStatus();
  return node_.trust.CheckDates(certificate.id(),
                                absl::FromUnixMillis(static_cast<int64_t>(hello.clock_ms())));
}

absl::Status Session::OnHello(const v1::Hello& hello) {
  if (phase_ != Phase::kGreeting) {
    return absl::FailedPreconditionError("the peer said Hello twice");
  }
  TOCSIN_RETURN_IF_ERROR(CheckVersions(hello));
  TOCSIN_ASSIGN_OR_RETURN(identity::Certificate certificate, TakeChain(hello));
  TOCSIN_RETURN_IF_ERROR(CheckDates(hello, certificate));
  Peer peer{.certificate = certificate,
            .process = *ProcessId::FromBytes(hello.process()),
            .software = hello.software()};
  TOCSIN_RETURN_IF_ERROR(observer_.OnPeer(peer));
  peer_ = std::move(peer);
  peer_nonce_ = hello.nonce();
  if (role_ == Role::kChild) {
    // A line that stood still meanwhile says nothing of how long the answer was on its way.
    const absl::Duration on_its_way =
        std::min((node_.clock.Elapsed() - hello_sent_at_) / 2, kHalfRoundTripMax);
    node_.log.CorrectClock(
        absl::FromUnixMillis(static_cast<int64_t>(hello.clock_ms())) + on_its_way,
        hello.clock_synced());
  } else {
    QueueHello();
  }
  QueueProof(peer_nonce_);
  phase_ = Phase::kProving;
  observer_.OnReady();
  return absl::OkStatus();
}

// What a proof signs: the far end's nonce, its own, and the name of the relay between them (none on
// a direct link).
std::string Session::ProofText(absl::string_view far_nonce, absl::string_view own_nonce) const {
  std::string text;
  ByteWriter out(text);
  out.Raw(far_nonce);
  out.Raw(own_nonce);
  out.LengthPrefixed("");
  return text;
}

void Session::QueueProof(absl::string_view peer_nonce) {
  Signature signature =
      node_.identity.Sign(identity::Use::kHello, ProofText(peer_nonce, own_nonce_.view()));
  v1::SessionMessage message;
  message.mutable_proof()->set_signature(signature.data(), Signature::kSize);
  Queue(Precedence::kFlash, message);
}

absl::Status Session::OnProof(const v1::HelloProof& proof) {
  if (phase_ != Phase::kProving) {
    return absl::FailedPreconditionError("the peer's proof does not follow its Hello");
  }
  std::optional<Signature> signature = Signature::FromBytes(proof.signature());
  if (!signature) return absl::InvalidArgumentError("the peer's proof is no signature");
  TOCSIN_RETURN_IF_ERROR(
      peer_->certificate.Verify(identity::Use::kHello, node_.identity.network_id(),
                                ProofText(own_nonce_.view(), peer_nonce_), *signature));
  Run();
  return absl::OkStatus();
}

void Session::Run() {
  phase_ = Phase::kRunning;
  Log(LogLevel::kInfo, "session.running",
      {{"peer", peer_->certificate.jurisdiction()}, {"software", peer_->software}});
  TakeSnapshot();
  QueueDigests("");
  // Flash goes before the proof, and what was sent once is not sent again because a comparison
  // finds it lacking: it may be on its way. But what it brought may be lost by now, and what went
  // out without its text may be whole.
  SayWhatIsLost(std::exchange(lost_early_, {}));
  for (const Scope& scope : std::exchange(repaired_early_, {})) plan_.ForgetSent(scope);
  observer_.OnReady();
}

}  // namespace tocsin::session
