// What a list command reads: pages until there are as many rows as were asked for, and what people
// are told of what they do not see.
#pragma once

#include <absl/status/statusor.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "node/base/status.h"

namespace tocsin::cli {

template <typename Row>
struct Pages {
  std::vector<Row> rows;
  // There are more than the limit.
  bool more = false;
  // Entries of the node's log that are not projected yet.
  uint64_t view_lag = 0;
};

// `ask` sends a request and gives its response; `rows_of` the repeated field of it that is wanted.
// The first error that `ask` gives ends it.
template <typename Row, typename Request, typename Ask, typename RowsOf>
absl::StatusOr<Pages<Row>> ReadPages(Request request, uint64_t limit, Ask ask, RowsOf rows_of) {
  constexpr uint64_t kPageMax = 1'000;
  Pages<Row> read;
  while (read.rows.size() < limit) {
    request.set_page_size(static_cast<int32_t>(std::min(kPageMax, limit - read.rows.size())));
    TOCSIN_ASSIGN_OR_RETURN(auto page, ask(request));
    read.view_lag = page.view_lag();
    for (Row& row : *rows_of(page)) read.rows.push_back(std::move(row));
    request.set_page_token(page.next_page_token());
    read.more = !page.next_page_token().empty();
    if (!read.more) break;
  }
  return read;
}

// After the rows.
template <typename Row>
void SayWhatIsNotShown(const Pages<Row>& read, uint64_t limit, std::ostream& err) {
  if (read.more) err << "more match; --limit " << limit * 10 << " shows more\n";
  if (read.view_lag > 0) {
    err << "the node is still taking in " << read.view_lag
        << " entries of its log: what they hold is not shown yet\n";
  }
}

}  // namespace tocsin::cli
