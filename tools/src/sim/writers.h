// The people of a run: they file, edit, settle conflicts, close, move and relate, tell those below
// and key in what they heard, through intake as callers of the API do; and two posts order texts
// gone together.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/base/random.h"
#include "tools/src/sim/holdings.h"
#include "tools/src/sim/node.h"
#include "tools/src/sim/plan.h"
#include "tools/src/sim/trace.h"
#include "tools/src/sim/view_check.h"

namespace tocsin::sim {

// As callers of the API name the record that a change is of.
std::string NameOfRecord(const Fact& fact);
// As other records name it.
v1::RecordRef RefTo(const Fact& fact);

class Writers {
 public:
  // `answered` hears of each write that was answered well.
  Writers(World& world, const Cast& cast, Holdings& holdings, ViewCheck& views,
          Violations& violations, Trace& trace, std::function<void(Node&)> answered);

  // REQUIRES: node.up().
  void Run(Node& node, const Event& event);
  // A report without a text: what a machine does first that was resumed from a snapshot.
  void FilePlain(Node& node, uint64_t draw);

  // Of the node's process that runs now.
  uint64_t open(const Node& node) const;
  uint64_t written() const { return written_; }
  uint64_t refused() const { return refused_; }

 private:
  struct Asked {
    uint64_t generation = 0;
    uint64_t open = 0;
    v1::CreateRecordRequest last;
    std::string last_name;
  };

  void File(Node& node, const Scope& scope, bool heard, bool plain, Random& random);
  void Create(Node& node, v1::CreateRecordRequest request, bool again);
  void Edit(Node& node, Random& random, bool in_conflict);
  // writers_between.cc
  void Settle(Node& node, Random& random);
  void Move(Node& node, Random& random);
  void Relate(Node& node, Random& random);
  void WriteNewer(Node& node, Random& random);
  void Close(Node& node, Random& random);
  void Erase(Node& node, Random& random);
  // Says what another post has asked it to say, if it holds the text.
  void Agree(Node& node);
  void Order(Node& node, log::Draft draft, absl::string_view what);
  void Again(Node& node);
  // Counts a call of the process that runs now.
  Asked& Opened(Node& node);
  std::function<void(absl::StatusOr<v1::WriteRecordResponse>)> OnAnswer(Node& node,
                                                                        std::string create_id,
                                                                        bool heard,
                                                                        std::string again_name);
  // The same, counted, for a call that files nothing under a request's id.
  std::function<void(absl::StatusOr<v1::WriteRecordResponse>)> OnChanged(Node& node);
  // A record of that kind that the node holds and may write; often one that was written lately.
  // Null if none.
  const Fact* Pick(Node& node, v1::Kind kind, Random& random) const;
  std::string NewText(Random& random);

  World& world_;
  const Cast& cast_;
  Holdings& holdings_;
  ViewCheck& views_;
  Violations& violations_;
  Trace& trace_;
  const std::function<void(Node&)> answered_;
  std::vector<Asked> asked_;
  // By telephone: texts that a post is asked to order gone as well.
  struct Asking {
    size_t post;
    log::Draft draft;
    Dot dot;
  };
  std::vector<Asking> asking_;
  uint64_t texts_ = 0;
  uint64_t erasures_ = 0;
  uint64_t written_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace tocsin::sim
