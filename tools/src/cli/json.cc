#include "tools/src/cli/json.h"

#include <google/protobuf/util/json_util.h>

namespace tocsin::cli {
namespace {

std::string Written(const google::protobuf::Message& message, bool lines) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = lines;
  std::string text;
  // It fails for times outside years 1 to 9999 alone, which no node gives.
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : std::string("{\"error\":\"a value has no JSON form\"}");
}

}  // namespace

std::string Json(const google::protobuf::Message& message) { return Written(message, false); }

void PrintJson(const google::protobuf::Message& message, std::ostream& out) {
  out << Written(message, true);
}

void JsonArray::Add(const google::protobuf::Message& message) {
  out_ << (any_ ? ",\n" : "[\n") << Json(message);
  any_ = true;
}

}  // namespace tocsin::cli
