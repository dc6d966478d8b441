// A record that was filed at the wrong post and the one that stands for it where it belongs: what a
// move (move.h) and whoever takes late edits over (late_edits.h) both ask of the two. For the
// sources of this folder. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "node/merge/merge.h"
#include "node/schema/field_table.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// Does `ref` name that record?
bool Names(const v1::RecordRef& ref, const view::RecordName& name);

// What the id of a record that stands for `old` is derived by where that came from no register: a
// source system and a key there. Whoever files the record anew from an export derives it by the
// same.
inline constexpr char kMoveSource[] = "tocsin-move";
std::string KeyOfMove(const v1::RecordRef& old);

// Refers to the records, which outlive it. REQUIRES: of a kind that is moved.
struct MovedPair {
  MovedPair(const view::StoredRecord& the_old, const view::StoredRecord* the_stand_in);

  // Where the stand-in says that it stands for the old record: of one source two may have been
  // moved there. Null where it does not say so, as far as it is held. REQUIRES: a stand-in.
  const merge::Sibling* FromOld() const;
  // A field that says of the move, and is not carried by it.
  bool IsOfTheMove(const schema::FieldInfo& field) const;

  const view::StoredRecord& old;
  // What is held of it; null where nothing is.
  const view::StoredRecord* const stand_in;
  const v1::Kind kind;
  const schema::FieldTable& table;
  const schema::FieldInfo& state;
  const schema::FieldInfo& reason;
  const schema::FieldInfo& moved_to;
  const schema::FieldInfo& moved_from;
};

}  // namespace tocsin::intake
