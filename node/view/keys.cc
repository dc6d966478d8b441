#include "node/view/keys.h"

#include "node/base/bytes.h"
#include "node/base/status.h"

namespace tocsin::view {
namespace {

std::string Table(char table) { return std::string(1, table); }

void AppendScope(std::string& key, const Scope& scope) {
  key += scope.ToString();
  key.push_back('\0');
}

void AppendU32(std::string& key, uint32_t number) { ByteWriter(key).U32(number); }

template <typename T>
void AppendBytes(std::string& key, const T& bytes) {
  key.append(bytes.view().data(), T::kSize);
}

std::string KeyOf(char table, const RecordRef& record) {
  std::string key = Table(table);
  AppendScope(key, record.scope);
  AppendU32(key, record.kind);
  AppendBytes(key, record.id);
  return key;
}

// Takes a scope and its end off the front.
std::optional<Scope> TakeScope(absl::string_view& rest) {
  const size_t end = rest.find('\0');
  if (end == absl::string_view::npos) return std::nullopt;
  auto scope = Scope::Parse(rest.substr(0, end));
  if (!scope.ok()) return std::nullopt;
  rest.remove_prefix(end + 1);
  return *std::move(scope);
}

// Of a key of `table` that has `between` bytes between the scope and the kind.
std::optional<RecordRef> RecordOf(char table, size_t between, absl::string_view key) {
  if (key.empty() || key.front() != table) return std::nullopt;
  key.remove_prefix(1);
  auto scope = TakeScope(key);
  if (!scope) return std::nullopt;
  ByteReader in(key);
  in.Raw(between);
  const uint32_t kind = in.U32();
  const RecordId id = in.Fixed<RecordId>();
  if (!in.AtEnd()) return std::nullopt;
  return RecordRef{kind, *std::move(scope), id};
}

}  // namespace

std::string AfterPrefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  TOCSIN_CHECK(!prefix.empty());
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string MetaKey(absl::string_view name) { return Table('m') + std::string(name); }

std::string CursorKey(log::Queue queue) {
  std::string key = Table('q');
  key.push_back(static_cast<char>(queue));
  return key;
}

std::string LaneKey(const LaneId& lane) {
  std::string key = Table('l');
  AppendBytes(key, lane);
  return key;
}

std::string CountKey(uint32_t kind) {
  std::string key = Table('n');
  AppendU32(key, kind);
  return key;
}

std::string RowKey(const RecordRef& record) { return KeyOf('r', record); }

std::string PastPrefix(const RecordRef& record) { return KeyOf('y', record); }

std::string PastKey(const RecordRef& record, const Dot& dot) {
  std::string key = PastPrefix(record);
  AppendBytes(key, dot);
  return key;
}

std::vector<KeyRange> RowRanges(const std::optional<Scope>& parent) {
  if (!parent) return {WithPrefix("r")};
  std::string own = Table('r');
  AppendScope(own, *parent);
  if (parent->is_broadcast()) return {WithPrefix(own)};
  return {WithPrefix(own), WithPrefix("r" + parent->ToString() + "/")};
}

std::optional<RecordRef> RecordOfRowKey(absl::string_view key) { return RecordOf('r', 0, key); }

std::optional<RecordRef> RecordOfPastKey(absl::string_view key) {
  if (key.size() < Dot::kSize) return std::nullopt;
  return RecordOf('y', 0, key.substr(0, key.size() - Dot::kSize));
}

std::string CodePrefix(const Scope& scope, uint64_t code_bits) {
  std::string key = Table('c');
  AppendScope(key, scope);
  ByteWriter(key).U64(code_bits);
  return key;
}

std::string CodeKey(const RecordRef& record, uint64_t code_bits) {
  std::string key = CodePrefix(record.scope, code_bits);
  AppendU32(key, record.kind);
  AppendBytes(key, record.id);
  return key;
}

std::optional<RecordRef> RecordOfCodeKey(absl::string_view key) {
  return RecordOf('c', sizeof(uint64_t), key);
}

std::string ErasedKey(const Scope& scope, const Dot& dot, uint32_t field, uint32_t element) {
  std::string key = Table('x');
  AppendScope(key, scope);
  AppendBytes(key, dot);
  AppendU32(key, field);
  AppendU32(key, element);
  return key;
}

std::string CopyPrefix(const Scope& scope, const Dot& dot) {
  std::string key = Table('d');
  AppendScope(key, scope);
  AppendBytes(key, dot);
  return key;
}

std::string CopyKey(const RecordRef& record, const Dot& dot) {
  std::string key = CopyPrefix(record.scope, dot);
  AppendU32(key, record.kind);
  AppendBytes(key, record.id);
  return key;
}

std::optional<RecordRef> RecordOfCopyKey(absl::string_view key) {
  return RecordOf('d', Dot::kSize, key);
}

std::string CodedPrefix(uint32_t kind, uint32_t field, uint32_t value) {
  std::string key = Table('e');
  AppendU32(key, kind);
  AppendU32(key, field);
  AppendU32(key, value);
  return key;
}

std::string TimePrefix(uint32_t kind, uint32_t field) {
  std::string key = Table('t');
  AppendU32(key, kind);
  AppendU32(key, field);
  return key;
}

std::string CellPrefix(uint32_t kind) {
  std::string key = Table('g');
  AppendU32(key, kind);
  return key;
}

std::string ConflictPrefix(uint32_t kind) {
  std::string key = Table('k');
  AppendU32(key, kind);
  return key;
}

std::string RaisedPrefix(uint32_t kind) {
  std::string key = Table('o');
  AppendU32(key, kind);
  return key;
}

std::string MovedPrefix(uint32_t kind) {
  std::string key = Table('w');
  AppendU32(key, kind);
  return key;
}

std::string RelationPrefix(const RecordRef& named) { return KeyOf('v', named); }

std::string RelationKey(const RecordRef& named, const RecordRef& relation) {
  return RelationPrefix(named) + KeyOf('r', relation).substr(1);
}

std::optional<RecordRef> RelationOfKey(absl::string_view key, size_t prefix_size) {
  if (key.size() < prefix_size) return std::nullopt;
  return RecordOf('r', 0, "r" + std::string(key.substr(prefix_size)));
}

std::string IndexNumber(uint64_t number) {
  std::string bytes;
  ByteWriter(bytes).U64(number);
  return bytes;
}

uint64_t IndexTime(int64_t milliseconds) {
  return static_cast<uint64_t>(milliseconds) ^ (uint64_t{1} << 63);
}

std::string IndexKey(const std::string& prefix, uint64_t number, const RecordRef& record) {
  std::string key = prefix;
  ByteWriter(key).U64(number);
  AppendScope(key, record.scope);
  AppendBytes(key, record.id);
  return key;
}

std::optional<IndexEntry> ReadIndexKey(absl::string_view key, size_t prefix_size, uint32_t kind) {
  if (key.size() < prefix_size + sizeof(uint64_t)) return std::nullopt;
  key.remove_prefix(prefix_size);
  const uint64_t number = ByteReader(key.substr(0, sizeof(uint64_t))).U64();
  key.remove_prefix(sizeof(uint64_t));
  auto scope = TakeScope(key);
  auto id = RecordId::FromBytes(key);
  if (!scope || !id) return std::nullopt;
  return IndexEntry{number, {kind, *std::move(scope), *id}};
}

}  // namespace tocsin::view
