#include "node/schema/grammar.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <vector>

#include "node/base/scope.h"
#include "node/schema/codes.h"

namespace tocsin::schema {
namespace {

using Fault = std::optional<std::string>;

constexpr size_t kMaxIdentifierBytes = 32;
constexpr size_t kMaxCapIdentifierBytes = 128;

// The whole of ADR 3.2 table A, column 15.
constexpr std::array<absl::string_view, 13> kTunnelCodes = {
    "B", "B1000C", "B/D", "B/E", "C", "C5000D", "C/D", "C/E", "D", "D/E", "E", "-", "(-)"};

template <typename Predicate>
bool All(absl::string_view value, Predicate predicate) {
  return std::all_of(value.begin(), value.end(),
                     [&](char c) { return predicate(static_cast<unsigned char>(c)); });
}

bool IsIn(absl::string_view set, unsigned char c) {
  return set.find(static_cast<char>(c)) != absl::string_view::npos;
}

Fault Identifier(absl::string_view value) {
  if (!value.empty() && value.size() <= kMaxIdentifierBytes &&
      All(value, [](unsigned char c) { return absl::ascii_isalnum(c) || IsIn("-/.,:_[]#+", c); })) {
    return std::nullopt;
  }
  return "must be 1 to 32 letters, digits or any of - / . , : _ [ ] # +, without blanks";
}

Fault Refused(CodeUse use) {
  return absl::StrCat("is refused, because such a code ", std::string(RefusalReason(use)));
}

Fault NerisCode(absl::string_view value) {
  if (FindNeris(value) != nullptr) return std::nullopt;
  if (const std::optional<CodeUse> use = RefusedNeris(value)) return Refused(*use);
  return "must be a NERIS incident type as the standard writes it, like "
         "FIRE||STRUCTURE_FIRE||CHIMNEY_FIRE";
}

Fault NfirsCode(absl::string_view value) {
  const absl::StatusOr<const NfirsType*> type = ClassifyNfirs(value);
  if (!type.ok()) {
    return "must be an NFIRS incident type: three digits and perhaps one character (111, 740A)";
  }
  if (IsRefused((*type)->use)) return Refused((*type)->use);
  return std::nullopt;
}

// "3", "6.1", "1.4S", "7A".
bool IsHazardLabel(absl::string_view value) {
  if (value.empty() || value[0] < '1' || value[0] > '9') return false;
  value.remove_prefix(1);
  if (value.size() >= 2 && value[0] == '.') {
    if (value[1] < '1' || value[1] > '6') return false;
    value.remove_prefix(2);
  }
  return value.empty() || (value.size() == 1 && value[0] >= 'A' && value[0] <= 'S');
}

Fault HazardLabel(absl::string_view value) {
  if (IsHazardLabel(value)) return std::nullopt;
  return "must be a hazard label number: a class, perhaps a division, perhaps a group (3, 6.1, "
         "1.4S)";
}

Fault TunnelCode(absl::string_view value) {
  if (std::find(kTunnelCodes.begin(), kTunnelCodes.end(), value) != kTunnelCodes.end()) {
    return std::nullopt;
  }
  return "must be an ADR tunnel restriction code (B, C/D, B1000C, - for none)";
}

Fault LanguageTag(absl::string_view value) {
  const std::vector<absl::string_view> parts = absl::StrSplit(value, '-');
  bool good =
      parts[0].size() >= 2 && All(parts[0], [](unsigned char c) { return absl::ascii_isalpha(c); });
  for (absl::string_view part : parts) {
    good = good && !part.empty() && part.size() <= 8 &&
           All(part, [](unsigned char c) { return absl::ascii_isalnum(c); });
  }
  if (good) return std::nullopt;
  return "must be a language tag of BCP 47 (en-US, fr)";
}

Fault OfStatus(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  return "must be a jurisdiction's path or a scope, parts of a-z, 0-9 and - (city/kings/e201)";
}

Fault CapIdentifier(absl::string_view value) {
  if (!value.empty() && value.size() <= kMaxCapIdentifierBytes &&
      All(value, [](unsigned char c) { return c > ' ' && c < 0x7f && !IsIn(",<&", c); })) {
    return std::nullopt;
  }
  return "must be 1 to 128 printable ASCII characters without blank, comma, < or & (CAP 1.2)";
}

Fault CapReference(absl::string_view value) {
  const std::vector<absl::string_view> parts = absl::StrSplit(value, ',');
  if (parts.size() == 3 && !CapIdentifier(parts[0]) && !CapIdentifier(parts[1]) &&
      !CapIdentifier(parts[2])) {
    return std::nullopt;
  }
  return "must be sender,identifier,sent of an earlier message, without blanks (CAP 1.2)";
}

Fault Bytes(absl::string_view value, size_t size) {
  if (value.size() == size) return std::nullopt;
  return absl::StrCat("is ", value.size(), " bytes long and must be ", size);
}

}  // namespace

Fault GrammarFault(v1::Grammar grammar, absl::string_view value) {
  switch (grammar) {
    case v1::IDENTIFIER:
      return Identifier(value);
    case v1::NERIS_TYPE:
      return NerisCode(value);
    case v1::NFIRS_TYPE:
      return NfirsCode(value);
    case v1::HAZARD_LABEL:
      return HazardLabel(value);
    case v1::TUNNEL_CODE:
      return TunnelCode(value);
    case v1::LANGUAGE_TAG:
      return LanguageTag(value);
    case v1::JURISDICTION:
      return OfStatus(Jurisdiction::Parse(value).status());
    case v1::SCOPE:
      return OfStatus(Scope::Parse(value).status());
    case v1::CAP_IDENTIFIER:
      return CapIdentifier(value);
    case v1::CAP_REFERENCE:
      return CapReference(value);
    case v1::SHA256:
    case v1::LANE:
      return Bytes(value, 32);
    case v1::RECORD_ID:
    case v1::DOT:
      return Bytes(value, 16);
    default:
      // A number's grammar is its range; and a string without one is a text.
      return std::nullopt;
  }
}

}  // namespace tocsin::schema
