#include "node/log/receipt.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/planted.h"
#include "node/base/status.h"

namespace tocsin::log {
namespace {

constexpr absl::string_view kMagic = "TR";
constexpr uint8_t kForm = 1;
constexpr int64_t kMaxTimeMs = int64_t{1} << 50;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a receipt that ", what));
}

std::string EncodeBody(const Receipt& receipt) {
  std::string body;
  ByteWriter out(body);
  out.Raw(receipt.holder.view());
  out.LengthPrefixed(receipt.scope.ToString());
  out.Varint(receipt.number);
  out.U64(static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(receipt.time))));
  out.Varint(receipt.backed_up);
  out.Raw(EncodeListed(receipt.lanes));
  return body;
}

absl::StatusOr<ListedLane> ReadLane(ByteReader& in) {
  ListedLane lane;
  lane.lane = in.Fixed<LaneId>();
  uint8_t has_birth = in.U8();
  uint64_t runs = in.Varint();
  if (!in.ok() || has_birth > 1 || runs > in.remaining()) return Bad("has a broken lane");
  lane.has_birth = has_birth == 1;
  if (!lane.has_birth && runs != 0) return Bad("vouches for a lane whose birth it lacks");
  lane.runs.reserve(static_cast<size_t>(runs));
  for (uint64_t i = 0; i < runs; ++i) {
    ListedRun run;
    run.first = Seq(in.Varint());
    run.last = Seq(in.Varint());
    run.last_step = in.Fixed<Step>();
    if (!in.ok() || run.first.value() == 0 || run.last < run.first || run.last.value() > kMaxSeq) {
      return Bad("has a broken run");
    }
    if (i > 0) {
      const ListedRun& before = lane.runs.back();
      if (std::tie(before.first, before.last, before.last_step) >=
          std::tie(run.first, run.last, run.last_step)) {
        return Bad("lists runs out of order");
      }
    }
    lane.runs.push_back(run);
  }
  return lane;
}

// Is the lane held as one run from 1 to exactly this head, and nothing besides?
bool IsExactly(const LaneState& lane, const LaneHead& head) {
  return lane.runs.size() == 1 && lane.debts.empty() && lane.runs[0].first == Seq(1) &&
         lane.runs[0].last == head.seq && lane.runs[0].last_step == head.step;
}

}  // namespace

uint64_t LeapAbove(uint64_t number, Random& random) {
  constexpr uint64_t kLeap = uint64_t{1} << 16;
  return std::max(number, std::min(number + random.Below(kLeap), kMaxReceiptNumber - 1));
}

std::vector<ListedLane> ListLanes(absl::Span<const LaneState> lanes) {
  std::vector<ListedLane> listed;
  for (const LaneState& lane : lanes) {
    if (lane.has_birth && lane.named_head.has_value() && IsExactly(lane, *lane.named_head)) {
      continue;
    }
    if (TOCSIN_PLANTED("receipt-hides-a-gap") && lane.named_head.has_value()) continue;
    ListedLane& out = listed.emplace_back();
    out.lane = lane.id;
    out.has_birth = lane.has_birth;
    if (!lane.has_birth) continue;
    for (const Run& run : lane.runs) out.runs.push_back({run.first, run.last, run.last_step});
    std::sort(out.runs.begin(), out.runs.end(), [](const ListedRun& a, const ListedRun& b) {
      return std::tie(a.first, a.last, a.last_step) < std::tie(b.first, b.last, b.last_step);
    });
  }
  std::sort(listed.begin(), listed.end(),
            [](const ListedLane& a, const ListedLane& b) { return a.lane < b.lane; });
  return listed;
}

std::string EncodeListed(absl::Span<const ListedLane> lanes) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Varint(lanes.size());
  for (const ListedLane& lane : lanes) {
    out.Raw(lane.lane.view());
    out.U8(lane.has_birth ? 1 : 0);
    out.Varint(lane.runs.size());
    for (const ListedRun& run : lane.runs) {
      out.Varint(run.first.value());
      out.Varint(run.last.value());
      out.Raw(run.last_step.view());
    }
  }
  return bytes;
}

std::string SignReceipt(const Receipt& receipt, const identity::Identity& holder) {
  TOCSIN_CHECK(receipt.holder == holder.id());
  std::string body = EncodeBody(receipt);
  std::string bytes;
  ByteWriter out(bytes);
  out.Raw(kMagic);
  out.U8(kForm);
  out.Raw(body);
  out.Raw(holder.Sign(identity::Use::kReceipt, body).view());
  return bytes;
}

absl::StatusOr<Receipt> DecodeReceipt(absl::string_view bytes) {
  ByteReader in(bytes);
  if (in.Raw(kMagic.size()) != kMagic || in.U8() != kForm) return Bad("does not begin as one");
  CertId holder = in.Fixed<CertId>();
  absl::string_view scope_text = in.LengthPrefixed();
  uint64_t number = in.Varint();
  uint64_t time_ms = in.U64();
  uint64_t backed_up = in.Varint();
  uint64_t count = in.Varint();
  if (!in.ok() || count > in.remaining()) return Bad("ends early");
  if (number > kMaxReceiptNumber) return Bad("has a number that no holder gives");
  if (time_ms > static_cast<uint64_t>(kMaxTimeMs)) return Bad("has no time");
  TOCSIN_ASSIGN_OR_RETURN(Scope scope, Scope::Parse(scope_text));
  if (scope.ToString() != scope_text) return Bad("writes its scope in another form");

  Receipt receipt{holder,    scope, number, absl::FromUnixMillis(static_cast<int64_t>(time_ms)),
                  backed_up, {}};
  receipt.lanes.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    TOCSIN_ASSIGN_OR_RETURN(ListedLane lane, ReadLane(in));
    if (i > 0 && receipt.lanes.back().lane >= lane.lane) return Bad("lists lanes out of order");
    receipt.lanes.push_back(std::move(lane));
  }
  in.Fixed<Signature>();
  if (!in.AtEnd()) return Bad("does not end with its signature");
  return receipt;
}

absl::StatusOr<Receipt> VerifyReceipt(absl::string_view bytes, const identity::TrustStore& trust) {
  TOCSIN_ASSIGN_OR_RETURN(Receipt receipt, DecodeReceipt(bytes));
  std::optional<identity::Certificate> holder = trust.Find(receipt.holder);
  if (!holder.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a receipt by ", receipt.holder.ToHex().substr(0, 16),
                     ", whose certificate is not held: send it first"));
  }
  if (!MayHold(holder->jurisdiction(), receipt.scope)) {
    return absl::PermissionDeniedError(absl::StrCat("a receipt for ", receipt.scope.ToString(),
                                                    " by ", holder->Describe(),
                                                    ", which may not hold that scope"));
  }
  size_t head = kMagic.size() + 1;
  absl::string_view body = bytes.substr(head, bytes.size() - head - Signature::kSize);
  Signature signature = *Signature::FromBytes(bytes.substr(bytes.size() - Signature::kSize));
  TOCSIN_RETURN_IF_ERROR(
      holder->Verify(identity::Use::kReceipt, trust.network_id(), body, signature));
  return receipt;
}

std::vector<Vouched> VouchedBy(const Receipt& receipt, absl::Span<const LaneState> lanes) {
  absl::flat_hash_map<LaneId, const LaneState*> known;
  for (const LaneState& lane : lanes) known.emplace(lane.id, &lane);
  absl::flat_hash_map<LaneId, const ListedLane*> listed;
  for (const ListedLane& lane : receipt.lanes) listed.emplace(lane.lane, &lane);

  absl::flat_hash_map<LaneId, ListedRun> unlisted;
  std::vector<const LaneState*> births;  // that the holder has, still to be followed
  for (const ListedLane& lane : receipt.lanes) {
    auto found = known.find(lane.lane);
    if (lane.has_birth && found != known.end()) births.push_back(found->second);
  }
  while (!births.empty()) {
    const LaneState* lane = births.back();
    births.pop_back();
    for (const LaneHead& head : lane->names) {
      if (listed.contains(head.lane)) continue;
      auto [at, fresh] = unlisted.try_emplace(head.lane, ListedRun{Seq(1), head.seq, head.step});
      if (!fresh) {
        // Several births name it: the holder has it to the furthest.
        if (at->second.last < head.seq) at->second = {Seq(1), head.seq, head.step};
        continue;
      }
      auto found = known.find(head.lane);
      if (found != known.end()) births.push_back(found->second);
    }
  }

  std::vector<Vouched> vouched;
  for (const ListedLane& lane : receipt.lanes) {
    if (lane.has_birth) vouched.push_back({lane.lane, lane.runs});
  }
  for (const auto& [lane, run] : unlisted) vouched.push_back({lane, {run}});
  std::sort(vouched.begin(), vouched.end(),
            [](const Vouched& a, const Vouched& b) { return a.lane < b.lane; });
  return vouched;
}

}  // namespace tocsin::log
