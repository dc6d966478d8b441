// A network in one thread: real logs on model stores, real sessions over lines that break, time
// that moves only when it is told to. Everything follows from the world's seed.
#pragma once

#include <absl/strings/str_cat.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hub/children/receipt_issuer.h"
#include "node/base/clock.h"
#include "node/base/manual_executor.h"
#include "node/base/random.h"
#include "node/base/status.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/session/connection.h"
#include "node/session/dispatcher.h"
#include "node/store/model_store.h"

namespace tocsin::sim {

struct World {
  explicit World(uint64_t seed) : random(seed) {}
  // Runs what is due within `duration`, then what that caused.
  void Run(absl::Duration duration) { executor.RunFor(duration); }

  ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  ManualExecutor executor{clock};
  SeededRandom random;
};

// One participant. A crash throws away what its store had not synced.
class SimNode final : public session::ConnectionOwner {
 public:
  SimNode(World& world, identity::Identity identity)
      : world_(world), identity_(std::move(identity)), store_(new store::ModelStore()) {
    Start();
  }

  void Start() {
    trust_ = identity_.NewTrustStore();
    absl::StatusOr<std::unique_ptr<log::Log>> opened =
        log::Log::Open(*store_, identity_, *trust_, world_.clock, world_.random, world_.executor,
                       log::LogOptions());
    TOCSIN_CHECK(opened.ok());
    log_ = *std::move(opened);
    dispatcher_ = std::make_unique<session::Dispatcher>(*log_);
    receipts_ = std::make_unique<children::ReceiptIssuer>(*log_, identity_, world_.executor,
                                                          children::ReceiptIssuerOptions());
    receipts_->Start();
  }

  // REQUIRES: its lines were broken. From the first moment on nothing more reaches the disk.
  void Crash() {
    std::unique_ptr<store::ModelStore> survivor =
        store_->Crash(store::ModelStore::Lose::kRandomSuffix, world_.random);
    world_.executor.RunUntilIdle();
    receipts_.reset();
    dispatcher_.reset();
    world_.executor.RunUntilIdle();
    log_.reset();
    store_ = std::move(survivor);
    Start();
  }

  session::SessionNode session_node() {
    return {identity_, *trust_, *log_, world_.clock, world_.random};
  }
  log::Log& log() { return *log_; }
  store::ModelStore& store() { return *store_; }
  const identity::Identity& identity() const { return identity_; }
  session::Dispatcher& dispatcher() { return *dispatcher_; }

  // session::ConnectionOwner.
  absl::Status Admit(const session::Peer&) override { return absl::OkStatus(); }
  void OnClosed(const absl::Status&) override {}

 private:
  World& world_;
  const identity::Identity identity_;
  std::unique_ptr<store::ModelStore> store_;
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<session::Dispatcher> dispatcher_;
  std::unique_ptr<children::ReceiptIssuer> receipts_;
};

// The line between a child and its parent. Frames arrive in order after the latency, or not at all:
// a break loses what is on the way, as a TCP connection does.
class SimLine {
 public:
  SimLine(World& world, SimNode& child, SimNode& parent,
          absl::Duration latency = absl::Milliseconds(5))
      : world_(world), child_(child), parent_(parent), latency_(latency) {}
  ~SimLine() { Break(); }

  void Connect() {
    Break();
    auto stream = std::make_shared<Stream>(world_, latency_);
    stream->ends[0].connection = MakeConnection(session::Role::kChild, child_);
    stream->ends[1].connection = MakeConnection(session::Role::kParent, parent_);
    for (End& end : stream->ends) {
      end.stream = stream.get();
      end.connection->Start(end);
    }
    stream_ = std::move(stream);
  }

  // Both ends see the stream fail; what was on the way is lost.
  void Break() {
    if (stream_ == nullptr) return;
    stream_->broken = true;
    for (End& end : stream_->ends) end.connection->OnReadFailed();
    world_.executor.RunUntilIdle();
    stream_.reset();
  }

  // From here on nothing arrives, and neither end is told.
  void Mute() { stream_->mute = true; }

  bool connected() const {
    return stream_ != nullptr && !stream_->ends[0].closed && !stream_->ends[1].closed;
  }
  session::ConnectionState child_state() const { return stream_->ends[0].connection->state(); }
  // Frames that crossed, both ways, since the line was made.
  uint64_t bytes() const {
    return stream_ == nullptr ? 0
                              : stream_->ends[0].connection->state().bytes_sent +
                                    stream_->ends[1].connection->state().bytes_sent;
  }
  const session::Connection& child_connection() const { return *stream_->ends[0].connection; }

 private:
  struct Stream;

  struct End final : session::Wire {
    void Send(v1::Frame frame) override {
      World& world = stream->world;
      End& other = Other();
      std::weak_ptr<Stream> weak = stream->weak_from_this();
      world.executor.PostAfter(stream->latency, [weak, &other, frame = std::move(frame)] {
        std::shared_ptr<Stream> alive = weak.lock();
        if (alive == nullptr || alive->broken || alive->mute || other.closed) return;
        other.inbox.push_back(frame);
        other.Deliver();
      });
      world.executor.Post([weak, this] {
        if (std::shared_ptr<Stream> alive = weak.lock()) {
          alive->broken ? connection->OnSendFailed() : connection->OnSent();
        }
      });
    }
    void ReadNext() override {
      wants = true;
      Deliver();
    }
    void Close(const absl::Status& reason) override {
      closed = true;
      End& other = Other();
      std::weak_ptr<Stream> weak = stream->weak_from_this();
      stream->world.executor.PostAfter(stream->latency, [weak, &other] {
        std::shared_ptr<Stream> alive = weak.lock();
        if (alive == nullptr || alive->mute) return;
        other.ended = true;
        other.Deliver();
      });
      connection->OnClosed(reason, stream->shared_from_this());
    }
    void Abort() override {}

    End& Other() { return stream->ends[this == &stream->ends[0] ? 1 : 0]; }
    void Deliver() {
      if (!wants || closed) return;
      if (inbox.empty()) {
        // What arrived is read before the end is seen.
        if (ended) connection->OnReadFailed();
        return;
      }
      wants = false;
      v1::Frame frame = std::move(inbox.front());
      inbox.pop_front();
      connection->OnFrame(std::move(frame));
    }

    Stream* stream = nullptr;
    std::shared_ptr<session::Connection> connection;
    std::deque<v1::Frame> inbox;
    bool wants = false;
    bool ended = false;  // by the other end
    bool closed = false;
  };

  struct Stream : std::enable_shared_from_this<Stream> {
    Stream(World& the_world, absl::Duration the_latency) : world(the_world), latency(the_latency) {}
    World& world;
    absl::Duration latency;
    End ends[2];
    bool broken = false;
    bool mute = false;
  };

  std::shared_ptr<session::Connection> MakeConnection(session::Role role, SimNode& node) {
    std::shared_ptr<session::ConnectionOwner> owner(std::shared_ptr<void>(), &node);
    auto connection = session::Connection::Create(role, node.session_node(), {}, world_.executor,
                                                  std::move(owner));
    node.dispatcher().Add(connection);
    return connection;
  }

  World& world_;
  SimNode& child_;
  SimNode& parent_;
  const absl::Duration latency_;
  std::shared_ptr<Stream> stream_;
};

// A draft of an incident with a code of its own and one note.
inline log::Draft NoteDraft(World& world, const Scope& scope, Precedence precedence,
                            absl::string_view note) {
  log::Draft draft{.scope = scope,
                   .precedence = precedence,
                   .key = {},
                   .cap_status = 5,
                   .heard = false,
                   .ops = {},
                   .restated = {},
                   .values = {},
                   .texts = {}};
  draft.key.kind = 1;
  draft.key.id = world.random.Fixed<RecordId>();
  draft.ops.push_back({.field = 27, .clear = false, .overwrites = {}});
  log::Draft::DraftText text;
  text.field = 27;
  text.bytes = std::string(note);
  draft.texts.push_back(std::move(text));
  return draft;
}

// What a node holds of every scope that both may hold, in bytes: equal bytes, equal holdings.
inline std::string Holdings(SimNode& node, const Jurisdiction& reader) {
  std::string holdings;
  for (const auto& scope : node.log().ScopesFor(reader)) {
    if (!MayHold(node.identity().jurisdiction(), scope->scope)) continue;
    absl::StrAppend(&holdings, scope->scope.ToString(), "=", scope->listed_bytes, ";");
  }
  return holdings;
}

}  // namespace tocsin::sim
