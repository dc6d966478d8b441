#include "node/exchange/cap_codes.h"

#include <absl/types/span.h>

#include "tocsin/v1/records.pb.h"

namespace tocsin::exchange {
namespace {

struct Word {
  const char* word;
  int number;
};

constexpr Word kStatus[] = {{"Actual", v1::STATUS_ACTUAL},
                            {"Exercise", v1::STATUS_EXERCISE},
                            {"System", v1::STATUS_SYSTEM},
                            {"Test", v1::STATUS_TEST},
                            {"Draft", v1::STATUS_DRAFT}};
constexpr Word kMessageType[] = {{"Alert", v1::ALERT_TYPE_ALERT},
                                 {"Update", v1::ALERT_TYPE_UPDATE},
                                 {"Cancel", v1::ALERT_TYPE_CANCEL}};
constexpr Word kScope[] = {{"Public", v1::ALERT_PUBLIC},
                           {"Restricted", v1::ALERT_RESTRICTED},
                           {"Private", v1::ALERT_PRIVATE}};
constexpr Word kCategory[] = {{"Geo", v1::CATEGORY_GEO},
                              {"Met", v1::CATEGORY_MET},
                              {"Safety", v1::CATEGORY_SAFETY},
                              {"Security", v1::CATEGORY_SECURITY},
                              {"Rescue", v1::CATEGORY_RESCUE},
                              {"Fire", v1::CATEGORY_FIRE},
                              {"Health", v1::CATEGORY_HEALTH},
                              {"Env", v1::CATEGORY_ENV},
                              {"Transport", v1::CATEGORY_TRANSPORT},
                              {"Infra", v1::CATEGORY_INFRA},
                              {"CBRNE", v1::CATEGORY_CBRNE},
                              {"Other", v1::CATEGORY_OTHER}};
constexpr Word kResponse[] = {
    {"Shelter", v1::RESPONSE_SHELTER}, {"Evacuate", v1::RESPONSE_EVACUATE},
    {"Prepare", v1::RESPONSE_PREPARE}, {"Execute", v1::RESPONSE_EXECUTE},
    {"Avoid", v1::RESPONSE_AVOID},     {"Monitor", v1::RESPONSE_MONITOR},
    {"Assess", v1::RESPONSE_ASSESS},   {"AllClear", v1::RESPONSE_ALL_CLEAR},
    {"None", v1::RESPONSE_NONE}};
constexpr Word kUrgency[] = {{"Immediate", v1::URGENCY_IMMEDIATE},
                             {"Expected", v1::URGENCY_EXPECTED},
                             {"Future", v1::URGENCY_FUTURE},
                             {"Past", v1::URGENCY_PAST},
                             {"Unknown", v1::URGENCY_UNKNOWN}};
constexpr Word kSeverity[] = {{"Extreme", v1::SEVERITY_EXTREME},
                              {"Severe", v1::SEVERITY_SEVERE},
                              {"Moderate", v1::SEVERITY_MODERATE},
                              {"Minor", v1::SEVERITY_MINOR},
                              {"Unknown", v1::SEVERITY_UNKNOWN}};
// The first of a number is the one that is written.
constexpr Word kCertainty[] = {
    {"Observed", v1::CERTAINTY_OBSERVED},  {"Likely", v1::CERTAINTY_LIKELY},
    {"Very Likely", v1::CERTAINTY_LIKELY}, {"Possible", v1::CERTAINTY_POSSIBLE},
    {"Unlikely", v1::CERTAINTY_UNLIKELY},  {"Unknown", v1::CERTAINTY_UNKNOWN}};

absl::Span<const Word> WordsOf(CapList list) {
  switch (list) {
    case CapList::kStatus:
      return kStatus;
    case CapList::kMessageType:
      return kMessageType;
    case CapList::kScope:
      return kScope;
    case CapList::kCategory:
      return kCategory;
    case CapList::kResponse:
      return kResponse;
    case CapList::kUrgency:
      return kUrgency;
    case CapList::kSeverity:
      return kSeverity;
    case CapList::kCertainty:
      return kCertainty;
  }
  return {};
}

}  // namespace

std::optional<int> FromCap(CapList list, absl::string_view word) {
  for (const Word& entry : WordsOf(list)) {
    if (word == entry.word) return entry.number;
  }
  return std::nullopt;
}

absl::string_view ToCap(CapList list, int number) {
  for (const Word& entry : WordsOf(list)) {
    if (number == entry.number) return entry.word;
  }
  return {};
}

}  // namespace tocsin::exchange
