// Lists: which records of the view match a query, a page at a time. It chooses an index, walks it,
// reads the rows that it leads to and asks the filter. One snapshot a page; from page to page a
// record that nobody changes comes exactly once.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/store/store.h"
#include "node/view/filter.h"
#include "node/view/order.h"
#include "node/view/view.h"
#include "node/view/walk.h"

namespace tocsin::view {

// A query, read once: kinds with their filters, order, and what a page token must name. Immutable;
// any thread.
class Query {
 public:
  static constexpr size_t kPageSizeMax = 1000;
  // An order that no index serves is sorted in memory.
  static constexpr size_t kSortedMax = 100'000;
  // Rows that one page looks at before it gives way, and that one sort looks at before it gives up.
  static constexpr size_t kWalkedMax = 20'000;
  static constexpr size_t kScannedMax = 1'000'000;

  // INVALID_ARGUMENT for what cannot be read, with its place and a hint.
  static absl::StatusOr<Query> Parse(const ListQuery& query);

  // Of parent, kind, filter and order: what a page token repeats.
  static std::string FingerprintOf(const ListQuery& query);

  absl::StatusOr<ListPage> Run(const store::Store& store) const;
  // REQUIRES: names filled in.
  bool Matches(const v1::Record& record) const;

 private:
  struct Page;

  Query() : order_(Order::ByCell()) {}

  absl::StatusOr<std::optional<Position>> ReadToken(const std::string& token) const;
  std::string WriteToken(const Position& position) const;

  // Ranges of the index that has the order, of what can match.
  std::vector<WalkRange> RangesInOrder(bool missing) const;
  std::vector<WalkRange> RangesByUpdate() const;
  bool IndexHasOrder() const {
    return order_.by() == Order::By::kCell || order_.by() == Order::By::kUpdateTime ||
           order_.by() == Order::By::kTimeField;
  }
  bool InParent(const Scope& scope) const;

  absl::StatusOr<ListPage> RunWalk(Page& page) const;
  absl::Status WalkInto(Page& page, bool missing) const;
  absl::StatusOr<ListPage> RunSort(Page& page) const;
  using Visit = absl::FunctionRef<bool(const RecordRef&)>;
  // Calls `visit` with records until it gives false; the most selective index there is.
  absl::Status ForEachCandidate(const Page& page, Visit visit) const;
  absl::Status ForEachOfCode(const Page& page, uint64_t code_bits, Visit visit) const;
  absl::Status ForEachRow(const Page& page, Visit visit) const;
  // What the filters leave of indexes that have few of all; empty if it leaves all of one kind.
  std::vector<WalkRange> SelectiveRanges() const;
  std::optional<uint64_t> CodeBits() const;
  absl::StatusOr<bool> HasFewCandidates(const Page& page, size_t limit) const;
  absl::StatusOr<std::optional<v1::Record>> ReadMatch(const Page& page, const RecordRef& ref) const;

  std::optional<Scope> parent_;
  // By kind.
  std::map<uint32_t, Filter> filters_;
  Order order_;
  size_t page_size_ = 0;
  std::string page_token_;
  std::string fingerprint_;
};

}  // namespace tocsin::view
