#include "node/schema/envelope.h"

#include <absl/container/inlined_vector.h>
#include <absl/strings/str_cat.h>
#include <absl/types/span.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/wire.h"

namespace tocsin::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

struct MessageShape;

// What may stand on the wire for one field.
struct FieldShape {
  bool known = false;
  bool is_text = false;
  bool repeated = false;
  bool packable = false;
  WireType type = WireType::kVarint;
  // 0: no limit of its own.
  uint32_t max_bytes = 0;
  uint32_t max_count = 0;
  const MessageShape* message = nullptr;
  const std::string* name = nullptr;
};

struct MessageShape {
  std::string name;
  // By number.
  std::vector<FieldShape> fields;

  const FieldShape* Find(uint32_t number) const {
    return number < fields.size() && fields[number].known ? &fields[number] : nullptr;
  }
};

WireType WireTypeOf(const FieldDescriptor* field) {
  switch (field->type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return WireType::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return WireType::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return WireType::kBytes;
    case FieldDescriptor::TYPE_GROUP:
      TOCSIN_CHECK(false);
    default:
      return WireType::kVarint;
  }
}

// Shapes of all messages that a body may hold, made once from the descriptors.
class Shapes {
 public:
  static const Shapes& Get() {
    static const auto* const shapes = new Shapes();
    return *shapes;
  }

  const MessageShape* Find(uint32_t kind) const {
    return kind >= 1 && kind <= kinds_.size() ? kinds_[kind - 1] : nullptr;
  }

 private:
  Shapes() {
    for (const KindInfo& kind : Kinds()) kinds_.push_back(ShapeOf(kind.descriptor));
  }

  const MessageShape* ShapeOf(const Descriptor* type) {
    std::unique_ptr<MessageShape>& shape = by_type_[type];
    if (shape != nullptr) return shape.get();
    shape = std::make_unique<MessageShape>();
    MessageShape* made = shape.get();
    made->name = type->name();
    for (int i = 0; i < type->field_count(); ++i) AddField(type->field(i), *made);
    return made;
  }

  void AddField(const FieldDescriptor* field, MessageShape& shape) {
    const auto number = static_cast<size_t>(field->number());
    const v1::FieldRule& rule = field->options().GetExtension(v1::rule);
    if (shape.fields.size() <= number) shape.fields.resize(number + 1);
    FieldShape made{.known = true,
                    .is_text = rule.text() != v1::TEXT_SORT_UNSPECIFIED,
                    .repeated = field->is_repeated(),
                    .packable = field->is_packable(),
                    .type = WireTypeOf(field),
                    .max_bytes = rule.max_bytes(),
                    .max_count = rule.max_count(),
                    .name = &field->name()};
    if (field->message_type() != nullptr) made.message = ShapeOf(field->message_type());
    shape.fields[number] = made;
  }

  std::map<const Descriptor*, std::unique_ptr<MessageShape>> by_type_;
  std::vector<const MessageShape*> kinds_;
};

absl::Status Refused(absl::string_view message, absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(message, ".", field, ": ", why));
}

// How many elements one occurrence on the wire holds.
uint32_t ElementsIn(const FieldShape& shape, const WireField& wire) {
  if (!shape.packable || wire.type != WireType::kBytes) return 1;
  if (shape.type == WireType::kFixed64) return static_cast<uint32_t>(wire.payload.size() / 8);
  if (shape.type == WireType::kFixed32) return static_cast<uint32_t>(wire.payload.size() / 4);
  return static_cast<uint32_t>(
      std::count_if(wire.payload.begin(), wire.payload.end(),
                    [](char byte) { return (static_cast<uint8_t>(byte) & 0x80) == 0; }));
}

// Counts the elements of repeated fields over one message.
class Counter {
 public:
  bool Exceeds(const FieldShape& shape, uint32_t number, uint32_t elements) {
    if (!shape.repeated || shape.max_count == 0) return false;
    auto count = std::find_if(counts_.begin(), counts_.end(),
                              [number](const Count& at) { return at.number == number; });
    if (count == counts_.end()) count = counts_.insert(count, {number, 0});
    count->elements += elements;
    return count->elements > shape.max_count;
  }

 private:
  struct Count {
    uint32_t number = 0;
    uint64_t elements = 0;
  };
  absl::InlinedVector<Count, 4> counts_;
};

absl::Status CheckMessage(const MessageShape& message, absl::string_view bytes, Newer newer,
                          int depth);

// Beyond any depth that the schema has.
constexpr int kMaxDepth = 8;

absl::Status CheckField(const MessageShape& message, const FieldShape* shape, const WireField& wire,
                        Newer newer, Counter& counter, int depth) {
  if (shape == nullptr) {
    if (newer == Newer::kTake) return absl::OkStatus();
    return Refused(message.name, absl::StrCat(wire.number), "the schema has no such field");
  }
  const bool packed = shape->packable && wire.type == WireType::kBytes;
  if (wire.type != shape->type && !packed) {
    return Refused(message.name, *shape->name, "is not of the field's wire type");
  }
  if (counter.Exceeds(*shape, wire.number, ElementsIn(*shape, wire))) {
    return Refused(message.name, *shape->name,
                   absl::StrCat("has more than ", shape->max_count, " elements"));
  }
  if (shape->max_bytes != 0 && wire.payload.size() > shape->max_bytes) {
    return Refused(
        message.name, *shape->name,
        absl::StrCat("is ", wire.payload.size(), " bytes long, of at most ", shape->max_bytes));
  }
  if (shape->message == nullptr) return absl::OkStatus();
  return CheckMessage(*shape->message, wire.payload, newer, depth + 1);
}

// Of a value that has nothing in it to look at: what most are, and what CheckField lets pass.
bool IsPlain(const FieldShape* shape, const WireField& wire) {
  return shape != nullptr && wire.type == shape->type && !shape->repeated &&
         shape->message == nullptr &&
         (shape->max_bytes == 0 || wire.payload.size() <= shape->max_bytes);
}

// Asks `also` of each field first. The shape is null for a field that the schema does not have.
template <typename Also>
absl::Status CheckFields(const MessageShape& message, absl::string_view bytes, Newer newer,
                         int depth, Also also) {
  Counter counter;
  WireField wire;
  while (NextWireField(bytes, wire)) {
    const FieldShape* shape = message.Find(wire.number);
    TOCSIN_RETURN_IF_ERROR(also(wire.number, shape));
    if (IsPlain(shape, wire)) continue;
    TOCSIN_RETURN_IF_ERROR(CheckField(message, shape, wire, newer, counter, depth));
  }
  if (bytes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(message.name, ": ", bytes.size(), " bytes are no protobuf fields"));
}

absl::Status CheckMessage(const MessageShape& message, absl::string_view bytes, Newer newer,
                          int depth) {
  if (depth > kMaxDepth) {
    return absl::InvalidArgumentError(absl::StrCat(message.name, ": is nested too deep"));
  }
  return CheckFields(message, bytes, newer, depth,
                     [](uint32_t, const FieldShape*) { return absl::OkStatus(); });
}

// REQUIRES: `numbers` rise.
bool Has(absl::Span<const uint32_t> numbers, uint32_t number) {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

absl::Status UnknownKind(uint32_t kind, Newer newer) {
  if (newer == Newer::kTake) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the schema has no kind ", kind));
}

std::string NameOf(const MessageShape& kind, uint32_t number) {
  const FieldShape* shape = kind.Find(number);
  return shape == nullptr ? absl::StrCat(number) : *shape->name;
}

absl::Status CheckNumbers(const MessageShape& kind, const ChangeTags& change, Newer newer) {
  for (absl::Span<const uint32_t> numbers :
       {absl::MakeConstSpan(change.set), absl::MakeConstSpan(change.cleared)}) {
    for (uint32_t number : numbers) {
      if (number == 0 || (kind.Find(number) == nullptr && newer == Newer::kRefuse)) {
        return Refused(kind.name, absl::StrCat(number), "the schema has no such field");
      }
    }
  }
  for (uint32_t number : change.cleared) {
    if (Has(change.set, number)) {
      return Refused(kind.name, NameOf(kind, number), "is both set and cleared");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckText(const MessageShape& kind, const ChangeTags& change,
                       const ChangeTags::Text& text, Newer newer) {
  const FieldShape* shape = kind.Find(text.field);
  if (!Has(change.set, text.field)) {
    return Refused(kind.name, NameOf(kind, text.field), "has a text and is not among those set");
  }
  // A newer field that CheckNumbers let pass.
  if (shape == nullptr && newer == Newer::kTake) return absl::OkStatus();
  if (shape == nullptr || !shape->is_text) {
    return Refused(kind.name, NameOf(kind, text.field), "is no text");
  }
  if (text.element >= (shape->repeated ? shape->max_count : 1)) {
    return Refused(kind.name, *shape->name,
                   absl::StrCat("has no element ", text.element, " in one change"));
  }
  if (text.size > shape->max_bytes) {
    return Refused(kind.name, *shape->name,
                   absl::StrCat("is ", text.size, " bytes long, of at most ", shape->max_bytes));
  }
  return absl::OkStatus();
}

// Whether numbers that are asked in rising order, as a serializer writes them, stand among numbers
// that rise. Those that are asked in another order are looked up.
class Announced {
 public:
  explicit Announced(absl::Span<const uint32_t> numbers)
      : numbers_(numbers), next_(numbers.begin()) {}

  bool Has(uint32_t number) {
    if (next_ != numbers_.begin() && number <= next_[-1]) return schema::Has(numbers_, number);
    while (next_ != numbers_.end() && *next_ < number) ++next_;
    return next_ != numbers_.end() && *next_ == number;
  }

 private:
  const absl::Span<const uint32_t> numbers_;
  absl::Span<const uint32_t>::iterator next_;  // all before it are less than what was asked last
};

absl::Status NotAnnounced(const MessageShape& kind, uint32_t number) {
  return Refused(kind.name, NameOf(kind, number), "has a value and is not among those set");
}

absl::Status CheckValues(const MessageShape& kind, const ChangeTags& change, Newer newer) {
  Announced set(change.set);
  return CheckFields(
      kind, change.values, newer, 0, [&](uint32_t number, const FieldShape* shape) -> absl::Status {
        if (!set.Has(number)) return NotAnnounced(kind, number);
        if (shape == nullptr || !shape->is_text) return absl::OkStatus();
        return Refused(kind.name, *shape->name, "is a text and stands among the values");
      });
}

}  // namespace

absl::Status EnvelopeAcceptable(const ChangeTags& change, Newer newer) {
  const MessageShape* kind = Shapes::Get().Find(change.kind);
  if (kind == nullptr) return UnknownKind(change.kind, newer);
  TOCSIN_RETURN_IF_ERROR(CheckNumbers(*kind, change, newer));
  for (const ChangeTags::Text& text : change.texts) {
    TOCSIN_RETURN_IF_ERROR(CheckText(*kind, change, text, newer));
  }
  return CheckValues(*kind, change, newer);
}

}  // namespace tocsin::schema
