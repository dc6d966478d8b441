// Unary calls that are answered later and from another thread.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "node/api/grpc_status.h"

namespace tocsin::api {

class AnyCall {
 public:
  virtual ~AnyCall() = default;
  virtual void Abort(const absl::Status& reason) = 0;
};

// The calls that are not answered yet, so that a server that stops can answer them. Thread-safe.
class OpenCalls {
 public:
  // False once it is closed.
  bool Add(AnyCall* call) {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    calls_.insert(call);
    return true;
  }
  void Remove(AnyCall* call) {
    absl::MutexLock lock(&mutex_);
    calls_.erase(call);
  }
  // Answers what is open, and everything that comes later.
  void Close(const absl::Status& reason) {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    // A call that is answered at this moment waits in Remove, and lives until it returns.
    for (AnyCall* call : calls_) call->Abort(reason);
    calls_.clear();
  }
  // Takes no more; what is open goes on.
  void Refuse() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }

 private:
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<AnyCall*> calls_ ABSL_GUARDED_BY(mutex_);
};

// Answers its reactor exactly once: by Finish, by Abort, or when the last who could answer it lets
// it go. Thread-safe.
template <typename Response>
class Call final : public AnyCall {
 public:
  // The reactor is answered at once if `open` takes no more: then null.
  static std::shared_ptr<Call> Begin(std::shared_ptr<OpenCalls> open,
                                     grpc::ServerUnaryReactor* reactor, Response* response) {
    std::shared_ptr<Call> call(new Call(std::move(open), reactor, response));
    if (call->open_->Add(call.get())) return call;
    call->Finish(Stopping());
    return nullptr;
  }
  ~Call() override { Finish(Stopping()); }

  void Finish(absl::StatusOr<Response> result) {
    open_->Remove(this);
    Answer(std::move(result));
  }
  void Abort(const absl::Status& reason) override { Answer(reason); }

 private:
  Call(std::shared_ptr<OpenCalls> open, grpc::ServerUnaryReactor* reactor, Response* response)
      : open_(std::move(open)), reactor_(reactor), response_(response) {}

  static absl::Status Stopping() {
    return absl::UnavailableError("the node is stopping; ask again later");
  }

  void Answer(absl::StatusOr<Response> result) {
    grpc::ServerUnaryReactor* reactor = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      reactor = std::exchange(reactor_, nullptr);
      if (reactor != nullptr && result.ok()) *response_ = *std::move(result);
    }
    if (reactor != nullptr) reactor->Finish(ToGrpc(result.status()));
  }

  // Outlives the server where somebody keeps a call that was aborted.
  const std::shared_ptr<OpenCalls> open_;
  absl::Mutex mutex_;
  // Null once answered; the response lives as long.
  grpc::ServerUnaryReactor* reactor_ ABSL_GUARDED_BY(mutex_);
  Response* response_;
};

}  // namespace tocsin::api
