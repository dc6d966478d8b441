#include "node/session/heads.h"

#include <absl/strings/str_cat.h>

#include <utility>

namespace tocsin::session {
namespace {

// The most that a lane without runs, one run, or a receipt's number takes, tags included.
constexpr size_t kLaneBytes = 48;
constexpr size_t kRunBytes = 64;
constexpr size_t kReceiptBytes = 48;
constexpr size_t kScopeBytes = 16;

void AddRun(const log::ListedRun& run, v1::LaneHead& lane) {
  v1::RunHead& head = *lane.add_run();
  head.set_first(run.first.value());
  head.set_last(run.last.value());
  head.set_last_step(run.last_step.data(), Step::kSize);
}

// Lanes of one scope that two parts share are one lane.
void Append(const v1::ScopeHeads& from, v1::ScopeHeads& to) {
  int next = 0;
  if (from.lane_size() > 0 && to.lane_size() > 0 &&
      from.lane(0).lane() == to.lane(to.lane_size() - 1).lane()) {
    to.mutable_lane(to.lane_size() - 1)->mutable_run()->MergeFrom(from.lane(0).run());
    next = 1;
  }
  for (; next < from.lane_size(); ++next) *to.add_lane() = from.lane(next);
  to.mutable_receipt()->MergeFrom(from.receipt());
}

}  // namespace

HeadsWriter::HeadsWriter(v1::Heads frame, size_t bytes_max)
    : frame_(std::move(frame)), bytes_max_(bytes_max), parts_({frame_}) {}

// The scope's entry in the part that is being written, with room for so much more.
v1::ScopeHeads& HeadsWriter::Scope(const std::string& name, size_t more_bytes) {
  if (bytes_ > 0 && bytes_ + more_bytes > bytes_max_) {
    parts_.back().set_more(true);
    parts_.push_back(frame_);
    bytes_ = 0;
  }
  bytes_ += more_bytes;
  v1::Heads& part = parts_.back();
  if (part.scope_size() == 0 || part.scope(part.scope_size() - 1).scope() != name) {
    part.add_scope()->set_scope(name);
    bytes_ += name.size() + kScopeBytes;
  }
  return *part.mutable_scope(part.scope_size() - 1);
}

void HeadsWriter::Add(const log::ScopeState& scope, CountsHolderFn counts_holder) {
  const std::string name = scope.scope.ToString();
  Scope(name, 0);
  for (const log::ListedLane& lane : scope.listed) {
    auto begin = [&](size_t more_bytes) {
      v1::ScopeHeads& entry = Scope(name, more_bytes);
      const std::string id(lane.lane.view());
      const int lanes = entry.lane_size();
      if (lanes == 0 || entry.lane(lanes - 1).lane() != id) {
        v1::LaneHead& head = *entry.add_lane();
        head.set_lane(id);
        head.set_has_birth(lane.has_birth);
      }
      return entry.mutable_lane(entry.lane_size() - 1);
    };
    begin(kLaneBytes);
    for (const log::ListedRun& run : lane.runs) AddRun(run, *begin(kRunBytes));
  }
  for (const log::ReceiptNumber& receipt : scope.receipts) {
    if (!counts_holder(receipt.holder)) continue;
    v1::ReceiptNumber& number = *Scope(name, kReceiptBytes).add_receipt();
    number.set_holder(receipt.holder.data(), CertId::kSize);
    number.set_number(receipt.number);
  }
}

std::vector<v1::Heads> HeadsWriter::Take() { return std::move(parts_); }

absl::StatusOr<std::optional<v1::Heads>> HeadsReader::Take(const v1::Heads& part) {
  bytes_ += part.ByteSizeLong();
  if (bytes_ > kBytesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the peer's heads are more than ", kBytesMax,
                     " bytes: it opens lanes without end; look at its node"));
  }
  if (!so_far_) {
    so_far_ = part;
  } else if (so_far_->prefix() != part.prefix() || so_far_->anew() != part.anew() ||
             so_far_->answer_wanted() != part.answer_wanted()) {
    return absl::InvalidArgumentError("the peer's heads do not go on where they stopped");
  } else {
    int next = 0;
    if (part.scope_size() > 0 && so_far_->scope_size() > 0 &&
        so_far_->scope(so_far_->scope_size() - 1).scope() == part.scope(0).scope()) {
      Append(part.scope(0), *so_far_->mutable_scope(so_far_->scope_size() - 1));
      next = 1;
    }
    for (; next < part.scope_size(); ++next) *so_far_->add_scope() = part.scope(next);
  }
  if (part.more()) return std::optional<v1::Heads>();
  bytes_ = 0;
  return std::exchange(so_far_, std::nullopt);
}

absl::StatusOr<std::vector<log::ListedLane>> ListedOf(const v1::ScopeHeads& scope) {
  std::vector<log::ListedLane> listed;
  for (const v1::LaneHead& lane : scope.lane()) {
    std::optional<LaneId> id = LaneId::FromBytes(lane.lane());
    if (!id) return absl::InvalidArgumentError("the peer's heads name a lane that is no lane id");
    log::ListedLane entry{.lane = *id, .has_birth = lane.has_birth(), .runs = {}};
    for (const v1::RunHead& run : lane.run()) {
      std::optional<Step> step = Step::FromBytes(run.last_step());
      if (!step || run.first() == 0 || run.first() > run.last()) {
        return absl::InvalidArgumentError("the peer's heads hold a run that is none");
      }
      entry.runs.push_back({Seq(run.first()), Seq(run.last()), *step});
    }
    listed.push_back(std::move(entry));
  }
  return listed;
}

}  // namespace tocsin::session
