// Collects what is wrong with a body. For the sources of this folder.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <utility>
#include <vector>

#include "node/schema/validate.h"

namespace tocsin::schema {

// Not thread-safe; lives for one validation. Beyond kMaxFaults it only counts.
class Faults {
 public:
  static constexpr size_t kMaxFaults = 32;

  void Add(std::string path, std::string what) {
    ++count_;
    if (faults_.size() < kMaxFaults) faults_.push_back({std::move(path), std::move(what)});
  }

  size_t count() const { return count_; }
  std::vector<Fault> Take() { return std::move(faults_); }

 private:
  std::vector<Fault> faults_;
  size_t count_ = 0;
};

// What the fields' own rules cannot say: validate_rules.cc. `kind_name` begins every path.
void CheckKindRules(const google::protobuf::Message& body, Purpose purpose,
                    absl::string_view kind_name, Faults& faults);

}  // namespace tocsin::schema
