#include "node/conflicts/criteria.h"

#include <absl/status/status.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <compare>
#include <iterator>
#include <optional>

#include "node/base/scope.h"
#include "node/base/status.h"
#include "node/schema/conflict_terms.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"

namespace tocsin::conflicts {
namespace {

constexpr size_t kComparisonsMax = 16;

absl::Status Refuse(const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("filter: ", what,
                   "; write comparisons with AND between, as in \"severity >= "
                   "severe AND age > 30m\"; they may name ",
                   absl::StrJoin(schema::kConflictFilters, ", ")));
}

// Words, operators and quoted words, one after the other.
class Words {
 public:
  explicit Words(absl::string_view text) : rest_(text) { Skip(); }
  bool AtEnd() const { return rest_.empty(); }
  // Letters, digits and what names, times and paths have.
  absl::string_view Word() {
    if (absl::ConsumePrefix(&rest_, "\"")) {
      const size_t end = rest_.find('"');
      absl::string_view word = rest_.substr(0, end);
      rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
      Skip();
      return word;
    }
    size_t size = 0;
    while (size < rest_.size() && (absl::ascii_isalnum(static_cast<unsigned char>(rest_[size])) ||
                                   absl::StrContains("_-./*", rest_.substr(size, 1)))) {
      ++size;
    }
    return Take(size);
  }
  absl::string_view Operator() {
    for (absl::string_view op : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (absl::StartsWith(rest_, op)) return Take(op.size());
    }
    return {};
  }

 private:
  absl::string_view Take(size_t size) {
    absl::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    Skip();
    return taken;
  }
  void Skip() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  absl::string_view rest_;
};

std::optional<int> SeverityNamed(absl::string_view word) {
  std::string name = absl::AsciiStrToUpper(word);
  if (!absl::StartsWith(name, "SEVERITY_")) name = absl::StrCat("SEVERITY_", name);
  v1::Severity severity;
  if (!v1::Severity_Parse(name, &severity)) return std::nullopt;
  return severity;
}

bool AnyKindHasField(absl::string_view name) {
  return std::any_of(schema::Kinds().begin(), schema::Kinds().end(),
                     [name](const schema::KindInfo& kind) {
                       return schema::FieldTable::Of(kind.kind).FindByName(name) != nullptr;
                     });
}

}  // namespace

absl::StatusOr<Criteria> Criteria::Parse(absl::string_view text) {
  Criteria criteria;
  if (text.size() > kBytesMax)
    return Refuse(absl::StrCat("it is longer than ", kBytesMax, " bytes"));
  static constexpr std::pair<absl::string_view, Op> kOps[] = {
      {"=", Op::kEqual},        {"!=", Op::kNotEqual}, {"<", Op::kLess},
      {"<=", Op::kLessOrEqual}, {">", Op::kGreater},   {">=", Op::kGreaterOrEqual}};
  Words words(text);
  while (!words.AtEnd()) {
    if (!criteria.comparisons_.empty() && words.Word() != "AND") {
      return Refuse("between two comparisons stands AND, and nothing else");
    }
    const absl::string_view name = words.Word();
    const auto* known =
        std::find(std::begin(schema::kConflictFilters), std::end(schema::kConflictFilters), name);
    if (known == std::end(schema::kConflictFilters)) {
      return Refuse(absl::StrCat("'", name, "' is nothing that conflicts are picked by"));
    }
    const absl::string_view op = words.Operator();
    const auto* read = std::find_if(std::begin(kOps), std::end(kOps),
                                    [op](const auto& one) { return one.first == op; });
    if (read == std::end(kOps))
      return Refuse(absl::StrCat("after '", name, "' stands no comparison"));
    // The names stand in the order of the enumeration.
    Comparison comparison{
        static_cast<Name>(known - std::begin(schema::kConflictFilters)), read->second, 0, {}};
    TOCSIN_RETURN_IF_ERROR(ReadValue(words.Word(), comparison));
    criteria.comparisons_.push_back(std::move(comparison));
    if (criteria.comparisons_.size() > kComparisonsMax) {
      return Refuse(absl::StrCat("it has more than ", kComparisonsMax, " comparisons"));
    }
  }
  return criteria;
}

absl::Status Criteria::ReadValue(absl::string_view text, Comparison& comparison) {
  const bool is_equality = comparison.op == Op::kEqual || comparison.op == Op::kNotEqual;
  switch (comparison.name) {
    case Name::kAge: {
      absl::Duration age;
      if (is_equality || !absl::ParseDuration(text, &age)) {
        return Refuse(
            absl::StrCat("age takes <, <=, > or >= and a time with its unit, as in 30m; "
                         "it has '",
                         text, "'"));
      }
      comparison.number = absl::ToInt64Nanoseconds(age);
      return absl::OkStatus();
    }
    case Name::kSeverity: {
      const std::optional<int> severity = SeverityNamed(text);
      if (!severity) {
        return Refuse(absl::StrCat("'", text,
                                   "' is no severity; they are unknown, minor, moderate, "
                                   "severe, extreme"));
      }
      comparison.number = *severity;
      return absl::OkStatus();
    }
    default:
      break;
  }
  if (!is_equality) return Refuse("field, kind and turn take = or !=");
  if (comparison.name == Name::kKind) {
    const schema::KindInfo* kind = schema::FindKindByName(absl::AsciiStrToLower(text));
    if (kind == nullptr) return Refuse(absl::StrCat("'", text, "' is no kind"));
    comparison.number = kind->kind;
    return absl::OkStatus();
  }
  if (comparison.name == Name::kField && !AnyKindHasField(text)) {
    return Refuse(absl::StrCat("no kind has a field '", text, "'"));
  }
  if (comparison.name == Name::kTurn) {
    absl::StatusOr<Jurisdiction> turn = Jurisdiction::Parse(text);
    if (!turn.ok()) return Refuse(absl::StrCat("turn: ", std::string(turn.status().message())));
  }
  comparison.word = std::string(text);
  return absl::OkStatus();
}

bool Criteria::Holds(const Comparison& comparison, const Traits& traits) {
  std::strong_ordering order = std::strong_ordering::equal;
  switch (comparison.name) {
    case Name::kAge:
      order = absl::ToInt64Nanoseconds(traits.age) <=> comparison.number;
      break;
    case Name::kSeverity:
      order = static_cast<int64_t>(traits.severity) <=> comparison.number;
      break;
    case Name::kKind:
      order = static_cast<int64_t>(traits.kind) <=> comparison.number;
      break;
    case Name::kField:
      order = traits.field.compare(comparison.word) <=> 0;
      break;
    case Name::kTurn:
      order = traits.turn.compare(comparison.word) <=> 0;
      break;
  }
  switch (comparison.op) {
    case Op::kEqual:
      return order == 0;
    case Op::kNotEqual:
      return order != 0;
    case Op::kLess:
      return order < 0;
    case Op::kLessOrEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    case Op::kGreaterOrEqual:
      return order >= 0;
  }
  return false;
}

bool Criteria::Matches(const Traits& traits) const {
  return std::all_of(comparisons_.begin(), comparisons_.end(),
                     [&traits](const Comparison& one) { return Holds(one, traits); });
}

bool Criteria::AsksForTime() const {
  return std::any_of(comparisons_.begin(), comparisons_.end(), [](const Comparison& one) {
    return one.name == Name::kAge || one.name == Name::kTurn;
  });
}

}  // namespace tocsin::conflicts
