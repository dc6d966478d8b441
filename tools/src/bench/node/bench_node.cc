#include "tools/src/bench/node/bench_node.h"

#include <absl/strings/str_cat.h>
#include <absl/synchronization/notification.h>
#include <absl/time/time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "node/store/environment.h"
#include "node/store/rocks_store.h"

namespace tocsin::bench {
namespace {

std::unique_ptr<store::Store> Open(const std::string& dir, store::RocksOptions::Profile profile,
                                   Clock& clock) {
  store::RocksOptions options;
  options.dir = dir;
  options.profile = profile;
  options.create_if_missing = true;
  // As the daemons have it unless told otherwise.
  options.cache_bytes = 32 << 20;
  auto opened = store::OpenRocks(options, store::StoreEnvironment(clock));
  Check(opened.status());
  return *std::move(opened);
}

}  // namespace

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "benchmark: %s\n", status.ToString().c_str());
  std::exit(1);
}

BenchNode::BenchNode(std::string dir)
    : dir_(std::move(dir)),
      identity_(*identity::Identity::NewRoot(
          {"city", *Jurisdiction::Parse("city"), true, absl::FromUnixSeconds(1'430'000'000)},
          random_)),
      trust_(identity_.NewTrustStore()) {
  std::filesystem::remove_all(dir_);
  std::filesystem::create_directories(dir_);
  log_store_ = Open(dir_ + "/log", store::RocksOptions::Profile::kLog, clock_);
  auto log = log::Log::Open(*log_store_, identity_, *trust_, clock_, random_, pool_, {});
  Check(log.status());
  log_ = *std::move(log);
  view_store_ = OpenStore("view");
}

BenchNode::~BenchNode() {
  view_.reset();
  log_.reset();
  view_store_.reset();
  log_store_.reset();
  std::filesystem::remove_all(dir_);
}

std::unique_ptr<store::Store> BenchNode::OpenStore(const std::string& name) {
  return Open(absl::StrCat(dir_, "/", name), store::RocksOptions::Profile::kView, clock_);
}

std::vector<log::Appended> AppendDurably(log::Log& log, std::vector<log::Draft> drafts) {
  absl::StatusOr<std::vector<log::Appended>> result = absl::UnknownError("");
  absl::Notification done;
  log.Append(std::move(drafts), [&](auto appended) {
    result = std::move(appended);
    done.Notify();
  });
  done.WaitForNotification();
  Check(result.status());
  return *std::move(result);
}

void BenchNode::OpenView() {
  auto view = view::View::Open(*view_store_, *log_, identity_, *trust_, clock_, pool_, {});
  Check(view.status());
  view_ = *std::move(view);
}

void BenchNode::AwaitProjected() {
  absl::Notification done;
  view_->AwaitAll(log_->ends(), [&](absl::Status status) {
    Check(status);
    done.Notify();
  });
  done.WaitForNotification();
}

}  // namespace tocsin::bench
