#include "node/api/reads.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "node/api/server.h"
#include "node/base/status.h"
#include "node/schema/names.h"

namespace tocsin::api {
namespace {

constexpr size_t kPageDefault = 50;
// What a page's records may take, with room for the rest of the message.
constexpr size_t kPageBytesMax = kMessageBytesMax - (64 << 10);

size_t BytesOf(const view::ListPage& page) {
  size_t bytes = 0;
  for (const v1::Record& record : page.records) bytes += record.ByteSizeLong() + 8;
  return bytes;
}

}  // namespace

absl::StatusOr<view::RecordName> FindRecord(const view::View& view, absl::string_view name) {
  absl::StatusOr<schema::RecordName> parsed = schema::ParseRecordName(name);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", parsed.status().message()));
  }
  TOCSIN_ASSIGN_OR_RETURN(std::vector<view::RecordName> found,
                          view.Find(parsed->scope, parsed->kind, schema::IdText(*parsed)));
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat(
        parsed->ToString(), " is not held here; look for it with a list of its scope"));
  }
  // A code is first of all the name of the record that was filed by hand under it.
  if (found.size() > 1 && !found.front().key.code_bits) {
    return absl::FailedPreconditionError(
        absl::StrCat(parsed->ToString(), " names ", found.size(),
                     " imported records; list them and name the one by its uid"));
  }
  return found.front();
}

absl::StatusOr<view::StoredRecord> ReadRecord(const view::View& view, absl::string_view name) {
  TOCSIN_ASSIGN_OR_RETURN(const view::RecordName found, FindRecord(view, name));
  return view.Get(found);
}

absl::StatusOr<v1::ListRecordsResponse> ReadPage(const view::View& view,
                                                 const v1::ListRecordsRequest& request) {
  if (request.page_size() < 0) {
    return absl::InvalidArgumentError("page_size: is negative; 0 takes the default of 50");
  }
  absl::StatusOr<std::optional<Scope>> parent =
      schema::ParseListParent(request.parent().empty() ? "scopes/-" : request.parent());
  if (!parent.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("parent: ", parent.status().message()));
  }
  view::ListQuery query{.parent = *std::move(parent),
                        .kind = request.kind(),
                        .filter = request.filter(),
                        .order_by = request.order_by(),
                        .page_size = request.page_size() == 0
                                         ? kPageDefault
                                         : std::min<size_t>(request.page_size(), kPageMax),
                        .page_token = request.page_token()};
  TOCSIN_ASSIGN_OR_RETURN(view::ListPage page, view.List(query));
  // Long records make short pages.
  while (page.records.size() > 1 && BytesOf(page) > kPageBytesMax) {
    query.page_size = page.records.size() / 2;
    TOCSIN_ASSIGN_OR_RETURN(page, view.List(query));
  }
  v1::ListRecordsResponse response;
  for (v1::Record& record : page.records) *response.add_record() = std::move(record);
  response.set_next_page_token(std::move(page.next_page_token));
  response.set_view_lag(view.lag());
  return response;
}

}  // namespace tocsin::api
