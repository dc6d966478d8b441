// What takes more than one change: what a move takes of one record to another (move.h), values of a
// merged record as bodies to write, one change each; and the long lists of a new record. Pure
// functions; any thread.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/merge/merge.h"
#include "node/schema/field_table.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// What one change writes.
struct Layer {
  std::unique_ptr<google::protobuf::Message> body;
  // Fields that were cleared.
  std::vector<uint32_t> clear;
  // All of it was only heard.
  bool heard = false;
};

// Gathers values into as few layers as keep siblings apart, what was heard from what was not, and
// each change within what one may be. Lives for one move.
class Carrier {
 public:
  Carrier(v1::Kind kind, uint32_t min_cell) : kind_(kind), min_cell_(min_cell) {}

  // The value as the `nth` of its field (0 is the one shown); elements of UNION fields fill up.
  // Texts that are not here, and values that are none of their field's, are named in NotCarried.
  void Add(const schema::FieldInfo& field, const merge::Sibling& sibling, size_t nth);
  // A field that this program does not know.
  void LeaveBehind(std::string path) { not_carried_.push_back(std::move(path)); }

  // The layers, the one with the values shown first. Texts that the guard refuses are taken out
  // and named in `withheld`. Nothing can be added after it.
  std::vector<Layer> Finish(std::vector<v1::Withheld>& withheld);
  std::vector<std::string> NotCarried() const { return not_carried_; }

 private:
  struct Filled {
    Layer layer;
    size_t nth = 0;
    size_t bytes = 0;
  };

  void AddElement(const schema::FieldInfo& field, const std::string& fragment, bool heard);
  Filled& At(size_t nth, bool heard);
  void Put(Filled& filled, const schema::FieldInfo& field, const std::string& fragment);

  const v1::Kind kind_;
  const uint32_t min_cell_;
  std::vector<Filled> filled_;
  std::vector<std::string> not_carried_;
};

// One change takes all of the body's lists: what SpreadElements would leave as it is. It may say no
// of a body of many bytes that SpreadElements leaves all the same.
bool FitsOneChange(const google::protobuf::Message& body);
// Takes out of the body's lists what one change does not take of them, and gives it in bodies of
// their own with nothing else, each for one change, in order. Parts of an original stay.
std::vector<std::unique_ptr<google::protobuf::Message>> SpreadElements(
    google::protobuf::Message& body);

}  // namespace tocsin::intake
