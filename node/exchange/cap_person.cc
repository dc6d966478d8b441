#include "node/exchange/cap_person.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <string>

namespace tocsin::exchange {
namespace {

// SAME (47 CFR 11.31) and CAP-CP.
constexpr const char* kCodes[] = {"CAE",        "MEP",        "BLU",         "amber",
                                  "amberAlert", "missingPer", "missVulnPer", "missingPerson",
                                  "blueAlert",  "silver",     "silverAlert"};

// Each at the beginning of a word. "Missing" alone is not one of them: a ship may be missing.
constexpr const char* kPhrases[] = {"abduct",
                                    "kidnap",
                                    "amber alert",
                                    "blue alert",
                                    "silver alert",
                                    "missing person",
                                    "missing people",
                                    "missing child",
                                    "missing adult",
                                    "missing senior",
                                    "missing elder",
                                    "missing juvenile",
                                    "missing teen",
                                    "missing endangered",
                                    "missing and endangered",
                                    "missing vulnerable",
                                    "endangered missing",
                                    "endangered person",
                                    "vulnerable missing",
                                    "wanted person",
                                    "person of interest",
                                    "fugitive",
                                    "suspect at large",
                                    "enlevement",
                                    "enl\u00e8vement",
                                    "alerte amber",
                                    "personne disparue",
                                    "enfant disparu",
                                    "disparition inqui",
                                    "alerta amber",
                                    "persona desaparecida",
                                    "secuestro",
                                    "ni\u00f1o desaparecid",
                                    "ni\u00f1a desaparecid",
                                    "menor desaparecid",
                                    "vermisste person",
                                    "vermisstes kind",
                                    "vermisstenmeldung",
                                    "kindesentf",
                                    "entf\u00fchrung"};

// Lower case, with one blank for whatever is no letter or digit, and one before.
std::string Words(absl::string_view text) {
  std::string words(" ");
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || byte >= 0x80) {
      words.push_back(absl::ascii_tolower(byte));
    } else if (words.back() != ' ') {
      words.push_back(' ');
    }
  }
  return words;
}

}  // namespace

bool IsPersonEventCode(absl::string_view value) {
  for (const char* code : kCodes) {
    if (absl::EqualsIgnoreCase(value, code)) return true;
  }
  return false;
}

bool IsPersonEvent(absl::string_view event) {
  const std::string words = Words(event);
  for (const char* phrase : kPhrases) {
    if (absl::StrContains(words, " " + std::string(phrase))) return true;
  }
  return false;
}

}  // namespace tocsin::exchange
