// What a run did, line by line, for people. Nothing is written unless somebody wants it.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>
#include <vector>

namespace tocsin::sim {

// "01:02:03.456".
std::string Moment(absl::Duration since_beginning);

// Owned by the run.
class Trace {
 public:
  explicit Trace(bool wanted) : wanted_(wanted) {}

  bool wanted() const { return wanted_; }
  template <typename... Parts>
  void Add(absl::Duration now, absl::string_view who, const Parts&... parts) {
    if (wanted_) lines_.push_back(absl::StrCat(Moment(now), "  ", who, "  ", parts...));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const bool wanted_;
  std::vector<std::string> lines_;
};

}  // namespace tocsin::sim
