#include "node/api/conflict_watches.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "node/api/watch_board.h"
#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/conflicts/criteria.h"
#include "node/conflicts/list.h"
#include "node/schema/field_table.h"

namespace tocsin::api {
namespace {

// Events looked at before others get their turn.
constexpr size_t kLooksMax = 64;
// Current conflicts read at once, and their bytes.
constexpr int kPage = 50;
constexpr size_t kPageBytesMax = 1 << 20;

std::string EncodeToken(const ProcessId& process, uint64_t number) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Raw(process.view());
  out.U64(number);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<uint64_t> DecodeToken(const std::string& token, const ProcessId& process) {
  std::string bytes;
  const bool is_base64 = absl::WebSafeBase64Unescape(token, &bytes);
  ByteReader in(bytes);
  const std::string from(in.Raw(ProcessId::kSize));
  const uint64_t number = in.U64();
  if (!is_base64 || !in.ok() || in.remaining() > 0) {
    return absl::InvalidArgumentError(
        "resume_token: these characters are no token of ours; leave it empty to watch from now");
  }
  if (from != process.view()) {
    return absl::OutOfRangeError(
        "resume_token: the node was started again since; watch again from the beginning, with "
        "include_current");
  }
  return number;
}

// One watch. Runs on the strand of the watches.
class ConflictWatcher {
 public:
  static absl::StatusOr<std::unique_ptr<ConflictWatcher>> Create(
      const v1::WatchConflictsRequest& request, const conflicts::Board& board,
      const view::View& view, const ProcessId& process) {
    std::unique_ptr<ConflictWatcher> watcher(new ConflictWatcher(board, view, process));
    TOCSIN_ASSIGN_OR_RETURN(watcher->parent_, conflicts::ReadParent(request.parent()));
    TOCSIN_ASSIGN_OR_RETURN(watcher->criteria_, conflicts::Criteria::Parse(request.filter()));
    if (watcher->criteria_.AsksForTime()) {
      return absl::InvalidArgumentError(
          "filter: a watch tells of what happens, and age and turn change without that; list the "
          "conflicts with them, and watch by severity, kind and field");
    }
    watcher->told_ = board.last_event();
    if (!request.resume_token().empty()) {
      if (request.include_current()) {
        return absl::InvalidArgumentError(
            "include_current: a watch either resumes or begins with what is current");
      }
      TOCSIN_ASSIGN_OR_RETURN(watcher->told_, DecodeToken(request.resume_token(), process));
      TOCSIN_RETURN_IF_ERROR(board.EventsAfter(watcher->told_, 1).status());
    }
    if (request.include_current()) {
      watcher->listing_ = true;
      watcher->list_.set_parent(request.parent());
      watcher->list_.set_filter(request.filter());
      watcher->list_.set_page_size(kPage);
    }
    return watcher;
  }

  absl::StatusOr<std::optional<v1::WatchConflictsResponse>> Next() {
    if (listing_) return NextCurrent();
    TOCSIN_ASSIGN_OR_RETURN(const auto events, board_.EventsAfter(told_, kLooksMax));
    for (const auto& event : events) {
      told_ = event->number;
      if (!Wants(*event) || IsInCurrent(*event)) continue;
      v1::WatchConflictsResponse message = event->message;
      message.set_resume_token(Token());
      return message;
    }
    // There may be more: whoever calls comes again once this is sent.
    if (events.size() == kLooksMax) return Heartbeat();
    return std::optional<v1::WatchConflictsResponse>();
  }

  v1::WatchConflictsResponse Heartbeat() const {
    v1::WatchConflictsResponse message;
    if (!listing_) message.set_resume_token(Token());
    return message;
  }

 private:
  ConflictWatcher(const conflicts::Board& board, const view::View& view, const ProcessId& process)
      : board_(board), view_(view), process_(process) {}

  absl::StatusOr<std::optional<v1::WatchConflictsResponse>> NextCurrent() {
    v1::WatchConflictsResponse message;
    if (page_.empty() && !last_page_) {
      TOCSIN_ASSIGN_OR_RETURN(conflicts::ListedOpen listed,
                              conflicts::ListOpen(board_, view_, list_, kPageBytesMax));
      v1::ListConflictsResponse& page = listed.response;
      // Events follow from where the first page stands.
      if (list_.page_token().empty()) told_ = listed.last_event;
      for (v1::OpenConflict& row : *page.mutable_conflict()) {
        if (listed.last_event > told_) ahead_.emplace(NameOf(row), listed.last_event);
        page_.push_back(std::move(row));
      }
      list_.set_page_token(page.next_page_token());
      last_page_ = page.next_page_token().empty();
      // All of that page were settled meanwhile.
      if (page_.empty() && !last_page_) return message;
    }
    if (page_.empty()) {
      listing_ = false;
      message.set_current_complete(true);
      message.set_resume_token(Token());
      return message;
    }
    message.set_event(v1::CONFLICT_CURRENT);
    *message.mutable_conflict() = std::move(page_.front());
    page_.pop_front();
    return message;
  }

  static std::string NameOf(const v1::OpenConflict& row) {
    return absl::StrCat(row.record(), " ", row.conflict().field());
  }

  // A later page told what came of it.
  bool IsInCurrent(const conflicts::Event& event) const {
    const auto found = ahead_.find(NameOf(event.message.conflict()));
    return found != ahead_.end() && event.number <= found->second;
  }

  bool Wants(const conflicts::Event& event) const {
    if (!conflicts::IsBelow(parent_, event.record.scope)) return false;
    return criteria_.Matches({.kind = static_cast<v1::Kind>(event.record.key.kind),
                              .field = event.message.conflict().conflict().field(),
                              .severity = event.severity,
                              .age = {},
                              .turn = {}});
  }

  std::string Token() const { return EncodeToken(process_, told_); }

  const conflicts::Board& board_;
  const view::View& view_;
  const ProcessId process_;
  std::optional<Scope> parent_;
  conflicts::Criteria criteria_;
  // Events up to this one are told, or are not wanted.
  uint64_t told_ = 0;

  // While what is current goes out: what is left of a page, and where the next one begins.
  bool listing_ = false;
  bool last_page_ = false;
  v1::ListConflictsRequest list_;
  std::deque<v1::OpenConflict> page_;
  // Of what later pages told: up to which event it had come, where that is behind the first page.
  absl::flat_hash_map<std::string, uint64_t> ahead_;
};

}  // namespace

class ConflictWatches::Board final
    : public WatchBoard<v1::WatchConflictsRequest, v1::WatchConflictsResponse, ConflictWatcher> {
 public:
  using WatchBoard::WatchBoard;
};

ConflictWatches::ConflictWatches(conflicts::Board& board, const view::View& view,
                                 const ProcessId& process, Gate& gate, Executor& executor,
                                 const WatchOptions& options)
    : conflicts_(board),
      board_(std::make_shared<Board>(
          executor, options, [&board, &view, process](const v1::WatchConflictsRequest& request) {
            return ConflictWatcher::Create(request, board, view, process);
          })) {
  subscription_ = board.Subscribe([weak = std::weak_ptr<Board>(board_)] {
    if (auto here = weak.lock()) here->OnNews([](ConflictWatcher&) {});
  });
  // The board is current once it has what the view had when it opened.
  gate.WhenOpen([&board, weak = std::weak_ptr<Board>(board_)](absl::Status status) {
    auto begin = [weak](absl::Status current) {
      if (auto here = weak.lock()) here->Start(std::move(current));
    };
    if (!status.ok()) return begin(std::move(status));
    board.WhenCurrent(std::move(begin));
  });
}

ConflictWatches::~ConflictWatches() {
  subscription_.reset();
  board_.reset();
}

absl::StatusOr<WatchId> ConflictWatches::Open(v1::WatchConflictsRequest request,
                                              std::shared_ptr<ConflictSink> sink) {
  TOCSIN_ASSIGN_OR_RETURN(const WatchId id,
                          board_->Open(std::move(request), std::move(sink), /*awaits=*/true));
  // A conflict whose write was answered before is current.
  conflicts_.WhenCurrent([id, weak = std::weak_ptr<Board>(board_)](absl::Status status) {
    if (auto here = weak.lock()) here->Ready(id, std::move(status));
  });
  return id;
}
void ConflictWatches::OnSent(WatchId id, bool ok) { board_->OnSent(id, ok); }
void ConflictWatches::OnCancelled(WatchId id) { board_->OnCancelled(id); }
void ConflictWatches::EndAll(absl::Status status) { board_->EndAll(std::move(status)); }

}  // namespace tocsin::api
