// A record's fields by name, without knowing the kind: what mappings and exports stand on. Reads
// the rules that stand on the schema's fields. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tocsin/v1/types.pb.h"

namespace tocsin::exchange {

// A field of a kind, "severity" or "residents.exactly": the descriptors from the body down.
struct FieldPath {
  std::string name;
  std::vector<const google::protobuf::FieldDescriptor*> steps;

  const google::protobuf::FieldDescriptor* leaf() const { return steps.back(); }
  // Free text: the top field has a text sort.
  bool is_text() const;
};

// "INCIDENT" and the like. INVALID_ARGUMENT lists the kinds.
absl::StatusOr<v1::Kind> ParseKind(absl::string_view name);

// INVALID_ARGUMENT when the kind has no such field. REQUIRES: a kind that the schema has. A step
// through a repeated message stands for its first element.
absl::StatusOr<FieldPath> ParsePath(v1::Kind kind, absl::string_view path);

// A leaf that SetFromText fills: a text, number, truth value or enumeration, a time, or a count of
// people.
bool IsScalarLeaf(const google::protobuf::FieldDescriptor& leaf);

// Sets the leaf from its text form: enumerations by name, times in ISO form with offset, truth as
// true or false, people as a count ("12", or "<10" for fewer). A repeated leaf gains an element.
// INVALID_ARGUMENT, without the text, when it is not of that form.
absl::Status SetFromText(google::protobuf::Message& body, const FieldPath& path,
                         absl::string_view text);

// The inverse for one that is set and not repeated; PeopleCount as "12" or "<10".
std::string ToText(const google::protobuf::Message& owner,
                   const google::protobuf::FieldDescriptor& leaf);

// Points to the message that holds the leaf, made on the way.
google::protobuf::Message& OwnerOf(google::protobuf::Message& body, const FieldPath& path);

}  // namespace tocsin::exchange
