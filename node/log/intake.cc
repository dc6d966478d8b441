#include "node/log/intake.h"

#include <absl/strings/str_cat.h>

#include <utility>
#include <vector>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/receipt.h"

namespace tocsin::log {

Intake::Intake(Context& context, Writer& writer, Executor& executor)
    : context_(context), writer_(writer), executor_(executor) {}

Intake::~Intake() {
  gate_.Close();
  std::vector<Log::HoldDone> dropped;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [lane, queue] : lanes_) {
      for (const std::shared_ptr<Waiting>& waiting : queue) {
        dropped.push_back(waiting->request.has_value() ? std::move(waiting->request->done)
                                                       : std::move(waiting->done));
      }
    }
  }
  for (Log::HoldDone& done : dropped) done(absl::CancelledError("the log is closing"));
}

absl::Status Intake::OfferCertificate(absl::string_view der) {
  return context_.trust.AddDer(der).status();
}

absl::Status Intake::CheckBirth(const Birth& birth) const {
  std::optional<identity::Certificate> author = context_.trust.Find(birth.certificate);
  if (!author.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("a birth under certificate ",
                                                      birth.certificate.ToHex().substr(0, 16),
                                                      ", which is not held: send it first"));
  }
  if (!MayWrite(author->jurisdiction(), birth.scope)) {
    return absl::PermissionDeniedError(absl::StrCat(author->Describe(), " opens a lane in ",
                                                    birth.scope.ToString(),
                                                    ", which its certificate does not cover"));
  }
  if (!MayHold(context_.identity.jurisdiction(), birth.scope) &&
      !TOCSIN_PLANTED("scope-unchecked")) {
    return absl::PermissionDeniedError(
        absl::StrCat("a lane of ", birth.scope.ToString(), ", which ",
                     context_.identity.jurisdiction().path(), " may not hold"));
  }
  return absl::OkStatus();
}

absl::Status Intake::OfferBirth(absl::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(Birth birth, DecodeBirth(bytes));
  TOCSIN_RETURN_IF_ERROR(CheckBirth(birth));
  LaneId lane = LaneIdOf(context_.identity.network_id(), bytes);
  LaneRecordPtr known = context_.table.Find(lane);
  if (known != nullptr && known->birth != nullptr) return absl::OkStatus();
  auto offered =
      std::make_shared<const OfferedBirth>(OfferedBirth{std::move(birth), std::string(bytes)});

  absl::MutexLock lock(&mutex_);
  if (!offered_.emplace(lane, offered).second) return absl::OkStatus();
  offered_order_.push_back(lane);
  offered_bytes_ += bytes.size();
  while (offered_order_.size() > kOfferedBirthsMax || offered_bytes_ > kOfferedBytesMax) {
    auto oldest = offered_.find(offered_order_.front());
    offered_bytes_ -= oldest->second->bytes.size();
    offered_.erase(oldest);
    offered_order_.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<Intake::LaneRules> Intake::RulesFor(const LaneId& lane, Via via) {
  std::shared_ptr<const OfferedBirth> offered;
  const Birth* birth = nullptr;
  LaneRecordPtr known = context_.table.Find(lane);
  if (known != nullptr && known->birth != nullptr) {
    birth = known->birth.get();
  } else {
    absl::MutexLock lock(&mutex_);
    auto found = offered_.find(lane);
    if (found == offered_.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("a block of lane ", lane.ToHex().substr(0, 16),
                       ", which was not opened: send its birth first"));
    }
    offered = found->second;
    birth = &offered->birth;
  }
  std::optional<identity::Certificate> author = context_.trust.Find(birth->certificate);
  if (!author.has_value()) {
    return absl::FailedPreconditionError("the certificate of the lane's author is not held");
  }
  BlockRules rules{*author, context_.identity.network_id(), birth->scope, nullptr};
  if (context_.options.check_change != nullptr) {
    rules.check = [this, via](const ChangeView& change) {
      return context_.options.check_change(change, via);
    };
  }
  return LaneRules{std::move(rules), std::move(offered)};
}

void Intake::HoldBlock(std::string block, Origin origin, Log::HoldDone done) {
  TOCSIN_CHECK(origin.via != Via::kOwn);
  auto header = ReadBlockHeader(block);
  if (!header.ok()) return done(header.status());
  auto rules = RulesFor(header->lane, origin.via);
  if (!rules.ok()) return done(rules.status());

  auto waiting = std::make_shared<Waiting>();
  waiting->done = std::move(done);
  {
    absl::MutexLock lock(&mutex_);
    lanes_[header->lane].push_back(waiting);
  }
  gate_.Post(executor_, [this, waiting, lane = header->lane, rules = *std::move(rules),
                         block = std::move(block), origin = std::move(origin)]() mutable {
    absl::StatusOr<Range> range = VerifyBlock(std::move(block), rules.rules);
    Verified(lane, waiting, std::move(range), std::move(rules.birth), std::move(origin));
  });
}

void Intake::Verified(const LaneId& lane, const std::shared_ptr<Waiting>& waiting,
                      absl::StatusOr<Range> range, std::shared_ptr<const OfferedBirth> birth,
                      Origin origin) {
  absl::MutexLock lock(&mutex_);
  waiting->request.emplace(
      HoldRequest{std::move(range), std::move(birth), std::move(origin), std::move(waiting->done)});
  auto queue = lanes_.find(lane);
  while (!queue->second.empty() && queue->second.front()->request.has_value()) {
    writer_.Enqueue(*std::move(queue->second.front()->request));
    queue->second.pop_front();
  }
  if (queue->second.empty()) lanes_.erase(queue);
}

void Intake::HoldReceipt(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) {
  auto receipt = VerifyReceipt(bytes, context_.trust);
  if (!receipt.ok()) return done(receipt.status());
  if (!MayHold(context_.identity.jurisdiction(), receipt->scope)) {
    return done(absl::PermissionDeniedError(
        absl::StrCat("a receipt for ", receipt->scope.ToString(), ", which ",
                     context_.identity.jurisdiction().path(), " may not hold")));
  }
  writer_.Enqueue(HoldReceiptRequest{*std::move(receipt), std::move(bytes), std::move(done)});
}

}  // namespace tocsin::log
