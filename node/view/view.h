// The view: records as their merge stands, with their indexes, derived from the log and droppable
// at any moment. The projector writes it, nothing else does; lists, watches, intake and checks read
// it.
//
//   log --entries--> Admit --> Merge --> Present --> Index --> view store (no WAL, flushed with its
//                                                              cursors)
//
// A cursor per queue says how far the projector is; own and flash come first. The view repeats the
// log's id: a view of another log, or with a cursor beyond the log's end, is dropped and made anew.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/scope.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/log.h"
#include "node/merge/merge.h"
#include "node/store/store.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::view {

// Which record, in full.
struct RecordName {
  Scope scope;
  log::RecordKey key;
};

// A record as intake and the API need it: the changes held, merged and as people see it.
struct StoredRecord {
  RecordName name;
  // Those that decide what is shown, in order of arrival here; what decides nothing any more is the
  // record's past. What admission withholds is not among them.
  std::vector<merge::HeldChange> changes;
  merge::MergedRecord merged;
  v1::Record shown;
  // Dots that its changes name and that are not held, in rising order.
  std::vector<Dot> awaited = {};
  // Of its first change, the past included.
  Arrival first_arrival = {};
  // Reads one change of the past; nothing if it is not there. Null where there is no past. As good
  // as the view that gave the record.
  std::function<std::optional<merge::HeldChange>(const Dot&)> past_change = nullptr;
};

struct ListQuery {
  // Nothing: everything held here. Else that jurisdiction and all below it, or one broadcast.
  std::optional<Scope> parent;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  std::string filter = {};
  std::string order_by = {};
  // At most 1,000; 0 means 50.
  size_t page_size = 50;
  std::string page_token = {};
};

struct ListPage {
  std::vector<v1::Record> records;
  std::string next_page_token;
};

// Records that a group of projected entries changed.
struct ViewNews {
  std::vector<RecordName> changed;
  // Of those: what is in conflict now, or was before.
  std::vector<RecordName> in_conflict = {};
  // How far the projector is after it; the payload of a watch's resume token.
  log::Ends cursors;
};

struct ViewOptions {
  // Entries' payload taken in one step.
  size_t step_bytes = 1 << 20;
  // The view is flushed with its cursors after this much was written, and at the end.
  size_t flush_bytes = 32 << 20;
  uint32_t min_cell = 10;
};

class View {
 public:
  // Checks the view against the log, wipes it if it belongs to another, and starts projecting.
  // Everything outlives it.
  static absl::StatusOr<std::unique_ptr<View>> Open(store::Store& store, log::Log& log,
                                                    const identity::Identity& identity,
                                                    identity::TrustStore& trust, Clock& clock,
                                                    Executor& executor, const ViewOptions& options);
  virtual ~View() = default;

  // -- Progress. Thread-safe. Callbacks run on the projector's strand.

  virtual log::Ends cursors() const = 0;
  // Entries of the log that are not projected yet, at most: 0 exactly when there are none.
  virtual uint64_t lag() const = 0;
  // When the own queue is projected up to `arrival`; an error if the view has failed.
  virtual void AwaitOwn(Arrival arrival, absl::AnyInvocable<void(absl::Status)> done) = 0;
  // When every queue is projected up to `ends`.
  virtual void AwaitAll(const log::Ends& ends, absl::AnyInvocable<void(absl::Status)> done) = 0;
  struct Subscription {
    virtual ~Subscription() = default;
  };
  virtual std::unique_ptr<Subscription> Subscribe(
      absl::AnyInvocable<void(const ViewNews&)> listener) = 0;
  // Stops projecting and flushes. No call after it.
  virtual absl::Status Close() = 0;

  // -- Reading. Thread-safe.

  // NOT_FOUND says which record and scope.
  virtual absl::StatusOr<StoredRecord> Get(const RecordName& name) const = 0;
  // Every change of it that is projected, in order of arrival here. NOT_FOUND as Get.
  virtual absl::StatusOr<std::vector<merge::HeldChange>> History(const RecordName& name) const = 0;
  // By code (8 characters) or UUID within a scope, in one kind or, with KIND_UNSPECIFIED, in all. A
  // code may be an alias of several: a record that is named by its code comes before them. Empty
  // when there is none; INVALID_ARGUMENT for what is neither a code nor a UUID.
  virtual absl::StatusOr<std::vector<RecordName>> Find(const Scope& scope, v1::Kind kind,
                                                       absl::string_view code_or_uuid) const = 0;
  // The relations held here that name it, in the order of their keys; at most `limit` of them.
  virtual absl::StatusOr<std::vector<RecordName>> RelationsOf(const RecordName& name,
                                                              size_t limit) const = 0;
  // INVALID_ARGUMENT for a filter, order or token that cannot be read, with its place and a hint.
  // A page may be short, even empty, and yet have a token: a search gives way after so many rows.
  // Lists leave out the parts of an alert's original message; Get has them.
  virtual absl::StatusOr<ListPage> List(const ListQuery& query) const = 0;
  // Would the record be in that list? For watches.
  virtual absl::StatusOr<bool> Matches(const ListQuery& query,
                                       const StoredRecord& record) const = 0;
  // Names of the records that entries after `from` changed, in the order of the log; for a watch
  // that resumes. OUT_OF_RANGE when `from` is not of this log.
  virtual absl::StatusOr<std::vector<RecordName>> ChangedSince(const log::Ends& from) const = 0;
  virtual absl::StatusOr<std::vector<std::pair<v1::Kind, uint64_t>>> CountByKind() const = 0;
  // Every record that is in conflict, by kind, scope and id. The keys have no code.
  virtual absl::StatusOr<std::vector<RecordName>> InConflict() const = 0;
};

// Every record's row in one text form, in key order, for comparing a rebuilt view with another.
absl::StatusOr<std::string> DumpForComparison(const store::Store& view);

}  // namespace tocsin::view
