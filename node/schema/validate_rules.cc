// What the rules on the fields cannot say, by kind: tables where a table will do, a function for
// the rest.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "node/schema/faults.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/validate.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

// Which kinds a reference may name.
struct ReferenceRule {
  v1::Kind kind;
  const char* field;
  std::vector<v1::Kind> targets;
};

const std::vector<ReferenceRule>& ReferenceRules() {
  static const auto* const rules = new std::vector<ReferenceRule>{
      {v1::INCIDENT, "reference", {v1::INCIDENT}},
      {v1::INCIDENT, "site", {v1::SITE}},
      {v1::HAZARD,
       "reference",
       {v1::INCIDENT, v1::HAZARD, v1::SITE, v1::PERMIT, v1::CONSIGNMENT, v1::CONSIGNMENT_EVENT,
        v1::HEADCOUNT, v1::SHELTER}},
      {v1::PERMIT, "subject", {v1::SITE, v1::CONSIGNMENT}},
      {v1::CONSIGNMENT, "from_site", {v1::SITE}},
      {v1::CONSIGNMENT, "to_site", {v1::SITE}},
      {v1::CONSIGNMENT_EVENT, "consignment", {v1::CONSIGNMENT}},
      {v1::HEADCOUNT, "zone", {v1::ZONE}},
      {v1::HEADCOUNT, "occasion", {v1::INCIDENT}},
      {v1::RELATION,
       "subject",
       {v1::INCIDENT, v1::HAZARD, v1::SITE, v1::PERMIT, v1::CONSIGNMENT, v1::CONSIGNMENT_EVENT,
        v1::ZONE, v1::SHELTER, v1::ALERT}},
      {v1::RELATION,
       "object",
       {v1::INCIDENT, v1::HAZARD, v1::SITE, v1::PERMIT, v1::CONSIGNMENT, v1::CONSIGNMENT_EVENT,
        v1::ZONE, v1::SHELTER, v1::ALERT}},
      {v1::ESCALATION,
       "subject",
       {v1::INCIDENT, v1::HAZARD, v1::SITE, v1::PERMIT, v1::CONSIGNMENT, v1::CONSIGNMENT_EVENT,
        v1::HEADCOUNT, v1::SHELTER, v1::ALERT}},
      {v1::ESCALATION, "post", {v1::POST}},
      {v1::POST, "deputy", {v1::POST}},
      {v1::ERASURE,
       "subject",
       {v1::INCIDENT, v1::HAZARD, v1::SITE, v1::PERMIT, v1::CONSIGNMENT, v1::CONSIGNMENT_EVENT,
        v1::ZONE, v1::HEADCOUNT, v1::SHELTER, v1::ALERT, v1::RELATION, v1::ESCALATION, v1::POST}},
  };
  return *rules;
}

// Times that cannot come in another order, of those that one write has.
struct OrderRule {
  v1::Kind kind;
  std::vector<const char*> fields;
};

const std::vector<OrderRule>& OrderRules() {
  static const auto* const rules = new std::vector<OrderRule>{
      {v1::INCIDENT,
       {"call_time", "dispatch_time", "arrival_time", "under_control_time", "cleared_time"}},
      {v1::PERMIT, {"valid_from_time", "valid_until_time"}},
      {v1::CONSIGNMENT, {"planned_departure_time", "planned_arrival_time"}},
      {v1::HEADCOUNT, {"as_of_time", "expiry_time"}},
      {v1::ESCALATION, {"opened_time", "due_time"}},
      {v1::ESCALATION, {"opened_time", "acknowledged_time", "act_by_time"}},
  };
  return *rules;
}

// A count of people present serves one occasion; longer than this it is none.
constexpr int64_t kMaxPresenceSeconds = 31 * 24 * 3600;

// One body under its kind's rules.
class KindChecker {
 public:
  KindChecker(const Message& body, Purpose purpose, absl::string_view name, Faults& faults)
      : body_(body),
        reflection_(*body.GetReflection()),
        kind_(KindOf(body)),
        purpose_(purpose),
        name_(name),
        faults_(faults) {}

  void Run() {
    for (const ReferenceRule& rule : ReferenceRules()) {
      if (rule.kind == kind_) CheckReferences(rule);
    }
    for (const OrderRule& rule : OrderRules()) {
      if (rule.kind == kind_) CheckOrder(rule);
    }
    CheckMoves();
    CheckWithdrawal();
    CheckEmptyTexts();
    if (kind_ == v1::HEADCOUNT) CheckHeadcount(static_cast<const v1::Headcount&>(body_));
    if (kind_ == v1::ALERT) CheckAlert(static_cast<const v1::Alert&>(body_));
    if (kind_ == v1::RELATION) CheckRelation(static_cast<const v1::Relation&>(body_));
    if (kind_ == v1::ERASURE) CheckErasure(static_cast<const v1::Erasure&>(body_));
  }

 private:
  void Add(absl::string_view field, std::string what) {
    faults_.Add(absl::StrCat(name_, ".", field), std::move(what));
  }

  const FieldDescriptor* FieldNamed(const char* name) const {
    return body_.GetDescriptor()->FindFieldByName(name);
  }

  void CheckReferences(const ReferenceRule& rule) {
    const FieldDescriptor* field = FieldNamed(rule.field);
    if (!field->is_repeated()) {
      if (!reflection_.HasField(body_, field)) return;
      return CheckReference(rule, rule.field, reflection_.GetMessage(body_, field));
    }
    for (int i = 0; i < reflection_.FieldSize(body_, field); ++i) {
      CheckReference(rule, absl::StrCat(rule.field, "[", i, "]"),
                     reflection_.GetRepeatedMessage(body_, field, i));
    }
  }

  void CheckReference(const ReferenceRule& rule, const std::string& path, const Message& message) {
    const v1::Kind kind = static_cast<const v1::RecordRef&>(message).kind();
    const KindInfo* info = FindKind(static_cast<uint32_t>(kind));
    // Unknown and missing kinds are faults already.
    if (info == nullptr) return;
    if (std::find(rule.targets.begin(), rule.targets.end(), kind) != rule.targets.end()) return;
    Add(path, absl::StrCat("names a record of kind ", info->name, " and must name one of kind ",
                           absl::StrJoin(rule.targets, ", ", [](std::string* out, v1::Kind target) {
                             absl::StrAppend(out, FindKind(static_cast<uint32_t>(target))->name);
                           })));
  }

  void CheckOrder(const OrderRule& rule) {
    const char* before_name = nullptr;
    std::pair<int64_t, int32_t> before;
    for (const char* name : rule.fields) {
      const FieldDescriptor* field = FieldNamed(name);
      if (!reflection_.HasField(body_, field)) continue;
      const auto& time = static_cast<const Timestamp&>(reflection_.GetMessage(body_, field));
      const std::pair<int64_t, int32_t> now = {time.seconds(), time.nanos()};
      if (before_name != nullptr && now < before) {
        Add(name, absl::StrCat("is before ", before_name));
      }
      before_name = name;
      before = now;
    }
  }

  void CheckWithdrawal() {
    const std::optional<int> withdrawn = WithdrawnState(kind_);
    if (!withdrawn) return;
    const bool is_withdrawn = reflection_.GetEnumValue(body_, FieldNamed("state")) == *withdrawn;
    const bool has_reason = reflection_.HasField(body_, FieldNamed("withdraw_reason"));
    if (is_withdrawn && !has_reason) Add("withdraw_reason", "is required of a withdrawn record");
    if (has_reason && !is_withdrawn && purpose_ == Purpose::kCreate) {
      Add("withdraw_reason", "is only for a withdrawn record");
    }
  }

  // What a move writes: two records of one kind at two posts.
  void CheckMoves() {
    for (const char* name : {"moved_to", "moved_from"}) {
      const FieldDescriptor* field = FieldNamed(name);
      if (field == nullptr || !reflection_.HasField(body_, field)) continue;
      const auto& other = static_cast<const v1::RecordRef&>(reflection_.GetMessage(body_, field));
      if (other.kind() != kind_) Add(name, "names a record of another kind");
      if (purpose_ == Purpose::kCreate && name == absl::string_view("moved_to") &&
          reflection_.GetEnumValue(body_, FieldNamed("state")) != WithdrawnState(kind_)) {
        Add(name, "is only for a withdrawn record");
      }
    }
  }

  // An alert's texts stand by position and may be empty; in all else an empty element is a slip.
  void CheckEmptyTexts() {
    if (kind_ == v1::ALERT) return;
    for (const FieldInfo& field : FieldTable::Of(kind_).fields()) {
      if (!field.is_text() || !field.repeated) continue;
      for (int i = 0; i < reflection_.FieldSize(body_, field.descriptor); ++i) {
        std::string copy;
        if (reflection_.GetRepeatedStringReference(body_, field.descriptor, i, &copy).empty()) {
          Add(absl::StrCat(field.name, "[", i, "]"), "is empty");
        }
      }
    }
  }

  void CheckHeadcount(const v1::Headcount& headcount) {
    if (purpose_ == Purpose::kCreate && !headcount.has_residents() && !headcount.has_present() &&
        !headcount.has_needing_assistance()) {
      Add("residents", "or present or needing_assistance is required: a headcount has a count");
    }
    if (headcount.has_present() && !headcount.has_occasion()) {
      Add("occasion", "is required with present: an open incident or exercise");
    }
    if (headcount.has_present() && !headcount.has_expiry_time()) {
      Add("expiry_time", "is required with present");
    }
    if (headcount.has_as_of_time() && headcount.has_expiry_time() &&
        headcount.expiry_time().seconds() / 2 - headcount.as_of_time().seconds() / 2 >
            kMaxPresenceSeconds / 2) {
      Add("expiry_time", "is more than 31 days after as_of_time");
    }
  }

  void CheckAlert(const v1::Alert& alert) {
    for (int i = 0; i < alert.original_part_size(); ++i) {
      if (alert.original_part(i).size() < 3) {
        Add(absl::StrCat("original_part[", i, "]"), "has no bytes behind its position");
      }
    }
    if (purpose_ == Purpose::kUpdate && alert.info().empty()) return;
    int areas = 0;
    for (const v1::AlertInfo& info : alert.info()) areas += info.area_size();
    CheckByPosition("event", alert.event_size(), "info", alert.info_size());
    CheckByPosition("headline", alert.headline_size(), "info", alert.info_size());
    CheckByPosition("description", alert.description_size(), "info", alert.info_size());
    CheckByPosition("instruction", alert.instruction_size(), "info", alert.info_size());
    CheckByPosition("area_desc", alert.area_desc_size(), "area", areas);
  }

  void CheckByPosition(absl::string_view field, int size, absl::string_view what, int count) {
    if (size == 0 || size == count) return;
    Add(field, absl::StrCat("has ", size, " elements for ", count, " of ", what,
                            "; it must have one each, or none"));
  }

  void CheckRelation(const v1::Relation& relation) {
    if (!relation.has_subject() || !relation.has_object()) return;
    const v1::RecordRef& subject = relation.subject();
    const v1::RecordRef& object = relation.object();
    if (subject.kind() == object.kind() && subject.scope() == object.scope() &&
        subject.id() == object.id()) {
      Add("object", "is the subject itself");
    }
    if (relation.type() == v1::RELATION_SAME && subject.kind() != object.kind()) {
      Add("object", "is of another kind than the subject, and so not the same");
    }
  }

  void CheckErasure(const v1::Erasure& erasure) {
    for (int i = 0; i < erasure.text_size(); ++i) {
      const FieldInfo* field =
          FindField(static_cast<uint32_t>(erasure.subject().kind()), erasure.text(i).field());
      if (erasure.has_subject() && (field == nullptr || !field->is_text())) {
        Add(absl::StrCat("text[", i, "].field"),
            absl::StrCat(erasure.text(i).field(), " is no text of the subject's kind"));
      }
    }
    if (purpose_ == Purpose::kUpdate) return;
    const std::set<std::string> posts(erasure.jurisdiction().begin(), erasure.jurisdiction().end());
    if (posts.size() != 2) {
      Add("jurisdiction", "must name two different posts, each of which writes the erasure itself");
    }
    if (erasure.ground() == v1::ERASURE_BY_TWO_POSTS && erasure.text().empty()) {
      Add("text", "is required: what is to be erased");
    }
    if (erasure.ground() == v1::ERASURE_BY_RETENTION) {
      if (!erasure.text().empty()) {
        Add("text",
            "must be empty: retention takes whole records; for some of their texts the ground is "
            "two posts");
      }
      if (!erasure.has_term_time()) Add("term_time", "is required: the end of the record's term");
    }
  }

  const Message& body_;
  const google::protobuf::Reflection& reflection_;
  const v1::Kind kind_;
  const Purpose purpose_;
  const absl::string_view name_;
  Faults& faults_;
};

}  // namespace

void CheckKindRules(const Message& body, Purpose purpose, absl::string_view kind_name,
                    Faults& faults) {
  KindChecker(body, purpose, kind_name, faults).Run();
}

}  // namespace tocsin::schema
