// Which requests were answered: what makes a repeated one file nothing.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// What a request came to: enough to answer it again, and nothing that the guard refused.
struct Answered {
  std::optional<view::RecordName> record;
  std::vector<v1::Withheld> withheld;
};

// Request ids of the last 24 hours, the newest `limit` of them, in memory: a restart forgets them.
// Not thread-safe; lives on intake's strand.
class RequestMemory {
 public:
  static constexpr absl::Duration kTerm = absl::Hours(24);

  explicit RequestMemory(size_t limit) : limit_(limit) {}

  struct Seen {
    // What the id was used for: method and target. Another one is a mistake of the caller.
    std::string purpose;
    // Nothing while the first request is under way.
    std::optional<Answered> answered;
  };

  // Null for an id that is not remembered.
  const Seen* Find(const std::string& id, absl::Duration now);
  // REQUIRES: !Find(id).
  void Begin(const std::string& id, std::string purpose, absl::Duration now);
  void Answer(const std::string& id, Answered answered);
  // It came to nothing: the caller may try again with the same id.
  void Forget(const std::string& id) { seen_.erase(id); }

  size_t size() const { return seen_.size(); }

 private:
  struct Entry {
    Seen seen;
    uint64_t number = 0;
  };
  struct Order {
    absl::Duration begun;
    uint64_t number;
    std::string id;
  };

  void Expire(absl::Duration now);

  const size_t limit_;
  uint64_t next_number_ = 0;
  absl::flat_hash_map<std::string, Entry> seen_;
  // Oldest first; one whose number is not the entry's was forgotten.
  std::deque<Order> order_;
};

}  // namespace tocsin::intake
