// Keys and values of the log database (docs/storage.md, "Keys of the log database"). The only
// place that writes or reads them. Values; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

#include "node/base/ids.h"
#include "node/base/scope.h"
#include "node/log/erasure.h"
#include "node/log/log.h"
#include "node/log/spans.h"

namespace tocsin::log {

// The format of this page. A log of a newer one is refused.
inline constexpr uint32_t kLogFormat = 1;

// -- Keys.

inline constexpr absl::string_view kFormatKey = "mformat";
inline constexpr absl::string_view kLogIdKey = "mlog";
inline constexpr absl::string_view kNetworkKey = "mnetwork";
inline constexpr absl::string_view kNodeKey = "mnode";
inline constexpr absl::string_view kReceiptNumberKey = "n";

inline constexpr char kCertificateTable = 'c';
inline constexpr char kBirthTable = 'b';
inline constexpr char kEntryTable = 'e';
inline constexpr char kIndexTable = 'i';
inline constexpr char kHeadsTable = 'h';
inline constexpr char kRestatedTable = 'o';
inline constexpr char kErasedTable = 'x';
inline constexpr char kOrderTable = 'p';
inline constexpr char kTermTable = 't';
inline constexpr char kReceiptTable = 'r';

// The first key of a table, and the first key after it.
std::string TableBegin(char table);
std::string TableEnd(char table);
// The first key that does not begin with `prefix`.
std::string PrefixEnd(absl::string_view prefix);

std::string CertificateKey(const CertId& id);
std::string BirthKey(const LaneId& lane);
std::string EntryKey(Queue queue, Arrival arrival);
std::string IndexPrefix(const Scope& scope, const LaneId& lane);
std::string IndexKey(const Scope& scope, const LaneId& lane, uint64_t last, uint8_t branch);
std::string HeadsKey(const Scope& scope, const LaneId& lane);
std::string RestatedPrefix(const Dot& dot);
std::string RestatedKey(const Dot& dot, const LaneId& lane, uint64_t seq);
std::string ErasedKey(const Scope& scope, const ErasedText& text);
std::string TermKey(const Scope& scope, const ErasedRecord& record);
std::string OrderKey(const Scope& scope, const Agreement& agreement, uint8_t by);
std::string ReceiptKey(const Scope& scope, const CertId& holder);

// What a key says; DATA_LOSS for a key that is none of that table.
struct IndexKeyParts {
  Scope scope;
  LaneId lane;
  uint64_t last;
  uint8_t branch;
};
absl::StatusOr<IndexKeyParts> ParseIndexKey(absl::string_view key);
struct HeadsKeyParts {
  Scope scope;
  LaneId lane;
};
absl::StatusOr<HeadsKeyParts> ParseHeadsKey(absl::string_view key);
struct RestatedKeyParts {
  Dot dot;
  LaneId lane;
  uint64_t seq;
};
absl::StatusOr<RestatedKeyParts> ParseRestatedKey(absl::string_view key);
struct ErasedKeyParts {
  Scope scope;
  ErasedText text;
};
absl::StatusOr<ErasedKeyParts> ParseErasedKey(absl::string_view key);
struct TermKeyParts {
  Scope scope;
  ErasedRecord record;
};
absl::StatusOr<TermKeyParts> ParseTermKey(absl::string_view key);
struct OrderKeyParts {
  Scope scope;
  Agreement agreement;
  uint8_t by;
};
absl::StatusOr<OrderKeyParts> ParseOrderKey(absl::string_view key);
struct ReceiptKeyParts {
  Scope scope;
  CertId holder;
};
absl::StatusOr<ReceiptKeyParts> ParseReceiptKey(absl::string_view key);
struct EntryKeyParts {
  Queue queue;
  Arrival arrival;
};
absl::StatusOr<EntryKeyParts> ParseEntryKey(absl::string_view key);

// -- Values.

// Where a range of a lane lies.
struct IndexRow {
  uint64_t first = 0;
  Queue queue = Queue::kOwn;
  Arrival arrival;
  Step before;
  Step last_step;
};
std::string EncodeIndexRow(const IndexRow& row);
absl::StatusOr<IndexRow> DecodeIndexRow(absl::string_view bytes);

enum class PayloadForm : uint8_t { kOwnGroup = 1, kBlock = 2 };

struct EntryHeader {
  LaneId lane;
  uint64_t first = 0;
  uint64_t last = 0;
  Step last_step;
  uint64_t wall_ms = 0;
  uint64_t elapsed_ms = 0;
  ProcessId process;
  Via via = Via::kOwn;
  std::string peer;
  PayloadForm form = PayloadForm::kOwnGroup;
};
// The payload follows the header.
std::string EncodeEntry(const EntryHeader& header, absl::string_view payload);
struct EntryParts {
  EntryHeader header;
  absl::string_view payload;
};
// DATA_LOSS for bytes that are no entry. The payload is a view into `bytes`.
absl::StatusOr<EntryParts> DecodeEntry(absl::string_view bytes);

// The two changes that order a text or a record gone, in the order of their posts' names.
struct ErasedBy {
  Dot first;
  Dot second;
};
std::string EncodeErasedBy(const ErasedBy& by);
absl::StatusOr<ErasedBy> DecodeErasedBy(absl::string_view bytes);

std::string EncodeHeads(const Spans& spans);
absl::StatusOr<Spans> DecodeHeads(absl::string_view bytes);

}  // namespace tocsin::log
