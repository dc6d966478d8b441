// An author who can do what honest ones never do: write rival runs of one lane, and seal any range
// of any of them, as often as he likes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/log/block.h"
#include "node/log/change.h"
#include "node/log/lane.h"
#include "tests/node/log/erasing.h"
#include "tests/node/log/world.h"

namespace tocsin::log {

class LaneAuthor {
 public:
  LaneAuthor(const identity::Identity& identity, Precedence precedence, Random& random)
      : identity_(identity), random_(random) {
    birth_ = EncodeBirth({StationScope(), precedence, 1, identity.id(), random.Fixed<Salt>(), {}});
    lane_ = LaneIdOf(identity.network_id(), birth_);
    chains_.push_back({{StepZero(lane_)}, {}});
  }

  const LaneId& lane() const { return lane_; }
  const std::string& birth() const { return birth_; }
  size_t chains() const { return chains_.size(); }
  uint64_t length(size_t chain) const { return chains_[chain].changes.size(); }
  Dot DotAt(size_t chain, uint64_t seq) const { return DotOf(chains_[chain].steps[seq]); }
  Stamp StampAt(uint64_t seq) const { return {Rank::kOwnSynced, seq << 16}; }
  const Change& ChangeAt(size_t chain, uint64_t seq) const {
    return chains_[chain].changes[seq - 1];
  }

  // A new chain that shares the first `upto` changes of another.
  size_t Part(size_t chain, uint64_t upto) {
    const Chain& from = chains_[chain];
    Chain part{{from.steps.begin(), from.steps.begin() + static_cast<std::ptrdiff_t>(upto) + 1},
               {from.changes.begin(), from.changes.begin() + static_cast<std::ptrdiff_t>(upto)}};
    chains_.push_back(std::move(part));
    return chains_.size() - 1;
  }
  void Write(size_t chain, Change change) {
    Chain& to = chains_[chain];
    change.stamp = StampAt(to.steps.size());
    std::string bytes;
    ByteWriter out(bytes);
    EncodeChange(change, out);
    to.steps.push_back(*NextStep(to.steps.back(), bytes));
    to.changes.push_back(std::move(change));
  }
  // A plain change, with a text if it is not empty.
  void WriteIncident(size_t chain, uint64_t code, const std::string& text) {
    Draft draft = IncidentDraft(code, text);
    Change change{draft.key, 5, Stamp(), draft.ops, {}, draft.values, {}};
    if (!text.empty()) change.texts.push_back(NewText(0, text));
    Write(chain, std::move(change));
  }
  // Carries the description of another author's change ahead.
  void WriteRestating(size_t chain, uint64_t code, const LaneAuthor& other, size_t other_chain,
                      uint64_t seq) {
    Draft draft = IncidentDraft(code);
    Change change{draft.key, 5, Stamp(), draft.ops, {}, draft.values, {}};
    change.restated = {{27, false, other.DotAt(other_chain, seq), other.StampAt(seq), {}, ""}};
    for (Text text : other.ChangeAt(other_chain, seq).texts) {
      text.origin = 1;
      change.texts.push_back(text);
    }
    Write(chain, std::move(change));
  }
  void WriteErasure(size_t chain, const LaneAuthor& other, size_t other_chain, uint64_t seq) {
    Appended place{other.lane(), Seq(seq), other.DotAt(other_chain, seq), Stamp(), Arrival()};
    Draft draft = ErasureDraft({{place}});
    Write(chain, {draft.key, 5, Stamp(), draft.ops, {}, draft.values, {}});
  }

  std::string Block(size_t chain, uint64_t first, uint64_t last) const {
    const Chain& from = chains_[chain];
    std::string raw;
    ByteWriter out(raw);
    for (uint64_t seq = first; seq <= last; ++seq) EncodeChange(from.changes[seq - 1], out);
    return PackBlock(
        {lane_, Seq(first), static_cast<uint32_t>(last - first + 1), from.steps[first - 1],
         identity_.Sign(identity::Use::kSeal, SealedBytes(lane_, Seq(last), from.steps[last]))},
        raw);
  }
  // What a session sends ahead of the lane's first block.
  absl::Status OfferTo(Log& log) const {
    for (const auto& certificate : identity_.chain()) {
      if (auto status = log.OfferCertificate(certificate.der()); !status.ok()) return status;
    }
    return log.OfferBirth(birth_);
  }

 private:
  struct Chain {
    std::vector<Step> steps;  // steps[0] is the lane's
    std::vector<Change> changes;
  };

  Text NewText(uint32_t origin, const std::string& bytes) {
    Text text{origin, 27, 0, bytes, random_.Fixed<Salt>(), Digest()};
    text.hash = TextHash(text.salt, bytes);
    return text;
  }

  const identity::Identity identity_;
  Random& random_;
  std::string birth_;
  LaneId lane_;
  std::vector<Chain> chains_;
};

}  // namespace tocsin::log
