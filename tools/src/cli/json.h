// What --output json prints: the API's messages in protobuf's JSON form, fields named as in the
// schema.
#pragma once

#include <google/protobuf/message.h>

#include <ostream>
#include <string>

namespace tocsin::cli {

// On one line.
std::string Json(const google::protobuf::Message& message);
// On several lines, with a line break at the end.
void PrintJson(const google::protobuf::Message& message, std::ostream& out);

// Messages as one array, each on its line. End() must be called.
class JsonArray {
 public:
  explicit JsonArray(std::ostream& out) : out_(out) {}
  void Add(const google::protobuf::Message& message);
  void End() { out_ << (any_ ? "\n]\n" : "[]\n"); }

 private:
  std::ostream& out_;
  bool any_ = false;
};

}  // namespace tocsin::cli
