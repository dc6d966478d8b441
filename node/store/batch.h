// Changes to a store that happen together or not at all.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tocsin::store {

// A list of operations, applied in the order in which they were added: of two on one key the later
// counts. Filled by the append strand or the projector and handed to Store::Write, which leaves it
// as it is. Owned by its maker, who may Clear() and fill it again. Not thread-safe. At most
// kBytesMax; Store::Write refuses more.
class Batch {
 public:
  static constexpr size_t kBytesMax = 64 << 20;

  enum class Kind : uint8_t { kPut, kDelete, kDeleteRange };
  struct Operation {
    Kind kind;
    absl::string_view key;    // of kDeleteRange: the first key that goes
    absl::string_view value;  // of kDeleteRange: the first key after it that stays
  };

  void Put(absl::string_view key, absl::string_view value) { Add(Kind::kPut, key, value); }
  void Delete(absl::string_view key) { Add(Kind::kDelete, key, {}); }
  // All keys in [begin, end), of those before it in the batch as well; an empty or reversed range
  // deletes nothing. Costs as much as deleting each of them.
  void DeleteRange(absl::string_view begin, absl::string_view end);
  void Clear();

  bool empty() const { return operations_ == 0; }
  size_t operations() const { return operations_; }
  // Of keys and values, and a few for each operation.
  size_t bytes() const { return packed_.size(); }

  // Calls `visit` with each operation in order; the views live until the batch changes.
  void ForEach(absl::FunctionRef<void(const Operation&)> visit) const;

 private:
  void Add(Kind kind, absl::string_view key, absl::string_view value);

  // For each operation: kind, LP(key), LP(value).
  std::string packed_;
  size_t operations_ = 0;
};

}  // namespace tocsin::store
