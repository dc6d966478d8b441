#include "node/store/rocks_status.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <rocksdb/status.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace tocsin::store {
namespace {

// RocksDB keeps of an error number only its text.
bool Says(const std::string& message, int error) {
  return absl::StrContains(message, std::strerror(error));
}

struct Meaning {
  absl::StatusCode code;
  absl::string_view remedy;
};

Meaning MeaningOfIoError(const rocksdb::Status& status, const std::string& message) {
  using absl::StatusCode;
  if (status.IsNoSpace()) {
    return {StatusCode::kResourceExhausted, "The disk is full: free some space."};
  }
  if (absl::StrContains(message, "lock hold by current process")) {
    return {StatusCode::kFailedPrecondition, "This process has it open already."};
  }
  if (absl::StrContains(message, "LOCK") && Says(message, EAGAIN)) {
    return {StatusCode::kFailedPrecondition,
            "Another process has it open: stop that one, or use another folder."};
  }
  if (Says(message, EROFS)) {
    return {StatusCode::kFailedPrecondition,
            "The disk is read-only: remount it writable (a disk with errors is often remounted "
            "read-only; look at the system's log), or open the store only to read."};
  }
  if (Says(message, EACCES) || Says(message, EPERM)) {
    return {StatusCode::kPermissionDenied,
            "Give the folder and all in it to the user that this program runs as."};
  }
  if (Says(message, EMFILE) || Says(message, ENFILE)) {
    return {StatusCode::kUnavailable,
            "Raise the limit of open files (LimitNOFILE) and start again."};
  }
  return {StatusCode::kDataLoss, DamageRemedy()};
}

Meaning MeaningOf(const rocksdb::Status& status, const std::string& message) {
  using absl::StatusCode;
  switch (status.code()) {
    case rocksdb::Status::kNotFound:
      return {StatusCode::kNotFound, ""};
    case rocksdb::Status::kCorruption:
      return {StatusCode::kDataLoss, DamageRemedy()};
    case rocksdb::Status::kIOError:
      return MeaningOfIoError(status, message);
    case rocksdb::Status::kNotSupported:
      return {StatusCode::kFailedPrecondition, "Use the release that wrote it, or a newer one."};
    case rocksdb::Status::kInvalidArgument:
      return {StatusCode::kInvalidArgument, ""};
    case rocksdb::Status::kAborted:
      return {StatusCode::kAborted, ""};
    case rocksdb::Status::kShutdownInProgress:
      return {StatusCode::kCancelled, ""};
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTimedOut:
    case rocksdb::Status::kTryAgain:
    case rocksdb::Status::kIncomplete:
      return {StatusCode::kUnavailable, "Try again."};
    default:
      return {StatusCode::kInternal, ""};
  }
}

}  // namespace

absl::string_view DamageRemedy() {
  return "Leave the folder as it is, check the disk, and fill a new store from a neighbour or a "
         "backup; a view is made anew by `tocsin rebuild`.";
}

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view dir,
                       absl::string_view doing, absl::string_view file) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = status.ToString();
  const Meaning meaning = MeaningOf(status, message);
  std::string text = absl::StrCat(dir, ": ", doing, ": ", message);
  if (!file.empty() && !absl::StrContains(message, file)) absl::StrAppend(&text, ", in ", file);
  if (!meaning.remedy.empty()) absl::StrAppend(&text, ". ", meaning.remedy);
  return absl::Status(meaning.code, text);
}

}  // namespace tocsin::store
