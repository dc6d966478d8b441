// The values of a change: a partial body message, as its author wrote it, kept untouched and taken
// apart only field by field. A *fragment* is one field's own bytes of that message, tags included;
// the author's bytes stay the author's bytes, fields of a newer schema included. Stands between
// the log, which holds the bytes, and merge and presentation, which ask what they say. Nothing
// here refuses a value: that is validate.h at intake and envelope.h at a receiver. Pure functions;
// any thread.
//
// Kinds and fields are plain numbers, because they come off the wire: one that the schema does not
// have gets an answer too.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tocsin/v1/types.pb.h"

namespace tocsin::schema {

// Fragments by field number. A field that comes several times (elements of a repeated one) has all
// of its occurrences in one fragment, in their order. What is left after the last well-formed
// field stands under 0, which is no field's number.
using Fragments = std::map<uint32_t, std::string>;

Fragments SplitFields(uint32_t kind, absl::string_view values);

// In order of number, 0 last: JoinFields(SplitFields(k, v)) is v for every v whose fields come in
// order, and always splits into the same fragments again.
std::string JoinFields(const Fragments& fragments);

// The fragments of the fields that the body has set.
Fragments FieldsOf(const google::protobuf::Message& body);

// A body of the kind with these fields. INVALID_ARGUMENT names the kind that the schema does not
// have, or says that the bytes are no such body (text that is not UTF-8 included).
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseValues(uint32_t kind,
                                                                       absl::string_view values);

// One fragment for each element of a repeated field, in order; a field that is not repeated, or
// not in the schema, is one element. Packed numbers come apart as well.
std::vector<std::string> SplitElements(uint32_t kind, uint32_t field, absl::string_view fragment);

// A text field's fragment from the bytes of its texts, and back: a change keeps texts apart from
// the other values, each by itself. A fragment that holds anything but texts gives those that it
// holds.
std::string TextFragment(uint32_t field, const std::vector<std::string>& texts);
std::vector<std::string> TextsOf(absl::string_view fragment);

// Do two fragments of one field say the same? By what they parse to, fields of a newer schema
// included, never by their bytes: protobuf writes one value in many ways. Bytes that do not parse
// equal only themselves.
bool FieldValuesEqual(uint32_t kind, uint32_t field, absl::string_view a, absl::string_view b);

// The order of HIGHEST and FURTHEST: what is greater is more severe, or further along. Numbers by
// size, enums by number. PeopleCount by its upper bound: fewer than 10 is above exactly 9 and
// below exactly 10. What says nothing (not set, UNSPECIFIED, unreadable) is below what is out of
// the field's range or names no value of its enum, and that is below all else: damage and lies
// hide no value that is plain. Fields of other types are all equivalent.
std::weak_ordering CompareSeverity(uint32_t kind, uint32_t field, absl::string_view a,
                                   absl::string_view b);

// The value as it stands in the body's JSON form: "\"SEVERITY_SEVERE\"", "3", "[{...}]"; "null"
// when the fragment sets nothing. What does not parse gives a JSON string that says so and how
// long it is, nothing of its bytes.
std::string ToJson(uint32_t kind, uint32_t field, absl::string_view fragment);

}  // namespace tocsin::schema
