#include "tools/src/cli/history.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <climits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/exchange/local_time.h"
#include "node/schema/kinds.h"
#include "tools/src/cli/span.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

// A change that took longer to come is said to have come later.
constexpr absl::Duration kAtOnce = absl::Seconds(2);

class HistoryPrinter {
 public:
  HistoryPrinter(const v1::Record& record, const v1::ListRecordHistoryResponse& history,
                 const Reading& reading, std::ostream& out)
      : record_(record), reading_(reading), out_(out) {
    int number = 0;
    for (const v1::HistoryEntry& entry : history.entry()) numbers_[entry.dot()] = ++number;
  }

  void Print(const v1::HistoryEntry& entry) {
    out_ << numbers_.at(entry.dot()) << "  " << TimeText(entry.write_time(), reading_.zone) << "  "
         << Post(entry.jurisdiction()) << ArrivalText(entry)
         << (entry.heard() ? ", heard by voice" : "") << "  " << entry.precedence() << "  change "
         << entry.dot().substr(0, 8) << '\n';
    if (entry.step().empty()) return PrintFields(entry);
    for (const v1::FieldStep& step : entry.step()) PrintStep(step);
  }

 private:
  // Where an answer had no room for the steps.
  void PrintFields(const v1::HistoryEntry& entry) const {
    Table table({});
    const google::protobuf::Message* body = schema::BodyOf(entry.record());
    for (const std::string& name : entry.set()) {
      const auto* field = body == nullptr ? nullptr : body->GetDescriptor()->FindFieldByName(name);
      table.Add({name, field == nullptr ? "" : FieldText(*body, *field, reading_)});
    }
    for (const std::string& name : entry.cleared()) table.Add({name, "(cleared)"});
    table.Print(out_, "    ");
  }

  void PrintStep(const v1::FieldStep& step) const {
    if (!step.removed_json().empty()) {
      out_ << "    " << step.field() << ": taken out: " << Value(step, step.removed_json()) << '\n';
      if (step.value_json() == "null") return;
    }
    const std::string value =
        step.value_json() == "null" ? "(cleared)" : Value(step, step.value_json());
    out_ << "    " << step.field() << ": ";
    if (TookThePlace(step)) out_ << Value(step, step.before_json()) << " -> ";
    out_ << value;
    if (step.restated()) out_ << "  (carried ahead of the change that says so)";
    out_ << '\n';
    for (const std::string& note : Notes(step)) out_ << "        " << note << '\n';
  }

  // Of what was shown before: else its writer changed something that nobody saw here any more.
  static bool TookThePlace(const v1::FieldStep& step) {
    if (step.before_json().empty() || step.before_json() == "null" || step.replaces().empty() ||
        step.replaced_before() || step.before_json() == step.value_json()) {
      return false;
    }
    return std::none_of(step.beside().begin(), step.beside().end(),
                        [&step](const v1::ConflictingValue& other) {
                          return other.value_json() == step.before_json();
                        });
  }

  std::vector<std::string> Notes(const v1::FieldStep& step) const {
    std::vector<std::string> notes;
    if (step.settled()) {
      notes.push_back(absl::StrCat(
          "settles the conflict",
          step.reason() == v1::RESOLVE_REASON_UNSPECIFIED
              ? std::string(", without a reason")
              : absl::StrCat(": ", absl::StrReplaceAll(WordOf(step.reason()), {{"_", " "}})),
          ", having seen ", Changes(step)));
    } else if (step.replaces_size() > 0 && (step.in_conflict() || step.replaced_before())) {
      notes.push_back(absl::StrCat("had seen ", Changes(step)));
    }
    for (const v1::ConflictingValue& other : step.beside()) {
      notes.push_back(absl::StrCat("apart from ", Number(other.dot()), " of ",
                                   Post(other.jurisdiction()), ": ",
                                   Value(step, other.value_json())));
    }
    if (step.replaced_before()) {
      notes.push_back(absl::StrCat("was replaced before it came here; shown: ",
                                   Value(step, step.shown_json())));
    } else if (step.in_conflict()) {
      notes.push_back(
          absl::StrCat("in conflict from then on; shown: ", Value(step, step.shown_json())));
    }
    return notes;
  }

  std::string Changes(const v1::FieldStep& step) const {
    // By number; those that are not here last.
    std::set<std::pair<int, std::string>> seen;
    for (const std::string& dot : step.replaces()) {
      auto found = numbers_.find(dot);
      seen.emplace(found == numbers_.end() ? INT_MAX : found->second, Number(dot));
    }
    if (seen.empty()) return "none";
    return absl::StrJoin(seen, " and ",
                         [](std::string* out, const auto& one) { out->append(one.second); });
  }

  std::string Number(const std::string& dot) const {
    auto found = numbers_.find(dot);
    return found == numbers_.end()
               ? absl::StrCat("a change that is not here (", dot.substr(0, 8), ")")
               : absl::StrCat("change ", found->second);
  }

  std::string Value(const v1::FieldStep& step, const std::string& json) const {
    return ValueText(record_.kind(), step.field(), json, reading_);
  }

  std::string Post(const std::string& jurisdiction) const {
    const std::string post = reading_.naming.ShortScope(jurisdiction);
    return post.empty() ? jurisdiction : post;
  }

  // "; came here 2026-11-23 16:02:10 EST, 1h43m later".
  std::string ArrivalText(const v1::HistoryEntry& entry) const {
    if (!entry.has_arrival_time()) return "";
    const absl::Time written = exchange::FromTimestamp(entry.write_time());
    const absl::Time arrived = exchange::FromTimestamp(entry.arrival_time());
    if (absl::AbsDuration(arrived - written) < kAtOnce) return "";
    std::string text = absl::StrCat("; came here ", TimeText(entry.arrival_time(), reading_.zone));
    if (arrived > written) absl::StrAppend(&text, ", ", SpanText(arrived - written), " later");
    return text;
  }

  const v1::Record& record_;
  const Reading& reading_;
  std::ostream& out_;
  // By dot, from 1.
  std::map<std::string, int> numbers_;
};

}  // namespace

void PrintHistory(const v1::Record& record, const v1::ListRecordHistoryResponse& history,
                  const Reading& reading, std::ostream& out) {
  out << reading.naming.Short(record) << ": " << history.entry_size()
      << (history.entry_size() == 1 ? " change" : " changes")
      << ", in the order in which they came to " << reading.naming.own().path() << '\n';
  HistoryPrinter printer(record, history, reading, out);
  for (const v1::HistoryEntry& entry : history.entry()) printer.Print(entry);
  std::vector<std::string> open;
  for (const v1::Conflict& conflict : record.conflict()) open.push_back(conflict.field());
  if (!open.empty()) {
    out << "still in conflict: " << absl::StrJoin(open, ", ") << "   ("
        << ResolveCommand(record, record.conflict(0), reading) << ")\n";
  }
}

}  // namespace tocsin::cli
