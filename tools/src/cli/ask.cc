// The five questions.
#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <optional>

#include "node/base/status.h"
#include "node/schema/text_check.h"
#include "tools/src/cli/incident.h"
#include "tools/src/cli/table.h"

namespace tocsin::cli {
namespace {

absl::Status Ended() {
  return absl::OutOfRangeError(
      "the input ended before the questions were answered; nothing was filed");
}

// Asks until it is a text: a terminal of another encoding, or an arrow key, gives bytes that no
// record takes.
absl::StatusOr<std::string> AskLine(Console& console, absl::string_view question) {
  while (true) {
    console.err << std::string(question) << std::flush;
    std::string line;
    if (!std::getline(console.in, line)) {
      console.err << '\n';
      return Ended();
    }
    line = std::string(absl::StripAsciiWhitespace(line));
    const std::optional<std::string> fault = schema::TextFault(line, schema::Lines::kMany);
    if (!fault) return line;
    console.err << "  what was typed " << *fault << "; type it again\n";
  }
}

// Asks until `parse` takes the answer; says each time what is wrong with it.
template <typename Value>
absl::StatusOr<Value> AskUntil(
    Console& console, absl::string_view question,
    const std::function<absl::StatusOr<Value>(const std::string&)>& parse) {
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string line, AskLine(console, question));
    absl::StatusOr<Value> value = parse(line);
    if (value.ok() || absl::IsUnavailable(value.status())) return value;
    console.err << "  " << std::string(value.status().message()) << '\n';
  }
}

void ShowChoices(const std::vector<What>& choices, std::ostream& out) {
  // Two columns: the whole list on one small screen.
  const size_t rows = (choices.size() + 1) / 2;
  Table table({});
  for (size_t i = 0; i < rows; ++i) {
    std::vector<std::string> cells = {absl::StrCat(i + 1), WhatText(choices[i])};
    if (i + rows < choices.size()) {
      cells.push_back(absl::StrCat(i + rows + 1));
      cells.push_back(WhatText(choices[i + rows]));
    }
    table.Add(std::move(cells));
  }
  table.Print(out, "  ");
}

// A number takes what is shown; a word shows what there is of it, and takes it if it is one.
absl::StatusOr<What> AskWhat(Console& console) {
  std::vector<What> choices = SearchWhat("");
  ShowChoices(choices, console.err);
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string line,
                            AskLine(console, "1/5 What? (number, or a word to search) "));
    uint32_t number = 0;
    if (absl::SimpleAtoi(line, &number)) {
      if (number >= 1 && number <= choices.size()) return choices[number - 1];
      console.err << "  1 to " << choices.size() << '\n';
      continue;
    }
    if (absl::StatusOr<What> exact = ParseWhat(line); exact.ok()) return exact;
    std::vector<What> found = SearchWhat(line);
    if (found.empty()) {
      console.err << "  nothing like it; Enter alone shows the whole list\n";
      continue;
    }
    choices = std::move(found);
    ShowChoices(choices, console.err);
  }
}

}  // namespace

absl::StatusOr<Answers> Ask(Context& context) {
  Console& console = context.console();
  Answers answers;
  TOCSIN_ASSIGN_OR_RETURN(answers.what, AskWhat(console));
  console.err << "    " << WhatText(answers.what) << '\n';
  TOCSIN_ASSIGN_OR_RETURN(
      answers.where,
      AskUntil<Where>(console, "2/5 Where? (site code; lat,lon; MGRS/USNG; or unknown) ",
                      [&context](const std::string& line) { return ParseWhere(context, line); }));
  console.err << "  1  minor    handled with what is there\n"
                 "  2  serious  needs more, or threatens life or property beyond it\n"
                 "  3  grave    life is being lost or about to be, or it spreads out of control\n";
  TOCSIN_ASSIGN_OR_RETURN(answers.how_bad, AskUntil<schema::HowBad>(console, "3/5 How bad? ",
                                                                    [](const std::string& line) {
                                                                      return ParseHowBad(line);
                                                                    }));
  TOCSIN_ASSIGN_OR_RETURN(
      answers.counts,
      AskUntil<Counts>(console,
                       "4/5 How many dead, injured, missing, evacuated? (Enter: not known) ",
                       [](const std::string& line) { return ParseCounts(line); }));
  TOCSIN_ASSIGN_OR_RETURN(
      answers.line,
      AskUntil<std::string>(console,
                            "5/5 What is seen, in one line? (about the event, not about persons) ",
                            [](const std::string& line) { return ParseLine(line); }));
  return answers;
}

absl::StatusOr<bool> AskYes(Console& console, absl::string_view question) {
  return AskUntil<bool>(console, absl::StrCat(question, " [Y/n] "),
                        [](const std::string& line) -> absl::StatusOr<bool> {
                          const std::string answer = absl::AsciiStrToLower(line);
                          if (answer.empty() || answer == "y" || answer == "yes") return true;
                          if (answer == "n" || answer == "no") return false;
                          return absl::InvalidArgumentError("y or Enter for yes, n for no");
                        });
}

}  // namespace tocsin::cli
