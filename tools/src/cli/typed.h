// "field=value" for any field of any kind, as people type it. Errors repeat what
// was typed only where it is no text. Pure but for what is passed in; any thread.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "tocsin/v1/api.pb.h"

namespace tocsin::cli {

// What values need from outside.
struct TypedContext {
  absl::TimeZone zone;
  absl::Time now;
  // The record that typed words name, as a reference.
  absl::FunctionRef<absl::StatusOr<v1::RecordRef>(const std::string& typed)> find;
};

// "field" and "value" of "field=value"; INVALID_ARGUMENT without '='.
absl::StatusOr<std::pair<std::string, std::string>> SplitAssignment(absl::string_view typed);

// INVALID_ARGUMENT where one field is given two values: the last would win without a word. A
// repeated one takes as many as there are.
absl::Status CheckSetOnce(v1::Kind kind, const std::vector<std::string>& assignments);

// Sets a field, or a part of one ("residents", "goods.un_number"), from its typed form; a repeated
// one gains an element. Words of lists, times, points (as geo::ParsePlace reads them), areas
// ("lat,lon; lat,lon; lat,lon"), goods ("1203", "1203 500 kilogram"), quantities ("500 kilogram"),
// people ("12", "<10"), records by their code; anything in JSON. INVALID_ARGUMENT names the field
// and what it takes.
absl::Status SetTyped(google::protobuf::Message& body, const std::string& field,
                      const std::string& value, const TypedContext& context);

// "severity" of "incident.severity", which is how the node names fields; what has no such prefix is
// left as it is.
std::string WithoutKind(v1::Kind kind, absl::string_view path);

// The top field of a path, by its name: INVALID_ARGUMENT suggests the nearest of the kind.
absl::StatusOr<const google::protobuf::FieldDescriptor*> TopField(v1::Kind kind,
                                                                  absl::string_view path);

}  // namespace tocsin::cli
