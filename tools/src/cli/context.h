// What every command that speaks to a node has: the console, the options that all commands take,
// the node, and how its records are named. One a program run; used from one thread.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/client.h"
#include "tools/src/cli/console.h"
#include "tools/src/cli/naming.h"
#include "tools/src/cli/outcome.h"
#include "tools/src/cli/reading.h"

namespace tocsin::cli {

struct Globals {
  std::string endpoint = "127.0.0.1:7410";
  // How commands that are proposed begin, so that they ask the same node.
  std::string called = "tocsin";
  bool json = false;
  absl::Duration timeout = absl::Seconds(10);
  // Of times that are typed and shown: an IANA name; empty: the machine's.
  absl::TimeZone zone;
};

class Context {
 public:
  Context(Console& console, Globals globals);

  Console& console() { return console_; }
  const Globals& globals() const { return globals_; }
  bool json() const { return globals_.json; }
  absl::TimeZone zone() const { return globals_.zone; }
  // As the node's corrected clock has it, because a report says when a thing was seen and this
  // machine may have booted in 1970; by this machine's where the node does not answer.
  absl::Time now();

  Client& client();
  // Asks the node, once, which jurisdiction it is of.
  absl::StatusOr<const Naming*> naming();
  // For what is read out to people; refers to this. Its codes are asked of the node, each once.
  absl::StatusOr<Reading> reading();

  // The record that the words mean. NOT_FOUND says where it was looked for.
  absl::StatusOr<v1::Record> Find(const std::vector<std::string>& words,
                                  std::optional<v1::Kind> kind = std::nullopt);

 private:
  std::optional<std::string> CodeOf(const v1::RecordRef& ref);

  Console& console_;
  const Globals globals_;
  std::unique_ptr<Client> client_;
  std::optional<Naming> naming_;
  // By the resource names of records; nothing for those that the node does not hold.
  absl::flat_hash_map<std::string, std::optional<std::string>> codes_;
  // Between the node's clock and this machine's; nothing until the node was asked.
  std::optional<absl::Duration> ahead_;
};

// Its resource name by its UUID: a code may be that of several imported records. REQUIRES: a record
// that the node gave.
std::string UidName(const v1::Record& record);

// Names it in another record. REQUIRES: a record that the node gave.
absl::StatusOr<v1::RecordRef> RefTo(const v1::Record& record);

// The resource name of a record that another names; nothing where the reference is damaged or of a
// kind that this program does not know.
std::optional<std::string> NameTo(const v1::RecordRef& ref);

}  // namespace tocsin::cli
