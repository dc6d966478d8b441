// Rows of a file on their way to the node: a bounded number at once, each with what came of it, and
// the counts with which an import ends.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/base/scope.h"
#include "node/exchange/row.h"
#include "tools/src/cli/client.h"
#include "tools/src/cli/row_update.h"

namespace tocsin::cli {

// What came of a file's rows. read = filed + already + differs + refused + elsewhere; `withheld`
// and `flagged` count rows that are among those, `updated` those of `differs` that were then
// written.
struct FilingCounts {
  uint64_t read = 0;
  // Went to the node.
  uint64_t sent = 0;
  uint64_t filed = 0;
  uint64_t already = 0;
  uint64_t differs = 0;
  uint64_t updated = 0;
  uint64_t refused = 0;
  uint64_t elsewhere = 0;
  uint64_t withheld = 0;
  uint64_t flagged = 0;
  // Alerts that an Update or Cancel put out of force, and those that the node left in force.
  uint64_t superseded = 0;
  uint64_t left_in_force = 0;
};

struct FilingOptions {
  // Rows without an answer, at most.
  uint32_t in_flight = 64;
  bool update = false;
  bool dry_run = false;
  // Rows of any other scope are only counted.
  std::optional<Scope> only_scope;
};

// Something to say of a row; never its content.
struct RowNews {
  enum class What { kRefused, kWithheld, kDiffers, kNote };
  uint64_t line = 0;
  What what = What::kNote;
  // Withheld and differs: the field.
  std::string field;
  std::string reason;
};

// Stands between a reader of node/exchange and the client. Takes rows on one thread, and there
// gives all news and counts; answers come on the client's threads and wait to be taken up. An
// answer that says that nothing more will do (no node, a full disk, not ready) ends the import:
// Take and Finish return it. Owned by the import.
class Filing final : public exchange::Sink {
 public:
  Filing(Client& client, const FilingOptions& options, std::function<void(const RowNews&)> news,
         std::function<void()> progress);
  // Waits for what is on its way.
  ~Filing() override;

  absl::Status Take(exchange::ImportRow row) override;
  void Refuse(exchange::Refused refused) override;
  // When every row has its answer.
  absl::Status Finish();

  const FilingCounts& counts() const { return counts_; }

 private:
  // A row that is on its way: what is still needed of it once the answer comes.
  struct Row {
    uint64_t line = 0;
    v1::Record record;
    std::optional<exchange::CapKey> cap_key;
    std::vector<exchange::CapKey> supersedes;
    v1::AlertState superseded_state = v1::ALERT_STATE_UNSPECIFIED;
    // Its first answer said that it differs: what is still to be written of it.
    std::optional<RowUpdate> update;
  };
  using Answer = std::pair<Row, absl::StatusOr<v1::WriteRecordResponse>>;

  void Send(Row row);
  void SendUpdate(Row row, const std::string& name);
  Client::Written WhenWritten(Row row);
  // Takes up answers until no more than `most` rows are on their way.
  absl::Status TakeAnswers(uint32_t most);
  absl::Status TakeAnswer(Row row, absl::StatusOr<v1::WriteRecordResponse> response);
  absl::Status Refused(const Row& row, const absl::Status& status);
  // The record with this code is here: is it the same?
  absl::Status CompareHeld(Row row);
  absl::Status Differs(Row row, const v1::Record& held, std::vector<std::string> fields);
  // CAP messages end one another in whatever order they come. Puts out of force what the row ends,
  // and the row's own record where a message that came before has ended it.
  absl::Status Settle(const Row& row, const v1::Record& record);
  // Once for each scope: what the messages held there have ended.
  absl::Status LookUpEnded(const Row& row);
  absl::Status Supersede(const Row& row, const exchange::CapKey& key);
  absl::Status PutOutOfForce(const Row& row, const v1::Record& held, v1::AlertState state);
  // The row itself is filed, and counted so.
  absl::Status NotSettled(const Row& row, const absl::Status& status);

  Client& client_;
  const FilingOptions options_;
  const std::function<void(const RowNews&)> news_;
  const std::function<void()> progress_;
  FilingCounts counts_;
  absl::Status ended_;
  // The state to which an alert was brought by a message that is held, by scope and key.
  std::map<std::pair<std::string, std::string>, v1::AlertState> ended_alerts_;
  std::set<std::string> looked_up_;

  absl::Mutex mutex_;
  std::deque<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  // Requests without an answer.
  uint32_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::cli
