#include "node/intake/request_memory.h"

#include <utility>

#include "node/base/status.h"

namespace tocsin::intake {

const RequestMemory::Seen* RequestMemory::Find(const std::string& id, absl::Duration now) {
  Expire(now);
  auto found = seen_.find(id);
  return found == seen_.end() ? nullptr : &found->second.seen;
}

void RequestMemory::Begin(const std::string& id, std::string purpose, absl::Duration now) {
  const uint64_t number = next_number_++;
  auto [at, is_new] = seen_.try_emplace(id, Entry{Seen{std::move(purpose), std::nullopt}, number});
  TOCSIN_CHECK(is_new);
  order_.push_back({now, number, id});
  Expire(now);
}

void RequestMemory::Answer(const std::string& id, Answered answered) {
  auto found = seen_.find(id);
  if (found != seen_.end()) found->second.seen.answered = std::move(answered);
}

void RequestMemory::Expire(absl::Duration now) {
  while (!order_.empty()) {
    const Order& oldest = order_.front();
    auto found = seen_.find(oldest.id);
    const bool current = found != seen_.end() && found->second.number == oldest.number;
    if (current && seen_.size() <= limit_ && now - oldest.begun < kTerm) return;
    if (current) seen_.erase(found);
    order_.pop_front();
  }
}

}  // namespace tocsin::intake
