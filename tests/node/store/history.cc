#include "tests/node/store/history.h"

#include <absl/strings/str_cat.h>

#include "node/base/random.h"

namespace tocsin::store {

History::History(uint64_t seed, int writes, size_t value_bytes_max) {
  SeededRandom random(seed);
  for (int n = 0; n < writes; ++n) {
    OneWrite write;
    write.batch.Put("last", std::to_string(n));
    const uint64_t operations = 1 + random.Below(5);
    for (uint64_t i = 0; i < operations; ++i) {
      const std::string key = absl::StrCat("key", random.Below(40));
      const uint64_t what = random.Below(10);
      if (what == 0) {
        write.batch.Delete(key);
      } else if (what == 1) {
        write.batch.DeleteRange(key, absl::StrCat("key", random.Below(40)));
      } else {
        write.batch.Put(key, std::string(random.Below(value_bytes_max + 1),
                                         static_cast<char>('a' + random.Below(26))));
      }
    }
    write.durability = random.Below(3) == 0 ? Durability::kBuffered : Durability::kSynced;
    writes_.push_back(std::move(write));
  }
}

void History::Write(Store& store, RocksOptions::Profile profile, Run& run) const {
  const bool view = profile == RocksOptions::Profile::kView;
  for (size_t n = 0; n < writes_.size() && !store.failed(); ++n) {
    const bool synced = writes_[n].durability == Durability::kSynced;
    absl::Status status =
        store.Write(writes_[n].batch, view ? Durability::kBuffered : writes_[n].durability);
    if (status.ok()) {
      run.unknown.clear();
      run.done.push_back(n);
      if (view && synced) status = store.Flush();
      if (status.ok() && synced) run.durable = run.done.size();
    } else {
      const bool full = absl::IsResourceExhausted(status);
      if (full) ++run.refused;
      if (!full || run.unknown.empty()) run.unknown.push_back(n);
    }
    if (run.first_error.ok()) run.first_error = status;
  }
}

void History::Apply(const Batch& batch, Contents& contents) {
  batch.ForEach([&](const Batch::Operation& operation) {
    const std::string key(operation.key);
    switch (operation.kind) {
      case Batch::Kind::kPut:
        contents[key] = std::string(operation.value);
        break;
      case Batch::Kind::kDelete:
        contents.erase(key);
        break;
      case Batch::Kind::kDeleteRange:
        contents.erase(contents.lower_bound(key),
                       contents.lower_bound(std::string(operation.value)));
        break;
    }
  });
}

std::string History::Check(const Contents& contents, const Run& run) const {
  std::vector<size_t> order = run.done;
  order.insert(order.end(), run.unknown.begin(), run.unknown.end());
  Contents expected;
  for (size_t length = 0; length <= order.size(); ++length) {
    if (length > 0) Apply(batch(order[length - 1]), expected);
    if (length >= run.durable && contents == expected) return "";
  }
  auto last = contents.find("last");
  return absl::StrCat("found writes up to ", last == contents.end() ? "none" : last->second, " of ",
                      order.size(), ", of which ", run.durable,
                      " were durable, or not what those writes make");
}

}  // namespace tocsin::store
