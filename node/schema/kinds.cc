#include "node/schema/kinds.h"

#include <absl/strings/ascii.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "node/base/status.h"
#include "tocsin/v1/api.pb.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

const google::protobuf::OneofDescriptor* BodyOneof() {
  return v1::Record::descriptor()->FindOneofByName("body");
}

std::vector<KindInfo> ReadKinds() {
  std::vector<KindInfo> kinds;
  const google::protobuf::OneofDescriptor* oneof = BodyOneof();
  for (int i = 0; i < oneof->field_count(); ++i) {
    const FieldDescriptor* field = oneof->field(i);
    const v1::KindRule& rule = field->message_type()->options().GetExtension(v1::kind_rule);
    v1::Kind kind = v1::KIND_UNSPECIFIED;
    TOCSIN_CHECK(v1::Kind_Parse(absl::AsciiStrToUpper(field->name()), &kind));
    kinds.push_back(
        {.kind = kind,
         .name = field->name(),
         .collection = rule.collection(),
         .level = rule.level(),
         .descriptor = field->message_type(),
         .prototype = MessageFactory::generated_factory()->GetPrototype(field->message_type())});
  }
  std::sort(kinds.begin(), kinds.end(),
            [](const KindInfo& a, const KindInfo& b) { return a.kind < b.kind; });
  for (size_t i = 0; i < kinds.size(); ++i) {
    TOCSIN_CHECK(static_cast<size_t>(kinds[i].kind) == i + 1);
  }
  return kinds;
}

const FieldDescriptor* FieldInRecord(v1::Kind kind) {
  const KindInfo* info = FindKind(static_cast<uint32_t>(kind));
  TOCSIN_CHECK(info != nullptr);
  return v1::Record::descriptor()->FindFieldByName(info->name);
}

}  // namespace

const std::vector<KindInfo>& Kinds() {
  static const auto* const kinds = new std::vector<KindInfo>(ReadKinds());
  return *kinds;
}

const KindInfo* FindKind(uint32_t kind) {
  const std::vector<KindInfo>& kinds = Kinds();
  return kind >= 1 && kind <= kinds.size() ? &kinds[kind - 1] : nullptr;
}

const KindInfo* FindKindByName(absl::string_view name) {
  for (const KindInfo& info : Kinds()) {
    if (info.name == name || info.collection == name) return &info;
  }
  return nullptr;
}

uint32_t SchemaLevel() {
  static const uint32_t level = [] {
    uint32_t newest = 0;
    for (const KindInfo& info : Kinds()) {
      newest = std::max(newest, info.level);
      for (int i = 0; i < info.descriptor->field_count(); ++i) {
        const v1::FieldRule& rule = info.descriptor->field(i)->options().GetExtension(v1::rule);
        newest = std::max(newest, rule.level());
      }
    }
    return newest;
  }();
  return level;
}

std::unique_ptr<Message> NewBody(v1::Kind kind) {
  const KindInfo* info = FindKind(static_cast<uint32_t>(kind));
  TOCSIN_CHECK(info != nullptr);
  return std::unique_ptr<Message>(info->prototype->New());
}

v1::Kind KindOf(const Message& body) {
  for (const KindInfo& info : Kinds()) {
    if (info.descriptor == body.GetDescriptor()) return info.kind;
  }
  return v1::KIND_UNSPECIFIED;
}

const Message* BodyOf(const v1::Record& record) {
  const google::protobuf::Reflection* reflection = record.GetReflection();
  const FieldDescriptor* field = reflection->GetOneofFieldDescriptor(record, BodyOneof());
  return field == nullptr ? nullptr : &reflection->GetMessage(record, field);
}

Message* MutableBody(v1::Record& record, v1::Kind kind) {
  return record.GetReflection()->MutableMessage(&record, FieldInRecord(kind));
}

}  // namespace tocsin::schema
