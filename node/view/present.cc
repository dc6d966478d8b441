#include "node/view/present.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "node/base/status.h"
#include "node/log/stamp.h"
#include "node/merge/lookup.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/triage.h"
#include "node/schema/validate.h"
#include "node/view/etag.h"
#include "node/view/index.h"
#include "node/view/moved.h"
#include "tocsin/v1/options.pb.h"

namespace tocsin::view {
namespace {

using google::protobuf::Message;
using merge::MergedField;
using merge::Sibling;

// Builds one record.
class Presenter {
 public:
  Presenter(uint32_t kind, const PresentOptions& options, IsErased is_erased, bool with_originals)
      : kind_(kind), options_(options), is_erased_(is_erased), with_originals_(with_originals) {}

  v1::Record Run(const Provenance& provenance, const merge::MergedRecord& merged,
                 absl::Span<const merge::HeldChange* const> changes, absl::Span<const Dot> awaited,
                 FindChange find_change) {
    schema::Fragments fragments;
    for (const auto& [number, field] : merged) {
      std::string fragment = ShowField(number, field);
      if (!fragment.empty()) fragments.emplace(number, std::move(fragment));
    }
    Message& body = ReadBody(fragments);
    const auto raised = ClosedThenRaised(kind_, merged, body, find_change);
    if (raised) Mark(schema::FindField(kind_, *raised), v1::MARK_CLOSED_THEN_RAISED);
    DescribeBody(body, raised.has_value());
    for (const auto& [name, mark] : marks_) {
      v1::FieldMark& added = *record_.add_mark();
      added.set_field(name);
      added.set_mark(mark);
    }
    const LateEdits late = EditedAfterMove(kind_, merged, changes, awaited);
    for (const LateWrite& write : late.writes) AddLate(write);
    for (const merge::Removal& removal : late.removals) AddLate(removal, find_change);
    SetProvenance(provenance);
    record_.set_etag(EtagOf(kind_, merged));
    return std::move(record_);
  }

 private:
  // The bytes of the field in the body; empty if it is not set.
  std::string ShowField(uint32_t number, const MergedField& field) {
    const schema::FieldInfo* info = schema::FindField(kind_, number);
    const bool is_union = info != nullptr && info->merge == v1::UNION;
    if (info != nullptr && info->text == v1::ORIGINAL && !with_originals_) return {};
    if (field.incomplete) Mark(info, v1::MARK_INCOMPLETE);
    std::string fragment;
    for (const Sibling& sibling : field.siblings) {
      if (!is_union && &sibling != &field.siblings.front()) break;
      MarkSibling(info, sibling);
      fragment += FragmentOf(info, number, sibling);
      // What one change may hold many may exceed: each is looked at by itself.
      if (is_union && !info->is_text() && !schema::FragmentIsValid(kind_, number, sibling.value)) {
        Mark(info, v1::MARK_INVALID);
      }
    }
    if (field.conflict && info != nullptr) AddConflict(*info, field);
    return fragment;
  }

  void Mark(const schema::FieldInfo* info, v1::Mark mark) {
    if (info != nullptr) marks_.insert({info->name, mark});
  }

  void MarkSibling(const schema::FieldInfo* info, const Sibling& sibling) {
    if (sibling.restated_by) Mark(info, v1::MARK_RESTATED);
    if (sibling.heard()) Mark(info, v1::MARK_HEARD);
    if (sibling.forked) Mark(info, v1::MARK_FORKED);
  }

  std::string FragmentOf(const schema::FieldInfo* info, uint32_t number, const Sibling& sibling) {
    if (sibling.clear || info == nullptr || !info->is_text()) return sibling.value;
    std::vector<std::string> texts;
    for (const merge::TextValue& text : sibling.texts) {
      if (text.bytes) {
        texts.push_back(Guarded(*info, sibling, *text.bytes));
        continue;
      }
      MarkMissing(*info, sibling, text.element);
      // The texts of an alert go by position.
      if (info->repeated && info->merge != v1::UNION) texts.emplace_back();
    }
    return schema::TextFragment(number, texts);
  }

  std::string Guarded(const schema::FieldInfo& info, const Sibling& sibling,
                      const std::string& text) {
    if (sibling.author == options_.here || !options_.mask) return text;
    std::string masked = options_.mask(text);
    if (masked != text) Mark(&info, v1::MARK_MASKED);
    return masked;
  }

  void MarkMissing(const schema::FieldInfo& info, const Sibling& sibling, uint32_t element) {
    const bool erased = std::any_of(sibling.dots.begin(), sibling.dots.end(), [&](const Dot& dot) {
      return is_erased_(dot, info.number, element);
    });
    Mark(&info, erased ? v1::MARK_ERASED : v1::MARK_INCOMPLETE);
  }

  void AddConflict(const schema::FieldInfo& info, const MergedField& field) {
    v1::Conflict& conflict = *record_.add_conflict();
    conflict.set_field(info.name);
    for (const Sibling& sibling : field.siblings) {
      v1::ConflictingValue& value = *conflict.add_value();
      value.set_value_json(JsonOf(info, sibling));
      value.set_jurisdiction(sibling.author);
      *value.mutable_write_time() = ToTimestamp(sibling.stamp);
      value.set_shown(&sibling == &field.siblings.front());
      value.set_dot(sibling.dots.front().ToHex());
    }
  }

  void AddLate(const LateWrite& late) {
    const schema::FieldInfo* info = schema::FindField(kind_, late.field);
    if (info == nullptr || info->text == v1::ORIGINAL) return;
    const Sibling& sibling = *late.sibling;
    AddLate(*info, sibling.author, sibling.stamp, sibling.dots.front())
        .set_value_json(JsonOf(*info, sibling));
  }

  void AddLate(const merge::Removal& late, FindChange find_change) {
    const schema::FieldInfo* info = schema::FindField(kind_, late.field);
    if (info == nullptr || info->text == v1::ORIGINAL) return;
    v1::LateEdit& edit = AddLate(*info, late.author, late.stamp, late.by);
    edit.set_removed(true);
    edit.set_value_json("null");
    const std::optional<merge::HeldChange> held = find_change(late.element, late.field);
    if (!held) return;
    const auto element = merge::WriteIn(kind_, late.field, late.element, *held);
    if (element) edit.set_value_json(JsonOf(*info, *element));
  }

  v1::LateEdit& AddLate(const schema::FieldInfo& info, const std::string& author,
                        const log::Stamp& stamp, const Dot& dot) {
    v1::LateEdit& edit = *record_.add_edited_after_move();
    edit.set_field(schema::PathOf(static_cast<v1::Kind>(kind_), info));
    edit.set_jurisdiction(author);
    *edit.mutable_write_time() = ToTimestamp(stamp);
    edit.set_dot(dot.ToHex());
    return edit;
  }

  std::string JsonOf(const schema::FieldInfo& info, const Sibling& sibling) {
    if (sibling.clear) return "null";
    return schema::ToJson(
        kind_, info.number,
        schema::WithMinimumCell(kind_, info.number, FragmentOf(&info, info.number, sibling),
                                options_.min_cell));
  }

  Message& ReadBody(schema::Fragments& fragments) {
    Message& body = *schema::MutableBody(record_, static_cast<v1::Kind>(kind_));
    if (!body.ParsePartialFromString(schema::JoinFields(fragments))) {
      DropUnreadable(fragments);
      body.Clear();
      TOCSIN_CHECK(body.ParsePartialFromString(schema::JoinFields(fragments)));
    }
    MarkInvalid(body, fragments);
    return body;
  }

  void DescribeBody(Message& body, bool stays_open) {
    const KindIndexes& indexes = IndexesOf(kind_);
    if (indexes.has_people) schema::ApplyMinimumCells(body, options_.min_cell);
    record_.set_precedence(schema::PrecedenceName(stays_open ? schema::PrecedenceOfOpen(body)
                                                             : schema::PrecedenceOf(body)));
    if (indexes.status == nullptr) return;
    record_.set_status(static_cast<v1::CapStatus>(
        body.GetReflection()->GetEnumValue(body, indexes.status->descriptor)));
  }

  // What is no value is marked, and taken by no index. Texts are only read by people.
  void MarkInvalid(const Message& body, const schema::Fragments& fragments) {
    for (const auto& [number, fragment] : fragments) {
      const schema::FieldInfo* info = schema::FindField(kind_, number);
      if (info == nullptr || info->is_text() || info->merge == v1::UNION) continue;
      if (!schema::FieldIsValid(body, *info)) Mark(info, v1::MARK_INVALID);
    }
  }

  void DropUnreadable(schema::Fragments& fragments) {
    for (auto it = fragments.begin(); it != fragments.end();) {
      if (schema::ParseValues(kind_, it->second).ok()) {
        ++it;
        continue;
      }
      Mark(schema::FindField(kind_, it->first), v1::MARK_INVALID);
      it = fragments.erase(it);
    }
  }

  void SetProvenance(const Provenance& provenance) {
    TOCSIN_CHECK(provenance.changes > 0);
    record_.set_filed_by(provenance.first_author);
    *record_.mutable_create_time() = ToTimestamp(provenance.first_stamp);
    *record_.mutable_update_time() = ToTimestamp({log::Rank::kOwnSynced, provenance.latest_time});
  }

  const uint32_t kind_;
  const PresentOptions& options_;
  const IsErased is_erased_;
  const bool with_originals_;
  v1::Record record_;
  std::set<std::pair<std::string, v1::Mark>> marks_;
};

}  // namespace

google::protobuf::Timestamp ToTimestamp(const log::Stamp& stamp) {
  return google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
      static_cast<int64_t>(stamp.time >> 16));
}

v1::Record Present(uint32_t kind, const Provenance& provenance, const merge::MergedRecord& merged,
                   absl::Span<const merge::HeldChange* const> changes,
                   absl::Span<const Dot> awaited, const PresentOptions& options, IsErased is_erased,
                   FindChange find_change, bool with_originals) {
  return Presenter(kind, options, is_erased, with_originals)
      .Run(provenance, merged, changes, awaited, find_change);
}

v1::Record PresentErased() {
  v1::Record record;
  record.add_mark()->set_mark(v1::MARK_ERASED);
  return record;
}

}  // namespace tocsin::view
