#include "node/conflicts/list.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/conflicts/criteria.h"
#include "node/conflicts/rows.h"
#include "node/conflicts/turn.h"
#include "node/identity/hash.h"
#include "node/schema/field_table.h"
#include "node/schema/names.h"

namespace tocsin::conflicts {
namespace {

std::string FingerprintOf(const v1::ListConflictsRequest& request) {
  std::string bytes;
  ByteWriter out(bytes);
  for (const std::string* part : {&request.parent(), &request.filter(), &request.order_by()}) {
    out.LengthPrefixed(*part);
  }
  return std::string(identity::Sha256(bytes).view().substr(0, 16));
}

struct Placed {
  std::string position;
  Open open;
};

// What of the board's `standing` is wanted and lies behind `after`, in order.
std::vector<Placed> Wanted(const Board& board, std::vector<Open> standing,
                           const std::optional<Scope>& parent, const Criteria& criteria,
                           const Order& order, const std::string& after) {
  std::vector<Placed> wanted;
  const absl::Time now = board.now();
  for (Open& open : standing) {
    if (!IsBelow(parent, open.record.scope)) continue;
    const uint32_t kind = open.record.key.kind;
    const absl::Duration age = std::max(now - open.since, absl::ZeroDuration());
    const Turn turn = TurnOf(open.record.scope, age, board.patience());
    const bool matches = criteria.Matches({.kind = static_cast<v1::Kind>(kind),
                                           .field = schema::FindField(kind, open.field)->name,
                                           .severity = open.severity,
                                           .age = age,
                                           .turn = turn.jurisdiction.path()});
    if (!matches) continue;
    std::string position = order.PositionOf(open);
    if (after.empty() || position > after) wanted.push_back({std::move(position), std::move(open)});
  }
  std::sort(wanted.begin(), wanted.end(),
            [](const Placed& a, const Placed& b) { return a.position < b.position; });
  return wanted;
}

// Nothing where it is settled by now.
absl::StatusOr<std::optional<v1::OpenConflict>> ReadRow(const Board& board, const view::View& view,
                                                        const Open& open) {
  absl::StatusOr<view::StoredRecord> stored = view.Get(open.record);
  if (absl::IsNotFound(stored.status())) return std::optional<v1::OpenConflict>();
  TOCSIN_RETURN_IF_ERROR(stored.status());
  const v1::Conflict* conflict =
      FindConflict(stored->shown, schema::FindField(open.record.key.kind, open.field)->name);
  if (conflict == nullptr) return std::optional<v1::OpenConflict>();
  v1::OpenConflict row = RowOf(stored->shown);
  *row.mutable_conflict() = *conflict;
  SetTimes(open.since, board.now(), board.patience(), row);
  return row;
}

}  // namespace

absl::StatusOr<std::optional<Scope>> ReadParent(const std::string& parent) {
  absl::StatusOr<std::optional<Scope>> read =
      schema::ParseListParent(parent.empty() ? "scopes/-" : parent);
  if (read.ok()) return read;
  return absl::InvalidArgumentError(absl::StrCat("parent: ", read.status().message()));
}

bool IsBelow(const std::optional<Scope>& parent, const Scope& scope) {
  if (!parent) return true;
  if (parent->is_broadcast()) return scope == *parent;
  return parent->jurisdiction().Covers(scope.jurisdiction());
}

absl::StatusOr<ListedOpen> ListOpen(const Board& board, const view::View& view,
                                    const v1::ListConflictsRequest& request, size_t bytes_max) {
  if (request.page_size() < 0) {
    return absl::InvalidArgumentError("page_size: is negative; 0 takes the default of 50");
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Scope> parent, ReadParent(request.parent()));
  TOCSIN_ASSIGN_OR_RETURN(const Criteria criteria, Criteria::Parse(request.filter()));
  TOCSIN_ASSIGN_OR_RETURN(const Order order, Order::Parse(request.order_by()));
  const std::string fingerprint = FingerprintOf(request);
  TOCSIN_ASSIGN_OR_RETURN(const std::string after, DecodeToken(request.page_token(), fingerprint));
  const size_t page_size = request.page_size() == 0
                               ? kPageDefault
                               : std::min(static_cast<size_t>(request.page_size()), kPageMax);
  Standing standing = board.OpenNow();
  ListedOpen listed;
  listed.last_event = standing.last_event;
  v1::ListConflictsResponse& response = listed.response;
  size_t bytes = 0;
  std::string last;
  for (const Placed& placed :
       Wanted(board, std::move(standing.open), parent, criteria, order, after)) {
    const auto rows = static_cast<size_t>(response.conflict_size());
    if (rows >= page_size) {
      response.set_next_page_token(EncodeToken(fingerprint, last));
      break;
    }
    TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::OpenConflict> row, ReadRow(board, view, placed.open));
    if (row) {
      bytes += row->ByteSizeLong() + 8;
      if (rows > 0 && bytes > bytes_max) {
        response.set_next_page_token(EncodeToken(fingerprint, last));
        break;
      }
      *response.add_conflict() = *std::move(row);
    }
    last = placed.position;
  }
  response.set_view_lag(view.lag());
  return listed;
}

}  // namespace tocsin::conflicts
