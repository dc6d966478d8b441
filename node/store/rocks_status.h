// The one place where RocksDB's statuses become ours.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

namespace rocksdb {
class Status;
}  // namespace rocksdb

namespace tocsin::store {

// OK for OK. Else "DIR: what it did: what the engine says. What to do next." `doing` is a clause
// like "opening the log"; `file`, where not empty, is named as the damaged one unless the engine
// names one itself.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view dir,
                       absl::string_view doing, absl::string_view file = "");

// The remedy for damage, as the last sentence of a message.
absl::string_view DamageRemedy();

}  // namespace tocsin::store
