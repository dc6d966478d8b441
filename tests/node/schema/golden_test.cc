// The closed schema: the golden file, and the rules that every kind and field keeps.
#include "node/schema/golden.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "tests/support/paths.h"
#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

std::string GoldenFile() { return SourcePath("tests/node/schema/golden_schema.txt"); }

std::string ReadGolden() {
  std::ifstream in(GoldenFile());
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// Every message of the schema's two files, and every field and enum in them.
void ForEachMessage(const std::function<void(const Descriptor&)>& visit) {
  for (const auto* file : {v1::Incident::descriptor()->file(), v1::Point::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) visit(*file->message_type(i));
  }
}

void ForEachField(const std::function<void(const FieldDescriptor&, const v1::FieldRule&)>& visit) {
  ForEachMessage([&](const Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
      visit(*message.field(i), message.field(i)->options().GetExtension(v1::rule));
    }
  });
}

void ForEachEnum(const std::function<void(const EnumDescriptor&)>& visit) {
  for (const auto* file : {v1::Incident::descriptor()->file(), v1::Point::descriptor()->file(),
                           v1::FieldRule::descriptor()->file(), v1::Record::descriptor()->file()}) {
    for (int i = 0; i < file->enum_type_count(); ++i) visit(*file->enum_type(i));
  }
}

TEST(Schema, IsTheGoldenFilesToTheLastCode) {
  const std::string schema = DescribeSchema();
  if (std::getenv("TOCSIN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(GoldenFile()) << schema;
    GTEST_SKIP() << "wrote " << GoldenFile() << "; its change needs a decision in docs/adr";
  }
  const std::vector<std::string> now = absl::StrSplit(schema, '\n');
  const std::vector<std::string> golden = absl::StrSplit(ReadGolden(), '\n');
  const std::set<std::string> known(golden.begin(), golden.end());
  for (const std::string& line : now) {
    EXPECT_TRUE(known.contains(line))
        << "not in the golden file:" << line
        << "\nif it is meant: tools/golden, and docs/adr/0002 says how";
  }
  EXPECT_EQ(schema, ReadGolden());
}

TEST(Schema, GivesTheSameBytesEachTime) { EXPECT_EQ(DescribeSchema(), DescribeSchema()); }

// What the golden file is made from reaches every message of the schema: nothing lies beside it.
TEST(Schema, NamesEveryMessageOfItsFiles) {
  const std::string schema = DescribeSchema();
  ForEachMessage([&](const Descriptor& message) {
    EXPECT_TRUE(absl::StrContains(schema, " " + message.name() + "\n") ||
                absl::StrContains(schema, " " + message.name() + " collection "))
        << message.full_name() << " is used by no kind";
  });
}

TEST(Schema, HasOneMessageCollectionAndBodyForEveryKind) {
  const EnumDescriptor* kinds = v1::Kind_descriptor();
  EXPECT_EQ(static_cast<int>(Kinds().size()), kinds->value_count() - 1);
  std::set<std::string> collections;
  for (const KindInfo& kind : Kinds()) {
    EXPECT_EQ(absl::AsciiStrToUpper(kind.name), v1::Kind_Name(kind.kind));
    EXPECT_TRUE(collections.insert(kind.collection).second) << kind.collection;
    EXPECT_GE(kind.level, 1u);
    EXPECT_EQ(FindKindByName(kind.collection), &kind);
    EXPECT_EQ(FindKindByName(kind.name), &kind);
    EXPECT_EQ(KindOf(*NewBody(kind.kind)), kind.kind);
  }
}

TEST(Schema, GivesEveryFieldOfAKindAPolicyAndALevel) {
  for (const KindInfo& kind : Kinds()) {
    for (const FieldInfo& field : FieldTable::Of(kind.kind).fields()) {
      EXPECT_NE(field.merge, v1::MERGE_POLICY_UNSPECIFIED) << kind.name << "." << field.name;
      EXPECT_GE(field.level, 1u) << kind.name << "." << field.name;
    }
  }
}

TEST(Schema, TakesEveryStringForATextOrHoldsItToAGrammar) {
  ForEachField([](const FieldDescriptor& field, const v1::FieldRule& rule) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
    const bool is_text = rule.text() != v1::TEXT_SORT_UNSPECIFIED;
    const bool has_grammar = rule.grammar() != v1::GRAMMAR_UNSPECIFIED;
    EXPECT_NE(is_text, has_grammar) << field.full_name();
    EXPECT_GT(rule.max_bytes(), 0u) << field.full_name();
  });
}

// A text inside a value could not be told from the value, nor erased without it.
TEST(Schema, HasTextsOnlyAmongAKindsOwnFields) {
  ForEachField([](const FieldDescriptor& field, const v1::FieldRule& rule) {
    if (rule.text() == v1::TEXT_SORT_UNSPECIFIED) return;
    EXPECT_FALSE(
        field.containing_type()->options().GetExtension(v1::kind_rule).collection().empty())
        << field.full_name();
  });
}

TEST(Schema, BoundsEveryRepeatedField) {
  ForEachField([](const FieldDescriptor& field, const v1::FieldRule& rule) {
    EXPECT_EQ(field.is_repeated(), rule.max_count() > 0) << field.full_name();
    EXPECT_FALSE(field.is_map()) << field.full_name();
    EXPECT_LE(rule.min(), rule.max()) << field.full_name();
  });
}

TEST(Schema, LetsAListNameOnlyCodedFieldsAndTheTextsOfPlaces) {
  const std::set<v1::Kind> places = {v1::SITE, v1::SHELTER, v1::ZONE, v1::POST};
  for (const KindInfo& kind : Kinds()) {
    for (const FieldInfo& field : FieldTable::Of(kind.kind).fields()) {
      const bool name = field.text == v1::NAME || field.text == v1::ADDRESS;
      EXPECT_TRUE(!name || places.contains(kind.kind)) << kind.name << "." << field.name;
      if (field.filterable && field.is_text()) {
        EXPECT_TRUE(name && places.contains(kind.kind)) << kind.name << "." << field.name;
      }
    }
  }
}

TEST(Schema, KeepsIdentifiersTo32Bytes) {
  ForEachField([](const FieldDescriptor& field, const v1::FieldRule& rule) {
    EXPECT_TRUE(rule.grammar() != v1::IDENTIFIER || rule.max_bytes() <= 32) << field.full_name();
  });
}

TEST(Schema, BeginsEveryEnumWithUnspecified) {
  ForEachEnum([](const EnumDescriptor& type) {
    ASSERT_GT(type.value_count(), 0);
    EXPECT_EQ(type.value(0)->number(), 0) << type.full_name();
    EXPECT_TRUE(absl::EndsWith(type.value(0)->name(), "_UNSPECIFIED")) << type.full_name();
  });
}

TEST(Schema, EndsTheNameOfEveryTimeInTime) {
  ForEachField([](const FieldDescriptor& field, const v1::FieldRule&) {
    const bool is_time = field.message_type() != nullptr &&
                         field.message_type()->full_name() == "google.protobuf.Timestamp";
    EXPECT_EQ(is_time, absl::EndsWith(field.name(), "_time")) << field.full_name();
  });
}

// Numbers 1 to 19 mean the same in every kind that has them.
TEST(Schema, GivesLowNumbersOneMeaning) {
  std::map<uint32_t, std::string> names;
  for (const KindInfo& kind : Kinds()) {
    for (const FieldInfo& field : FieldTable::Of(kind.kind).fields()) {
      if (field.number >= 20) continue;
      const auto [known, added] = names.emplace(field.number, field.name);
      EXPECT_EQ(known->second, field.name) << kind.name;
    }
  }
}

// Words whose presence in a kind's or field's name would say that its subject is a person. Counts
// of people are counts; `display_name` is a place's, `rule_name` a rule's.
TEST(Schema, HasNoKindFieldOrCodeAboutAPerson) {
  const std::set<std::string> denied = {
      "person",      "persons",   "individual", "citizen",  "resident",   "patient",  "victim",
      "suspect",     "witness",   "caller",     "driver",   "passenger",  "owner",    "holder",
      "operator",    "contact",   "tenant",     "employee", "minor",      "child",    "children",
      "adult",       "firstname", "surname",    "lastname", "forename",   "nickname", "phone",
      "telephone",   "mobile",    "email",      "plate",    "vin",        "licence",  "license",
      "passport",    "identity",  "ssn",        "face",     "photo",      "image",    "biometric",
      "birth",       "birthday",  "age",        "gender",   "sex",        "race",     "ethnicity",
      "nationality", "religion",  "opinion",    "party",    "membership", "belief",   "diagnosis",
      "protest",     "assembly",  "crowd",      "conduct",  "attachment", "custom",   "extra",
      "metadata",    "tag",       "tags"};
  const std::set<std::string> names = {"display_name", "rule_name"};
  const auto check = [&](const std::string& name) {
    const std::vector<std::string> words = absl::StrSplit(absl::AsciiStrToLower(name), '_');
    for (const std::string& word : words) {
      EXPECT_FALSE(denied.contains(word)) << name;
      EXPECT_TRUE(word != "name" || names.contains(name)) << name;
    }
  };
  for (const KindInfo& kind : Kinds()) check(kind.name);
  ForEachField([&](const FieldDescriptor& field, const v1::FieldRule&) { check(field.name()); });
  // SEVERITY_MINOR speaks of an event; the names of rules are no codes of records.
  ForEachEnum([&](const EnumDescriptor& type) {
    if (type.file() == v1::FieldRule::descriptor()->file()) return;
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->name() != "SEVERITY_MINOR") check(type.value(i)->name());
    }
  });
}

TEST(FieldTable, FindsFieldsByNumberAndByName) {
  const FieldTable& incident = FieldTable::Of(v1::INCIDENT);
  const FieldInfo* severity = incident.FindByName("severity");
  ASSERT_NE(severity, nullptr);
  EXPECT_EQ(severity->number, 23u);
  EXPECT_EQ(severity->type, FieldType::kEnum);
  EXPECT_EQ(severity->merge, v1::HIGHEST);
  EXPECT_TRUE(severity->required && severity->filterable);
  EXPECT_EQ(incident.Find(23), severity);
  EXPECT_EQ(FindField(v1::INCIDENT, 23), severity);
  EXPECT_EQ(incident.Find(19), nullptr);
  EXPECT_EQ(incident.Find(4'000'000'000), nullptr);
  EXPECT_EQ(FindField(0, 1), nullptr);
  EXPECT_EQ(FindField(99, 1), nullptr);
  EXPECT_EQ(FieldTable::OrNull(15), nullptr);
}

TEST(FieldTable, KnowsTheTypeOfEachValue) {
  const FieldTable& incident = FieldTable::Of(v1::INCIDENT);
  EXPECT_EQ(incident.FindByName("observed_time")->type, FieldType::kTime);
  EXPECT_EQ(incident.FindByName("point")->type, FieldType::kPoint);
  EXPECT_EQ(incident.FindByName("area")->type, FieldType::kPolygon);
  EXPECT_EQ(incident.FindByName("goods")->type, FieldType::kGoods);
  EXPECT_EQ(incident.FindByName("source")->type, FieldType::kSource);
  EXPECT_EQ(incident.FindByName("site")->type, FieldType::kRecordRef);
  EXPECT_EQ(incident.FindByName("dead_count")->type, FieldType::kNumber);
  EXPECT_EQ(incident.FindByName("description")->text, v1::DESCRIPTION);
  EXPECT_EQ(FieldTable::Of(v1::HEADCOUNT).FindByName("present")->type, FieldType::kPeopleCount);
  EXPECT_EQ(FieldTable::Of(v1::ALERT).FindByName("info")->type, FieldType::kGroup);
  EXPECT_EQ(FieldTable::Of(v1::ALERT).FindByName("original_sha256")->type, FieldType::kBytes);
}

TEST(FieldTable, KnowsWhichStateIsWithdrawn) {
  EXPECT_EQ(WithdrawnState(v1::INCIDENT), v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(WithdrawnState(v1::SITE), v1::LIFE_WITHDRAWN);
  EXPECT_EQ(WithdrawnState(v1::ESCALATION), std::nullopt);
  EXPECT_EQ(WithdrawnState(v1::ERASURE), std::nullopt);
}

TEST(Kinds, ReachTheBodyOfARecord) {
  v1::Record record;
  EXPECT_EQ(BodyOf(record), nullptr);
  auto* shelter = static_cast<v1::Shelter*>(MutableBody(record, v1::SHELTER));
  shelter->set_display_name("School 12");
  EXPECT_EQ(record.shelter().display_name(), "School 12");
  EXPECT_EQ(BodyOf(record), &record.shelter());
  EXPECT_EQ(KindOf(*BodyOf(record)), v1::SHELTER);
  EXPECT_EQ(KindOf(record), v1::KIND_UNSPECIFIED);
}

}  // namespace
}  // namespace tocsin::schema
