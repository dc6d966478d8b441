// For the sources of this folder only: the few files of an identity, written so that a crash leaves
// either nothing or everything.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <sys/types.h>

#include <string>

namespace tocsin::identity {

enum class Privacy {
  kPublic,  // anybody may read it
  kSecret,  // refused unless only its owner (this account, or root) may read and write it
};

// At most `limit` bytes; a longer file is INVALID_ARGUMENT.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit, Privacy privacy);

// A new file with exactly these bytes, fsynced with its folder. ALREADY_EXISTS if there is one.
absl::Status WriteNewFile(const std::string& path, absl::string_view bytes, mode_t mode);

// Gives `from` the name `to`, unless something that is not an empty folder has it: ALREADY_EXISTS.
// fsyncs the folder that both are in.
absl::Status PublishFolder(const std::string& from, const std::string& to);

// Gives each of two folders in one parent the other's name, in one step, and fsyncs the parent.
// With `to` missing, `from` takes its name. UNIMPLEMENTED where the file system cannot do it.
absl::Status ExchangeFolders(const std::string& from, const std::string& to);

absl::Status SyncFolder(const std::string& folder);

}  // namespace tocsin::identity
