// Writers' part that stands between values, posts, records and programs: settling, moving,
// relating, writing what an older program does not know.
#include <algorithm>
#include <utility>
#include <vector>

#include "node/base/bytes.h"
#include "node/base/scope.h"
#include "node/schema/names.h"
#include "tocsin/v1/records.pb.h"
#include "tools/src/sim/writers.h"

namespace tocsin::sim {

// Takes one of the values that the node shows, whoever may have written meanwhile elsewhere.
void Writers::Settle(Node& node, Random& random) {
  const Fact* fact = Pick(node, v1::INCIDENT, random);
  if (fact == nullptr) return;
  auto record = node.view().Get({fact->scope, fact->change.key});
  if (!record.ok() || record->shown.conflict().empty()) return Edit(node, random, true);
  const v1::Record& shown = record->shown;
  const v1::Conflict& conflict =
      shown.conflict(static_cast<int>(random.Below(static_cast<uint64_t>(shown.conflict_size()))));
  v1::ResolveConflictRequest request;
  request.set_name(NameOfRecord(*fact));
  request.set_field(conflict.field());
  request.set_take(
      conflict.value(static_cast<int>(random.Below(static_cast<uint64_t>(conflict.value_size()))))
          .dot());
  request.set_reason(v1::RESOLVE_LATER_OBSERVATION);
  request.set_etag(shown.etag());
  node.intake().Resolve(std::move(request), OnChanged(node));
}

void Writers::Move(Node& node, Random& random) {
  const Fact* fact = Pick(node, v1::INCIDENT, random);
  if (fact == nullptr || !node.role().is_hub) return;
  std::vector<Scope> others;
  for (size_t i = 0; i < cast_.size(); ++i) {
    const Scope scope = Scope::Matters(cast_.at(i));
    if (scope != fact->scope && MayWrite(node.jurisdiction(), scope)) others.push_back(scope);
  }
  if (others.empty()) return;
  v1::MoveRecordRequest request;
  request.set_name(NameOfRecord(*fact));
  request.set_destination_parent(schema::ParentName(others[random.Below(others.size())]));
  request.set_take_late_edits(random.Below(4) == 0);
  node.intake().Move(std::move(request),
                     [answer = OnChanged(node)](absl::StatusOr<v1::MoveRecordResponse> moved) {
                       if (!moved.ok()) return answer(moved.status());
                       v1::WriteRecordResponse response;
                       *response.mutable_record() = moved->record();
                       response.set_already_filed(moved->already_moved());
                       answer(std::move(response));
                     });
}

void Writers::Relate(Node& node, Random& random) {
  const Fact* relation = Pick(node, v1::RELATION, random);
  if (relation != nullptr && random.Below(2) == 0) {
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(NameOfRecord(*relation));
    request.mutable_record()->mutable_relation()->set_state(
        random.Below(2) == 0 ? v1::RELATION_REJECTED : v1::RELATION_CONFIRMED);
    request.mutable_update_mask()->add_paths("relation.state");
    node.intake().Update(std::move(request), OnChanged(node));
    return;
  }
  const Fact* one = Pick(node, v1::INCIDENT, random);
  const Fact* other = Pick(node, v1::INCIDENT, random);
  if (one == nullptr || one->record == other->record) return;
  const auto common = LowestCommon(one->scope.jurisdiction(), other->scope.jurisdiction());
  v1::CreateRecordRequest request;
  request.set_parent(schema::ParentName(Scope::Matters(*common)));
  v1::Relation& body = *request.mutable_record()->mutable_relation();
  body.set_status(v1::STATUS_ACTUAL);
  body.set_state(v1::RELATION_CONFIRMED);
  body.set_type(random.Below(2) == 0 ? v1::RELATION_SAME : v1::RELATION_PART_OF);
  *body.mutable_subject() = RefTo(*one);
  *body.mutable_object() = RefTo(*other);
  node.intake().Create(std::move(request), OnChanged(node));
}

// Past its own intake, which knows no more than the others'.
void Writers::WriteNewer(Node& node, Random& random) {
  const Fact* fact = Pick(node, v1::INCIDENT, random);
  if (fact == nullptr || node.role().parent >= 0) return;
  constexpr uint32_t kNewerField = 3000;
  constexpr uint32_t kNewerKind = 900;
  const auto field = static_cast<uint32_t>(kNewerField + random.Below(2));
  log::Draft draft{fact->scope, Precedence::kPriority, fact->change.key, 0, false, {}, {}, {}, {}};
  draft.cap_status = fact->change.cap_status;
  if (random.Below(3) == 0) draft.key = {kNewerKind, {}, random.Fixed<RecordId>()};
  log::FieldOp op{field, false, {}};
  if (random.Below(2) == 0) {
    for (const Fact* held : holdings_.of(node.index()).records.at(fact->record)) {
      const bool wrote = std::any_of(held->change.ops.begin(), held->change.ops.end(),
                                     [field](const log::FieldOp& of) { return of.field == field; });
      if (wrote && held->change.key == draft.key) op.overwrites.push_back(held->dot);
    }
    std::sort(op.overwrites.begin(), op.overwrites.end());
  }
  draft.ops.push_back(std::move(op));
  // A protobuf varint.
  ByteWriter values(draft.values);
  values.Varint(uint64_t{field} << 3);
  values.Varint(random.Below(1000));
  node.log().Append({std::move(draft)}, [](const auto&) {});
}

}  // namespace tocsin::sim
