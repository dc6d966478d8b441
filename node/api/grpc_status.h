// The one place where our status becomes gRPC's. Any thread.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include <string>

namespace tocsin::api {

// The codes have the same numbers. The message is for the caller, and says what to do.
inline grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace tocsin::api
