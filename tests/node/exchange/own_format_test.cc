#include "node/exchange/own_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "node/exchange/csv.h"
#include "node/schema/kinds.h"
#include "node/schema/spoken_code.h"
#include "tests/node/exchange/support.h"

namespace tocsin::exchange {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::Not;

std::string AnyText() {
  return *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab =+-@'\",;\n\t\\{[<"))));
}

void Fill(Message& message);

void FillPlace(v1::Point& point) {
  point.set_lat_e7(*rc::gen::inRange(-900'000'000, 900'000'001));
  point.set_lng_e7(*rc::gen::inRange(-1'800'000'000, 1'800'000'001));
}

void FillRing(v1::Ring& ring) {
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
    ring.add_lat_e7_delta(*rc::gen::inRange(-100'000'000, 100'000'000));
    ring.add_lng_e7_delta(*rc::gen::inRange(-100'000'000, 100'000'000));
  }
}

void FillOne(Message& owner, const FieldDescriptor& field) {
  const auto& reflection = *owner.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = field.type() == FieldDescriptor::TYPE_BYTES
                                   ? *rc::gen::nonEmpty(rc::gen::arbitrary<std::string>())
                                   : AnyText();
      many ? reflection.AddString(&owner, &field, text)
           : reflection.SetString(&owner, &field, text);
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value =
          field.enum_type()->value(*rc::gen::inRange(1, field.enum_type()->value_count()));
      many ? reflection.AddEnum(&owner, &field, value) : reflection.SetEnum(&owner, &field, value);
      return;
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&owner, &field, *rc::gen::inRange<uint32_t>(0, 100'000));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&owner, &field,
                                  *rc::gen::inRange<uint64_t>(0, 1'000'000'000'000));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(&owner, &field, *rc::gen::inRange(0, 1'000'000) / 7.0);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&owner, &field, *rc::gen::arbitrary<bool>());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(many ? *reflection.AddMessage(&owner, &field)
                       : *reflection.MutableMessage(&owner, &field));
    default:
      RC_FAIL("a type that the schema did not have: " + field.full_name());
  }
}

void Fill(Message& message) {
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(&message)) {
    time->set_seconds(*rc::gen::inRange<int64_t>(-60'000'000'000, 250'000'000'000));
    time->set_nanos(*rc::gen::elementOf(std::vector<int>{0, 1'000'000, 123'456'789}));
  } else if (auto* point = dynamic_cast<v1::Point*>(&message)) {
    FillPlace(*point);
  } else if (auto* polygon = dynamic_cast<v1::Polygon*>(&message)) {
    for (int i = *rc::gen::inRange(1, 3); i > 0; --i) FillRing(*polygon->add_ring());
  } else if (auto* people = dynamic_cast<v1::PeopleCount*>(&message)) {
    const auto count = *rc::gen::inRange<uint32_t>(0, 1000);
    *rc::gen::arbitrary<bool>() ? people->set_exactly(count) : people->set_fewer_than(count + 2);
  } else {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      const int times = *rc::gen::inRange(0, field.is_repeated() ? 3 : 2);
      for (int n = 0; n < times; ++n) FillOne(message, field);
    }
  }
}

v1::Record AnyRecord(v1::Kind kind) {
  v1::Record record;
  record.set_scope("city/kings/e201");
  record.set_code(SpokenCode::FromBits(*rc::gen::arbitrary<uint32_t>()).ToString());
  record.set_uid("018f6b7c-0000-8000-8000-000000000000");
  record.mutable_update_time()->set_seconds(1'700'000'000);
  record.set_kind(kind);
  Fill(*schema::MutableBody(record, kind));
  return record;
}

// Erasures are orders, not reports.
v1::Kind AnyKind() {
  return static_cast<v1::Kind>(*rc::gen::inRange<int>(v1::INCIDENT, v1::ERASURE));
}

// What a file carries of a record: scope, kind, body, and the code where the id follows from that.
v1::Record Carried(const v1::Record& record) {
  v1::Record carried = record;
  carried.clear_uid();
  carried.clear_update_time();
  const Message& body = *schema::BodyOf(record);
  const auto* source = body.GetDescriptor()->FindFieldByName("source");
  if (source != nullptr) {
    const auto& value =
        static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, source));
    if (!value.system().empty() || !value.key().empty()) carried.clear_code();
  }
  const auto* moved_from = body.GetDescriptor()->FindFieldByName("moved_from");
  const bool stands_in = moved_from != nullptr && body.GetReflection()->HasField(body, moved_from);
  if (stands_in || record.kind() == v1::RELATION) carried.clear_code();
  return carried;
}

// A source of which nothing is set is none.
void DropEmptySource(v1::Record& record) {
  Message& body = *schema::MutableBody(record, record.kind());
  const auto* source = body.GetDescriptor()->FindFieldByName("source");
  if (source == nullptr) return;
  const auto& value =
      static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, source));
  if (value.system().empty() && value.key().empty())
    body.GetReflection()->ClearField(&body, source);
}

RC_GTEST_PROP(OwnFormat, CsvIsReadBackAsItWasWritten, ()) {
  const v1::Kind kind = AnyKind();
  v1::Record record = AnyRecord(kind);
  DropEmptySource(record);
  std::string csv;
  AppendOwnCsvHeader(kind, csv);
  RC_ASSERT(IsOwnCsv(csv));
  AppendOwnCsv(record, csv);
  KeepingSink sink;
  std::istringstream in(csv);
  auto summary = ReadOwnCsv(in, sink);
  RC_ASSERT(summary.ok());
  for (const Refused& refused : sink.refused) RC_FAIL(refused.reason);
  RC_ASSERT(sink.rows.size() == 1u);
  RC_ASSERT(sink.rows[0].record.DebugString() == Carried(record).DebugString());
}

RC_GTEST_PROP(OwnFormat, GeoJsonIsReadBackAsItWasWritten, ()) {
  v1::Record first = AnyRecord(AnyKind());
  v1::Record second = AnyRecord(AnyKind());
  DropEmptySource(first);
  DropEmptySource(second);
  const std::string json =
      kGeoJsonHead + OwnGeoJsonFeature(first) + ",\n" + OwnGeoJsonFeature(second) + kGeoJsonTail;
  KeepingSink sink;
  auto summary = ReadOwnGeoJson(json, sink);
  if (!summary.ok()) RC_FAIL(std::string(summary.status().message()));
  for (const Refused& refused : sink.refused) RC_FAIL(refused.reason);
  RC_ASSERT(sink.rows.size() == 2u);
  RC_ASSERT(sink.rows[0].record.DebugString() == Carried(first).DebugString());
  RC_ASSERT(sink.rows[1].record.DebugString() == Carried(second).DebugString());
}

RC_GTEST_PROP(OwnFormat, NoCellOfATextIsAFormula, ()) {
  v1::Record record;
  record.set_kind(v1::SITE);
  record.mutable_site()->set_display_name(AnyText());
  std::string csv;
  AppendOwnCsv(record, csv);
  std::istringstream in(csv);
  CsvReader reader(in);
  CsvRecord row;
  RC_ASSERT(*reader.Next(row));
  for (const std::string& cell : row.cells) {
    RC_ASSERT(cell.empty() || std::string("=+-@\t\r").find(cell[0]) == std::string::npos);
  }
}

RC_GTEST_PROP(OwnFormat, NoMutationCrashesTheReaders, ()) {
  const v1::Record record = AnyRecord(AnyKind());
  std::string csv;
  AppendOwnCsvHeader(record.kind(), csv);
  AppendOwnCsv(record, csv);
  std::string json = kGeoJsonHead + OwnGeoJsonFeature(record) + kGeoJsonTail;
  for (std::string* bytes : {&csv, &json}) {
    for (int i = 0; i < 3; ++i) {
      (*bytes)[*rc::gen::inRange<size_t>(0, bytes->size())] = *rc::gen::arbitrary<char>();
    }
  }
  KeepingSink sink;
  std::istringstream in(csv);
  (void)ReadOwnCsv(in, sink).ok();
  (void)ReadOwnGeoJson(json, sink).ok();
}

TEST(OwnFormat, AnErasureIsNotImported) {
  KeepingSink sink;
  std::istringstream in(
      "kind,scope,code,uid,update_time,status\r\nERASURE,city,,,,STATUS_ACTUAL\r\n");
  ASSERT_TRUE(ReadOwnCsv(in, sink).ok());
  ASSERT_EQ(sink.refused.size(), 1u);
  EXPECT_THAT(sink.refused[0].reason, HasSubstr("erasure"));
}

TEST(OwnFormat, AFileOfOthersIsToldToBringAMapping) {
  KeepingSink sink;
  std::istringstream in("name,place\nx,y\n");
  EXPECT_THAT(ReadOwnCsv(in, sink).status().ToString(), HasSubstr("--mapping"));
}

TEST(OwnFormat, ReasonsRepeatNothingOfTheRow) {
  KeepingSink sink;
  std::istringstream in(
      "kind,scope,code,uid,update_time,status,severity,point.lat,goods\r\n"
      "INCIDENT,city,,,,Zanzibar,,,\r\nINCIDENT,city,,,,,,Zanzibar,\r\nZanzibar,city,,,,,,,\r\n"
      "INCIDENT,Zan "
      "zibar,,,,,,,\r\nINCIDENT,city,Zanzibar,,,,,,\r\nINCIDENT,city,,,,,,,Zanzibar\r\nINCIDENT,"
      "city,,,,,,1,\r\n");
  ASSERT_TRUE(ReadOwnCsv(in, sink).ok());
  EXPECT_EQ(sink.refused.size(), 7u);
  for (const Refused& refused : sink.refused)
    EXPECT_THAT(refused.reason, Not(HasSubstr("anzibar")));
}

}  // namespace
}  // namespace tocsin::exchange
