#include "tools/src/sim/writers.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "node/identity/record_id.h"
#include "node/log/erasure.h"
#include "node/schema/field_table.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "node/schema/states.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::sim {
namespace {

constexpr uint32_t kIncident = static_cast<uint32_t>(v1::INCIDENT);

v1::Severity SomeSeverity(Random& random) {
  return static_cast<v1::Severity>(v1::SEVERITY_MINOR + static_cast<int>(random.Below(4)));
}

// Most posts know which states may follow the one that they see; intake refuses what the others
// say.
std::optional<v1::IncidentState> StateAfter(Node& node, const Fact& fact, Random& random) {
  auto record = node.view().Get({fact.scope, fact.change.key});
  if (!record.ok()) return std::nullopt;
  const schema::FieldInfo& field = *schema::FindField(kIncident, v1::Incident::kStateFieldNumber);
  std::vector<v1::IncidentState> states;
  for (int state = v1::INCIDENT_CONFIRMED; state < v1::INCIDENT_WITHDRAWN; ++state) {
    if (random.Below(8) == 0 || schema::MayFollow(field, record->shown.incident().state(), state)) {
      states.push_back(static_cast<v1::IncidentState>(state));
    }
  }
  if (states.empty()) return std::nullopt;
  return states[random.Below(states.size())];
}

}  // namespace

std::string NameOfRecord(const Fact& fact) {
  const log::RecordKey& key = fact.change.key;
  schema::RecordName name{fact.scope, static_cast<v1::Kind>(key.kind), key.id};
  if (key.code_bits) name.id = SpokenCode::FromBits(*key.code_bits);
  return name.ToString();
}

v1::RecordRef RefTo(const Fact& fact) {
  v1::RecordRef ref;
  ref.set_scope(fact.scope.ToString());
  ref.set_kind(static_cast<v1::Kind>(fact.change.key.kind));
  ref.set_id(std::string(fact.change.key.id.view()));
  return ref;
}

Writers::Writers(World& world, const Cast& cast, Holdings& holdings, ViewCheck& views,
                 Violations& violations, Trace& trace, std::function<void(Node&)> answered)
    : world_(world),
      cast_(cast),
      holdings_(holdings),
      views_(views),
      violations_(violations),
      trace_(trace),
      answered_(std::move(answered)),
      asked_(cast.size()) {}

uint64_t Writers::open(const Node& node) const {
  const Asked& asked = asked_[static_cast<size_t>(node.index())];
  return asked.generation == node.generation() ? asked.open : 0;
}

void Writers::Run(Node& node, const Event& event) {
  SeededRandom random(event.draw);
  Agree(node);
  switch (event.kind) {
    case EventKind::kFile: {
      const uint64_t reports = 1 + random.Below(4);
      for (uint64_t i = 0; i < reports; ++i) {
        File(node, Scope::Matters(node.jurisdiction()), false, false, random);
      }
      return;
    }
    case EventKind::kEdit: {
      const uint64_t edits = 1 + random.Below(3);
      for (uint64_t i = 0; i < edits; ++i) Edit(node, random, false);
      return;
    }
    case EventKind::kResolve:
      return Edit(node, random, true);
    case EventKind::kSettle:
      return Settle(node, random);
    case EventKind::kMove:
      return Move(node, random);
    case EventKind::kRelate:
      return Relate(node, random);
    case EventKind::kNewer:
      return WriteNewer(node, random);
    case EventKind::kClose:
      return Close(node, random);
    case EventKind::kBroadcast:
      return File(node, Scope::Broadcast(node.jurisdiction()), false, false, random);
    case EventKind::kHear: {
      // A station has nobody below it: it keys in what its neighbour across the street told it, in
      // its own matters.
      std::vector<size_t> below = {static_cast<size_t>(node.index())};
      for (size_t i = 0; i < cast_.size(); ++i) {
        if (cast_.roles[i].parent == node.index()) below.push_back(i);
      }
      const size_t of = below[random.Below(below.size())];
      return File(node, Scope::Matters(cast_.at(of)), true, false, random);
    }
    case EventKind::kErase:
      return Erase(node, random);
    case EventKind::kAgain:
      return Again(node);
    default:
      return;
  }
}

void Writers::FilePlain(Node& node, uint64_t draw) {
  SeededRandom random(draw);
  File(node, Scope::Matters(node.jurisdiction()), false, true, random);
}

// Told apart from every other, so that it can be looked for.
std::string Writers::NewText(Random& random) {
  const char* words[] = {"smoke seen", "crew on site", "spreading east", "valve closed"};
  return absl::StrCat(words[random.Below(4)], " at marker z", ++texts_, "z");
}

void Writers::File(Node& node, const Scope& scope, bool heard, bool plain, Random& random) {
  v1::CreateRecordRequest request;
  request.set_parent(schema::ParentName(scope));
  request.set_heard(heard);
  request.set_request_id(schema::FormatUid(random.Fixed<RecordId>()));
  v1::Incident& incident = *request.mutable_record()->mutable_incident();
  incident.set_status(v1::STATUS_ACTUAL);
  incident.set_state(v1::INCIDENT_REPORTED);
  incident.set_type(static_cast<v1::IncidentType>(v1::FIRE + random.Below(4)));
  incident.set_urgency(random.Below(2) == 0 ? v1::URGENCY_IMMEDIATE : v1::URGENCY_EXPECTED);
  incident.set_severity(plain ? v1::SEVERITY_MINOR : SomeSeverity(random));
  if (plain) incident.set_urgency(v1::URGENCY_EXPECTED);
  incident.set_certainty(v1::CERTAINTY_OBSERVED);
  incident.mutable_observed_time()->set_seconds(1'780'000'000 +
                                                static_cast<int64_t>(random.Below(100)));
  incident.mutable_point()->set_lat_e7(406000000 + static_cast<int32_t>(random.Below(1000000)));
  incident.mutable_point()->set_lng_e7(-740000000 + static_cast<int32_t>(random.Below(1000000)));
  if (!plain && random.Below(4) != 0) incident.set_description(NewText(random));
  if (!plain && random.Below(4) == 0) incident.add_note(NewText(random));
  Create(node, std::move(request), false);
}

Writers::Asked& Writers::Opened(Node& node) {
  Asked& asked = asked_[static_cast<size_t>(node.index())];
  if (asked.generation != node.generation()) asked = {node.generation(), 0, {}, {}};
  ++asked.open;
  return asked;
}

void Writers::Create(Node& node, v1::CreateRecordRequest request, bool again) {
  Asked& asked = Opened(node);
  std::string name = again ? asked.last_name : "";
  if (!again) {
    asked.last = request;
    asked.last_name.clear();
  }
  const bool heard = request.heard();
  const std::string id = request.request_id();
  node.intake().Create(std::move(request), OnAnswer(node, id, heard, std::move(name)));
}

std::function<void(absl::StatusOr<v1::WriteRecordResponse>)> Writers::OnAnswer(
    Node& node, std::string create_id, bool heard, std::string again_name) {
  return [this, &node, create_id, heard, again_name,
          generation = node.generation()](absl::StatusOr<v1::WriteRecordResponse> response) {
    Asked& asked = asked_[static_cast<size_t>(node.index())];
    const bool alive = node.up() && node.generation() == generation && !node.stopping();
    if (asked.generation == generation) --asked.open;
    if (!response.ok()) {
      ++refused_;
      trace_.Add(world_.now(), node.name(), "refuses: ", std::string(response.status().message()));
      return;
    }
    if (!alive) return;
    ++written_;
    const v1::Record& record = response->record();
    trace_.Add(world_.now(), node.name(), "answers for ", record.name(),
               response->already_filed() ? ", as before" : "");
    if (!again_name.empty() && record.name() != again_name) {
      violations_.Add(
          "once", node.name(),
          absl::StrCat("the same request filed ", again_name, " and then ", record.name()));
    }
    const bool is_new = !create_id.empty() && again_name.empty();
    if (is_new && asked.last.request_id() == create_id) asked.last_name = record.name();
    // One that writes nothing waits for nothing: another write of the record may be under way.
    if (!response->already_filed()) views_.CheckAnswer(node, record, is_new, heard);
    answered_(node);
  };
}

std::function<void(absl::StatusOr<v1::WriteRecordResponse>)> Writers::OnChanged(Node& node) {
  Opened(node);
  return OnAnswer(node, "", false, "");
}

void Writers::Again(Node& node) {
  Asked& asked = asked_[static_cast<size_t>(node.index())];
  if (asked.generation != node.generation() || asked.last_name.empty()) return;
  Create(node, asked.last, true);
}

const Fact* Writers::Pick(Node& node, v1::Kind kind, Random& random) const {
  const Holding& holding = holdings_.of(node.index());
  // The newest change of each record, newest record last.
  std::vector<const Fact*> newest;
  for (const auto& [record, facts] : holding.records) {
    if (facts.empty() || facts.back()->change.key.kind != static_cast<uint32_t>(kind) ||
        !MayWrite(node.jurisdiction(), facts.back()->scope)) {
      continue;
    }
    newest.push_back(
        *std::max_element(facts.begin(), facts.end(), [](const Fact* a, const Fact* b) {
          return std::tie(a->at, a->dot) < std::tie(b->at, b->dot);
        }));
  }
  if (newest.empty()) return nullptr;
  std::sort(newest.begin(), newest.end(), [](const Fact* a, const Fact* b) {
    return std::tie(a->at, a->dot) < std::tie(b->at, b->dot);
  });
  const uint64_t lately = std::min<uint64_t>(newest.size(), 3);
  if (random.Below(4) != 0) return newest[newest.size() - 1 - random.Below(lately)];
  return newest[random.Below(newest.size())];
}

void Writers::Edit(Node& node, Random& random, bool in_conflict) {
  const Fact* fact = Pick(node, v1::INCIDENT, random);
  if (fact == nullptr) return;
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(NameOfRecord(*fact));
  v1::Incident& incident = *request.mutable_record()->mutable_incident();
  google::protobuf::FieldMask& mask = *request.mutable_update_mask();
  auto add = [&mask](const char* field) { mask.add_paths(absl::StrCat("incident.", field)); };
  const uint64_t fields = 1 + random.Below(2);
  for (uint64_t i = 0; i < fields; ++i) {
    switch (in_conflict ? random.Below(3) : random.Below(11)) {
      case 0:
        incident.set_severity(SomeSeverity(random));
        add("severity");
        break;
      case 1:
        incident.set_description(NewText(random));
        add("description");
        break;
      case 2:
        if (auto state = StateAfter(node, *fact, random)) {
          incident.set_state(*state);
          add("state");
        }
        break;
      case 3:
        incident.set_type(static_cast<v1::IncidentType>(v1::FIRE + random.Below(4)));
        add("type");
        break;
      case 4:
        incident.set_injured_count(static_cast<uint32_t>(random.Below(9)));
        add("injured_count");
        break;
      case 5:
        incident.add_note(NewText(random));
        add("note");
        break;
      case 6:
        incident.add_place_flag(static_cast<v1::PlaceFlag>(1 + random.Below(2)));
        add("place_flag");
        break;
      case 7:
        incident.set_units_on_scene(static_cast<uint32_t>(random.Below(5)));
        add("units_on_scene");
        break;
      case 8:
        add("units_on_scene");  // clears it
        break;
      case 9:
        incident.mutable_point()->set_lat_e7(406000000);
        incident.mutable_point()->set_lng_e7(-740000000 + static_cast<int32_t>(random.Below(9)));
        add("point");
        break;
      case 10:
        incident.set_urgency(v1::URGENCY_IMMEDIATE);
        add("urgency");
        break;
    }
  }
  request.set_heard(random.Below(12) == 0);
  node.intake().Update(std::move(request), OnChanged(node));
}

void Writers::Close(Node& node, Random& random) {
  const Fact* fact = Pick(node, v1::INCIDENT, random);
  if (fact == nullptr) return;
  if (random.Below(2) == 0) {
    v1::WithdrawRecordRequest request;
    request.set_name(NameOfRecord(*fact));
    request.set_reason(v1::WITHDRAW_FALSE_ALARM);
    node.intake().Withdraw(std::move(request), OnChanged(node));
    return;
  }
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(NameOfRecord(*fact));
  request.mutable_record()->mutable_incident()->set_state(v1::INCIDENT_CLOSED);
  request.mutable_update_mask()->add_paths("incident.state");
  node.intake().Update(std::move(request), OnChanged(node));
}

// Intake files no erasures: a post appends its word, and asks another one by telephone for the
// same, mostly; that one says it when it next has something to do. Some never are asked, or are no
// post.
void Writers::Erase(Node& node, Random& random) {
  const Holding& holding = holdings_.of(node.index());
  struct Target {
    const Fact* fact;
    const log::Text* text;
  };
  std::vector<Target> targets;
  for (const auto& [record, facts] : holding.records) {
    for (const Fact* fact : facts) {
      if (!MayWrite(node.jurisdiction(), fact->scope)) continue;
      for (const log::Text& text : fact->change.texts) {
        if (text.origin == 0 && fact->change.key.kind == kIncident &&
            !holding.erased.contains({fact->scope, NameOf(*fact, text)})) {
          targets.push_back({fact, &text});
        }
      }
    }
  }
  if (targets.empty()) return;
  const Target& target = targets[random.Below(targets.size())];
  const Scope& scope = target.fact->scope;
  std::vector<size_t> others;
  for (size_t i = 0; i < cast_.size(); ++i) {
    if (i != static_cast<size_t>(node.index()) && MayWrite(cast_.at(i), scope)) others.push_back(i);
  }
  const bool has_other = !others.empty() && random.Below(8) != 0;
  const size_t other = others.empty() ? 0 : others[random.Below(others.size())];

  v1::Erasure erasure;
  erasure.set_status(v1::STATUS_ACTUAL);
  *erasure.mutable_subject() = RefTo(*target.fact);
  erasure.set_ground(v1::ERASURE_BY_TWO_POSTS);
  erasure.add_jurisdiction(node.name());
  erasure.add_jurisdiction(has_other ? cast_.at(other).path()
                                     : scope.jurisdiction().path() + "/second");
  v1::ErasedText& text = *erasure.add_text();
  text.set_lane(std::string(target.fact->lane.view()));
  text.set_sequence(target.fact->seq.value());
  text.set_dot(std::string(target.fact->dot.view()));
  text.set_field(target.text->field);
  text.set_element(target.text->element);
  const uint64_t code = 1'000'000 * static_cast<uint64_t>(node.index() + 1) + ++erasures_;
  log::Draft draft{
      .scope = scope,
      .precedence = Precedence::kRoutine,
      .key = {.kind = log::kErasureKind,
              .code_bits = code,
              .id = identity::RecordIdFromCode(scope, log::kErasureKind, code)},
      .cap_status = 5,
      .heard = false,
      .ops = {{1, false, {}}, {20, false, {}}, {21, false, {}}, {22, false, {}}, {24, false, {}}},
      .restated = {},
      .values = erasure.SerializeAsString(),
      .texts = {}};
  if (has_other && random.Below(4) != 0) asking_.push_back({other, draft, target.fact->dot});
  Order(node, std::move(draft), target.fact->dot.ToHex());
}

void Writers::Agree(Node& node) {
  for (auto asking = asking_.begin(); asking != asking_.end(); ++asking) {
    const bool can = asking->post == static_cast<size_t>(node.index()) &&
                     holdings_.of(node.index()).Has(asking->dot);
    if (!can) continue;
    log::Draft draft = std::move(asking->draft);
    const std::string dot = asking->dot.ToHex();
    asking_.erase(asking);
    return Order(node, std::move(draft), dot);
  }
}

void Writers::Order(Node& node, log::Draft draft, absl::string_view what) {
  trace_.Add(world_.now(), node.name(), "says that a text of change ", what.substr(0, 8),
             " may go");
  std::vector<log::Draft> drafts;
  drafts.push_back(std::move(draft));
  node.log().Append(std::move(drafts), [](absl::StatusOr<std::vector<log::Appended>>) {});
}

}  // namespace tocsin::sim
