// How commands end: the exit codes that scripts rely on, and errors as people read them. Pure
// functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <ostream>
#include <string>

namespace tocsin::cli {

enum class Exit : int {
  kDone = 0,
  // The command line is wrong, or a file that it names; nothing was sent.
  kUsage = 2,
  // The node (or the folder, for a command without a node) refused, or an import ended in a file
  // after rows of it were sent.
  kRefused = 3,
  kUnreachable = 4,
  // Written, but for a text that the privacy guard withheld. Where nothing else was asked:
  // kRefused.
  kWithheld = 5,
};

// What the node answered, as opposed to what this program found out by itself. Keeps code and
// message.
absl::Status FromNode(absl::Status status);
bool IsFromNode(const absl::Status& status);

// The exit code of an error: UNAVAILABLE and DEADLINE_EXCEEDED are unreachable, INVALID_ARGUMENT,
// NOT_FOUND and OUT_OF_RANGE of our own bad usage, all else refused. REQUIRES: !status.ok().
Exit ExitOf(const absl::Status& status);

// "tocsin edit: refused: MESSAGE" and, where the message does not say so itself, a line with what
// to do next.
void PrintError(absl::string_view command, const absl::Status& status, std::ostream& err);

}  // namespace tocsin::cli
