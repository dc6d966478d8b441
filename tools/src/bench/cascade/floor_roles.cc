// The floor: what gRPC and RocksDB cost by themselves. A station sends messages over a bare stream;
// a hub puts each group of them into a bare store with one fsync, and then sends them on; each end
// counts. No lanes, no hashes, no seals, no receipts.

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <deque>
#include <iostream>
#include <string>
#include <thread>

#include "node/base/clock.h"
#include "node/base/random.h"
#include "node/store/rocks_store.h"
#include "tocsin/v1/link.grpc.pb.h"
#include "tools/src/bench/cascade/roles.h"

namespace tocsin::bench {
namespace {

std::unique_ptr<store::Store> OpenStore(const RoleArguments& arguments, Clock& clock) {
  store::RocksOptions rocks;
  rocks.dir = arguments.dir + "/log";
  rocks.create_if_missing = true;
  return store::OpenRocks(rocks, store::StoreEnvironment(clock)).value();
}

// Messages between the reader and the one who writes and sends on; bounded.
class Handover {
 public:
  void Push(std::string message) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::deque<std::string>* queue) { return queue->size() < 4096; }, &queue_));
    queue_.push_back(std::move(message));
  }
  std::string Pop() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::deque<std::string>* queue) { return !queue->empty(); }, &queue_));
    std::string message = std::move(queue_.front());
    queue_.pop_front();
    return message;
  }

 private:
  absl::Mutex mutex_;
  std::deque<std::string> queue_;
};

// One client stream upward.
class Upward {
 public:
  explicit Upward(const std::string& address)
      : stub_(v1::Link::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))),
        stream_(stub_->Connect(&context_)) {}
  ~Upward() {
    stream_->WritesDone();
    v1::Frame frame;
    while (stream_->Read(&frame)) {
    }
    stream_->Finish();
  }
  void Send(const std::string& message) {
    v1::Frame frame;
    frame.mutable_piece()->set_data(message);
    stream_->Write(frame);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::Link::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::Frame, v1::Frame>> stream_;
};

class FloorService final : public v1::Link::Service {
 public:
  explicit FloorService(Handover& handover) : handover_(handover) {}
  grpc::Status Connect(grpc::ServerContext*,
                       grpc::ServerReaderWriter<v1::Frame, v1::Frame>* stream) override {
    v1::Frame frame;
    while (stream->Read(&frame)) {
      handover_.Push(std::move(*frame.mutable_piece()->mutable_data()));
    }
    return grpc::Status::OK;
  }

 private:
  Handover& handover_;
};

}  // namespace

int RunFloorHub(const RoleArguments& arguments) {
  SystemClock clock;
  std::unique_ptr<store::Store> store = OpenStore(arguments, clock);
  Handover handover;
  FloorService service(handover);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::cout << "port " << port << std::endl;
  {
    std::unique_ptr<Upward> upward;
    if (!arguments.parent.empty()) upward = std::make_unique<Upward>(arguments.parent);
    for (int held = 0; held < arguments.messages;) {
      store::Batch batch;
      std::vector<std::string> group;
      while (static_cast<int>(group.size()) < arguments.per_group &&
             held + static_cast<int>(group.size()) < arguments.messages) {
        group.push_back(handover.Pop());
        batch.Put("e" + std::to_string(held + static_cast<int>(group.size())), group.back());
      }
      if (!store->Write(batch, store::Durability::kSynced).ok()) return 1;
      held += static_cast<int>(group.size());
      for (const std::string& message : group) {
        if (upward != nullptr) upward->Send(message);
      }
    }
    std::printf("held %.6f 0\n", absl::ToDoubleSeconds(clock.Elapsed()));
    std::fflush(stdout);
  }
  std::string line;
  std::getline(std::cin, line);
  server->Shutdown();
  return 0;
}

int RunFloorStation(const RoleArguments& arguments) {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Store> store = OpenStore(arguments, clock);
  std::string message(static_cast<size_t>(arguments.bytes), '\0');
  for (int i = 0; i < arguments.messages; ++i) {
    random.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(message.data()), message.size()));
    store::Batch batch;
    batch.Put("e" + std::to_string(i + 1), message);
    if (!store->Write(batch, store::Durability::kSynced).ok()) return 1;
  }
  std::printf("filled 0\n");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);
  std::printf("dialled %.6f\n", absl::ToDoubleSeconds(clock.Elapsed()));
  std::fflush(stdout);
  {
    Upward upward(line);
    for (int i = 0; i < arguments.messages; ++i) {
      upward.Send(**store->Get("e" + std::to_string(i + 1)));
    }
  }
  std::getline(std::cin, line);
  return 0;
}

}  // namespace tocsin::bench
