// What the health service of a server says. For the sources of this folder.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

namespace grpc {
class Server;
}

namespace tocsin::api {

// Shared with calls that may end after the server. Thread-safe.
class Health {
 public:
  // NOT_SERVING until it is told other.
  void Begin(grpc::Server& server);
  void Set(bool serving);
  // A write could not be made durable: NOT_SERVING from here on, because that does not get well.
  void OnDataLoss(const absl::Status& status);
  // NOT_SERVING, and the server is not touched any more.
  void End();

 private:
  void Say(bool serving) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // Null before and after.
  grpc::Server* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tocsin::api
