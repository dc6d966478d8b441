#include "node/store/batch.h"

#include "node/base/bytes.h"
#include "node/base/status.h"

namespace tocsin::store {

void Batch::DeleteRange(absl::string_view begin, absl::string_view end) {
  if (begin < end) Add(Kind::kDeleteRange, begin, end);
}

void Batch::Clear() {
  packed_.clear();
  operations_ = 0;
}

void Batch::Add(Kind kind, absl::string_view key, absl::string_view value) {
  ByteWriter writer(packed_);
  writer.U8(static_cast<uint8_t>(kind));
  writer.LengthPrefixed(key);
  writer.LengthPrefixed(value);
  ++operations_;
}

void Batch::ForEach(absl::FunctionRef<void(const Operation&)> visit) const {
  ByteReader reader(packed_);
  while (!reader.AtEnd()) {
    Operation operation;
    operation.kind = static_cast<Kind>(reader.U8());
    operation.key = reader.LengthPrefixed();
    operation.value = reader.LengthPrefixed();
    TOCSIN_CHECK(reader.ok());
    visit(operation);
  }
}

}  // namespace tocsin::store
