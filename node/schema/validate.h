// The check of what somebody wants to write, the same for command line, API and import: between
// parsing and the privacy guard. The rules on the fields (options.proto) hold for every kind; what
// they cannot say (which kinds a reference may name, what needs what) stands in one table a kind,
// validate_rules.cc. It is for intake only: what a peer sends is held as it is, and shown with its
// marks. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/types/span.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/schema/field_table.h"
#include "tocsin/v1/types.pb.h"

namespace tocsin::schema {

inline constexpr uint32_t kNewElementsMax = 1024;

enum class Purpose {
  // The whole of a new record: required fields must be there. A list that posts add to (UNION) may
  // have kNewElementsMax elements, as a record that grew edit by edit may: intake spreads them over
  // changes.
  kCreate,
  // The fields that an edit sets, as a partial body. What belongs together must come together:
  // `present` with its occasion and expiry, a withdrawn state with its reason.
  kUpdate,
};

// One thing that is wrong.
struct Fault {
  // "incident.goods[0].un_number".
  std::string path;
  // "12345 is out of 1 to 9999". Numbers are repeated, strings never.
  std::string what;
};

// All that is wrong with the body, in order of field. A message that is no kind's body is one
// fault without a path.
std::vector<Fault> FaultsOf(const google::protobuf::Message& body, Purpose purpose);

// The same as INVALID_ARGUMENT, up to 32 of them: "incident.goods[0].un_number: 12345 is out of 1
// to 9999; incident.type: is required".
absl::Status Validate(const google::protobuf::Message& body, Purpose purpose);

// May an edit clear these fields? INVALID_ARGUMENT names those that the kind requires or does not
// have.
absl::Status ValidateCleared(v1::Kind kind, absl::Span<const uint32_t> fields);

// Is one field's fragment, as it was held, a value that could have been filed? What presentation
// marks as invalid otherwise, and no index takes. Never said of texts, which only people read.
// Required fields and what belongs together are not asked for, and what a newer schema added to the
// value does no harm.
bool FragmentIsValid(uint32_t kind, uint32_t field, absl::string_view fragment);
// The same of a field that a parsed body has.
bool FieldIsValid(const google::protobuf::Message& body, const FieldInfo& field);

// The smallest number of people that is stored and shown as itself, unless the network says other.
inline constexpr uint32_t kDefaultMinimumCell = 10;

// What may be stored of a count: an exact one below the cell becomes "fewer than" the cell, and so
// does "fewer than" anything smaller. Nothing said stays nothing said.
v1::PeopleCount ApplyMinimumCell(const v1::PeopleCount& people,
                                 uint32_t min_cell = kDefaultMinimumCell);

// The same for every PeopleCount of a body. An incident's casualties are plain numbers and stay
// exact.
void ApplyMinimumCells(google::protobuf::Message& body, uint32_t min_cell = kDefaultMinimumCell);
// The same for one field's fragment (field_value.h), which stays as it is where it is no such
// count.
std::string WithMinimumCell(uint32_t kind, uint32_t field, std::string fragment,
                            uint32_t min_cell = kDefaultMinimumCell);

// What a count means in planning: its upper bound; nothing if nothing was said.
std::optional<uint32_t> PeopleForPlanning(const v1::PeopleCount& people);

}  // namespace tocsin::schema
