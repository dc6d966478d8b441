// The two sorts of reactor that all services share: a read that is answered from the executor, and
// a stream of a watch. For the sources of this folder.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <utility>

#include "node/api/call.h"
#include "node/api/gate.h"
#include "node/api/grpc_status.h"
#include "node/api/records_service.h"
#include "node/api/watches.h"
#include "node/conflicts/board.h"

namespace tocsin::api {

// Runs `read(request)`, which gives StatusOr<Response>, on the executor.
template <typename Request, typename Response, typename Read>
grpc::ServerUnaryReactor* ReadLater(const Parts& parts, grpc::CallbackServerContext* context,
                                    const Request& request, Response* response, Read read) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<Response>::Begin(parts.calls, reactor, response);
  if (call == nullptr) return reactor;
  parts.gate.Run([call = std::move(call), request, read](absl::Status status) {
    call->Finish(status.ok() ? read(request) : absl::StatusOr<Response>(status));
  });
  return reactor;
}

// The same, once the board of conflicts has all that the view had when the call came.
template <typename Request, typename Response, typename Read>
grpc::ServerUnaryReactor* ReadWithBoard(const Parts& parts, grpc::CallbackServerContext* context,
                                        const Request& request, Response* response, Read read) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<Response>::Begin(parts.calls, reactor, response);
  if (call == nullptr) return reactor;
  // The gate outlives the board, and the board what else the server has.
  Gate& gate = parts.gate;
  conflicts::Board& board = parts.board;
  gate.Run([&gate, &board, call = std::move(call), request, read](absl::Status status) {
    if (!status.ok()) return call->Finish(status);
    board.WhenCurrent([&gate, call, request, read](absl::Status current) {
      if (!current.ok()) return call->Finish(current);
      // The board's strand has others to serve.
      gate.Run([call, request, read](absl::Status open) {
        call->Finish(open.ok() ? read(request) : absl::StatusOr<Response>(open));
      });
    });
  });
  return reactor;
}

// One stream of a watch. Reactions and the strand of the watches only start operations; it lives
// until OnDone and until the watch has let it go.
template <typename OfWatches, typename Request, typename Response>
class WatchStream final : public grpc::ServerWriteReactor<Response>, public WatchSinkOf<Response> {
 public:
  static WatchStream* Open(OfWatches& watches, const Request& request) {
    std::shared_ptr<WatchStream> stream(new WatchStream(watches));
    stream->self_ = stream;
    absl::StatusOr<WatchId> id = watches.Open(request, stream);
    if (id.ok()) {
      stream->id_.store(*id);
    } else {
      stream->Finish(ToGrpc(id.status()));
    }
    return stream.get();
  }

  // WatchSinkOf.
  void Send(Response message) override {
    message_ = std::move(message);
    this->StartWrite(&message_);
  }
  void End(absl::Status status) override { this->Finish(ToGrpc(status)); }

 private:
  explicit WatchStream(OfWatches& watches) : watches_(watches) {}

  void OnWriteDone(bool ok) override { watches_.OnSent(id_.load(), ok); }
  void OnCancel() override { watches_.OnCancelled(id_.load()); }
  void OnDone() override { self_.reset(); }

  OfWatches& watches_;
  std::atomic<WatchId> id_{};
  Response message_;
  std::shared_ptr<WatchStream> self_;
};

}  // namespace tocsin::api
