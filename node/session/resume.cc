// Resume: two ends compare what they hold, scope by scope, and each plans what the other lacks.

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "node/base/bytes.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/receipt.h"
#include "node/session/lacking.h"
#include "node/session/session.h"

namespace tocsin::session {
namespace {

// Leaves room in a message for what is not counted.
constexpr size_t kHeadsPartBytes = link::kMaxMessageBytes / 2;

std::shared_ptr<const log::ScopeState> EmptyState(const Scope& scope) {
  return std::make_shared<log::ScopeState>(log::ScopeState{scope, {}, {}, {}, {}});
}

bool ListsFlash(const log::Receipt& receipt, const log::ScopeState& scope) {
  return std::any_of(scope.lanes.begin(), scope.lanes.end(), [&](const log::LaneState& lane) {
    return lane.precedence == Precedence::kFlash &&
           std::any_of(receipt.lanes.begin(), receipt.lanes.end(),
                       [&](const log::ListedLane& listed) { return listed.lane == lane.id; });
  });
}

// What a list vouches for of each lane, as far as the births held here let one follow it.
std::map<LaneId, std::vector<log::ListedRun>> HeldBy(std::vector<log::ListedLane> listed,
                                                     const log::ScopeState& scope) {
  const log::Receipt words{.holder = {},
                           .scope = scope.scope,
                           .number = 0,
                           .time = {},
                           .backed_up = 0,
                           .lanes = std::move(listed)};
  std::map<LaneId, std::vector<log::ListedRun>> held;
  for (log::Vouched& lane : log::VouchedBy(words, scope.lanes)) {
    held[lane.lane] = std::move(lane.runs);
  }
  return held;
}

}  // namespace

bool Session::Shared(const Scope& scope) const {
  return peer_ &&
         (MayHold(peer_->certificate.jurisdiction(), scope) || TOCSIN_PLANTED("scope-unchecked")) &&
         MayHold(node_.identity.jurisdiction(), scope);
}

// Receipts go down only: those count of which both ends should have the newest.
bool Session::CountsHolder(const CertId& holder) const {
  std::optional<identity::Certificate> certificate = node_.trust.Find(holder);
  if (!certificate) return false;
  const Jurisdiction& upper =
      role_ == Role::kParent ? node_.identity.jurisdiction() : peer_->certificate.jurisdiction();
  return certificate->jurisdiction().Covers(upper);
}

// What both ends must agree on, in one layout. What is held without its texts is in no list, and
// yet it is held: whoever lacks it wants the rest of it.
std::string Session::ScopeContent(const log::ScopeState& scope) const {
  std::string content = scope.listed_bytes;
  ByteWriter out(content);
  for (const log::LaneState& lane : scope.lanes) {
    for (const log::Run& debt : lane.debts) {
      out.Raw(lane.id.view());
      out.Varint(debt.first.value());
      out.Varint(debt.last.value());
      out.Raw(debt.last_step.view());
    }
  }
  for (const log::ReceiptNumber& receipt : scope.receipts) {
    if (TOCSIN_PLANTED("receipts-not-compared")) break;
    if (!CountsHolder(receipt.holder)) continue;
    out.Raw(receipt.holder.view());
    out.Varint(receipt.number);
  }
  return content;
}

void Session::TakeSnapshot() {
  std::string key;
  absl::StrAppend(&key, role_ == Role::kChild ? own_nonce_.view() : peer_nonce_);
  absl::StrAppend(&key, role_ == Role::kChild ? absl::string_view(peer_nonce_) : own_nonce_.view());
  std::vector<std::pair<Scope, std::string>> contents;
  for (std::shared_ptr<const log::ScopeState>& scope :
       node_.log.ScopesFor(peer_->certificate.jurisdiction())) {
    if (!Shared(scope->scope)) continue;
    contents.emplace_back(scope->scope, ScopeContent(*scope));
    scopes_.emplace(scope->scope, std::move(scope));
  }
  tree_.emplace(key, contents);
}

void Session::QueueDigests(const std::string& prefix) {
  v1::SessionMessage message;
  v1::Digests& digests = *message.mutable_digests();
  digests.set_prefix(prefix);
  for (uint64_t child : tree_->ChildrenOf(prefix)) digests.add_child(child);
  Queue(Precedence::kPriority, message);
}

absl::Status Session::OnDigests(const v1::Digests& digests) {
  const std::string& prefix = digests.prefix();
  bool nibbles = std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= 0 && c < 16; });
  if (phase_ != Phase::kRunning || digests.child_size() != 16 || !nibbles ||
      prefix.size() >= DigestTree::kMaxPrefixNibbles) {
    return absl::InvalidArgumentError("the peer's digests are not sixteen below a prefix");
  }
  DigestTree::Children own = tree_->ChildrenOf(prefix);
  for (int i = 0; i < 16; ++i) {
    if (own[static_cast<size_t>(i)] == digests.child(i)) continue;
    std::string child = absl::StrCat(prefix, std::string(1, static_cast<char>(i)));
    bool deep = tree_->CountBelow(child) > DigestTree::kLeafScopes &&
                child.size() < DigestTree::kMaxPrefixNibbles;
    if (deep) {
      QueueDigests(child);
    } else {
      QueueHeads(child, /*answer_wanted=*/true);
    }
  }
  compared_ = true;
  observer_.OnReady();
  return absl::OkStatus();
}

void Session::QueueHeads(const std::string& prefix, bool answer_wanted) {
  if (tree_->CountBelow(prefix) > DigestTree::kLeafScopes &&
      prefix.size() + 1 < DigestTree::kMaxPrefixNibbles) {
    for (char nibble = 0; nibble < 16; ++nibble) {
      QueueHeads(absl::StrCat(prefix, std::string(1, nibble)), answer_wanted);
    }
    return;
  }
  if (!heads_sent_.insert(prefix).second) return;
  v1::Heads frame;
  frame.set_prefix(prefix);
  frame.set_answer_wanted(answer_wanted);
  HeadsWriter writer(frame, kHeadsPartBytes);
  for (const Scope& scope : tree_->ScopesBelow(prefix)) {
    writer.Add(*scopes_.at(scope), [this](const CertId& holder) { return CountsHolder(holder); });
  }
  QueueParts(writer);
}

void Session::QueueParts(HeadsWriter& writer) {
  for (v1::Heads& heads : writer.Take()) {
    v1::SessionMessage message;
    *message.mutable_heads() = std::move(heads);
    Queue(Precedence::kPriority, message);
  }
}

// What is held of these scopes now, though the session compared them before.
void Session::QueueHeadsAnew(const std::set<Scope>& scopes, bool answer_wanted) {
  v1::Heads frame;
  frame.set_answer_wanted(answer_wanted);
  frame.set_anew(true);
  HeadsWriter writer(frame, kHeadsPartBytes);
  for (const Scope& scope : scopes) {
    // All of it may be lost: then the peer hears that as well.
    std::shared_ptr<const log::ScopeState> held = node_.log.ScopeOf(scope);
    if (held == nullptr) held = EmptyState(scope);
    writer.Add(*held, [this](const CertId& holder) { return CountsHolder(holder); });
  }
  QueueParts(writer);
}

absl::Status Session::OnHeads(const v1::Heads& part) {
  if (phase_ != Phase::kRunning) {
    return absl::FailedPreconditionError("the peer's heads come before its proof");
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::Heads> heads, heads_reader_.Take(part));
  if (!heads) return absl::OkStatus();
  if (heads->anew()) {
    TOCSIN_RETURN_IF_ERROR(OnHeadsAnew(*heads));
  } else {
    std::map<std::string, const v1::ScopeHeads*> theirs;
    for (const v1::ScopeHeads& scope : heads->scope()) theirs[scope.scope()] = &scope;
    for (const Scope& scope : tree_->ScopesBelow(heads->prefix())) {
      auto found = theirs.find(scope.ToString());
      TOCSIN_RETURN_IF_ERROR(
          PlanScope(*scopes_.at(scope), found == theirs.end() ? nullptr : found->second));
    }
    if (heads->answer_wanted()) QueueHeads(heads->prefix(), /*answer_wanted=*/false);
  }
  observer_.OnReady();
  return absl::OkStatus();
}

// The peer has lost something, or answers for what was lost here: by what is held now, and again
// what this session has sent before.
absl::Status Session::OnHeadsAnew(const v1::Heads& heads) {
  std::set<Scope> scopes;
  for (const v1::ScopeHeads& theirs : heads.scope()) {
    TOCSIN_ASSIGN_OR_RETURN(Scope scope, Scope::Parse(theirs.scope()));
    if (!Shared(scope)) continue;
    scopes.insert(scope);
    // Also what is not held here either: it is sent once it comes.
    plan_.ForgetSent(scope);
    if (std::shared_ptr<const log::ScopeState> held = node_.log.ScopeOf(scope)) {
      TOCSIN_RETURN_IF_ERROR(PlanScope(*held, &theirs, /*again=*/true));
    }
  }
  if (heads.answer_wanted()) QueueHeadsAnew(scopes, /*answer_wanted=*/false);
  return absl::OkStatus();
}

// `theirs` is null when the peer holds nothing of the scope.
absl::Status Session::PlanScope(const log::ScopeState& scope, const v1::ScopeHeads* theirs,
                                bool again) {
  std::vector<log::ListedLane> listed;
  if (theirs != nullptr) {
    TOCSIN_ASSIGN_OR_RETURN(listed, ListedOf(*theirs));
  }
  for (const log::ListedLane& lane : listed) {
    if (lane.has_birth) births_sent_.insert(lane.lane);
  }
  std::map<LaneId, std::vector<log::ListedRun>> held = HeldBy(std::move(listed), scope);
  for (const log::LaneState& lane : scope.lanes) {
    if (again && !held.contains(lane.id)) {
      // Its birth and its certificates may be lost as well.
      births_sent_.erase(lane.id);
      certificates_sent_.clear();
    }
    for (const auto* runs : {&lane.runs, &lane.debts}) {
      if (TOCSIN_PLANTED("debt-kept-back") && runs == &lane.debts) continue;
      for (const log::Run& run : *runs) {
        for (const SeqRange& range : LackingOf(node_.log, lane, run, held[lane.id])) {
          plan_.Add(scope.scope, lane.precedence, {lane.id, run.branch}, range.first, range.last);
        }
      }
    }
  }
  if (role_ == Role::kParent) SendReceiptsAbove(scope, theirs);
  return absl::OkStatus();
}

void Session::SendReceiptsAbove(const log::ScopeState& scope, const v1::ScopeHeads* theirs) {
  std::map<std::string, uint64_t> shown;
  if (theirs != nullptr) {
    for (const v1::ReceiptNumber& receipt : theirs->receipt()) {
      shown[receipt.holder()] = receipt.number();
    }
  }
  absl::StatusOr<std::vector<std::string>> receipts = node_.log.ReceiptsOf(scope.scope);
  if (!receipts.ok()) return;
  for (const std::string& bytes : *receipts) {
    absl::StatusOr<log::Receipt> receipt = log::DecodeReceipt(bytes);
    if (!receipt.ok() || !CountsHolder(receipt->holder)) continue;
    auto found = shown.find(std::string(receipt->holder.view()));
    if (found == shown.end() || found->second < receipt->number) {
      // What the peer's last one said of flash is not known here.
      SendReceipt(bytes, ListsFlash(*receipt, scope) ? Precedence::kFlash : Precedence::kPriority);
    }
  }
}

// Flash that the node directly above has given no receipt for goes before anything is compared.
void Session::PlanFlashWithoutReceipt() {
  const Jurisdiction& here = node_.identity.jurisdiction();
  if (here.IsRoot()) return;
  for (const std::shared_ptr<const log::ScopeState>& scope : node_.log.ScopesFor(here.Parent())) {
    bool has_flash = std::any_of(scope->lanes.begin(), scope->lanes.end(), [](const auto& lane) {
      return lane.precedence == Precedence::kFlash && !lane.runs.empty();
    });
    if (!has_flash) continue;
    std::map<LaneId, std::vector<log::ListedRun>> held =
        HeldBy(ListedByParent(scope->scope), *scope);
    for (const log::LaneState& lane : scope->lanes) {
      if (lane.precedence != Precedence::kFlash) continue;
      for (const log::Run& run : lane.runs) {
        for (const SeqRange& range : LackingOf(node_.log, lane, run, held[lane.id])) {
          plan_.Add(scope->scope, lane.precedence, {lane.id, run.branch}, range.first, range.last);
        }
      }
    }
  }
}

// What the node directly above listed in its newest receipt for the scope; nothing without one.
std::vector<log::ListedLane> Session::ListedByParent(const Scope& scope) const {
  const Jurisdiction parent = node_.identity.jurisdiction().Parent();
  std::vector<log::Receipt> receipts = ReceiptsBy(
      node_.log, node_.trust, scope, [&](const Jurisdiction& holder) { return holder == parent; });
  return receipts.empty() ? std::vector<log::ListedLane>() : std::move(receipts.front().lanes);
}

}  // namespace tocsin::session
