// What report, edit and withdraw say of what they wrote.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/context.h"
#include "tools/src/cli/outcome.h"

namespace tocsin::cli {

struct WrittenWords {
  // "Filed", "Would file", "Changed".
  const char* done;
  // Said instead where nothing had to be written.
  const char* already;
  bool dry_run = false;
  // Said instead where all of it was withheld.
  const char* nothing = "Not changed:";
  // The command that says a withheld text once more; empty: the edit of its field.
  std::string retry = {};
};

// Prints the answer (as JSON if so asked) and what was withheld. Exit::kWithheld for a text that
// was left out of something that was written, Exit::kRefused where nothing else was asked.
absl::StatusOr<Exit> PrintWritten(Context& context, const v1::WriteRecordResponse& response,
                                  const WrittenWords& words);

// A request id of which nobody else makes the like: a UUID.
std::string NewRequestId(Context& context);

// The fields that --set names, set in `body`. `records` are looked up at the node.
absl::Status SetAll(Context& context, const std::vector<std::string>& sets,
                    google::protobuf::Message& body);

}  // namespace tocsin::cli
