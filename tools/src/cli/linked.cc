#include "tools/src/cli/linked.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

// The record, if the node holds it.
std::optional<v1::Record> Held(Context& context, const v1::RecordRef& ref) {
  const std::optional<std::string> name = NameTo(ref);
  if (!name) return std::nullopt;
  absl::StatusOr<v1::Record> record = context.client().Get(*name);
  return record.ok() ? std::optional(*std::move(record)) : std::nullopt;
}

void PrintMove(Context& context, const char* how, const v1::RecordRef& ref, const Reading& reading,
               std::ostream& out) {
  const std::string name = NameOfRef(ref, reading);
  out << "  moved " << how << ' ' << name;
  if (const std::optional<v1::Record> other = Held(context, ref)) {
    out << "   (its history: " << reading.called << " show " << name << " --history)\n";
    PrintLateEdits(*other, reading, out);
  } else {
    out << "   (not held here; that post has its history, and a hub above both)\n";
  }
}

// "is the same as", seen from one of the two.
std::string RelationWords(const v1::RelatedRecord& related) {
  switch (related.type()) {
    case v1::RELATION_SAME:
      return "the same event as";
    case v1::RELATION_PART_OF:
      return related.is_subject() ? "part of" : "the whole of which is a part";
    case v1::RELATION_CAUSED_BY:
      return related.is_subject() ? "caused by" : "the cause of";
    default:
      return "related to";
  }
}

void PrintRelated(const v1::RelatedRecord& related, const Reading& reading, std::ostream& out) {
  out << "  " << RelationWords(related) << ' ' << NameOfRef(related.other(), reading) << ": "
      << WordOf(related.state()) << " by " << related.jurisdiction() << ", "
      << TimeText(related.write_time(), reading.zone) << (related.conflict() ? ", in conflict" : "")
      << '\n';
}

// What the reports of one event say of each count: two posts may have counted the same people, so
// that a sum would say nothing.
void PrintCounts(Context& context, const v1::Record& record, std::ostream& out) {
  std::vector<v1::Record> reports = {record};
  for (const v1::RelatedRecord& related : record.related()) {
    const bool same = related.type() == v1::RELATION_SAME;
    if (!same || related.state() != v1::RELATION_CONFIRMED || related.conflict()) continue;
    std::optional<v1::Record> other = Held(context, related.other());
    if (other && other->kind() == record.kind()) reports.push_back(*std::move(other));
  }
  const schema::FieldTable* table =
      schema::FieldTable::OrNull(static_cast<uint32_t>(record.kind()));
  if (reports.size() < 2 || table == nullptr) return;
  for (const schema::FieldInfo& field : table->fields()) {
    const bool counts_people =
        field.merge == v1::HIGHEST &&
        field.descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32;
    if (!counts_people) continue;
    std::vector<uint32_t> counts;
    for (const v1::Record& report : reports) {
      const google::protobuf::Message* body = schema::BodyOf(report);
      if (body == nullptr || !body->GetReflection()->HasField(*body, field.descriptor)) continue;
      counts.push_back(body->GetReflection()->GetUInt32(*body, field.descriptor));
    }
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    if (counts.size() < 2 || *least == *most) continue;
    out << "  " << field.name << " of " << counts.size() << " reports of it: " << *least << " to "
        << *most << ", and no sum\n";
  }
}

}  // namespace

const v1::RecordRef* RefIn(const v1::Record& record, const char* field) {
  const google::protobuf::Message* body = schema::BodyOf(record);
  const auto* descriptor =
      body == nullptr ? nullptr : body->GetDescriptor()->FindFieldByName(field);
  if (descriptor == nullptr || !body->GetReflection()->HasField(*body, descriptor)) return nullptr;
  return static_cast<const v1::RecordRef*>(&body->GetReflection()->GetMessage(*body, descriptor));
}

void PrintLateEdits(const v1::Record& moved, const Reading& reading, std::ostream& out) {
  if (moved.edited_after_move().empty()) return;
  const std::string name = reading.naming.Short(moved);
  out << "  " << name << " was edited after the move:\n";
  for (const v1::LateEdit& late : moved.edited_after_move()) {
    const std::string field = WithoutKind(moved.kind(), late.field());
    const bool is_gone = late.removed() && late.value_json() == "null";
    out << "    " << field << ": " << (late.removed() ? "taken out: " : "")
        << (is_gone ? "(not here)" : ValueText(moved.kind(), field, late.value_json(), reading))
        << ", by " << late.jurisdiction() << " at " << TimeText(late.write_time(), reading.zone)
        << '\n';
  }
  if (const v1::RecordRef* to = RefIn(moved, "moved_to")) {
    out << "    next: " << reading.called << " move " << name << " --to " << to->scope()
        << " --take-edits   takes them over\n";
  }
}

void PrintLinked(Context& context, const v1::Record& record, const Reading& reading,
                 std::ostream& out) {
  if (const v1::RecordRef* from = RefIn(record, "moved_from")) {
    PrintMove(context, "from", *from, reading, out);
  }
  if (const v1::RecordRef* to = RefIn(record, "moved_to")) {
    PrintMove(context, "to", *to, reading, out);
  }
  PrintLateEdits(record, reading, out);
  for (const v1::RelatedRecord& related : record.related()) {
    PrintRelated(related, reading, out);
  }
  PrintCounts(context, record, out);
}

}  // namespace tocsin::cli
