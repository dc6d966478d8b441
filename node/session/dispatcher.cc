#include "node/session/dispatcher.h"

#include <algorithm>

namespace tocsin::session {

Dispatcher::Dispatcher(log::Log& log)
    : subscription_(log.Subscribe([this](const log::Published& p) { Publish(p); })) {}

Dispatcher::~Dispatcher() { subscription_.reset(); }

void Dispatcher::Add(const std::shared_ptr<Connection>& connection) {
  absl::MutexLock lock(&mutex_);
  connections_.push_back(connection);
}

void Dispatcher::Publish(const log::Published& published) {
  auto shared = std::make_shared<const log::Published>(published);
  absl::MutexLock lock(&mutex_);
  std::erase_if(connections_, [&shared](const std::weak_ptr<Connection>& weak) {
    std::shared_ptr<Connection> connection = weak.lock();
    if (connection == nullptr) return true;
    connection->OnPublished(shared);
    return false;
  });
}

}  // namespace tocsin::session
