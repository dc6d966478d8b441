// The record kinds: their names and their bodies. A kind is its enum value, its collection in
// resource names ("incidents"), its message (Incident) and its field in the API's Record
// ("incident"); all of it is read from the schema, and no other code names a kind to find one of
// these from another. Immutable values and pure functions; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tocsin/v1/types.pb.h"

namespace tocsin::v1 {
class Record;
}  // namespace tocsin::v1

namespace tocsin::schema {

struct KindInfo {
  v1::Kind kind;
  // As people and the API's Record name it: "consignment_event".
  std::string name;
  // In resource names: "consignmentEvents".
  std::string collection;
  // The schema level at which it appeared.
  uint32_t level;
  // Live as long as the process; the prototype is an empty body.
  const google::protobuf::Descriptor* descriptor;
  const google::protobuf::Message* prototype;
};

// In order of number.
const std::vector<KindInfo>& Kinds();

// Nothing for a number or name that the schema does not have. The name is the one of KindInfo or
// the collection.
const KindInfo* FindKind(uint32_t kind);
const KindInfo* FindKindByName(absl::string_view name);

// The newest level of any kind or field: what this program reads and writes.
uint32_t SchemaLevel();

// An empty body of the kind. REQUIRES: a kind that the schema has.
std::unique_ptr<google::protobuf::Message> NewBody(v1::Kind kind);

// KIND_UNSPECIFIED for a message that is no kind's body.
v1::Kind KindOf(const google::protobuf::Message& body);

// The body that the record has; null if it has none.
const google::protobuf::Message* BodyOf(const v1::Record& record);

// The body of that kind; one of another kind is dropped for it. REQUIRES: a kind that the schema
// has. Owned by the record.
google::protobuf::Message* MutableBody(v1::Record& record, v1::Kind kind);

}  // namespace tocsin::schema
