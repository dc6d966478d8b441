#include "node/intake/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <vector>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/intake/held_change.h"
#include "node/schema/spoken_code.h"
#include "tests/node/intake/records.h"
#include "tests/node/view/world.h"

namespace tocsin::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Response = absl::StatusOr<v1::WriteRecordResponse>;

constexpr char kNumber[] = "Reporter can be called at +1 718 555 0134 all night";
constexpr char kRequest[] = "018f3c1e-7b2a-4d4e-9c60-2f1a8b7c6d5e";

v1::CreateRecordRequest CreateOf(const v1::Incident& incident) {
  v1::CreateRecordRequest request;
  request.set_parent("scopes/city.kings.e201");
  *request.mutable_record()->mutable_incident() = incident;
  return request;
}

v1::UpdateRecordRequest UpdateOf(const std::string& name, const v1::Incident& incident) {
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(name);
  *request.mutable_record()->mutable_incident() = incident;
  return request;
}

v1::Incident Imported(const std::string& key) {
  v1::Incident fire = SmallFire();
  fire.mutable_source()->set_system("nfirs");
  fire.mutable_source()->set_key(key);
  return fire;
}

// A station with its log and view, and intake before them. One thread; nothing happens but in
// Run().
class Station {
 public:
  explicit Station(const IntakeOptions& options = {}, uint64_t seed = 1)
      : options_(options), random_(seed), view_(network_.e201, seed) {
    Open();
  }
  ~Station() {
    intake_.reset();
    ExpectPeersTakeIt();
  }

  // Nothing that intake wrote is refused by who is sent it.
  void ExpectPeersTakeIt() {
    auto entries = view_.log().ReadEntries(log::Queue::kOwn, Arrival(0), 1 << 30);
    if (absl::IsDataLoss(entries.status())) return;  // a test broke its disk
    ASSERT_TRUE(entries.ok()) << entries.status();
    for (const log::Entry& entry : *entries) {
      for (const log::PlacedChange& placed : entry.changes) {
        std::string bytes;
        ByteWriter out(bytes);
        log::EncodeChange(placed.change, out);
        absl::string_view rest = bytes;
        log::ChangeView change;
        ASSERT_TRUE(change.Parse(rest).ok());
        EXPECT_EQ(CheckHeldChange(change, log::Via::kChild), absl::OkStatus());
      }
    }
  }

  void Open() {
    intake_ = Intake::Create(network_.e201, view_.log(), view_.view(), random_,
                             view_.node().clock(), view_.node().executor(), options_);
  }
  void Restart() {
    intake_.reset();
    view_.RestartNode();
    Open();
  }

  Response Create(v1::CreateRecordRequest request) {
    std::optional<Response> result;
    intake_->Create(std::move(request), [&](Response response) { result = std::move(response); });
    view_.Run();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("no answer"));
  }
  Response Update(v1::UpdateRecordRequest request) {
    std::optional<Response> result;
    intake_->Update(std::move(request), [&](Response response) { result = std::move(response); });
    view_.Run();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("no answer"));
  }
  Response Withdraw(v1::WithdrawRecordRequest request) {
    std::optional<Response> result;
    intake_->Withdraw(std::move(request), [&](Response response) { result = std::move(response); });
    view_.Run();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("no answer"));
  }

  Response Resolve(v1::ResolveConflictRequest request) {
    std::optional<Response> result;
    intake_->Resolve(std::move(request), [&](Response response) { result = std::move(response); });
    view_.Run();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("no answer"));
  }

  Intake& intake() { return *intake_; }
  void Drop() { intake_.reset(); }
  view::ViewNode& view() { return view_; }
  uint64_t own_end() { return view_.log().ends().of(log::Queue::kOwn).value(); }

 private:
  log::TestNetwork network_;
  const IntakeOptions options_;
  SeededRandom random_;
  view::ViewNode view_;
  std::unique_ptr<Intake> intake_;
};

TEST(Intake, AnAnsweredReportIsInTheLogAndInTheView) {
  Station station;
  Response response = station.Create(CreateOf(SmallFire()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_FALSE(response->already_filed());
  EXPECT_EQ(response->record().code().size(), 8u);
  EXPECT_EQ(response->record().name(),
            "scopes/city.kings.e201/incidents/" + response->record().code());
  EXPECT_EQ(response->record().incident().description(), SmallFire().description());
  EXPECT_EQ(response->record().precedence(), "routine");
  EXPECT_EQ(station.own_end(), 1u);
  EXPECT_EQ(station.view().view().List({}).value().records.size(), 1u);
}

TEST(Intake, ARefusedTextIsLeftOutAndTheReportIsFiled) {
  Station station;
  v1::Incident fire = GreatFire();
  fire.set_description(kNumber);
  LogCapture lines;
  Response response = station.Create(CreateOf(fire));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->withheld_size(), 1);
  EXPECT_EQ(response->withheld(0).field(), "incident.description");
  EXPECT_EQ(response->record().incident().description(), "");
  EXPECT_EQ(response->record().incident().severity(), v1::SEVERITY_EXTREME);
  for (const std::string& line : lines.lines()) EXPECT_THAT(line, Not(HasSubstr("555")));
}

TEST(Intake, NothingOfARefusedRequestIsFiled) {
  Station station;
  v1::Incident fire = SmallFire();
  fire.clear_type();
  EXPECT_EQ(station.Create(CreateOf(fire)).status().code(), absl::StatusCode::kInvalidArgument);
  v1::CreateRecordRequest elsewhere = CreateOf(SmallFire());
  elsewhere.set_parent("scopes/city.queens");
  EXPECT_EQ(station.Create(elsewhere).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(station.own_end(), 0u);
}

TEST(Intake, ANewRecordTakesTheNotesThatManyEditsAddedInOrder) {
  Station station;
  v1::Incident fire = GreatFire();
  std::vector<std::string> notes;
  for (int i = 0; i < 20; ++i) notes.push_back(absl::StrCat("engine ", i, " is there"));
  for (const std::string& note : notes) fire.add_note(note);
  Response response = station.Create(CreateOf(fire));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->record().incident().note(), ElementsAreArray(notes));
  EXPECT_EQ(response->record().precedence(), "flash");
  EXPECT_EQ(station.own_end(), 1u);
  // An edit is one change.
  v1::Incident edit;
  for (int i = 0; i < 9; ++i) edit.add_note("again");
  EXPECT_EQ(station.Update(UpdateOf(response->record().name(), edit)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Intake, ARecordOfARegisterWithManyNotesIsThereAlreadyUnlessOneOfThemIsNot) {
  Station station;
  v1::Incident fire = Imported("4711");
  for (int i = 0; i < 20; ++i) fire.add_note(absl::StrCat("engine ", i, " is there"));
  ASSERT_TRUE(station.Create(CreateOf(fire)).ok());
  Response again = station.Create(CreateOf(fire));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->already_filed());
  EXPECT_THAT(again->differs(), IsEmpty());
  fire.add_note("and one more");
  EXPECT_THAT(station.Create(CreateOf(fire))->differs(), ElementsAre("incident.note"));
}

TEST(Intake, OfManyNotesEachThatIsRefusedIsNamed) {
  Station station;
  v1::Incident fire = SmallFire();
  for (int i = 0; i < 20; ++i) fire.add_note(i == 12 ? kNumber : absl::StrCat("engine ", i));
  Response response = station.Create(CreateOf(fire));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->withheld_size(), 1);
  EXPECT_EQ(response->withheld(0).field(), "incident.note[12]");
  EXPECT_EQ(response->record().incident().note_size(), 19);
}

TEST(Intake, ValidateOnlyAnswersAsIfAndFilesNothing) {
  Station station;
  v1::CreateRecordRequest request = CreateOf(GreatFire());
  request.mutable_record()->mutable_incident()->set_description(kNumber);
  request.set_validate_only(true);
  Response response = station.Create(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->withheld_size(), 1);
  EXPECT_EQ(response->record().precedence(), "flash");
  EXPECT_EQ(response->record().incident().severity(), v1::SEVERITY_EXTREME);
  EXPECT_EQ(station.own_end(), 0u);
}

TEST(Intake, AGivenCodeIsTakenOnceInItsScopeAcrossKinds) {
  Station station;
  const std::string code = SpokenCode::FromBits(4711).ToString();
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.mutable_record()->set_code(code);
  ASSERT_TRUE(station.Create(request).ok());
  EXPECT_EQ(station.Create(request).status().code(), absl::StatusCode::kAlreadyExists);
  v1::CreateRecordRequest hazard;
  hazard.set_parent(request.parent());
  hazard.mutable_record()->set_code(code);
  v1::Hazard& body = *hazard.mutable_record()->mutable_hazard();
  body.set_status(v1::STATUS_ACTUAL);
  body.set_state(v1::HAZARD_OPEN);
  body.set_finding(v1::FINDING_LEAK);
  body.set_severity(v1::SEVERITY_MINOR);
  EXPECT_EQ(station.Create(hazard).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(Intake, TwoReportsAtOnceNeverTakeOneCode) {
  Station station;
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.mutable_record()->set_code(SpokenCode::FromBits(4711).ToString());
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 2; ++i) {
    station.intake().Create(request, [&](Response r) { codes.push_back(r.status().code()); });
  }
  station.view().Run();
  EXPECT_THAT(codes, ::testing::UnorderedElementsAre(absl::StatusCode::kOk,
                                                     absl::StatusCode::kAlreadyExists));
}

TEST(Intake, AnEditIsNamedByCodeOrUid) {
  Station station;
  v1::Record record = station.Create(CreateOf(SmallFire()))->record();
  v1::Incident edit;
  edit.set_units_on_scene(3);
  Response by_code = station.Update(UpdateOf(record.name(), edit));
  ASSERT_TRUE(by_code.ok()) << by_code.status();
  EXPECT_EQ(by_code->record().incident().units_on_scene(), 3u);
  edit.set_units_on_scene(4);
  Response by_uid =
      station.Update(UpdateOf("scopes/city.kings.e201/incidents/" + record.uid(), edit));
  ASSERT_TRUE(by_uid.ok()) << by_uid.status();
  EXPECT_EQ(by_uid->record().incident().units_on_scene(), 4u);
  EXPECT_EQ(by_uid->record().incident().type(), v1::FIRE);
}

TEST(Intake, ARecordThatIsNotHeldIsNotEdited) {
  Station station;
  const std::string name = "scopes/city.kings.e201/incidents/" + SpokenCode::FromBits(1).ToString();
  EXPECT_EQ(station.Update(UpdateOf(name, SmallFire())).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(Intake, AStaleEtagBecomesASiblingOrIsAbortedWhereItMustBe) {
  Station station;
  v1::Record record = station.Create(CreateOf(SmallFire()))->record();
  v1::Incident edit;
  edit.set_units_on_scene(3);
  v1::UpdateRecordRequest request = UpdateOf(record.name(), edit);
  request.set_etag(record.etag());
  ASSERT_TRUE(station.Update(request).ok());
  request.mutable_record()->mutable_incident()->set_units_on_scene(4);
  request.set_require_unchanged(true);
  Response stale = station.Update(request);
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(stale.status().message()), HasSubstr("incident.units_on_scene"));
  request.set_require_unchanged(false);
  Response written = station.Update(request);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->moved_size(), 1);
  EXPECT_TRUE(written->moved(0).written());
  ASSERT_EQ(written->conflict_size(), 1);
  EXPECT_EQ(written->conflict(0).field(), "units_on_scene");
  EXPECT_EQ(written->conflict(0).value_size(), 2);
  request.clear_etag();
  request.set_require_unchanged(true);
  EXPECT_EQ(station.Update(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Intake, AConflictIsSettledWithItsReason) {
  Station station;
  v1::Record record = station.Create(CreateOf(SmallFire()))->record();
  for (const char* text : {"one", "two"}) {
    v1::Incident edit;
    edit.set_description(text);
    v1::UpdateRecordRequest request = UpdateOf(record.name(), edit);
    request.set_etag(record.etag());
    ASSERT_TRUE(station.Update(request).ok());
  }
  v1::UpdateRecordRequest look = UpdateOf(record.name(), v1::Incident());
  look.mutable_record()->mutable_incident()->set_units_on_scene(1);
  const v1::Record now = station.Update(look)->record();
  ASSERT_EQ(now.conflict_size(), 1);
  v1::ResolveConflictRequest request;
  request.set_name(record.name());
  request.set_field("description");
  request.set_take(now.conflict(0).value(1).dot());
  request.set_etag(now.etag());
  EXPECT_EQ(station.Resolve(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_reason(v1::RESOLVE_LATER_OBSERVATION);
  request.set_request_id(kRequest);
  Response settled = station.Resolve(request);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->record().conflict_size(), 0);
  EXPECT_EQ(settled->record().incident().description(), "one");
  EXPECT_EQ(settled->record().incident().resolution(0).reason(), v1::RESOLVE_LATER_OBSERVATION);
  EXPECT_TRUE(station.Resolve(request)->already_filed());
  // Why a conflict was settled is not written by hand.
  v1::UpdateRecordRequest edit = UpdateOf(record.name(), v1::Incident());
  edit.mutable_update_mask()->add_paths("resolution");
  EXPECT_EQ(station.Update(edit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Intake, AResolutionWhoseTextIsWithheldSettlesNothing) {
  Station station;
  v1::Record record = station.Create(CreateOf(SmallFire()))->record();
  std::string etag;
  for (const char* text : {"one", "two"}) {
    v1::Incident edit;
    edit.set_description(text);
    v1::UpdateRecordRequest request = UpdateOf(record.name(), edit);
    request.set_etag(record.etag());
    etag = station.Update(request)->record().etag();
  }
  v1::ResolveConflictRequest request;
  request.set_name(record.name());
  request.set_field("description");
  request.mutable_value()->mutable_incident()->set_description(kNumber);
  request.set_etag(etag);
  request.set_reason(v1::RESOLVE_COMBINED);
  Response answer = station.Resolve(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->withheld_size(), 1);
  EXPECT_EQ(answer->record().conflict_size(), 1);
  EXPECT_EQ(answer->record().incident().resolution_size(), 0);
}

TEST(Intake, WritesOfOneRecordRunOneAfterTheOther) {
  Station station;
  v1::Record record = station.Create(CreateOf(SmallFire()))->record();
  int answered = 0;
  for (uint32_t units = 1; units <= 50; ++units) {
    v1::Incident edit;
    edit.set_units_on_scene(units);
    station.intake().Update(UpdateOf(record.name(), edit), [&](Response response) {
      EXPECT_TRUE(response.ok()) << response.status();
      ++answered;
    });
  }
  station.view().Run();
  EXPECT_EQ(answered, 50);
  auto name = station.view().view().Find(Post(), v1::INCIDENT, record.code())->front();
  auto stored = station.view().view().Get(name);
  EXPECT_EQ(stored->shown.incident().units_on_scene(), 50u);
  EXPECT_FALSE(stored->merged.at(41).conflict);
  EXPECT_EQ(stored->merged.at(41).siblings.size(), 1u);
}

TEST(Intake, DifferentRecordsShareGroups) {
  Station station;
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    station.intake().Create(CreateOf(SmallFire()), [&](Response response) {
      EXPECT_TRUE(response.ok()) << response.status();
      ++answered;
    });
  }
  station.view().Run();
  EXPECT_EQ(answered, 1000);
  EXPECT_LT(station.own_end(), 100u);
}

TEST(Intake, BeyondItsBoundItSaysTryAgain) {
  Station station({.in_flight_max = 10});
  int refused = 0;
  int answered = 0;
  for (int i = 0; i < 25; ++i) {
    station.intake().Create(CreateOf(SmallFire()), [&](Response response) {
      if (response.ok()) {
        ++answered;
        return;
      }
      EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
      ++refused;
    });
  }
  station.view().Run();
  EXPECT_EQ(refused, 15);
  EXPECT_EQ(answered, 10);
  EXPECT_TRUE(station.Create(CreateOf(SmallFire())).ok());
}

TEST(Intake, ARepeatedRequestFilesOnce) {
  Station station;
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.set_request_id(kRequest);
  Response first = station.Create(request);
  Response again = station.Create(request);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_TRUE(again->already_filed());
  EXPECT_EQ(again->record().name(), first->record().name());
  EXPECT_EQ(station.own_end(), 1u);
  station.view().node().clock().Advance(absl::Hours(25));
  EXPECT_FALSE(station.Create(request)->already_filed());
}

TEST(Intake, ARequestRepeatedWhileItIsUnderWayFilesOnce) {
  Station station;
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.set_request_id(kRequest);
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    station.intake().Create(request, [&](Response r) { names.push_back(r->record().name()); });
  }
  station.view().Run();
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0], names[1]);
  EXPECT_EQ(names[0], names[2]);
  EXPECT_EQ(station.own_end(), 1u);
}

TEST(Intake, ARequestIdIsForOneRequestAndARefusedOneMayBeRepeated) {
  Station station;
  v1::CreateRecordRequest request = CreateOf(SmallFire());
  request.set_request_id("not a uuid");
  EXPECT_EQ(station.Create(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_request_id(kRequest);
  request.mutable_record()->set_code(SpokenCode::FromBits(1).ToString());
  ASSERT_TRUE(station.Create(request).ok());
  v1::UpdateRecordRequest other = UpdateOf(
      "scopes/city.kings.e201/incidents/" + SpokenCode::FromBits(1).ToString(), SmallFire());
  other.set_request_id(kRequest);
  EXPECT_EQ(station.Update(other).status().code(), absl::StatusCode::kInvalidArgument);
  // The code is taken, so this one comes to nothing; with another code it goes through.
  request.set_request_id("018f3c1e-7b2a-4d4e-9c60-000000000001");
  EXPECT_EQ(station.Create(request).status().code(), absl::StatusCode::kAlreadyExists);
  request.mutable_record()->clear_code();
  EXPECT_TRUE(station.Create(request).ok());
}

TEST(Intake, TheSameSourceKeyFilesNothingTwiceAcrossRestarts) {
  Station station;
  Response first = station.Create(CreateOf(Imported("2015-1")));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->already_filed());
  station.Restart();
  Response again = station.Create(CreateOf(Imported("2015-1")));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->already_filed());
  EXPECT_THAT(again->differs(), IsEmpty());
  EXPECT_EQ(again->record().uid(), first->record().uid());
  v1::Incident other = Imported("2015-1");
  other.set_severity(v1::SEVERITY_SEVERE);
  Response differs = station.Create(CreateOf(other));
  ASSERT_TRUE(differs.ok());
  EXPECT_TRUE(differs->already_filed());
  EXPECT_THAT(differs->differs(), ElementsAre("incident.severity"));
  EXPECT_EQ(station.view().view().List({}).value().records.size(), 1u);
  EXPECT_FALSE(station.Create(CreateOf(Imported("2015-2")))->already_filed());
}

TEST(Intake, WithdrawingKeepsTheRecordAndSaysWhy) {
  Station station;
  v1::Record record = station.Create(CreateOf(GreatFire()))->record();
  v1::WithdrawRecordRequest request;
  request.set_name(record.name());
  request.set_reason(v1::WITHDRAW_FALSE_ALARM);
  Response response = station.Withdraw(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->record().incident().state(), v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(response->record().incident().withdraw_reason(), v1::WITHDRAW_FALSE_ALARM);
  EXPECT_EQ(response->record().precedence(), "routine");
  EXPECT_TRUE(station.Withdraw(request)->already_filed());
}

TEST(Intake, WhatItHoldsIsAnsweredWhenItGoes) {
  Station station;
  std::optional<Response> result;
  station.intake().Create(CreateOf(SmallFire()), [&](Response r) { result = std::move(r); });
  station.Drop();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status().code(), absl::StatusCode::kUnavailable);
}

TEST(Intake, AFailedSyncIsAnsweredAndNothingIsSaidToBeDone) {
  Station station;
  ASSERT_TRUE(station.Create(CreateOf(SmallFire())).ok());
  station.view().node().disk().FailSync(1);
  EXPECT_EQ(station.Create(CreateOf(SmallFire())).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(station.Create(CreateOf(SmallFire())).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Intake, WhatWasAnsweredIsThereAfterAPowerCut) {
  Station station;
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back(station.Create(CreateOf(SmallFire()))->record().name());
  }
  station.Drop();
  station.view().node().Crash();
  station.view().DropView();
  station.Open();
  station.view().Run();
  EXPECT_EQ(station.view().view().List({}).value().records.size(), names.size());
}

// Whatever a caller sends, it is answered once, and what is answered with OK was valid.
RC_GTEST_PROP(IntakeProperty, EveryRequestIsAnsweredOnce, ()) {
  Station station({}, *rc::gen::inRange(1, 1000));
  int asked = 0;
  int answered = 0;
  auto done = [&answered](Response) { ++answered; };
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(32, 127));
  const auto name = rc::gen::oneOf(
      text, rc::gen::just(std::string("scopes/city.kings.e201")),
      rc::gen::just("scopes/city.kings.e201/incidents/" + SpokenCode::FromBits(1).ToString()));
  const int requests = *rc::gen::inRange(1, 20);
  for (int i = 0; i < requests; ++i) {
    v1::Incident incident = *rc::gen::arbitrary<bool>() ? SmallFire() : v1::Incident();
    incident.set_description(*text);
    incident.set_severity(static_cast<v1::Severity>(*rc::gen::inRange(-2, 9)));
    if (*rc::gen::arbitrary<bool>()) incident.set_dead_count(*rc::gen::arbitrary<uint32_t>());
    ++asked;
    switch (*rc::gen::inRange(0, 3)) {
      case 0: {
        v1::CreateRecordRequest request = CreateOf(incident);
        if (*rc::gen::arbitrary<bool>()) request.set_parent(*name);
        if (*rc::gen::arbitrary<bool>()) {
          request.mutable_record()->set_code(SpokenCode::FromBits(1).ToString());
        }
        station.intake().Create(request, done);
        break;
      }
      case 1: {
        v1::UpdateRecordRequest request = UpdateOf(*name, incident);
        if (*rc::gen::arbitrary<bool>()) request.set_etag(*text);
        if (*rc::gen::arbitrary<bool>()) request.mutable_update_mask()->add_paths(*text);
        if (*rc::gen::arbitrary<bool>()) request.add_remove()->set_dot(*text);
        station.intake().Update(request, done);
        break;
      }
      default: {
        v1::WithdrawRecordRequest request;
        request.set_name(*name);
        request.set_reason(static_cast<v1::WithdrawReason>(*rc::gen::inRange(-1, 7)));
        station.intake().Withdraw(request, done);
      }
    }
    if (*rc::gen::arbitrary<bool>()) station.view().Run();
  }
  station.view().Run();
  RC_ASSERT(answered == asked);
}

}  // namespace
}  // namespace tocsin::intake
