// Callers of the two services that every gRPC server of ours has beside its own: health and
// reflection. Debian ships no generated code for them, so their few bytes are written here.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace tocsin {

// True once the health service says that `service` (empty: the whole server) serves, or that it
// does not, as wanted; false if it does not come to that within 20 s.
bool AwaitHealth(const std::shared_ptr<grpc::Channel>& channel, bool serving,
                 const std::string& service = "");

// The services that reflection lists; empty if it does not answer.
std::vector<std::string> ReflectedServices(const std::shared_ptr<grpc::Channel>& channel);

// While it lives, a health watch and a reflection stream are open and nobody reads them.
class OpenStandardStreams {
 public:
  explicit OpenStandardStreams(const std::shared_ptr<grpc::Channel>& channel);
  ~OpenStandardStreams();

 private:
  struct Streams;
  std::unique_ptr<Streams> streams_;
};

}  // namespace tocsin
