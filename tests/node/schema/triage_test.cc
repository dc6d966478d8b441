#include "node/schema/triage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/node/schema/bodies.h"

namespace tocsin::schema {
namespace {

using ::testing::HasSubstr;

Triage Of(v1::IncidentType type, HowBad how_bad) {
  TriageInput input;
  input.type = type;
  input.how_bad = how_bad;
  return TriageIncident(input);
}

TEST(Triage, AGraveFireIsSevereImmediateAndFlash) {
  const Triage triage = Of(v1::FIRE, HowBad::kGrave);
  EXPECT_EQ(triage.severity, v1::SEVERITY_SEVERE);
  EXPECT_EQ(triage.urgency, v1::URGENCY_IMMEDIATE);
  EXPECT_EQ(triage.certainty, v1::CERTAINTY_OBSERVED);
  EXPECT_EQ(triage.precedence, Precedence::kFlash);
  EXPECT_EQ(triage.why, "Severe and immediate, because it is grave: fire; seen; it goes as flash.");
}

TEST(Triage, ASeriousFireIsModerateAndPriority) {
  const Triage triage = Of(v1::FIRE, HowBad::kSerious);
  EXPECT_EQ(triage.severity, v1::SEVERITY_MODERATE);
  EXPECT_EQ(triage.precedence, Precedence::kPriority);
}

TEST(Triage, AMinorFireIsRoutine) {
  const Triage triage = Of(v1::FIRE, HowBad::kMinor);
  EXPECT_EQ(triage.severity, v1::SEVERITY_MINOR);
  EXPECT_EQ(triage.urgency, v1::URGENCY_EXPECTED);
  EXPECT_EQ(triage.precedence, Precedence::kRoutine);
}

TEST(Triage, WhatSpreadsIsOneStepWorse) {
  EXPECT_EQ(Of(v1::CHEMICAL_RELEASE, HowBad::kMinor).severity, v1::SEVERITY_MODERATE);
  EXPECT_EQ(Of(v1::CHEMICAL_RELEASE, HowBad::kSerious).severity, v1::SEVERITY_SEVERE);
  EXPECT_EQ(Of(v1::CHEMICAL_RELEASE, HowBad::kGrave).severity, v1::SEVERITY_EXTREME);
  EXPECT_THAT(Of(v1::CHEMICAL_RELEASE, HowBad::kGrave).why,
              HasSubstr("chemical release, which spreads or strikes many at once"));
}

TEST(Triage, CountsRaiseAndSaySo) {
  TriageInput input;
  input.type = v1::TRANSPORT_ACCIDENT;
  input.how_bad = HowBad::kMinor;
  input.injured = 6;
  Triage triage = TriageIncident(input);
  EXPECT_EQ(triage.severity, v1::SEVERITY_SEVERE);
  EXPECT_EQ(triage.urgency, v1::URGENCY_IMMEDIATE);
  EXPECT_EQ(triage.precedence, Precedence::kFlash);
  EXPECT_THAT(triage.why, HasSubstr("because 6 are injured"));
  input.dead = 10;
  EXPECT_EQ(TriageIncident(input).severity, v1::SEVERITY_EXTREME);
  input.dead = 1;
  input.injured.reset();
  EXPECT_THAT(TriageIncident(input).why, HasSubstr("because 1 is dead"));
}

TEST(Triage, WhatWasToldAndNotSeenIsLikely) {
  TriageInput input;
  input.type = v1::FIRE;
  input.seen = false;
  EXPECT_EQ(TriageIncident(input).certainty, v1::CERTAINTY_LIKELY);
  EXPECT_THAT(TriageIncident(input).why, HasSubstr("not seen"));
}

// Neither a worse answer nor a higher count makes a report less urgent.
RC_GTEST_PROP(Triage, NeverFallsAsThingsGetWorse, ()) {
  TriageInput input;
  input.type = static_cast<v1::IncidentType>(*rc::gen::inRange(0, 17));
  input.how_bad = static_cast<HowBad>(*rc::gen::inRange(0, 2));
  const auto count = rc::gen::inRange<uint32_t>(0, 2000);
  if (*rc::gen::arbitrary<bool>()) input.dead = *count;
  if (*rc::gen::arbitrary<bool>()) input.injured = *count;
  if (*rc::gen::arbitrary<bool>()) input.missing = *count;
  if (*rc::gen::arbitrary<bool>()) input.evacuated = *count;
  const Triage before = TriageIncident(input);
  TriageInput worse = input;
  worse.how_bad = static_cast<HowBad>(static_cast<int>(input.how_bad) + 1);
  worse.dead = input.dead.value_or(0) + *count;
  worse.injured = input.injured.value_or(0) + *count;
  const Triage after = TriageIncident(worse);
  RC_ASSERT(after.severity >= before.severity);
  RC_ASSERT(after.urgency >= before.urgency);
  RC_ASSERT(after.precedence <= before.precedence);
}

// What the table gives to a form is what the node gives to the record.
RC_GTEST_PROP(Triage, AgreesWithThePrecedenceOfTheRecord, ()) {
  TriageInput input;
  input.type = static_cast<v1::IncidentType>(*rc::gen::inRange(1, 17));
  input.how_bad = static_cast<HowBad>(*rc::gen::inRange(0, 3));
  const Triage triage = TriageIncident(input);
  v1::Incident report = AFire();
  report.set_type(input.type);
  report.set_severity(triage.severity);
  report.set_urgency(triage.urgency);
  RC_ASSERT(PrecedenceOf(report) == triage.precedence);
}

v1::Incident AnIncident(v1::Severity severity, v1::Urgency urgency) {
  v1::Incident incident = AFire();
  incident.set_severity(severity);
  incident.set_urgency(urgency);
  return incident;
}

TEST(Precedence, IsFlashForWhatIsSevereAndNow) {
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_SEVERE, v1::URGENCY_IMMEDIATE)),
            Precedence::kFlash);
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_EXTREME, v1::URGENCY_EXPECTED)),
            Precedence::kFlash);
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_SEVERE, v1::URGENCY_FUTURE)),
            Precedence::kPriority);
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_MODERATE, v1::URGENCY_IMMEDIATE)),
            Precedence::kPriority);
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_MINOR, v1::URGENCY_IMMEDIATE)),
            Precedence::kRoutine);
}

// Incomplete never means late.
TEST(Precedence, TakesWhatIsNotSaidForTheWorse) {
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_SEVERE, v1::URGENCY_UNKNOWN)), Precedence::kFlash);
  EXPECT_EQ(PrecedenceOf(AnIncident(v1::SEVERITY_UNKNOWN, v1::URGENCY_IMMEDIATE)),
            Precedence::kPriority);
  EXPECT_EQ(PrecedenceOf(v1::Incident()), Precedence::kFlash);
  EXPECT_EQ(PrecedenceOf(v1::Hazard()), Precedence::kPriority);
}

TEST(Precedence, OfOldEventsIsRoutine) {
  v1::Incident fire = AnIncident(v1::SEVERITY_EXTREME, v1::URGENCY_PAST);
  EXPECT_EQ(PrecedenceOf(fire), Precedence::kRoutine);
  fire.set_urgency(v1::URGENCY_IMMEDIATE);
  fire.set_state(v1::INCIDENT_CLOSED);
  EXPECT_EQ(PrecedenceOf(fire), Precedence::kRoutine);
  fire.set_state(v1::INCIDENT_REOPENED);
  EXPECT_EQ(PrecedenceOf(fire), Precedence::kFlash);
}

TEST(Precedence, OfAnExerciseIsThatOfTheRealThingAndOfATestRoutine) {
  v1::Incident fire = AFire();
  fire.set_status(v1::STATUS_EXERCISE);
  EXPECT_EQ(PrecedenceOf(fire), Precedence::kFlash);
  for (v1::CapStatus status : {v1::STATUS_TEST, v1::STATUS_DRAFT, v1::STATUS_SYSTEM}) {
    fire.set_status(status);
    EXPECT_EQ(PrecedenceOf(fire), Precedence::kRoutine);
  }
}

TEST(Precedence, OfAStandDownIsThatOfTheAlarm) {
  v1::Incident withdrawn = AFire();
  withdrawn.set_state(v1::INCIDENT_WITHDRAWN);
  EXPECT_EQ(PrecedenceOf(withdrawn), Precedence::kRoutine);
  EXPECT_EQ(PrecedenceOfEdit(AFire(), withdrawn), Precedence::kFlash);
  EXPECT_EQ(PrecedenceOfEdit(withdrawn, AFire()), Precedence::kFlash);
}

TEST(Precedence, OfAnAlertIsByTheWorstOfItsInfos) {
  v1::Alert alert;
  alert.set_status(v1::STATUS_ACTUAL);
  alert.set_state(v1::ALERT_IN_FORCE);
  EXPECT_EQ(PrecedenceOf(alert), Precedence::kPriority);
  v1::AlertInfo* minor = alert.add_info();
  minor->set_severity(v1::SEVERITY_MINOR);
  minor->set_urgency(v1::URGENCY_FUTURE);
  EXPECT_EQ(PrecedenceOf(alert), Precedence::kRoutine);
  v1::AlertInfo* severe = alert.add_info();
  severe->set_severity(v1::SEVERITY_SEVERE);
  severe->set_urgency(v1::URGENCY_IMMEDIATE);
  EXPECT_EQ(PrecedenceOf(alert), Precedence::kFlash);
  alert.set_state(v1::ALERT_CANCELLED);
  EXPECT_EQ(PrecedenceOf(alert), Precedence::kRoutine);
}

TEST(Precedence, OfTheOtherKinds) {
  v1::Hazard hazard;
  hazard.set_state(v1::HAZARD_REMEDIED);
  EXPECT_EQ(PrecedenceOf(hazard), Precedence::kRoutine);
  hazard.set_state(v1::HAZARD_REOPENED);
  EXPECT_EQ(PrecedenceOf(hazard), Precedence::kPriority);
  v1::Shelter shelter;
  shelter.set_state(v1::SHELTER_STANDBY);
  EXPECT_EQ(PrecedenceOf(shelter), Precedence::kRoutine);
  shelter.set_state(v1::SHELTER_FULL);
  EXPECT_EQ(PrecedenceOf(shelter), Precedence::kPriority);
  v1::Headcount count;
  count.mutable_residents()->set_exactly(100);
  EXPECT_EQ(PrecedenceOf(count), Precedence::kRoutine);
  count.mutable_present()->set_exactly(100);
  EXPECT_EQ(PrecedenceOf(count), Precedence::kPriority);
  v1::Escalation escalation;
  escalation.set_state(v1::ESCALATION_OPENED);
  EXPECT_EQ(PrecedenceOf(escalation), Precedence::kFlash);
  EXPECT_EQ(PrecedenceOf(v1::Erasure()), Precedence::kPriority);
  EXPECT_EQ(PrecedenceOf(v1::Site()), Precedence::kRoutine);
  EXPECT_EQ(PrecedenceOf(v1::Goods()), Precedence::kRoutine);
}

RC_GTEST_PROP(Precedence, IsGivenToAnyBody, ()) {
  const auto body = ARandomBody();
  RC_ASSERT(std::string(PrecedenceName(PrecedenceOf(*body))).size() > 3);
  RC_ASSERT(PrecedenceOfEdit(*body, *body) == PrecedenceOf(*body));
}

}  // namespace
}  // namespace tocsin::schema
