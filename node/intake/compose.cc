#include "node/intake/compose.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/intake/carry.h"
#include "node/intake/draft_size.h"
#include "node/intake/restate.h"
#include "node/intake/state_check.h"
#include "node/merge/merge.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/states.h"
#include "node/schema/triage.h"
#include "node/view/moved.h"
#include "node/view/raised.h"

namespace tocsin::intake {
namespace {

using google::protobuf::Message;
using schema::FieldInfo;
using schema::PathOf;

void SortUnique(std::vector<Dot>& dots) {
  std::sort(dots.begin(), dots.end());
  dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
}

void Append(std::vector<Dot>& dots, const std::vector<Dot>& more) {
  dots.insert(dots.end(), more.begin(), more.end());
}

bool Contains(const std::vector<Dot>& dots, const Dot& dot) {
  return std::find(dots.begin(), dots.end(), dot) != dots.end();
}

int EnumIn(const FieldInfo& field, const Message& body) {
  return body.GetReflection()->GetEnumValue(body, field.descriptor);
}

// Does the state that the body sets end what people respond to?
bool IsClosing(const FieldInfo& field, const Message& body) {
  return field.merge == v1::FURTHEST && field.enumeration != nullptr &&
         schema::EndsResponse(field, EnumIn(field, body));
}

std::vector<std::string> TextsOf(const merge::Sibling& sibling) {
  std::vector<std::string> texts;
  for (const merge::TextValue& text : sibling.texts) texts.push_back(text.bytes.value_or(""));
  return texts;
}

// Composes one edit.
class Composer {
 public:
  Composer(const view::RecordName& name, const view::StoredRecord* before, const Edit& edit)
      : name_(name),
        before_(before),
        edit_(edit),
        kind_(static_cast<v1::Kind>(name.key.kind)),
        table_(schema::FieldTable::Of(kind_)),
        fragments_(schema::FieldsOf(*edit.body)) {
    if (before_ == nullptr) return;
    writes_.emplace(name_.key.kind, before_->changes, before_->past_change);
    now_ = view::VersionOf(name_.key.kind, before_->merged);
    seen_ = edit_.seen ? *edit_.seen : now_;
  }

  absl::StatusOr<Composed> Run() {
    TOCSIN_RETURN_IF_ERROR(CheckStatus());
    TOCSIN_RETURN_IF_ERROR(CheckSource());
    TOCSIN_RETURN_IF_ERROR(CheckStates());
    MakeAfter();
    TOCSIN_RETURN_IF_ERROR(CheckRemovals());
    main_ = NewDraft(precedence_);
    for (const FieldInfo& field : table_.fields()) AddField(field);
    TOCSIN_RETURN_IF_ERROR(CheckSeenIsHeld());
    Composed composed;
    if (!main_.ops.empty()) {
      TOCSIN_RETURN_IF_ERROR(FinishMain());
      composed.drafts.push_back(std::move(main_));
    }
    for (log::Draft& part : parts_) composed.drafts.push_back(std::move(part));
    composed.after = std::move(after_);
    return composed;
  }

  // Paths of the fields set whose value the record does not show.
  std::vector<std::string> Differing() const {
    std::vector<std::string> paths;
    for (const FieldInfo& field : table_.fields()) {
      auto fragment = fragments_.find(field.number);
      if (fragment == fragments_.end()) continue;
      bool same = field.merge != v1::UNION && ShowsValue(field, fragment->second);
      if (field.merge == v1::UNION) {
        const std::vector<std::string> elements =
            schema::SplitElements(name_.key.kind, field.number, fragment->second);
        same = std::all_of(elements.begin(), elements.end(),
                           [&](const std::string& element) { return HasElement(field, element); });
      }
      if (!same) paths.push_back(PathOf(kind_, field));
    }
    return paths;
  }

 private:
  const merge::MergedField* Held(uint32_t field) const {
    if (before_ == nullptr) return nullptr;
    auto found = before_->merged.find(field);
    return found == before_->merged.end() ? nullptr : &found->second;
  }

  absl::Status CheckStatus() const {
    const FieldInfo* status = table_.FindByName("status");
    const Message* shown = before_ == nullptr ? nullptr : schema::BodyOf(before_->shown);
    if (shown == nullptr || status == nullptr || !fragments_.contains(status->number)) {
      return absl::OkStatus();
    }
    return CheckCapStatus(PathOf(kind_, *status),
                          static_cast<v1::CapStatus>(EnumIn(*status, *shown)),
                          static_cast<v1::CapStatus>(EnumIn(*status, *edit_.body)));
  }

  // A record's id may follow from its source.
  absl::Status CheckSource() const {
    if (before_ == nullptr) return absl::OkStatus();
    for (const FieldInfo& field : table_.fields()) {
      if (field.type != schema::FieldType::kSource) continue;
      auto fragment = fragments_.find(field.number);
      const bool moves = fragment != fragments_.end() && !ShowsValue(field, fragment->second);
      if (!moves && !Contains(field.number)) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          PathOf(kind_, field), ": says where the record came from and does not change"));
    }
    return absl::OkStatus();
  }

  // A state follows on one that the writer saw, whatever others have made of the record since.
  absl::Status CheckStates() {
    for (const FieldInfo& field : table_.fields()) {
      const bool is_set = fragments_.contains(field.number) && before_ != nullptr;
      if (!is_set || field.merge != v1::FURTHEST || field.enumeration == nullptr) continue;
      TOCSIN_RETURN_IF_ERROR(
          CheckState(field, PathOf(kind_, field), SeenStates(field), EnumIn(field, *edit_.body)));
    }
    return absl::OkStatus();
  }

  // An etag of another node may show what is not here.
  std::vector<int> SeenStates(const FieldInfo& field) {
    std::vector<int> states;
    for (const Dot& dot : SeenDots(field)) {
      const FieldWrite* write = writes_->Find(field.number, dot);
      if (write == nullptr) continue;
      auto body = schema::ParseValues(name_.key.kind, write->value);
      states.push_back(body.ok() ? EnumIn(field, **body) : 0);
    }
    return states;
  }

  void MakeAfter() {
    after_ = schema::NewBody(kind_);
    const Message* shown = before_ == nullptr ? nullptr : schema::BodyOf(before_->shown);
    if (shown != nullptr) after_->CopyFrom(*shown);
    for (const FieldInfo& field : table_.fields()) {
      const bool cleared = Contains(field.number);
      const bool replaced = field.merge != v1::UNION && fragments_.contains(field.number);
      if (cleared || replaced) after_->GetReflection()->ClearField(after_.get(), field.descriptor);
    }
    after_->MergeFrom(*edit_.body);
    precedence_ = shown == nullptr ? schema::PrecedenceOf(*after_)
                                   : schema::PrecedenceOfEdit(*shown, *after_);
    if (shown != nullptr && view::IsClosedThenRaised(before_->shown)) {
      precedence_ = std::min(precedence_, schema::PrecedenceOfOpen(*shown));
    }
    if (const FieldInfo* status = table_.FindByName("status")) {
      cap_status_ =
          static_cast<uint32_t>(after_->GetReflection()->GetEnumValue(*after_, status->descriptor));
    }
  }

  bool Contains(uint32_t cleared) const {
    return std::find(edit_.clear.begin(), edit_.clear.end(), cleared) != edit_.clear.end();
  }

  absl::Status CheckRemovals() const {
    for (const auto& [number, dots] : edit_.remove) {
      std::vector<Dot> held = ElementDots(number);
      // What somebody else took out meanwhile is out.
      Append(held, Seen(number).others);
      for (const Dot& dot : dots) {
        if (intake::Contains(held, dot)) continue;
        return absl::InvalidArgumentError(
            absl::StrCat("remove: ", dot.ToHex(), " is no element of ",
                         PathOf(kind_, *table_.Find(number)), "; the record's history names them"));
      }
    }
    return absl::OkStatus();
  }

  // Of every element of a UNION.
  std::vector<Dot> ElementDots(uint32_t number) const {
    std::vector<Dot> dots;
    const merge::MergedField* held = Held(number);
    if (held == nullptr) return dots;
    for (const merge::Sibling& sibling : held->siblings) {
      Append(dots, sibling.dots);
      Append(dots, sibling.misquoted_by);
    }
    return dots;
  }

  log::Draft NewDraft(Precedence precedence) const {
    return log::Draft{.scope = name_.scope,
                      .precedence = precedence,
                      .key = name_.key,
                      .cap_status = cap_status_,
                      .heard = edit_.heard,
                      .ops = {},
                      .restated = {},
                      .values = {},
                      .texts = {}};
  }

  void AddField(const FieldInfo& field) {
    auto fragment = fragments_.find(field.number);
    if (fragment == fragments_.end()) {
      if (Contains(field.number)) {
        AddClear(field);
      } else if (edit_.remove.contains(field.number)) {
        AddOp(field, true, edit_.remove.at(field.number));
      }
    } else if (field.merge == v1::UNION) {
      AddElements(field, fragment->second);
    } else {
      AddValue(field, fragment->second);
    }
  }

  // What the writer was shown of a field.
  const view::FieldVersion& Seen(uint32_t number) const { return view::VersionIn(seen_, number); }

  // Is the field other than its writer was shown it?
  bool Moved(uint32_t number) const { return !(view::VersionIn(now_, number) == Seen(number)); }

  // What a write of the field overwrites.
  std::vector<Dot> SeenDots(const FieldInfo& field) const {
    const view::FieldVersion& seen = Seen(field.number);
    std::vector<Dot> dots = seen.shown;
    if (field.merge == v1::UNION || edit_.resolve.contains(field.number)) Append(dots, seen.others);
    return dots;
  }

  void AddClear(const FieldInfo& field) {
    const merge::MergedField* held = Held(field.number);
    const bool is_clear =
        held == nullptr || (held->siblings.size() == 1 && held->siblings.front().clear);
    const bool says_more =
        edit_.resolve.contains(field.number) || edit_.stands_clear.contains(field.number);
    if (!says_more && (is_clear || (Moved(field.number) && SawNothing(field)))) return;
    AddOp(field, true, SeenDots(field));
  }

  void AddValue(const FieldInfo& field, const std::string& fragment) {
    const std::vector<Dot> listed = SeenBeside(field);
    const bool says_it = IsShown(field, fragment) || SawValue(field, fragment);
    // Who lists all that they saw says more than the value, also where that is the same.
    const bool says_more = edit_.lists_all == field.number || edit_.resolve.contains(field.number);
    if (says_it && AllListed(field, listed) && !says_more) return;
    std::vector<Dot> overwrites = SeenDots(field);
    if (TOCSIN_PLANTED("overwrites-unseen")) overwrites = ElementDots(field.number);
    if (TOCSIN_PLANTED("overwrites-up-to-n") && before_ != nullptr) {
      // All that this post or another wrote of the field before the latest change.
      for (const merge::HeldChange& held : before_->changes) {
        for (const log::FieldOp& op : held.change.ops) {
          if (op.field == field.number) overwrites.push_back(held.dot);
        }
      }
    }
    Append(overwrites, listed);
    AddOp(field, false, std::move(overwrites));
    SetValue(field, fragment, main_);
  }

  // Others wrote the field since the writer was shown it, and what the writer says of it is what it
  // showed then: no edit of theirs, and no reason to stand against those of others.
  bool SawValue(const FieldInfo& field, const std::string& fragment) {
    if (!Moved(field.number) || Seen(field.number).shown.empty()) return false;
    if (!Seen(field.number).others.empty()) return false;
    for (const Dot& dot : Seen(field.number).shown) {
      const FieldWrite* write = writes_->Find(field.number, dot);
      if (write == nullptr) continue;
      if (write->clear) return false;
      if (!field.is_text()) {
        return schema::FieldValuesEqual(name_.key.kind, field.number, write->value, fragment);
      }
      std::vector<std::string> texts;
      for (const log::Text& text : write->texts) texts.push_back(text.bytes.value_or(""));
      return texts == schema::TextsOf(fragment);
    }
    return false;
  }

  bool SawNothing(const FieldInfo& field) {
    const view::FieldVersion& seen = Seen(field.number);
    if (!seen.others.empty()) return false;
    return std::all_of(seen.shown.begin(), seen.shown.end(), [&](const Dot& dot) {
      const FieldWrite* write = writes_->Find(field.number, dot);
      return write != nullptr && write->clear;
    });
  }

  // An etag of another node may show what has not come here yet.
  absl::Status CheckSeenIsHeld() {
    if (!edit_.seen) return absl::OkStatus();
    for (const log::FieldOp& op : main_.ops) {
      for (const Dot& dot : op.overwrites) {
        if (IsHeld(dot)) continue;
        return absl::FailedPreconditionError(absl::StrCat(
            "etag: it shows a value of ", PathOf(kind_, *table_.Find(op.field)),
            " that this node does not hold (yet); read the record here and send the etag that "
            "comes with it"));
      }
    }
    return absl::OkStatus();
  }

  bool IsHeld(const Dot& dot) const {
    for (const merge::HeldChange& held : before_->changes) {
      if (held.dot == dot) return true;
      for (const log::Restated& restated : held.change.restated) {
        if (restated.dot == dot) return true;
      }
    }
    return before_->past_change && before_->past_change(dot).has_value();
  }

  // Closing or withdrawing says what its author saw of how bad it is: whatever is worse and was not
  // seen keeps the record open. A move says all that its author saw. A dot names its whole change:
  // one whose state stands too and was not shown is left out, or that would be settled unseen.
  std::vector<Dot> SeenBeside(const FieldInfo& state) const {
    std::vector<Dot> seen;
    if (edit_.lists_all == state.number) seen = view::ListedByMove(*before_, seen_);
    if (state.name == "moved_to" && edit_.resolve.contains(state.number)) {
      Append(seen, view::ListedByMovesTo(*before_, fragments_.at(state.number)));
    }
    for (const FieldInfo& field : table_.fields()) {
      const bool how_bad = field.merge == v1::HIGHEST && IsClosing(state, *edit_.body);
      if (how_bad) Append(seen, Seen(field.number).shown);
    }
    SortUnique(seen);
    const std::vector<Dot>& standing = Seen(state.number).others;
    std::erase_if(seen, [&](const Dot& dot) { return intake::Contains(standing, dot); });
    return seen;
  }

  // Do the writes that gave the value shown name these dots?
  bool AllListed(const FieldInfo& field, const std::vector<Dot>& dots) const {
    if (dots.empty()) return true;
    std::vector<Dot> listed = merge::ShownDots(before_->merged, field.number);
    for (const merge::HeldChange& held : before_->changes) {
      if (!intake::Contains(listed, held.dot)) continue;
      for (const log::FieldOp& op : held.change.ops) {
        if (op.field == field.number) Append(listed, op.overwrites);
      }
    }
    return std::all_of(dots.begin(), dots.end(),
                       [&listed](const Dot& dot) { return intake::Contains(listed, dot); });
  }

  // Is that value shown already, and plainly? What was only heard is worth confirming.
  bool IsShown(const FieldInfo& field, const std::string& fragment) const {
    const merge::MergedField* held = Held(field.number);
    if (held == nullptr || held->conflict) return false;
    const merge::Sibling& shown = held->siblings.front();
    if (!shown.misquoted_by.empty() || (shown.heard() && !edit_.heard)) return false;
    return ShowsValue(field, fragment);
  }

  bool ShowsValue(const FieldInfo& field, const std::string& fragment) const {
    const merge::MergedField* held = Held(field.number);
    if (held == nullptr || held->siblings.front().clear) return false;
    const merge::Sibling& shown = held->siblings.front();
    if (field.is_text()) return TextsOf(shown) == schema::TextsOf(fragment);
    return schema::FieldValuesEqual(name_.key.kind, field.number, shown.value, fragment);
  }

  void AddElements(const FieldInfo& field, const std::string& fragment) {
    std::vector<std::string> fresh;
    for (std::string& element : schema::SplitElements(name_.key.kind, field.number, fragment)) {
      if (!HasElement(field, element)) fresh.push_back(std::move(element));
    }
    auto removed = edit_.remove.find(field.number);
    std::vector<Dot> overwrites;
    if (removed != edit_.remove.end()) overwrites = removed->second;
    if (field.text == v1::ORIGINAL) {
      for (const std::string& part : fresh) AddPart(field, part);
      if (!overwrites.empty()) AddOp(field, true, std::move(overwrites));
      return;
    }
    if (fresh.empty() && overwrites.empty()) return;
    AddOp(field, fresh.empty(), std::move(overwrites));
    if (!fresh.empty()) SetValue(field, absl::StrJoin(fresh, ""), main_);
  }

  bool HasElement(const FieldInfo& field, const std::string& element) const {
    const merge::MergedField* held = Held(field.number);
    if (held == nullptr) return false;
    const std::vector<std::string> text = schema::TextsOf(element);
    auto removed = edit_.remove.find(field.number);
    for (const merge::Sibling& sibling : held->siblings) {
      if (sibling.heard() && !edit_.heard) continue;
      if (removed != edit_.remove.end() &&
          intake::Contains(removed->second, sibling.dots.front())) {
        continue;
      }
      if (field.is_text()) {
        const std::vector<std::string> texts = TextsOf(sibling);
        if (!text.empty() && std::find(texts.begin(), texts.end(), text.front()) != texts.end()) {
          return true;
        }
        continue;
      }
      for (const std::string& known :
           schema::SplitElements(name_.key.kind, field.number, sibling.value)) {
        if (schema::FieldValuesEqual(name_.key.kind, field.number, known, element)) return true;
      }
    }
    return false;
  }

  // A part of an original message is a change of its own, in a routine lane.
  void AddPart(const FieldInfo& field, const std::string& fragment) {
    log::Draft& part = parts_.emplace_back(NewDraft(Precedence::kRoutine));
    part.ops.push_back({field.number, false, {}});
    SetValue(field, fragment, part);
  }

  void AddOp(const FieldInfo& field, bool clear, std::vector<Dot> overwrites) {
    SortUnique(overwrites);
    main_.ops.push_back({field.number, clear, std::move(overwrites)});
  }

  void SetValue(const FieldInfo& field, const std::string& fragment, log::Draft& draft) const {
    if (!field.is_text()) {
      draft.values += fragment;
      return;
    }
    uint32_t element = 0;
    for (std::string& text : schema::TextsOf(fragment)) {
      log::Draft::DraftText& out = draft.texts.emplace_back();
      out.field = field.number;
      out.element = element++;
      out.bytes = std::move(text);
    }
  }

  // Adds what the change must carry, and sees that it fits.
  absl::Status FinishMain() {
    std::vector<const FieldWrite*> carried;
    if (before_ != nullptr) {
      for (log::FieldOp& op : main_.ops) {
        Append(op.overwrites, writes_->OverwrittenBehind(op.field, op.overwrites, precedence_));
        SortUnique(op.overwrites);
      }
      carried = Carried(*writes_);
    }
    const std::vector<log::Draft::DraftText> own = main_.texts;
    while (true) {
      Restate(carried, own);
      if (Fits(main_)) return absl::OkStatus();
      if (carried.empty()) return TooLarge();
      DropLargest(carried);
    }
  }

  std::vector<const FieldWrite*> Carried(Writes& writes) const {
    std::vector<const FieldWrite*> carried;
    for (const FieldInfo& field : table_.fields()) {
      std::vector<Dot> standing;
      if (const merge::MergedField* held = Held(field.number)) {
        for (const merge::Sibling& sibling : held->siblings) {
          const Dot& dot = sibling.dots.front();
          if (!IsOverwritten(field.number, dot)) standing.push_back(dot);
        }
      }
      for (const FieldWrite* write : writes.ToRestate(field.number, standing, precedence_)) {
        if (!IsTooLargeToRestate(name_.key.kind, *write)) carried.push_back(write);
      }
    }
    std::sort(carried.begin(), carried.end(), [](const FieldWrite* a, const FieldWrite* b) {
      return std::pair(a->field, a->dot) < std::pair(b->field, b->dot);
    });
    return carried;
  }

  bool IsOverwritten(uint32_t number, const Dot& dot) const {
    for (const log::FieldOp& op : main_.ops) {
      if (op.field == number) return intake::Contains(op.overwrites, dot);
    }
    return false;
  }

  void Restate(const std::vector<const FieldWrite*>& carried,
               const std::vector<log::Draft::DraftText>& own) {
    main_.restated.clear();
    main_.texts = own;
    for (const FieldWrite* write : carried) AddRestated(*write, main_);
  }

  static size_t SizeOf(const FieldWrite& write) {
    size_t size = write.value.size();
    for (const log::Text& text : write.texts) size += text.bytes ? text.bytes->size() : 0;
    return size;
  }

  // Texts go before coded fields.
  static void DropLargest(std::vector<const FieldWrite*>& carried) {
    auto less = [](const FieldWrite* a, const FieldWrite* b) {
      return std::pair(!a->texts.empty(), SizeOf(*a)) < std::pair(!b->texts.empty(), SizeOf(*b));
    };
    carried.erase(std::max_element(carried.begin(), carried.end(), less));
  }

  absl::Status TooLarge() const {
    if (edit_.lists_all != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a move names every value that its author was shown, in at most ", log::kMaxChangeBytes,
          " bytes, and of this record there are too many; withdraw it, and report at the right "
          "post what is still so"));
    }
    const FieldInfo* largest = nullptr;
    size_t largest_bytes = 0;
    for (const auto& [number, fragment] : fragments_) {
      const FieldInfo* field = table_.Find(number);
      if (field == nullptr || field->text == v1::ORIGINAL) continue;
      if (fragment.size() > largest_bytes) {
        largest = field;
        largest_bytes = fragment.size();
      }
    }
    return absl::InvalidArgumentError(absl::StrCat(
        largest == nullptr ? "the change" : PathOf(kind_, *largest), ": the change would take ",
        EncodedSize(main_), " bytes, and at most ", log::kMaxChangeBytes, " are taken; ",
        largest == nullptr ? "write fewer fields at once"
                           : absl::StrCat("its largest field has ", largest_bytes,
                                          ": shorten it or file it in a later edit")));
  }

  const view::RecordName& name_;
  const view::StoredRecord* before_;
  const Edit& edit_;
  const v1::Kind kind_;
  const schema::FieldTable& table_;
  const schema::Fragments fragments_;
  // Of a record that is held.
  std::optional<Writes> writes_;
  view::RecordVersion now_;
  view::RecordVersion seen_;
  std::unique_ptr<Message> after_;
  Precedence precedence_ = Precedence::kRoutine;
  uint32_t cap_status_ = 0;
  log::Draft main_ = NewDraft(Precedence::kRoutine);
  std::vector<log::Draft> parts_;
};

}  // namespace

absl::StatusOr<Composed> ComposeFirst(const view::RecordName& name, const Edit& edit) {
  if (FitsOneChange(*edit.body)) return Composer(name, nullptr, edit).Run();
  Edit first;
  first.body.reset(edit.body->New());
  first.body->CopyFrom(*edit.body);
  first.clear = edit.clear;
  first.stands_clear = edit.stands_clear;
  first.heard = edit.heard;
  std::vector<std::unique_ptr<Message>> more = SpreadElements(*first.body);
  TOCSIN_ASSIGN_OR_RETURN(Composed composed, Composer(name, nullptr, first).Run());
  for (std::unique_ptr<Message>& body : more) {
    Edit rest;
    rest.body = std::move(body);
    rest.heard = edit.heard;
    TOCSIN_ASSIGN_OR_RETURN(Composed one, Composer(name, nullptr, rest).Run());
    for (log::Draft& draft : one.drafts) {
      // In the record's lane, behind what it belongs to.
      draft.precedence = composed.drafts.front().precedence;
      draft.cap_status = composed.drafts.front().cap_status;
      composed.drafts.push_back(std::move(draft));
    }
    composed.after->MergeFrom(*rest.body);
  }
  return composed;
}

absl::StatusOr<Composed> ComposeEdit(const view::StoredRecord& before, const Edit& edit) {
  return Composer(before.name, &before, edit).Run();
}

std::vector<std::string> DifferingFields(const view::StoredRecord& held, const Message& body) {
  Edit edit;
  edit.body.reset(body.New());
  edit.body->CopyFrom(body);
  // What was only heard is the same value.
  edit.heard = true;
  return Composer(held.name, &held, edit).Differing();
}

}  // namespace tocsin::intake
