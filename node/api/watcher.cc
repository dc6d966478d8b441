#include "node/api/watcher.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/api/resume_token.h"
#include "node/base/status.h"
#include "node/schema/names.h"

namespace tocsin::api {
namespace {

// Current records read at once.
constexpr size_t kPage = 50;
// Records looked at before others get their turn.
constexpr int kLooksMax = 64;
// Records whose place in or out of the filter is remembered.
constexpr size_t kToldMax = 100'000;

std::string AddressOf(const view::RecordName& name) {
  return absl::StrCat(name.scope.ToString(), "|", name.key.kind, "|", name.key.id.view());
}

std::string AddressOf(const v1::Record& record) {
  absl::StatusOr<RecordId> id = schema::ParseUid(record.uid());
  return absl::StrCat(record.scope(), "|", static_cast<int>(record.kind()), "|",
                      id.ok() ? id->view() : absl::string_view());
}

log::Ends Later(log::Ends a, const log::Ends& b) {
  for (size_t i = 0; i < a.end.size(); ++i) a.end[i] = std::max(a.end[i], b.end[i]);
  return a;
}

Arrival Latest(const log::Ends& ends) {
  return *std::max_element(ends.end.begin(), ends.end.end());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Watcher>> Watcher::Create(const v1::WatchRecordsRequest& request,
                                                         const log::Log& log,
                                                         const view::View& view,
                                                         const WatchOptions& options) {
  std::unique_ptr<Watcher> watcher(new Watcher(log, view, options));
  absl::StatusOr<std::optional<Scope>> parent =
      schema::ParseListParent(request.parent().empty() ? "scopes/-" : request.parent());
  if (!parent.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("parent: ", parent.status().message()));
  }
  watcher->query_.parent = *std::move(parent);
  watcher->query_.kind = request.kind();
  watcher->query_.filter = request.filter();
  watcher->query_.page_size = request.include_current() ? kPage : 1;
  watcher->seen_ = view.cursors();
  if (!request.resume_token().empty()) {
    if (request.include_current()) {
      return absl::InvalidArgumentError(
          "include_current: a watch either resumes or begins with what is current");
    }
    TOCSIN_ASSIGN_OR_RETURN(watcher->missed_since_,
                            DecodeResumeToken(request.resume_token(), log.log_id()));
    watcher->unsure_until_ = Latest(*watcher->missed_since_);
    TOCSIN_RETURN_IF_ERROR(watcher->CatchUp());
  }
  // A filter that cannot be read is refused now, and not when the first record comes.
  TOCSIN_ASSIGN_OR_RETURN(view::ListPage first, view.List(watcher->query_));
  if (request.include_current()) {
    watcher->listing_ = true;
    watcher->last_page_ = first.next_page_token.empty();
    watcher->query_.page_token = first.next_page_token;
    for (v1::Record& record : first.records) watcher->page_.push_back(std::move(record));
  }
  return watcher;
}

bool Watcher::Concerns(const view::RecordName& name) const {
  if (query_.kind != v1::KIND_UNSPECIFIED && static_cast<uint32_t>(query_.kind) != name.key.kind) {
    return false;
  }
  if (!query_.parent) return true;
  if (query_.parent->is_broadcast()) return *query_.parent == name.scope;
  return query_.parent->jurisdiction().Covers(name.scope.jurisdiction());
}

bool Watcher::Enqueue(const view::RecordName& name, const log::Ends& before) {
  if (!Concerns(name)) return true;
  std::string address = AddressOf(name);
  if (addresses_.contains(address)) return true;
  if (waiting_.size() >= options_.queue_max) return false;
  addresses_.insert(address);
  waiting_.push_back({name, std::move(address), before});
  return true;
}

void Watcher::OnNews(const view::ViewNews& news) {
  const log::Ends before = seen_;
  if (!missed_since_) {
    for (const view::RecordName& name : news.changed) {
      if (Enqueue(name, before)) continue;
      missed_since_ = before;
      break;
    }
  }
  seen_ = Later(seen_, news.cursors);
}

// All that changed since something was missed, once what waited before it is told.
absl::Status Watcher::CatchUp() {
  const log::Ends since = *missed_since_;
  const log::Ends now = view_.cursors();
  TOCSIN_ASSIGN_OR_RETURN(std::vector<view::RecordName> names, view_.ChangedSince(since));
  if (names.size() > options_.missed_max) {
    return absl::OutOfRangeError(absl::StrCat(
        names.size(), " records changed meanwhile, more than the ", options_.missed_max,
        " that a watch makes up for; watch anew with "
        "include_current"));
  }
  missed_since_.reset();
  for (const view::RecordName& name : names) {
    if (!Concerns(name)) continue;
    std::string address = AddressOf(name);
    if (addresses_.insert(address).second) waiting_.push_back({name, std::move(address), since});
  }
  seen_ = Later(seen_, now);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Watcher::Next() {
  if (listing_) return NextCurrent();
  return NextWaiting();
}

absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Watcher::NextCurrent() {
  if (page_.empty() && !last_page_) {
    TOCSIN_ASSIGN_OR_RETURN(view::ListPage page, view_.List(query_));
    last_page_ = page.next_page_token.empty();
    query_.page_token = page.next_page_token;
    for (v1::Record& record : page.records) page_.push_back(std::move(record));
  }
  v1::WatchRecordsResponse message;
  if (page_.empty()) {
    listing_ = false;
    query_.page_token.clear();
    message.set_current_complete(true);
    message.set_resume_token(Token());
    return message;
  }
  Remember(AddressOf(page_.front()), Told::kIn);
  *message.mutable_record() = std::move(page_.front());
  page_.pop_front();
  return message;
}

absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Watcher::NextWaiting() {
  for (int looks = 0; looks < kLooksMax; ++looks) {
    if (waiting_.empty() && missed_since_) TOCSIN_RETURN_IF_ERROR(CatchUp());
    if (waiting_.empty()) return std::optional<v1::WatchRecordsResponse>();
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    addresses_.erase(next.address);
    TOCSIN_ASSIGN_OR_RETURN(std::optional<v1::WatchRecordsResponse> message, Tell(next));
    if (message) return message;
  }
  return Heartbeat();
}

absl::StatusOr<std::optional<v1::WatchRecordsResponse>> Watcher::Tell(const Waiting& waiting) {
  v1::WatchRecordsResponse message;
  absl::StatusOr<view::StoredRecord> stored = view_.Get(waiting.name);
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  bool matches = false;
  if (stored.ok()) {
    TOCSIN_ASSIGN_OR_RETURN(matches, view_.Matches(query_, *stored));
  }
  if (!matches) {
    if (!MayHaveBeenTold(waiting.address, stored.ok() ? &*stored : nullptr)) {
      return std::optional<v1::WatchRecordsResponse>();
    }
    message.set_left_filter(true);
  }
  if (stored.ok()) {
    *message.mutable_record() = std::move(stored->shown);
  } else {
    message.mutable_record()->set_scope(waiting.name.scope.ToString());
    message.mutable_record()->set_kind(static_cast<v1::Kind>(waiting.name.key.kind));
    message.mutable_record()->set_uid(schema::FormatUid(waiting.name.key.id));
  }
  Remember(waiting.address, matches ? Told::kIn : Told::kOut);
  message.set_resume_token(Token());
  return message;
}

bool Watcher::MayHaveBeenTold(const std::string& address, const view::StoredRecord* record) const {
  auto told = told_.find(address);
  if (told != told_.end()) return told->second == Told::kIn;
  // Without a filter every record of the scope was told of, and none is remembered.
  if (record == nullptr) return true;
  if (query_.filter.empty() || !unsure_until_) return false;
  return record->first_arrival <= *unsure_until_;
}

void Watcher::Remember(const std::string& address, Told told) {
  if (query_.filter.empty()) return;
  if (told_.size() >= kToldMax) {
    told_.clear();
    unsure_until_ = Latest(seen_);
  }
  told_[address] = told;
}

v1::WatchRecordsResponse Watcher::Heartbeat() const {
  v1::WatchRecordsResponse message;
  if (!listing_) message.set_resume_token(Token());
  return message;
}

std::string Watcher::Token() const {
  log::Ends ends = seen_;
  if (missed_since_) ends = *missed_since_;
  if (!waiting_.empty()) ends = waiting_.front().before;
  return EncodeResumeToken(log_.log_id(), ends);
}

}  // namespace tocsin::api
