#include "tools/src/cli/filter.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <vector>

#include "node/base/status.h"
#include "node/exchange/local_time.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

enum class TokenType { kBlank, kWord, kQuoted, kComparison, kOther };

struct Token {
  TokenType type;
  std::string text;
};

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
         c == ':' || c == '/' || c == '+';
}

bool IsComparison(char c) { return c == '=' || c == '<' || c == '>' || c == '!' || c == ':'; }

size_t EndWhile(absl::string_view text, size_t at, bool (*is)(char)) {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}

// After the closing quote, or the end of the text where there is none.
size_t EndOfQuoted(absl::string_view text, size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::vector<Token> Tokens(absl::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    size_t end = at + 1;
    TokenType type = TokenType::kOther;
    if (c == '"' || c == '\'') {
      type = TokenType::kQuoted;
      end = EndOfQuoted(text, at);
    } else if (IsComparison(c)) {
      type = TokenType::kComparison;
      end = EndWhile(text, at, IsComparison);
    } else if (IsWordCharacter(c)) {
      type = TokenType::kWord;
      end = EndWhile(text, at, IsWordCharacter);
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      type = TokenType::kBlank;
    }
    tokens.push_back({type, std::string(text.substr(at, end - at))});
    at = end;
  }
  return tokens;
}

std::string Unquoted(const Token& token) {
  if (token.type != TokenType::kQuoted || token.text.size() < 2) return token.text;
  return token.text.substr(1, token.text.size() - 2);
}

bool IsTimeField(v1::Kind kind, const std::string& name) {
  if (name == "update_time" || name == "create_time") return true;
  const schema::FieldInfo* field = schema::FieldTable::Of(kind).FindByName(name);
  return field != nullptr && field->type == schema::FieldType::kTime;
}

absl::Status ExpandValue(v1::Kind kind, const std::string& field, absl::TimeZone zone,
                         absl::Time now, Token& value) {
  if (IsTimeField(kind, field)) {
    absl::StatusOr<absl::Time> time = ParseTypedTime(Unquoted(value), zone, now);
    if (!time.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("filter: ", field, ": ", std::string(time.status().message())));
    }
    value.text = absl::StrCat("\"", exchange::IsoTime(*time), "\"");
    return absl::OkStatus();
  }
  const schema::FieldInfo* info = schema::FieldTable::Of(kind).FindByName(field);
  if (info == nullptr || info->type != schema::FieldType::kEnum) return absl::OkStatus();
  const auto found = ParseWord(*info->enumeration, Unquoted(value));
  if (!found.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("filter: ", field, ": ", std::string(found.status().message())));
  }
  value.text = (*found)->name();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ExpandFilter(v1::Kind kind, absl::string_view typed,
                                         absl::TimeZone zone, absl::Time now) {
  if (kind == v1::KIND_UNSPECIFIED) return std::string(typed);
  std::vector<Token> tokens = Tokens(typed);
  // The last word and, once there was one, the comparison after it.
  std::string field;
  bool compared = false;
  std::string expanded;
  for (Token& token : tokens) {
    if (token.type == TokenType::kComparison) {
      compared = true;
    } else if (token.type == TokenType::kWord || token.type == TokenType::kQuoted) {
      if (compared) TOCSIN_RETURN_IF_ERROR(ExpandValue(kind, field, zone, now, token));
      field = compared ? "" : token.text;
      compared = false;
    } else if (token.type == TokenType::kOther) {
      compared = false;
    }
    absl::StrAppend(&expanded, token.text);
  }
  return expanded;
}

}  // namespace tocsin::cli
