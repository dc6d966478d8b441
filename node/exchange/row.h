// What the readers of this folder make of a file: rows that are ready to be filed, and refusals.
// A file is turned into rows here and nothing is stored; who drives the import files each row
// through the API, in order, and counts what came of it.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"

namespace tocsin::exchange {

// Names one CAP message: what <references> lists. `sent` is in UTC, "2011-09-02T11:36:50Z", however
// it was written, so that equal moments give equal keys.
struct CapKey {
  std::string sender;
  std::string identifier;
  std::string sent;

  // The three as CAP writes a reference: "sender,identifier,sent".
  std::string ToText() const { return sender + "," + identifier + "," + sent; }

  friend bool operator==(const CapKey&, const CapKey&) = default;
};

// The source system of every alert that was read from CAP; its source key is SourceKey(ToText()).
inline constexpr char kCapSourceSystem[] = "cap";

// One record, ready for intake. `record` has its scope, its kind and its body; the body's source
// says which register and key it came from, so that filing the row twice files one record.
struct ImportRow {
  // Where the row begins in the file; the first line is 1. In GeoJSON the number of the feature.
  uint64_t line = 0;
  v1::Record record;
  // Something is odd about the place (the record's place_flag says what, where its kind has one).
  bool flagged = false;
  // A CAP message: how others refer to it.
  std::optional<CapKey> cap_key;
  // CAP Update and Cancel: the messages that this one puts out of force. Whoever files the row sets
  // the state of those alerts to `superseded_state`; one that is not held is none of its concern.
  std::vector<CapKey> supersedes;
  v1::AlertState superseded_state = v1::ALERT_STATE_UNSPECIFIED;
  // What the file says and the record cannot: for people to read. Repeats nothing of the texts.
  std::vector<std::string> notes;
};

// A row that is not filed. The reason names columns and fields and repeats nothing of their
// content: what was refused is kept nowhere.
struct Refused {
  uint64_t line = 0;
  std::string reason;
};

// Takes what a reader makes, in the order of the file. Used from the reader's own thread.
class Sink {
 public:
  virtual ~Sink() = default;
  // Anything but OK ends the import: the reader returns it as it is.
  virtual absl::Status Take(ImportRow row) = 0;
  virtual void Refuse(Refused refused) = 0;
};

// A source's key as the schema takes it: an identifier as it is, anything else (made of names, or
// longer) as 32 hex digits of its SHA-256.
std::string SourceKey(const std::string& key);

// The counts with which an import ends. read = ready + refused; the reader fills those and
// `flagged`, whoever files the rows fills the others (ready = filed + already + differs + refused
// by intake).
struct Summary {
  uint64_t read = 0;
  uint64_t ready = 0;
  uint64_t refused = 0;
  uint64_t flagged = 0;
  uint64_t filed = 0;
  uint64_t already = 0;
  uint64_t differs = 0;
  uint64_t withheld = 0;
};

}  // namespace tocsin::exchange
