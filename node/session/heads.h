// Heads as they travel: what an end holds of some scopes, cut into messages of bounded size and put
// together again. What a list leaves out means something, so it is read only when it is whole.
// Thread rule of the session that owns them.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "node/base/ids.h"
#include "node/log/log.h"
#include "tocsin/v1/link.pb.h"

namespace tocsin::session {

// Does a holder's receipt number belong into this session's heads?
using CountsHolderFn = absl::FunctionRef<bool(const CertId& holder)>;

// Writes heads in parts of about `bytes_max`; a lane with many runs goes on in the next part.
class HeadsWriter {
 public:
  // Of `frame` every part has prefix, answer_wanted and anew.
  HeadsWriter(v1::Heads frame, size_t bytes_max);

  void Add(const log::ScopeState& scope, CountsHolderFn counts_holder);
  // At least one. All but the last say that more follow.
  std::vector<v1::Heads> Take();

 private:
  v1::ScopeHeads& Scope(const std::string& name, size_t more_bytes);

  const v1::Heads frame_;
  const size_t bytes_max_;
  std::vector<v1::Heads> parts_;
  size_t bytes_ = 0;
};

// Puts parts together.
class HeadsReader {
 public:
  // More than this in all, of one list, no honest peer has.
  static constexpr size_t kBytesMax = 16 << 20;

  // The whole list once its last part has come. INVALID_ARGUMENT for a part that does not go on
  // with the ones before it; RESOURCE_EXHAUSTED above kBytesMax.
  absl::StatusOr<std::optional<v1::Heads>> Take(const v1::Heads& part);

 private:
  std::optional<v1::Heads> so_far_;
  size_t bytes_ = 0;
};

// What a peer says that it holds of one scope. INVALID_ARGUMENT for a lane or a run that is none.
absl::StatusOr<std::vector<log::ListedLane>> ListedOf(const v1::ScopeHeads& scope);

}  // namespace tocsin::session
