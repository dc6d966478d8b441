#include "tests/support/standard_services.h"

#include <google/protobuf/unknown_field_set.h>
#include <grpc/support/time.h>
#include <grpcpp/generic/generic_stub.h>

#include <cstdint>
#include <optional>

namespace tocsin {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr int64_t kPatienceMs = 20'000;
constexpr uint64_t kServing = 1;

// One stream of bytes, one operation after the other.
class RawStream {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method)
      : stub_(channel) {
    context_.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                       gpr_time_from_millis(kPatienceMs, GPR_TIMESPAN)));
    stream_ = stub_.PrepareCall(&context_, method, &queue_);
    stream_->StartCall(this);
    ok_ = Wait();
  }
  ~RawStream() {
    context_.TryCancel();
    grpc::Status status;
    stream_->Finish(&status, this);
    Wait();
    queue_.Shutdown();
    while (Wait()) {
    }
  }

  bool Write(const std::string& bytes) {
    grpc::Slice slice(bytes);
    grpc::ByteBuffer buffer(&slice, 1);
    if (ok_) stream_->Write(buffer, this);
    ok_ = ok_ && Wait();
    return ok_;
  }
  std::optional<std::string> Read() {
    grpc::ByteBuffer buffer;
    if (!ok_) return std::nullopt;
    stream_->Read(&buffer, this);
    ok_ = Wait();
    grpc::Slice slice;
    if (!ok_ || !buffer.DumpToSingleSlice(&slice).ok()) return std::nullopt;
    return std::string(slice.begin(), slice.end());
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  bool ok_ = false;
};

// A message with one string.
std::string Message(int number, const std::string& text) {
  UnknownFieldSet message;
  message.AddLengthDelimited(number, text);
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

std::string HealthRequest(const std::string& service) { return Message(1, service); }
std::string ListServices() { return Message(7, "*"); }

// The messages or strings that stand under `number`.
std::vector<std::string> Under(const std::string& bytes, int number) {
  std::vector<std::string> found;
  UnknownFieldSet message;
  if (!message.ParseFromString(bytes)) return found;
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.number() == number && field.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
      found.push_back(field.length_delimited());
    }
  }
  return found;
}

// The number that stands under 1.
uint64_t StatusIn(const std::string& bytes) {
  uint64_t status = 0;
  UnknownFieldSet message;
  if (!message.ParseFromString(bytes)) return status;
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.number() == 1 && field.type() == UnknownField::TYPE_VARINT) status = field.varint();
  }
  return status;
}

}  // namespace

bool AwaitHealth(const std::shared_ptr<grpc::Channel>& channel, bool serving,
                 const std::string& service) {
  RawStream stream(channel, kHealthWatch);
  if (!stream.Write(HealthRequest(service))) return false;
  while (std::optional<std::string> message = stream.Read()) {
    if ((StatusIn(*message) == kServing) == serving) return true;
  }
  return false;
}

std::vector<std::string> ReflectedServices(const std::shared_ptr<grpc::Channel>& channel) {
  std::vector<std::string> services;
  RawStream stream(channel, kReflection);
  if (!stream.Write(ListServices())) return services;
  std::optional<std::string> response = stream.Read();
  if (!response) return services;
  for (const std::string& list : Under(*response, 6)) {
    for (const std::string& service : Under(list, 1)) {
      for (std::string& name : Under(service, 1)) services.push_back(std::move(name));
    }
  }
  return services;
}

struct OpenStandardStreams::Streams {
  explicit Streams(const std::shared_ptr<grpc::Channel>& channel)
      : health(channel, kHealthWatch), reflection(channel, kReflection) {
    health.Write(HealthRequest(""));
    reflection.Write(ListServices());
    // Both are served now.
    health.Read();
    reflection.Read();
  }
  RawStream health;
  RawStream reflection;
};

OpenStandardStreams::OpenStandardStreams(const std::shared_ptr<grpc::Channel>& channel)
    : streams_(std::make_unique<Streams>(channel)) {}
OpenStandardStreams::~OpenStandardStreams() = default;

}  // namespace tocsin
