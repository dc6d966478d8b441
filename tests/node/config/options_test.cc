#include "node/config/options.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "node/config/settings.h"

namespace tocsin::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Refusal(absl::string_view toml, Role role = Role::kNode) {
  absl::StatusOr<Options> options = ParseOptions(toml, role);
  EXPECT_TRUE(absl::IsInvalidArgument(options.status())) << toml;
  return std::string(options.status().message());
}

Options Accepted(absl::string_view toml, Role role = Role::kNode) {
  absl::StatusOr<Options> options = ParseOptions(toml, role);
  EXPECT_TRUE(options.ok()) << toml << options.status();
  return options.ok() ? *options : Options();
}

// Takes the '#' from before every setting that the template has as a comment.
std::string Uncommented(const std::string& text) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') line.remove_prefix(1);
    lines.emplace_back(line);
  }
  return absl::StrJoin(lines, "\n");
}

class ByRole : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Options, ByRole, ::testing::Values(Role::kNode, Role::kHub),
                         [](const auto& param_info) {
                           return param_info.param == Role::kHub ? "Hub" : "Node";
                         });

TEST_P(ByRole, AnEmptyFileGivesTheDefaults) {
  EXPECT_EQ(Accepted("", GetParam()), DefaultOptions(GetParam()));
}

TEST_P(ByRole, TheTemplateGivesTheDefaults) {
  EXPECT_EQ(Accepted(RenderTemplate(GetParam()), GetParam()), DefaultOptions(GetParam()));
}

// So every default is within its range.
TEST_P(ByRole, TheTemplateUncommentedGivesTheDefaults) {
  std::string text = Uncommented(RenderTemplate(GetParam()));
  EXPECT_EQ(Accepted(text, GetParam()), DefaultOptions(GetParam()));
}

// Each setting stands in the template as a line of its own: changing that line to nonsense is seen.
TEST_P(ByRole, TheTemplateHasEverySettingOfItsRoleAndNoOther) {
  std::string text = Uncommented(RenderTemplate(GetParam()));
  std::string section;
  std::set<std::string> found;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      section = absl::StrCat(line.substr(1, line.size() - 2), ".");
    } else {
      found.insert(absl::StrCat(section, line.substr(0, line.find(' '))));
    }
  }
  std::set<std::string> expected;
  for (const Setting& setting : Settings()) {
    if (setting.AppliesTo(GetParam())) expected.emplace(setting.key);
  }
  EXPECT_EQ(found, expected);
}

TEST_P(ByRole, TheTemplateTellsMeaningRangeAndDefaultOfEachSetting) {
  std::string text = RenderTemplate(GetParam());
  for (absl::string_view line : absl::StrSplit(text, '\n')) EXPECT_LE(line.size(), 100u) << line;
  // Without the breaks between lines of comment.
  std::string flat = absl::StrJoin(absl::StrSplit(text, "\n# "), " ");
  for (const Setting& setting : Settings()) {
    if (!setting.AppliesTo(GetParam())) continue;
    EXPECT_THAT(flat, HasSubstr(std::string(setting.doc)));
    EXPECT_THAT(flat, HasSubstr(absl::StrCat("Takes ", Allowed(setting.type), "; default ")));
  }
}

// Whatever the settings are, the file written for them reads back to them.
RC_GTEST_PROP(Template, ReadsBackToItsOptions, ()) {
  Role role = *rc::gen::element(Role::kNode, Role::kHub);
  Options options = DefaultOptions(role);
  options.data_dir = *rc::gen::nonEmpty(rc::gen::string<std::string>());
  for (char& c : options.data_dir) c = static_cast<char>(c & 0x7f) == 0 ? '/' : c & 0x7f;
  options.uplink_endpoints = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("localhost:7421", "127.0.0.1:9", "[::1]:65535"));
  RC_PRE(options.uplink_endpoints.size() <= 8u);
  options.log_level = *rc::gen::element(LogLevel::kDebug, LogLevel::kInfo, LogLevel::kOff);
  options.uplink_keepalive_time = absl::Milliseconds(*rc::gen::inRange(1'000, 3'600'001));
  options.flow_routine = ByteSize{*rc::gen::inRange<int64_t>(KiB(512).bytes, MiB(64).bytes + 1)};
  options.log_group_changes = *rc::gen::inRange<int64_t>(1, 65'537);
  if (role == Role::kHub) options.children_max = *rc::gen::inRange<int64_t>(1, 100'001);
  absl::StatusOr<Options> read = ParseOptions(RenderTemplate(role, options), role);
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == options);
}

TEST(Options, AreReadFromTheirSections) {
  Options options = Accepted(R"(
      data_dir = "/var/lib/tocsin"
      uplink.endpoints = ["localhost:7421", "127.0.0.1:7422"]
      [log]
      level = "debug"
      [api]
      listen = "[::1]:0"
      [flow]
      routine = "2MiB"
      [stop]
      deadline = "1m30s"
      [privacy]
      minimum_cell = 20)");
  EXPECT_EQ(options.data_dir, "/var/lib/tocsin");
  EXPECT_EQ(options.uplink_endpoints,
            (std::vector<std::string>{"localhost:7421", "127.0.0.1:7422"}));
  EXPECT_EQ(options.log_level, LogLevel::kDebug);
  EXPECT_EQ(options.api_listen, "[::1]:0");
  EXPECT_EQ(options.flow_routine, MiB(2));
  EXPECT_EQ(options.stop_deadline, absl::Seconds(90));
  EXPECT_EQ(options.privacy_minimum_cell, 20);
}

TEST(Options, AnUnknownSettingIsRefusedWithTheOneThatWasMeant) {
  EXPECT_EQ(Refusal("[uplink]\nkeepalive_tme = \"30s\""),
            "line 2: 'uplink.keepalive_tme' is no setting of tocsin-node; did you mean "
            "'uplink.keepalive_time'?");
  EXPECT_THAT(Refusal("datadir = \"x\""), HasSubstr("did you mean 'data_dir'?"));
  EXPECT_THAT(Refusal("zebra = 1"), HasSubstr("'tocsin init' writes a file that lists them all"));
  EXPECT_THAT(Refusal("[zebra]"), HasSubstr("'zebra' is no section"));
  EXPECT_THAT(Refusal("[log.level]\nx = 1"), HasSubstr("'log.level' takes one of"));
  EXPECT_THAT(Refusal("[data_dir]\nx = 1"), HasSubstr("'data_dir' takes a folder"));
}

TEST(Options, AHubsSettingIsRefusedInANodesFile) {
  EXPECT_THAT(Refusal("[children]\nmax = 5"),
              AllOf(StartsWith("line 2: 'children.max' is a setting of tocsin-hub"),
                    HasSubstr("tocsin-node")));
  EXPECT_EQ(Accepted("[children]\nmax = 5", Role::kHub).children_max, 5);
}

TEST(Options, AWrongValueNamesKeyLineAndRange) {
  EXPECT_EQ(Refusal("\n[store]\ngroup_changes = 0"),
            "line 3: 'store.group_changes' takes a whole number of changes from 1 to 65536, and "
            "has 0: it is out of range");
  EXPECT_THAT(Refusal("[store]\ngroup_changes = 1.5"), HasSubstr("it is no whole number"));
  EXPECT_THAT(Refusal("[store]\ngroup_changes = \"many\""), HasSubstr("has 'many'"));
  EXPECT_EQ(
      Refusal("[uplink]\nkeepalive_time = 30"),
      "line 2: 'uplink.keepalive_time' takes a duration from \"1s\" to \"1h\", and has 30: it "
      "is no text in quotes");
  EXPECT_THAT(Refusal("[uplink]\nkeepalive_time = \"30\""), HasSubstr("\"500ms\""));
  EXPECT_THAT(Refusal("[uplink]\nkeepalive_time = \"2h\""), HasSubstr("out of range"));
  EXPECT_THAT(Refusal("[flow]\nflash = \"1MB\""), HasSubstr("KiB, MiB or GiB"));
  EXPECT_THAT(Refusal("[flow]\nflash = \"1KiB\""), HasSubstr("\"512KiB\" to \"64MiB\""));
  EXPECT_THAT(Refusal("[log]\nlevel = \"loud\""), HasSubstr("\"debug\", \"info\""));
  EXPECT_THAT(Refusal("[uplink]\nendpoints = \"localhost:1\""), HasSubstr("no list"));
  EXPECT_THAT(Refusal("[uplink]\nendpoints = [1]"), HasSubstr("no text"));
  EXPECT_THAT(Refusal("[uplink]\nendpoints = [\"a:1\",\"b:1\",\"c:1\",\"d:1\",\"e:1\",\"f:1\","
                      "\"g:1\",\"h:1\",\"i:1\"]"),
              HasSubstr("too long"));
  EXPECT_THAT(Refusal("name = \"a\\nb\""), HasSubstr("on one line"));
  EXPECT_THAT(Refusal("data_dir = \"\""), HasSubstr("path of a folder"));
}

TEST(Options, AnAddressBeyondThisMachineIsRefusedWithTheReason) {
  for (const char* toml : {"[api]\nlisten = \"0.0.0.0:7410\"", "[api]\nlisten = \"10.1.2.3:7410\"",
                           "[uplink]\nendpoints = [\"city.example:7421\"]"}) {
    EXPECT_THAT(Refusal(toml), AllOf(StartsWith("line 2: "), HasSubstr("TLS and enrolment")));
  }
  EXPECT_THAT(Refusal("[children]\nlisten = \"[::]:7421\"", Role::kHub), HasSubstr("TLS"));
}

TEST(Options, EveryProblemIsToldInTheOrderOfTheFile) {
  std::string refusal = Refusal("name = 1\nzebra = 2\n[log]\nlevel = 3");
  std::vector<std::string> lines = absl::StrSplit(refusal, '\n');
  ASSERT_EQ(lines.size(), 3u) << refusal;
  EXPECT_THAT(lines[0], StartsWith("line 1: "));
  EXPECT_THAT(lines[1], StartsWith("line 2: "));
  EXPECT_THAT(lines[2], StartsWith("line 4: "));
  std::string many;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&many, "zebra", i, " = 1\n");
  EXPECT_THAT(Refusal(many), HasSubstr("and 80 more"));
}

TEST(Options, SettingsThatContradictEachOtherAreRefused) {
  EXPECT_THAT(Refusal("[uplink]\nreconnect_min = \"5m\"\nreconnect_max = \"1m\""),
              HasSubstr("'uplink.reconnect_min' is longer"));
  EXPECT_THAT(Refusal("[api]\nlisten = \"127.0.0.1:7421\"", Role::kHub),
              HasSubstr("are one address"));
  EXPECT_THAT(Refusal("[metrics]\nlisten = \"127.0.0.1:7410\""), HasSubstr("another setting has"));
  EXPECT_THAT(Refusal("[metrics]\nlisten = \"127.0.0.1:7421\"", Role::kHub),
              HasSubstr("another setting has"));
  EXPECT_EQ(Accepted("[metrics]\nlisten = \"127.0.0.1:9464\"").metrics_listen, "127.0.0.1:9464");
  EXPECT_EQ(Accepted("[metrics]\nlisten = \"\"").metrics_listen, "");
  EXPECT_THAT(Refusal("[metrics]\nlisten = \"0.0.0.0:9464\""), HasSubstr("metrics.listen"));
  Accepted("[api]\nlisten = \"localhost:0\"\n[children]\nlisten = \"localhost:0\"", Role::kHub);
}

TEST(Options, WhatIsNoTomlIsRefusedWithItsLine) {
  EXPECT_THAT(Refusal("name = \"a\"\nname = \"b\""), StartsWith("line 2: this is no TOML"));
  EXPECT_THAT(Refusal("a = [\n\n"), HasSubstr("this is no TOML"));
  EXPECT_THAT(Refusal(std::string(10'000, '[')), HasSubstr("this is no TOML"));
}

TEST(Options, ErrorsNeverCarryControlCharacters) {
  std::string refusal = Refusal("\"\\u001b[2J\" = 1\nname = \"\\u001b[2J\"");
  EXPECT_THAT(refusal, Not(HasSubstr("\x1b")));
}

RC_GTEST_PROP(Options, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  absl::StatusOr<Options> options = ParseOptions(bytes, Role::kHub);
  RC_ASSERT(options.ok() || absl::IsInvalidArgument(options.status()));
}

RC_GTEST_PROP(Options, ADamagedTemplateIsReadOrRefused, ()) {
  static const std::string& whole = *new std::string(Uncommented(RenderTemplate(Role::kHub)));
  std::string text = whole;
  int edits = *rc::gen::inRange(1, 20);
  for (int i = 0; i < edits; ++i) {
    size_t at = *rc::gen::inRange<size_t>(0, text.size());
    if (*rc::gen::arbitrary<bool>()) {
      text[at] = *rc::gen::arbitrary<char>();
    } else {
      text.insert(at, *rc::gen::element<std::string>("[", "]", "\"", "{", "=", "'''", "0x", "1e9",
                                                     "1979-05-27T07:32:00Z", "inf", "\\u0000"));
    }
  }
  absl::StatusOr<Options> options = ParseOptions(text, Role::kHub);
  RC_ASSERT(options.ok() || absl::IsInvalidArgument(options.status()));
}

class FileOf {
 public:
  explicit FileOf(const std::string& text) {
    folder_ = ::testing::TempDir() + "tocsin_config_XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    std::ofstream(path()) << text;
  }
  ~FileOf() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  const std::string& folder() const { return folder_; }
  std::string path() const { return folder_ + "/tocsin.toml"; }

 private:
  std::string folder_;
};

TEST(LoadOptions, TakesARelativeFolderFromTheFilesOwn) {
  FileOf here("");
  EXPECT_EQ(LoadOptions(here.path(), Role::kNode)->data_dir, here.folder());
  FileOf below("data_dir = \"data/one\"");
  EXPECT_EQ(LoadOptions(below.path(), Role::kNode)->data_dir, below.folder() + "/data/one");
  FileOf elsewhere("data_dir = \"/srv/tocsin\"");
  EXPECT_EQ(LoadOptions(elsewhere.path(), Role::kNode)->data_dir, "/srv/tocsin");
}

TEST(LoadOptions, NamesTheFile) {
  absl::Status missing = LoadOptions("/nowhere/tocsin.toml", Role::kNode).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_THAT(std::string(missing.message()),
              AllOf(HasSubstr("/nowhere/tocsin.toml"), HasSubstr("tocsin init")));
  FileOf wrong("zebra = 1");
  absl::Status refused = LoadOptions(wrong.path(), Role::kNode).status();
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr(wrong.path()), HasSubstr("line 1: ")));
  FileOf large(std::string(2 << 20, '#'));
  EXPECT_TRUE(absl::IsInvalidArgument(LoadOptions(large.path(), Role::kNode).status()));
}

TEST(LoadOptions, RefusesAFolderAndNamesTheConfigurationInIt) {
  FileOf file("");
  absl::Status refused = LoadOptions(file.folder(), Role::kNode).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr(file.folder() + "' is a folder"), HasSubstr(file.path())));
  std::filesystem::remove(file.path());
  refused = LoadOptions(file.folder(), Role::kNode).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("is a folder"), HasSubstr("tocsin init"),
                    ::testing::Not(HasSubstr(file.path()))));
}

}  // namespace
}  // namespace tocsin::config
