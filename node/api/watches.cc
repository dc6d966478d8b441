#include "node/api/watches.h"

#include <utility>

#include "node/api/watch_board.h"
#include "node/api/watcher.h"

namespace tocsin::api {

class Watches::Board final
    : public WatchBoard<v1::WatchRecordsRequest, v1::WatchRecordsResponse, Watcher> {
 public:
  using WatchBoard::WatchBoard;
};

Watches::Watches(log::Log& log, view::View& view, Gate& gate, Executor& executor,
                 const WatchOptions& options)
    : board_(std::make_shared<Board>(
          executor, options, [&log, &view, options](const v1::WatchRecordsRequest& request) {
            return Watcher::Create(request, log, view, options);
          })) {
  subscription_ =
      view.Subscribe([board = std::weak_ptr<Board>(board_)](const view::ViewNews& news) {
        if (auto here = board.lock())
          here->OnNews([news](Watcher& watcher) { watcher.OnNews(news); });
      });
  gate.WhenOpen([board = std::weak_ptr<Board>(board_)](absl::Status status) {
    if (auto here = board.lock()) here->Start(std::move(status));
  });
}

Watches::~Watches() {
  // No news from here on; then the strand's task under way ends.
  subscription_.reset();
  board_.reset();
}

absl::StatusOr<WatchId> Watches::Open(v1::WatchRecordsRequest request,
                                      std::shared_ptr<WatchSink> sink) {
  return board_->Open(std::move(request), std::move(sink));
}
void Watches::OnSent(WatchId id, bool ok) { board_->OnSent(id, ok); }
void Watches::OnCancelled(WatchId id) { board_->OnCancelled(id); }
void Watches::EndAll(absl::Status status) { board_->EndAll(std::move(status)); }
size_t Watches::size() const { return board_->size(); }

}  // namespace tocsin::api
