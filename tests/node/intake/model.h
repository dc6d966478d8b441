// A record's changes without a log or a view: what drafts become, merged and shown as the oracle of
// intake's tests. Lanes, chains and disks are left out.
#pragma once

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/identity/hash.h"
#include "node/identity/record_id.h"
#include "node/log/change.h"
#include "node/log/log.h"
#include "node/merge/merge.h"
#include "node/merge/past.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/triage.h"
#include "node/view/etag.h"
#include "node/view/view.h"

namespace tocsin::intake {

inline constexpr int64_t kModelEpochMs = 1'433'160'000'000;

// The change that the log would make of a draft, as the `number`-th that it makes.
inline merge::HeldChange ToHeld(const log::Draft& draft, uint64_t number,
                                const std::string& author) {
  merge::HeldChange held;
  held.dot = *Dot::FromBytes(
      identity::Sha256(absl::StrCat("dot ", number, author)).view().substr(0, Dot::kSize));
  held.seq = Seq(number);
  held.author = author;
  held.precedence = draft.precedence;
  held.arrival = Arrival(number);
  held.arrival_time = absl::FromUnixMillis(kModelEpochMs + static_cast<int64_t>(number));
  held.change.key = draft.key;
  held.change.cap_status = draft.cap_status;
  held.change.stamp = {draft.heard ? log::Rank::kHeardSynced : log::Rank::kOwnSynced,
                       (static_cast<uint64_t>(kModelEpochMs) + number) << 16};
  held.change.ops = draft.ops;
  held.change.restated = draft.restated;
  held.change.values = draft.values;
  for (const log::Draft::DraftText& text : draft.texts) {
    log::Text& out = held.change.texts.emplace_back();
    out.origin = text.origin;
    out.field = text.field;
    out.element = text.element;
    if (text.hash) {
      out.hash = *text.hash;
      continue;
    }
    out.salt = text.salt.value_or(
        *Salt::FromBytes(identity::Sha256(absl::StrCat(number, " ", text.field, " ", text.element))
                             .view()
                             .substr(0, Salt::kSize)));
    out.bytes = text.bytes;
    out.hash = log::TextHash(out.salt, text.bytes);
  }
  return held;
}

// Takes what another node has that this one lacks.
inline void TakeLacking(const std::vector<merge::HeldChange>& theirs,
                        std::vector<merge::HeldChange>& mine) {
  for (const merge::HeldChange& held : theirs) {
    if (std::none_of(mine.begin(), mine.end(),
                     [&](const merge::HeldChange& known) { return known.dot == held.dot; })) {
      mine.push_back(held);
    }
  }
}

// As the view gives it: what decides nothing any more is asked for by its dot.
inline void SetPastApart(view::StoredRecord& stored) {
  std::vector<const merge::HeldChange*> all;
  for (const merge::HeldChange& change : stored.changes) all.push_back(&change);
  const std::vector<merge::Standing> standing =
      merge::Settle(stored.name.key.kind, all, stored.merged, merge::AwaitedBy(all));
  std::vector<merge::HeldChange> present;
  std::map<Dot, merge::HeldChange> past;
  for (size_t i = 0; i < standing.size(); ++i) {
    merge::HeldChange& change = stored.changes[i];
    if (standing[i].past) {
      past.emplace(change.dot, std::move(change));
    } else {
      change.settled = standing[i].settled;
      present.push_back(std::move(change));
    }
  }
  stored.changes = std::move(present);
  stored.past_change = [past](const Dot& dot) -> std::optional<merge::HeldChange> {
    auto found = past.find(dot);
    return found == past.end() ? std::nullopt : std::optional(found->second);
  };
}

// The record that these changes make.
inline view::StoredRecord Stored(const view::RecordName& name,
                                 std::vector<merge::HeldChange> changes) {
  const auto kind = static_cast<v1::Kind>(name.key.kind);
  view::StoredRecord stored{.name = name, .changes = std::move(changes), .merged = {}, .shown = {}};
  stored.merged = merge::Merge(name.key.kind, stored.changes);
  schema::Fragments fragments;
  for (const auto& [number, field] : stored.merged) {
    const schema::FieldInfo& info = *schema::FieldTable::Of(kind).Find(number);
    for (const merge::Sibling& sibling : field.siblings) {
      if (info.merge != v1::UNION && &sibling != &field.siblings.front()) break;
      std::vector<std::string> texts;
      for (const merge::TextValue& text : sibling.texts) texts.push_back(text.bytes.value_or(""));
      fragments[number] += info.is_text() ? schema::TextFragment(number, texts) : sibling.value;
    }
  }
  auto body = schema::ParseValues(name.key.kind, schema::JoinFields(fragments));
  schema::MutableBody(stored.shown, kind)->CopyFrom(**body);
  const schema::RecordName resource =
      name.key.code_bits
          ? schema::RecordName{name.scope, kind, SpokenCode::FromBits(*name.key.code_bits)}
          : schema::RecordName{name.scope, kind, name.key.id};
  stored.shown.set_name(resource.ToString());
  stored.shown.set_scope(name.scope.ToString());
  stored.shown.set_kind(kind);
  stored.shown.set_uid(schema::FormatUid(name.key.id));
  stored.shown.set_code(
      SpokenCode::FromBits(name.key.code_bits.value_or(identity::CodeBitsOf(name.key.id)))
          .ToString());
  stored.shown.set_precedence(schema::PrecedenceName(schema::PrecedenceOf(**body)));
  stored.shown.set_etag(view::EncodeEtag(view::VersionOf(name.key.kind, stored.merged)));
  SetPastApart(stored);
  return stored;
}

}  // namespace tocsin::intake
