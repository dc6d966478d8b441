#include "node/log/spans.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "node/base/status.h"

namespace tocsin::log {
namespace {

// Part of a span to be, with the branch number that its rows have on the disk, if they are there.
struct Piece {
  uint64_t first = 0;
  uint64_t last = 0;
  Step before;
  Step last_step;
  bool whole = true;
  std::optional<uint8_t> branch;
};

bool Overlap(uint64_t a_first, uint64_t a_last, uint64_t b_first, uint64_t b_last) {
  return a_first <= b_last && b_first <= a_last;
}

// Where one held span and the range agree. Chains that agree on a change agree on all before it, so
// what they share is a front of what both cover.
struct Agreement {
  // The last sequence whose step both have alike, the step before the later first one included;
  // nothing when they share none.
  std::optional<uint64_t> upto;
  // Both go on after it, and differ.
  bool parts = false;
  bool disagrees = false;
};

absl::StatusOr<Agreement> Compare(const Span& span, const IncomingRange& range,
                                  HeldStep held_step) {
  uint64_t low = std::max(span.first, range.first) - 1;
  uint64_t high = std::min(span.last, range.last());
  if (high < low || span.last < range.first - 1 || range.last() < span.first - 1)
    return Agreement{};
  auto agrees = [&](uint64_t seq) -> absl::StatusOr<bool> {
    if (seq == span.last) return range.StepAt(seq) == span.last_step;
    if (seq == span.first - 1) return range.StepAt(seq) == span.before;
    TOCSIN_ASSIGN_OR_RETURN(Step step, held_step(seq, span.branch));
    return range.StepAt(seq) == step;
  };
  TOCSIN_ASSIGN_OR_RETURN(bool all, agrees(high));
  if (all) return Agreement{high, false, false};
  bool covers = high >= std::max(span.first, range.first);
  TOCSIN_ASSIGN_OR_RETURN(bool some, agrees(low));
  if (!some) return Agreement{std::nullopt, false, covers};
  // agrees(low), not agrees(high).
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    TOCSIN_ASSIGN_OR_RETURN(bool here, agrees(middle));
    (here ? low : high) = middle;
  }
  return Agreement{low, true, true};
}

// Cuts the piece after `seq`, whose step there is `step`; the second half is returned.
Piece CutAfter(Piece& piece, uint64_t seq, const Step& step) {
  Piece tail = piece;
  tail.first = seq + 1;
  tail.before = step;
  piece.last = seq;
  piece.last_step = step;
  return tail;
}

// Cuts whatever piece covers both `seq` and `seq + 1` of the range's own chain.
void CutChain(std::vector<Piece>& pieces, size_t index, uint64_t seq, const Step& step) {
  if (seq < pieces[index].first || seq >= pieces[index].last) return;
  pieces.push_back(CutAfter(pieces[index], seq, step));
}

// Joins pieces that follow one another into spans without a branch number yet; groups[i] are the
// pieces of spans[i].
Spans Join(std::vector<Piece> pieces, std::vector<std::vector<Piece>>& groups) {
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::tuple(a.first, a.last_step) < std::tuple(b.first, b.last_step);
  });
  auto first_at = [&](uint64_t seq) {
    return static_cast<size_t>(
        std::lower_bound(pieces.begin(), pieces.end(), seq,
                         [](const Piece& piece, uint64_t at) { return piece.first < at; }) -
        pieces.begin());
  };
  // The only piece that follows the change; nothing when none does or branches part.
  auto only_child = [&](uint64_t seq, const Step& step) -> std::optional<size_t> {
    std::optional<size_t> child;
    for (size_t i = first_at(seq + 1); i < pieces.size() && pieces[i].first == seq + 1; ++i) {
      if (pieces[i].before != step) continue;
      if (child.has_value()) return std::nullopt;
      child = i;
    }
    return child;
  };
  std::vector<bool> used(pieces.size(), false);
  groups.clear();
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (used[i]) continue;
    // Pieces are sorted, so the first unused one begins a span.
    std::vector<Piece>& group = groups.emplace_back();
    size_t at = i;
    while (true) {
      used[at] = true;
      group.push_back(pieces[at]);
      const Piece& end = group.back();
      std::optional<size_t> next = only_child(end.last, end.last_step);
      if (!next.has_value() || pieces[*next].whole != end.whole) break;
      at = *next;
    }
  }

  Spans spans;
  for (const std::vector<Piece>& group : groups) {
    spans.push_back({group.front().first, group.back().last, group.front().before,
                     group.back().last_step, 0, group.front().whole});
  }
  return spans;
}

// A branch number that no other span of `spans` has on these sequences; those in `fixed` count.
std::optional<uint8_t> FreeBranch(const Spans& spans, const std::vector<bool>& fixed, size_t self,
                                  std::optional<uint8_t> wanted) {
  std::set<uint8_t> taken;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i == self || !fixed[i]) continue;
    if (Overlap(spans[i].first, spans[i].last, spans[self].first, spans[self].last)) {
      taken.insert(spans[i].branch);
    }
  }
  if (wanted.has_value() && !taken.contains(*wanted)) return wanted;
  for (int branch = 0; branch < 256; ++branch) {
    if (!taken.contains(static_cast<uint8_t>(branch))) return static_cast<uint8_t>(branch);
  }
  return std::nullopt;
}

// The one number that all stored pieces of a group have; nothing when they differ or none is
// stored.
std::optional<uint8_t> CommonBranch(const std::vector<Piece>& group) {
  std::optional<uint8_t> common;
  for (const Piece& piece : group) {
    if (!piece.branch.has_value()) continue;
    if (common.has_value() && *common != *piece.branch) return std::nullopt;
    common = piece.branch;
  }
  return common;
}

bool AnyStored(const std::vector<Piece>& group) {
  return std::any_of(group.begin(), group.end(),
                     [](const Piece& piece) { return piece.branch.has_value(); });
}

// Spans that are stored as they are keep their numbers; then those that grow; then the new ones.
absl::Status Number(const std::vector<std::vector<Piece>>& groups, Spans& spans,
                    Admission& admission) {
  std::vector<bool> fixed(spans.size(), false);
  auto rank = [&](size_t i) {
    if (!AnyStored(groups[i])) return 2;
    return CommonBranch(groups[i]).has_value() ? 0 : 1;
  };
  for (int wanted_rank = 0; wanted_rank < 3; ++wanted_rank) {
    for (size_t i = 0; i < spans.size(); ++i) {
      if (rank(i) != wanted_rank) continue;
      std::optional<uint8_t> wanted = CommonBranch(groups[i]);
      if (!wanted.has_value() && AnyStored(groups[i])) {
        for (const Piece& piece : groups[i]) {
          if (piece.branch.has_value()) {
            wanted = piece.branch;
            break;
          }
        }
      }
      std::optional<uint8_t> branch = FreeBranch(spans, fixed, i, wanted);
      if (!branch.has_value()) {
        return absl::FailedPreconditionError(
            "256 runs of one lane disagree: its key is stolen; revoke it");
      }
      spans[i].branch = *branch;
      fixed[i] = true;
      for (const Piece& piece : groups[i]) {
        if (piece.branch.has_value() && *piece.branch != *branch) {
          admission.moves.push_back(
              {{piece.first, piece.last, piece.before, piece.last_step, *piece.branch, piece.whole},
               *branch});
        }
      }
    }
  }
  return absl::OkStatus();
}

std::vector<Piece> PiecesOf(const Spans& held) {
  std::vector<Piece> pieces;
  pieces.reserve(held.size() + 4);
  for (const Span& span : held) {
    pieces.push_back({span.first, span.last, span.before, span.last_step, span.whole, span.branch});
  }
  return pieces;
}

Spans Sorted(Spans spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return std::tuple(a.first, a.branch) < std::tuple(b.first, b.branch);
  });
  return spans;
}

absl::StatusOr<Admission> Rejoin(std::vector<Piece> pieces) {
  Admission admission;
  std::vector<std::vector<Piece>> groups;
  Spans spans = Join(std::move(pieces), groups);
  TOCSIN_RETURN_IF_ERROR(Number(groups, spans, admission));
  admission.spans = Sorted(std::move(spans));
  return admission;
}

}  // namespace

absl::StatusOr<Admission> Admit(const Spans& held, const IncomingRange& range, HeldStep held_step) {
  Admission admission;
  std::vector<Piece> pieces = PiecesOf(held);
  std::vector<SeqRange> have;   // of the range
  std::set<uint64_t> partings;  // sequences after which the range's chain parts

  for (size_t i = 0; i < held.size(); ++i) {
    const Span& span = held[i];
    TOCSIN_ASSIGN_OR_RETURN(Agreement agreement, Compare(span, range, held_step));
    admission.forked |= agreement.disagrees;
    if (!agreement.upto.has_value()) continue;
    uint64_t upto = *agreement.upto;
    if (upto >= std::max(span.first, range.first)) {
      have.push_back({std::max(span.first, range.first), upto});
      if (!span.whole) {
        for (uint64_t seq = have.back().first; seq <= upto; ++seq) {
          if (range.whole[static_cast<size_t>(seq - range.first)] == 0) continue;
          if (!admission.repaired.empty() && admission.repaired.back().range.last + 1 == seq &&
              admission.repaired.back().branch == span.branch) {
            admission.repaired.back().range.last = seq;
          } else {
            admission.repaired.push_back({{seq, seq}, span.branch});
          }
        }
      }
    }
    if (agreement.parts) {
      partings.insert(upto);
      CutChain(pieces, i, upto, range.StepAt(upto));
    }
  }

  // Repaired parts become pieces of their own.
  for (const Admission::Fresh& repair : admission.repaired) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].whole || pieces[i].branch != repair.branch ||
          !Overlap(pieces[i].first, pieces[i].last, repair.range.first, repair.range.last)) {
        continue;
      }
      if (pieces[i].first < repair.range.first) {
        CutChain(pieces, i, repair.range.first - 1, range.StepAt(repair.range.first - 1));
        continue;  // the rest of it stands further on
      }
      if (repair.range.last < pieces[i].last) {
        CutChain(pieces, i, repair.range.last, range.StepAt(repair.range.last));
      }
      pieces[i].whole = true;
    }
  }

  // What nobody had, cut where it parts and where its state changes.
  std::sort(have.begin(), have.end(),
            [](const SeqRange& a, const SeqRange& b) { return a.first < b.first; });
  uint64_t next = range.first;
  std::vector<SeqRange> fresh;
  for (const SeqRange& part : have) {
    if (part.first > next) fresh.push_back({next, part.first - 1});
    next = part.last + 1;
  }
  if (next <= range.last()) fresh.push_back({next, range.last()});
  size_t stored = pieces.size();
  auto whole_at = [&](uint64_t seq) {
    return range.whole[static_cast<size_t>(seq - range.first)] != 0;
  };
  for (const SeqRange& part : fresh) {
    uint64_t begin = part.first;
    for (uint64_t seq = part.first; seq <= part.last; ++seq) {
      bool ends = seq == part.last || partings.contains(seq) || whole_at(seq) != whole_at(seq + 1);
      if (!ends) continue;
      pieces.push_back(
          {begin, seq, range.StepAt(begin - 1), range.StepAt(seq), whole_at(seq), std::nullopt});
      begin = seq + 1;
    }
  }
  bool nothing = pieces.size() == stored && admission.repaired.empty();
  if (nothing) {
    admission.spans = held;
    return admission;
  }

  std::vector<std::vector<Piece>> groups;
  Spans spans = Join(std::move(pieces), groups);
  TOCSIN_RETURN_IF_ERROR(Number(groups, spans, admission));
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const Piece& piece : groups[i]) {
      if (piece.branch.has_value()) continue;
      admission.fresh.push_back({{piece.first, piece.last}, spans[i].branch});
    }
  }
  // Neighbours on one branch are stored as one range.
  std::sort(admission.fresh.begin(), admission.fresh.end(),
            [](const auto& a, const auto& b) { return a.range.first < b.range.first; });
  std::vector<Admission::Fresh> joined;
  for (const Admission::Fresh& part : admission.fresh) {
    if (!joined.empty() && joined.back().range.last + 1 == part.range.first &&
        joined.back().branch == part.branch) {
      joined.back().range.last = part.range.last;
    } else {
      joined.push_back(part);
    }
  }
  admission.fresh = std::move(joined);
  for (Admission::Fresh& repair : admission.repaired) {
    for (const BranchMove& move : admission.moves) {
      if (move.piece.branch == repair.branch &&
          Overlap(move.piece.first, move.piece.last, repair.range.first, repair.range.last)) {
        repair.branch = move.to;
        break;
      }
    }
  }
  admission.spans = Sorted(std::move(spans));
  return admission;
}

absl::StatusOr<Admission> Remove(const Spans& held, SeqRange range, uint8_t branch,
                                 const Step& before, const Step& last_step) {
  std::vector<Piece> pieces;
  for (Piece& piece : PiecesOf(held)) {
    if (piece.branch != branch || !Overlap(piece.first, piece.last, range.first, range.last)) {
      pieces.push_back(piece);
      continue;
    }
    if (piece.first < range.first) {
      Piece front = piece;
      front.last = range.first - 1;
      front.last_step = before;
      pieces.push_back(front);
    }
    if (piece.last > range.last) {
      Piece tail = piece;
      tail.first = range.last + 1;
      tail.before = last_step;
      pieces.push_back(tail);
    }
  }
  return Rejoin(std::move(pieces));
}

absl::StatusOr<Admission> SetWhole(const Spans& held, uint64_t seq, uint8_t branch,
                                   const Step& before, const Step& step, bool whole) {
  std::vector<Piece> pieces;
  for (Piece& piece : PiecesOf(held)) {
    if (piece.branch != branch || seq < piece.first || seq > piece.last || piece.whole == whole) {
      pieces.push_back(piece);
      continue;
    }
    if (piece.first < seq) {
      Piece front = piece;
      front.last = seq - 1;
      front.last_step = before;
      pieces.push_back(front);
    }
    Piece middle = piece;
    middle.first = middle.last = seq;
    middle.before = before;
    middle.last_step = step;
    middle.whole = whole;
    pieces.push_back(middle);
    if (piece.last > seq) {
      Piece tail = piece;
      tail.first = seq + 1;
      tail.before = step;
      pieces.push_back(tail);
    }
  }
  return Rejoin(std::move(pieces));
}

size_t Width(const Spans& spans) {
  size_t width = 0;
  for (const Span& at : spans) {
    // The most covered sequence is the first of some span.
    size_t cover = 0;
    for (const Span& span : spans) cover += span.first <= at.first && at.first <= span.last;
    width = std::max(width, cover);
  }
  return width;
}

uint64_t FirstParted(const Spans& spans) {
  uint64_t lowest = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    for (size_t j = i + 1; j < spans.size(); ++j) {
      uint64_t first = std::max(spans[i].first, spans[j].first);
      if (first > std::min(spans[i].last, spans[j].last)) continue;
      if (lowest == 0 || first < lowest) lowest = first;
    }
  }
  return lowest;
}

}  // namespace tocsin::log
