// Changes of one incident, written down in a line or two: for the tests of what merges them.
#pragma once

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "node/identity/hash.h"
#include "node/log/change.h"
#include "node/merge/merge.h"
#include "node/schema/field_value.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::merge {

inline constexpr uint32_t kIncident = static_cast<uint32_t>(v1::INCIDENT);

// The dot that a test calls `name`.
inline Dot DotNamed(absl::string_view name) {
  Dot dot;
  std::copy_n(name.data(), std::min(name.size(), Dot::kSize), dot.data());
  return dot;
}

inline log::Stamp StampAt(uint64_t time, log::Rank rank = log::Rank::kOwnSynced) {
  return {rank, time << 16};
}

inline std::vector<Dot> Sorted(std::vector<Dot> dots) {
  std::sort(dots.begin(), dots.end());
  return dots;
}

// Fragments, as a change holds them.
inline std::string SeverityBytes(v1::Severity severity) {
  v1::Incident incident;
  incident.set_severity(severity);
  return incident.SerializeAsString();
}
inline std::string StateBytes(v1::IncidentState state) {
  v1::Incident incident;
  incident.set_state(state);
  return incident.SerializeAsString();
}
inline std::string TypeBytes(v1::IncidentType type) {
  v1::Incident incident;
  incident.set_type(type);
  return incident.SerializeAsString();
}

// Builds one held change.
class ChangeMaker {
 public:
  ChangeMaker(absl::string_view name, log::Stamp stamp, std::string author = "city/kings/e201") {
    held_.dot = DotNamed(name);
    held_.author = std::move(author);
    held_.change.key.kind = kIncident;
    held_.change.stamp = stamp;
  }

  ChangeMaker& Set(uint32_t field, std::string fragment, std::vector<Dot> overwrites = {}) {
    held_.change.ops.push_back({field, false, Sorted(std::move(overwrites))});
    values_[field] = std::move(fragment);
    return *this;
  }
  ChangeMaker& Clear(uint32_t field, std::vector<Dot> overwrites) {
    held_.change.ops.push_back({field, true, Sorted(std::move(overwrites))});
    return *this;
  }
  ChangeMaker& SetText(uint32_t field, const std::string& text, std::vector<Dot> overwrites = {}) {
    held_.change.ops.push_back({field, false, Sorted(std::move(overwrites))});
    AddText(0, field, text, held_.dot);
    return *this;
  }
  ChangeMaker& Restate(uint32_t field, const Dot& dot, log::Stamp stamp, std::string fragment,
                       std::vector<Dot> overwrites = {}) {
    held_.change.restated.push_back(
        {field, false, dot, stamp, Sorted(std::move(overwrites)), std::move(fragment)});
    return *this;
  }
  ChangeMaker& RestateText(uint32_t field, const Dot& dot, log::Stamp stamp,
                           const std::string& text, std::vector<Dot> overwrites = {}) {
    Restate(field, dot, stamp, "", std::move(overwrites));
    AddText(static_cast<uint32_t>(held_.change.restated.size()), field, text, dot);
    return *this;
  }
  ChangeMaker& RestateCleared(uint32_t field, const Dot& dot, log::Stamp stamp,
                              std::vector<Dot> overwrites = {}) {
    Restate(field, dot, stamp, "", std::move(overwrites));
    held_.change.restated.back().clear = true;
    return *this;
  }
  ChangeMaker& Forked() {
    held_.forked = true;
    return *this;
  }

  HeldChange Done() const {
    HeldChange held = held_;
    std::sort(held.change.ops.begin(), held.change.ops.end(),
              [](const log::FieldOp& a, const log::FieldOp& b) { return a.field < b.field; });
    held.change.values = schema::JoinFields(values_);
    return held;
  }

 private:
  // The salt follows from the dot that wrote the text, so that a faithful copy has it too.
  void AddText(uint32_t origin, uint32_t field, const std::string& text, const Dot& writer) {
    log::Text value;
    value.origin = origin;
    value.field = field;
    value.bytes = text;
    std::copy_n(writer.data(), Salt::kSize, value.salt.data());
    value.hash = log::TextHash(value.salt, text);
    held_.change.texts.push_back(std::move(value));
  }

  HeldChange held_;
  schema::Fragments values_;
};

// All that people and later writes could see of it, for comparing: equal texts, equal records.
inline std::string Describe(const MergedRecord& record) {
  std::string text;
  for (const auto& [number, field] : record) {
    absl::StrAppend(&text, number, field.conflict ? " conflict" : "",
                    field.incomplete ? " incomplete" : "");
    for (const Sibling& sibling : field.siblings) {
      absl::StrAppend(&text, " {", sibling.clear ? "clear" : absl::BytesToHexString(sibling.value),
                      " ", sibling.stamp.time);
      for (const TextValue& value : sibling.texts) {
        absl::StrAppend(&text, " '", value.bytes.value_or("-"), "'");
      }
      for (const Dot& dot : sibling.dots) absl::StrAppend(&text, " ", dot.view().data());
      for (const Dot& dot : sibling.misquoted_by) absl::StrAppend(&text, " !", dot.view().data());
      for (const Dot& dot : sibling.overwrites) absl::StrAppend(&text, " >", dot.view().data());
      absl::StrAppend(&text, " by ", sibling.author, sibling.forked ? " forked" : "",
                      sibling.restated_by ? " restated" : "", "}");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace tocsin::merge
