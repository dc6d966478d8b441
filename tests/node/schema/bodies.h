// Bodies for the tests of this folder.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <rapidcheck.h>

#include <memory>
#include <string>

#include "node/schema/kinds.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::schema {

// What a station files of a fire: valid, and no more than is required.
inline v1::Incident AFire() {
  v1::Incident fire;
  fire.set_status(v1::STATUS_ACTUAL);
  fire.set_state(v1::INCIDENT_REPORTED);
  fire.set_type(v1::FIRE);
  fire.set_urgency(v1::URGENCY_IMMEDIATE);
  fire.set_severity(v1::SEVERITY_SEVERE);
  fire.set_certainty(v1::CERTAINTY_OBSERVED);
  return fire;
}

inline v1::RecordRef ARef(v1::Kind kind) {
  v1::RecordRef ref;
  ref.set_scope("city/kings");
  ref.set_kind(kind);
  ref.set_id("0123456789abcdef");
  return ref;
}

// Fills a message with anything that its types allow, sense or not: enum values that nobody named,
// texts that are no UTF-8, empty and huge numbers.
inline void FillAtRandom(google::protobuf::Message& message, int depth = 0) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& r = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const int count = *rc::gen::inRange(0, field->is_repeated() ? 4 : 2);
    for (int n = 0; n < count; ++n) {
      const bool add = field->is_repeated();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
          r.SetBool(&message, field, *rc::gen::arbitrary<bool>());
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          r.SetDouble(&message, field, *rc::gen::arbitrary<double>());
          break;
        case FieldDescriptor::CPPTYPE_INT32: {
          const auto value = *rc::gen::arbitrary<int32_t>();
          add ? r.AddInt32(&message, field, value) : r.SetInt32(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_INT64:
          r.SetInt64(&message, field, *rc::gen::arbitrary<int64_t>());
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          r.SetUInt32(&message, field, *rc::gen::arbitrary<uint32_t>());
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          r.SetUInt64(&message, field, *rc::gen::arbitrary<uint64_t>());
          break;
        case FieldDescriptor::CPPTYPE_ENUM: {
          const int value = *rc::gen::inRange(-2, 20);
          add ? r.AddEnumValue(&message, field, value) : r.SetEnumValue(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_STRING: {
          const auto value = *rc::gen::arbitrary<std::string>();
          add ? r.AddString(&message, field, value) : r.SetString(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_MESSAGE:
          if (depth < 4) {
            FillAtRandom(add ? *r.AddMessage(&message, field) : *r.MutableMessage(&message, field),
                         depth + 1);
          }
          break;
        case FieldDescriptor::CPPTYPE_FLOAT:
          break;
      }
    }
  }
}

inline std::unique_ptr<google::protobuf::Message> ARandomBody() {
  // Protobuf prints a line for each text that is no UTF-8.
  static const google::protobuf::LogSilencer silence;
  const auto kind = *rc::gen::inRange<size_t>(0, Kinds().size());
  std::unique_ptr<google::protobuf::Message> body = NewBody(Kinds()[kind].kind);
  FillAtRandom(*body);
  return body;
}

}  // namespace tocsin::schema
