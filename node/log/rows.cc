#include "node/log/rows.h"

#include <absl/strings/str_cat.h>

#include <optional>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"

namespace tocsin::log {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the log has ", what, " that cannot be read: run ",
                                          "'tocsin audit verify', then restore from a backup"));
}

std::string ScopePrefix(char table, const Scope& scope) {
  return absl::StrCat(absl::string_view(&table, 1), scope.ToString(), absl::string_view("\0", 1));
}

// Takes table and scope off the front of a key.
std::optional<Scope> TakeScope(char table, absl::string_view& key) {
  if (key.empty() || key[0] != table) return std::nullopt;
  size_t zero = key.find('\0');
  if (zero == absl::string_view::npos) return std::nullopt;
  auto scope = Scope::Parse(key.substr(1, zero - 1));
  if (!scope.ok()) return std::nullopt;
  key.remove_prefix(zero + 1);
  return *scope;
}

std::optional<Queue> QueueOf(uint8_t number) {
  if (number < 1 || number > 4) return std::nullopt;
  return static_cast<Queue>(number);
}

}  // namespace

std::string TableBegin(char table) { return std::string(1, table); }
std::string TableEnd(char table) { return std::string(1, static_cast<char>(table + 1)); }

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

std::string CertificateKey(const CertId& id) { return absl::StrCat("c", id.view()); }
std::string BirthKey(const LaneId& lane) { return absl::StrCat("b", lane.view()); }

std::string EntryKey(Queue queue, Arrival arrival) {
  std::string key;
  ByteWriter out(key);
  out.U8(static_cast<uint8_t>(kEntryTable));
  out.U8(static_cast<uint8_t>(queue));
  out.U64(arrival.value());
  return key;
}

std::string IndexPrefix(const Scope& scope, const LaneId& lane) {
  return absl::StrCat(ScopePrefix(kIndexTable, scope), lane.view());
}

std::string IndexKey(const Scope& scope, const LaneId& lane, uint64_t last, uint8_t branch) {
  std::string key = IndexPrefix(scope, lane);
  ByteWriter out(key);
  out.U64(last);
  out.U8(branch);
  return key;
}

std::string HeadsKey(const Scope& scope, const LaneId& lane) {
  return absl::StrCat(ScopePrefix(kHeadsTable, scope), lane.view());
}

std::string RestatedPrefix(const Dot& dot) { return absl::StrCat("o", dot.view()); }

std::string RestatedKey(const Dot& dot, const LaneId& lane, uint64_t seq) {
  std::string key = absl::StrCat(RestatedPrefix(dot), lane.view());
  ByteWriter(key).U64(seq);
  return key;
}

std::string ErasedKey(const Scope& scope, const ErasedText& text) {
  std::string key = absl::StrCat(ScopePrefix(kErasedTable, scope), text.name.dot.view());
  ByteWriter out(key);
  out.U32(text.name.field);
  out.U32(text.name.element);
  out.Raw(text.at.lane.view());
  out.U64(text.at.seq);
  return key;
}

std::string TermKey(const Scope& scope, const ErasedRecord& record) {
  std::string key = ScopePrefix(kTermTable, scope);
  ByteWriter out(key);
  out.U32(record.subject.kind);
  out.Raw(record.subject.id.view());
  out.U64(record.through_ms);
  return key;
}

std::string OrderKey(const Scope& scope, const Agreement& agreement, uint8_t by) {
  std::string key = absl::StrCat(ScopePrefix(kOrderTable, scope), agreement.view());
  ByteWriter(key).U8(by);
  return key;
}

std::string ReceiptKey(const Scope& scope, const CertId& holder) {
  return absl::StrCat(ScopePrefix(kReceiptTable, scope), holder.view());
}

absl::StatusOr<IndexKeyParts> ParseIndexKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kIndexTable, key);
  ByteReader in(key);
  LaneId lane = in.Fixed<LaneId>();
  uint64_t last = in.U64();
  uint8_t branch = in.U8();
  if (!scope.has_value() || !in.AtEnd()) return Damaged("a key of its index");
  return IndexKeyParts{*scope, lane, last, branch};
}

absl::StatusOr<HeadsKeyParts> ParseHeadsKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kHeadsTable, key);
  ByteReader in(key);
  LaneId lane = in.Fixed<LaneId>();
  if (!scope.has_value() || !in.AtEnd()) return Damaged("a key of its heads");
  return HeadsKeyParts{*scope, lane};
}

absl::StatusOr<RestatedKeyParts> ParseRestatedKey(absl::string_view key) {
  ByteReader in(key);
  uint8_t table = in.U8();
  RestatedKeyParts parts;
  parts.dot = in.Fixed<Dot>();
  parts.lane = in.Fixed<LaneId>();
  parts.seq = in.U64();
  if (table != static_cast<uint8_t>(kRestatedTable) || !in.AtEnd()) {
    return Damaged("a key of its restatements");
  }
  return parts;
}

absl::StatusOr<ErasedKeyParts> ParseErasedKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kErasedTable, key);
  ByteReader in(key);
  ErasedText text;
  text.name.dot = in.Fixed<Dot>();
  text.name.field = in.U32();
  text.name.element = in.U32();
  text.at.lane = in.Fixed<LaneId>();
  text.at.seq = in.U64();
  if (!scope.has_value() || !in.AtEnd()) return Damaged("a key of its erasures");
  return ErasedKeyParts{*scope, text};
}

absl::StatusOr<TermKeyParts> ParseTermKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kTermTable, key);
  ByteReader in(key);
  ErasedRecord record;
  record.subject.kind = in.U32();
  record.subject.id = in.Fixed<RecordId>();
  record.through_ms = in.U64();
  if (!scope.has_value() || !in.AtEnd()) return Damaged("a key of its records past their term");
  return TermKeyParts{*scope, record};
}

absl::StatusOr<OrderKeyParts> ParseOrderKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kOrderTable, key);
  ByteReader in(key);
  Agreement agreement = in.Fixed<Agreement>();
  uint8_t by = in.U8();
  if (!scope.has_value() || !in.AtEnd() || by > 1) return Damaged("a key of its orders to erase");
  return OrderKeyParts{*scope, agreement, by};
}

absl::StatusOr<ReceiptKeyParts> ParseReceiptKey(absl::string_view key) {
  std::optional<Scope> scope = TakeScope(kReceiptTable, key);
  ByteReader in(key);
  CertId holder = in.Fixed<CertId>();
  if (!scope.has_value() || !in.AtEnd()) return Damaged("a key of its receipts");
  return ReceiptKeyParts{*scope, holder};
}

absl::StatusOr<EntryKeyParts> ParseEntryKey(absl::string_view key) {
  ByteReader in(key);
  uint8_t table = in.U8();
  std::optional<Queue> queue = QueueOf(in.U8());
  Arrival arrival(in.U64());
  if (table != static_cast<uint8_t>(kEntryTable) || !in.AtEnd() || !queue.has_value()) {
    return Damaged("a key of its entries");
  }
  return EntryKeyParts{*queue, arrival};
}

std::string EncodeIndexRow(const IndexRow& row) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Varint(row.first);
  out.U8(static_cast<uint8_t>(row.queue));
  out.U64(row.arrival.value());
  out.Raw(row.before.view());
  out.Raw(row.last_step.view());
  return bytes;
}

absl::StatusOr<IndexRow> DecodeIndexRow(absl::string_view bytes) {
  ByteReader in(bytes);
  IndexRow row;
  row.first = in.Varint();
  std::optional<Queue> queue = QueueOf(in.U8());
  row.arrival = Arrival(in.U64());
  row.before = in.Fixed<Step>();
  row.last_step = in.Fixed<Step>();
  if (!in.AtEnd() || !queue.has_value() || row.first == 0) return Damaged("a row of its index");
  row.queue = *queue;
  return row;
}

std::string EncodeEntry(const EntryHeader& header, absl::string_view payload) {
  std::string bytes;
  bytes.reserve(140 + header.peer.size() + payload.size());
  ByteWriter out(bytes);
  out.U8(1);
  out.Raw(header.lane.view());
  out.Varint(header.first);
  out.Varint(header.last);
  out.Raw(header.last_step.view());
  out.U64(header.wall_ms);
  out.U64(header.elapsed_ms);
  out.Raw(header.process.view());
  out.U8(static_cast<uint8_t>(header.via));
  out.LengthPrefixed(header.peer);
  out.U8(static_cast<uint8_t>(header.form));
  out.Raw(payload);
  return bytes;
}

absl::StatusOr<EntryParts> DecodeEntry(absl::string_view bytes) {
  ByteReader in(bytes);
  EntryParts parts;
  EntryHeader& header = parts.header;
  uint8_t version = in.U8();
  header.lane = in.Fixed<LaneId>();
  header.first = in.Varint();
  header.last = in.Varint();
  header.last_step = in.Fixed<Step>();
  header.wall_ms = in.U64();
  header.elapsed_ms = in.U64();
  header.process = in.Fixed<ProcessId>();
  uint8_t via = in.U8();
  header.peer = std::string(in.LengthPrefixed());
  uint8_t form = in.U8();
  if (!in.ok() || version != 1 || via < 1 || via > 5 || form < 1 || form > 2 || header.first == 0 ||
      header.last < header.first) {
    return Damaged("an entry");
  }
  header.via = static_cast<Via>(via);
  header.form = static_cast<PayloadForm>(form);
  parts.payload = in.Peek();
  return parts;
}

std::string EncodeErasedBy(const ErasedBy& by) {
  return absl::StrCat(by.first.view(), by.second.view());
}

absl::StatusOr<ErasedBy> DecodeErasedBy(absl::string_view bytes) {
  ByteReader in(bytes);
  ErasedBy by;
  by.first = in.Fixed<Dot>();
  by.second = in.Fixed<Dot>();
  if (!in.AtEnd()) return Damaged("a row of its erasures");
  return by;
}

std::string EncodeHeads(const Spans& spans) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Varint(spans.size());
  for (const Span& span : spans) {
    out.Varint(span.first);
    out.Varint(span.last);
    out.Raw(span.before.view());
    out.Raw(span.last_step.view());
    out.U8(span.branch);
    out.U8(span.whole ? 1 : 2);
  }
  return bytes;
}

absl::StatusOr<Spans> DecodeHeads(absl::string_view bytes) {
  ByteReader in(bytes);
  uint64_t count = in.Varint();
  if (!in.ok() || count > in.remaining()) return Damaged("a row of its heads");
  Spans spans;
  spans.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    Span& span = spans.emplace_back();
    span.first = in.Varint();
    span.last = in.Varint();
    span.before = in.Fixed<Step>();
    span.last_step = in.Fixed<Step>();
    span.branch = in.U8();
    uint8_t state = in.U8();
    if (!in.ok() || span.first == 0 || span.last < span.first || state < 1 || state > 2) {
      return Damaged("a row of its heads");
    }
    span.whole = state == 1;
  }
  if (!in.AtEnd()) return Damaged("a row of its heads");
  return spans;
}

}  // namespace tocsin::log
