// A node without a network for benchmarks: a log and a view on real stores, in a folder that goes
// with it. Used by one thread; anything that fails ends the program and says what.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/base/clock.h"
#include "node/base/executor.h"
#include "node/base/random.h"
#include "node/identity/identity.h"
#include "node/log/log.h"
#include "node/store/store.h"
#include "node/view/view.h"

namespace tocsin::bench {

// Ends the program unless `status` is OK.
void Check(const absl::Status& status);

// Durable when it returns.
std::vector<log::Appended> AppendDurably(log::Log& log, std::vector<log::Draft> drafts);

class BenchNode {
 public:
  // A root of jurisdiction "city"; what stood in `dir` is removed.
  explicit BenchNode(std::string dir);
  ~BenchNode();

  std::vector<log::Appended> Append(std::vector<log::Draft> drafts) {
    return AppendDurably(*log_, std::move(drafts));
  }
  // Opens the view, which begins to project.
  void OpenView();
  // Until all that the log has is in the view.
  void AwaitProjected();

  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  view::View& view() { return *view_; }
  store::Store& view_store() { return *view_store_; }
  // Another store beside these, as the view's is.
  std::unique_ptr<store::Store> OpenStore(const std::string& name);

 private:
  const std::string dir_;
  SystemClock clock_;
  SeededRandom random_{1};
  ThreadPool pool_{2};
  identity::Identity identity_;
  std::unique_ptr<identity::TrustStore> trust_;
  std::unique_ptr<store::Store> log_store_;
  std::unique_ptr<store::Store> view_store_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::View> view_;
};

}  // namespace tocsin::bench
