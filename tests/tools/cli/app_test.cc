// The command line as a whole: help, mistakes, completion.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/tools/cli/runs.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;

const char* const kCommands[] = {"report", "edit",   "withdraw", "list",    "show",
                                 "watch",  "status", "receipts", "import",  "export",
                                 "init",   "fields", "rebuild",  "version", "completion"};

TEST(App, EveryCommandHasHelpWithExamples) {
  Machine machine;
  for (const char* command : kCommands) {
    const RunResult result = machine.Run({command, "--help"});
    EXPECT_EQ(result.code, 0) << command;
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  ")) << command;
  }
}

TEST(App, HelpNamesEveryCommandAndTheExitCodes) {
  Machine machine;
  const RunResult result = machine.Run({"--help"});
  EXPECT_EQ(result.code, 0);
  for (const char* command : kCommands) EXPECT_THAT(result.out, HasSubstr(command));
  EXPECT_THAT(result.out, HasSubstr("5 filed but for a text"));
}

TEST(App, AMistypedCommandOrOptionGetsASuggestion) {
  Machine machine;
  const RunResult command = machine.Run({"lits", "incident"});
  EXPECT_EQ(command.code, 2);
  EXPECT_THAT(command.err, HasSubstr("did you mean list?"));
  const RunResult option = machine.Run({"list", "incident", "--fliter", "type = fire"});
  EXPECT_EQ(option.code, 2);
  EXPECT_THAT(option.err, HasSubstr("did you mean --filter?"));
}

TEST(App, NothingTypedIsBadUsageWithTheHelp) {
  Machine machine;
  const RunResult result = machine.Run({});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("report"));
}

TEST(App, TheEndpointComesFromTheOptionElseTheEnvironment) {
  FakeNode node;
  Machine machine;
  machine.env["TOCSIN_ENDPOINT"] = node.endpoint();
  EXPECT_EQ(machine.Run({"status"}).code, 0);
  EXPECT_EQ(machine.Run({"status", "--endpoint", "127.0.0.1:1"}).code, 4);
}

TEST(App, OptionsOfAllCommandsMayComeFirst) {
  FakeNode node;
  Machine machine;
  const RunResult result =
      machine.Run({"--endpoint", node.endpoint(), "--output", "json", "status"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"jurisdiction\": \"city/kings/e201\""));
}

TEST(App, WrongGlobalsAreBadUsage) {
  Machine machine;
  EXPECT_EQ(machine.Run({"status", "--timeout", "soon"}).code, 2);
  EXPECT_EQ(machine.Run({"status", "--zone", "Mars/Olympus"}).code, 2);
}

// In a script it is a variable that was never set.
TEST(App, AValueThatIsGivenAndEmptyIsBadUsageOfItsOption) {
  FakeNode node;
  Machine machine;
  const std::vector<std::string> report = {"report",    "incident", "--what",  "fire",
                                           "--how-bad", "minor",    "--where", "40.7,-74"};
  for (const char* option : {"--request-id", "--where", "--observed", "--dead", "--line", "--set",
                             "--code", "--endpoint", "--zone"}) {
    std::vector<std::string> arguments = report;
    arguments.insert(arguments.end(), {option, ""});
    const RunResult result = machine.RunAt(node, arguments);
    EXPECT_EQ(result.code, 2) << option;
    EXPECT_THAT(result.err, HasSubstr(absl::StrCat(option, ": is given and empty"))) << option;
  }
  EXPECT_THAT(
      machine.RunAt(node, {"edit", "7K3M9QXF", "--set", "severity=severe", "--etag", ""}).err,
      HasSubstr("--etag: is given and empty"));
  EXPECT_THAT(machine.RunAt(node, {"list", ""}).err, HasSubstr("KIND: is given and empty"));
  // The parser would take what follows for the value.
  EXPECT_THAT(machine.RunAt(node, {"--endpoint=", "list", "incident"}).err,
              HasSubstr("--endpoint: is given and empty"));
  EXPECT_TRUE(node.creates().empty());
  EXPECT_TRUE(node.lists().empty());
}

TEST(App, WordsThatAreNoTextAreBadUsageOfTheirOption) {
  FakeNode node;
  Machine machine;
  const std::vector<std::string> report = {"report",    "incident", "--what",  "fire",
                                           "--how-bad", "minor",    "--where", "40.7,-74"};
  for (const char* option : {"--line", "--scope", "--request-id", "--code", "--observed"}) {
    std::vector<std::string> arguments = report;
    arguments.insert(arguments.end(), {option, "\xff\xfe"});
    const RunResult result = machine.RunAt(node, arguments);
    EXPECT_EQ(result.code, 2) << option;
    EXPECT_THAT(result.err, HasSubstr(absl::StrCat(option, ": is not UTF-8 at byte 0"))) << option;
  }
  EXPECT_THAT(machine.RunAt(node, {"list", "incident", "--filter", "code = a\xff"}).err,
              HasSubstr("--filter: is not UTF-8 at byte 8"));
  EXPECT_THAT(machine.RunAt(node, {"report", "incident", "--set", "site=\xff"}).err,
              HasSubstr("site: is not UTF-8 at byte 0"));
  // The name of a file is what the disk says it is.
  EXPECT_THAT(machine.RunAt(node, {"import", "csv", "\xff.csv"}).err, Not(HasSubstr("UTF-8")));
  EXPECT_TRUE(node.creates().empty());
  EXPECT_TRUE(node.lists().empty());
}

TEST(App, ALimitIsAtLeastOne) {
  FakeNode node;
  Machine machine;
  for (const char* limit : {"0", "-1", "few"}) {
    const RunResult result = machine.RunAt(node, {"list", "incident", "--limit", limit});
    EXPECT_EQ(result.code, 2) << limit;
    EXPECT_THAT(result.err, HasSubstr("--limit: takes a whole number from 1 on")) << limit;
  }
}

TEST(App, TheVersionIsSaidByOptionAndByCommand) {
  Machine machine;
  const RunResult said = machine.Run({"version"});
  EXPECT_THAT(said.out, HasSubstr("schema level"));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--version"}, std::vector<std::string>{"list", "--version"}}) {
    const RunResult result = machine.Run(arguments);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, said.out);
    EXPECT_EQ(result.err, "");
  }
  EXPECT_THAT(machine.Run({"--output", "json", "--version"}).out, HasSubstr("\"schema_level\": 1"));
}

TEST(App, AnEndpointIsAHostAndAPort) {
  FakeNode node;
  Machine machine;
  // The port as gRPC would have it: the rest of a division by 65536.
  const int port = std::stoi(node.endpoint().substr(node.endpoint().rfind(':') + 1));
  for (const std::string& endpoint :
       {absl::StrCat("127.0.0.1:", port + 65536), std::string("127.0.0.1:0"),
        std::string("127.0.0.1:"), std::string("127.0.0.1"), std::string("127.0.0.1:74x"),
        "http://" + node.endpoint(), node.endpoint() + "/"}) {
    RunResult result = machine.Run({"status", "--endpoint", endpoint});
    EXPECT_EQ(result.code, 2) << endpoint;
    EXPECT_THAT(result.err, HasSubstr("--endpoint: \"" + endpoint + "\" is no endpoint"));
    machine.env["TOCSIN_ENDPOINT"] = endpoint;
    result = machine.Run({"status"});
    EXPECT_EQ(result.code, 2) << endpoint;
    EXPECT_THAT(result.err, HasSubstr("TOCSIN_ENDPOINT: \""));
    // What is not used does no harm.
    EXPECT_EQ(machine.Run({"status", "--endpoint", node.endpoint()}).code, 0);
    machine.env.clear();
  }
}

TEST(App, FieldsOfAKindSayWhatTheyTake) {
  Machine machine;
  const RunResult result = machine.Run({"fields", "incident"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("unknown, minor, moderate, severe, extreme"));
  EXPECT_THAT(result.out, HasSubstr("required, filter"));
}

TEST(App, CompletionIsAScriptThatBashTakes) {
  Machine machine;
  const RunResult result = machine.Run({"completion", "bash"});
  EXPECT_EQ(result.code, 0);
  Folder folder;
  const std::string script = folder.Write(
      "complete.bash", result.out +
                           "\nCOMP_WORDS=(tocsin withdraw X --reason fal); COMP_CWORD=4; _tocsin; "
                           "echo \"${COMPREPLY[@]}\"\n"
                           "COMP_WORDS=(tocsin list ship); COMP_CWORD=2; _tocsin; "
                           "echo \"none:${COMPREPLY[@]}\"\n"
                           "COMP_WORDS=(tocsin list shel); COMP_CWORD=2; _tocsin; "
                           "echo \"${COMPREPLY[@]}\"\n"
                           "COMP_WORDS=(tocsin list incident --fil); COMP_CWORD=3; _tocsin; "
                           "echo \"${COMPREPLY[@]}\"\n");
  FILE* bash = popen(("bash --norc " + script + " 2>&1").c_str(), "r");
  ASSERT_NE(bash, nullptr);
  std::string said;
  char buffer[256];
  while (fgets(buffer, sizeof(buffer), bash) != nullptr) said += buffer;
  EXPECT_EQ(pclose(bash), 0);
  EXPECT_EQ(said, "false_alarm\nnone:\nshelter\n--filter\n");
}

}  // namespace
}  // namespace tocsin::cli
