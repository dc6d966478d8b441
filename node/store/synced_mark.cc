#include "node/store/synced_mark.h"

#include <absl/strings/str_cat.h>
#include <rocksdb/file_system.h>

#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"

namespace tocsin::store {
namespace {

std::string FileOf(const std::string& dir) { return absl::StrCat(dir, "/SYNCED"); }

// u64 sequence, u64 its complement.
std::string Packed(uint64_t sequence) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.U64(sequence);
  writer.U64(~sequence);
  return bytes;
}

}  // namespace

std::optional<uint64_t> SyncedMark::Read(rocksdb::FileSystem& disk, const std::string& dir) {
  std::string bytes;
  if (!rocksdb::ReadFileToString(&disk, FileOf(dir), &bytes).ok()) return std::nullopt;
  ByteReader reader(bytes);
  const uint64_t sequence = reader.U64();
  const uint64_t complement = reader.U64();
  if (!reader.AtEnd() || complement != ~sequence) return std::nullopt;
  return sequence;
}

std::unique_ptr<SyncedMark> SyncedMark::Open(rocksdb::FileSystem& disk, const std::string& dir) {
  const std::string name = FileOf(dir);
  rocksdb::IOStatus status;
  if (!Read(disk, dir).has_value()) {
    // Its size never changes afterwards, so that moving it needs no room on a full disk.
    status = rocksdb::WriteStringToFile(&disk, Packed(0), name, /*should_sync=*/false);
  }
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  if (status.ok()) status = disk.NewRandomRWFile(name, {}, &file, nullptr);
  if (!status.ok()) {
    Log(LogLevel::kWarning, "store.no_synced_mark", {{"dir", dir}, {"why", status.ToString()}});
    return nullptr;
  }
  return std::unique_ptr<SyncedMark>(new SyncedMark(std::move(file)));
}

SyncedMark::SyncedMark(std::unique_ptr<rocksdb::FSRandomRWFile> file) : file_(std::move(file)) {}

SyncedMark::~SyncedMark() = default;

void SyncedMark::MoveTo(uint64_t sequence) {
  absl::MutexLock lock(&mutex_);
  if (sequence <= sequence_ || file_ == nullptr) return;
  sequence_ = sequence;
  const rocksdb::IOStatus status = file_->Write(0, Packed(sequence), {}, nullptr);
  if (status.ok()) return;
  Log(LogLevel::kWarning, "store.synced_mark_stands", {{"why", status.ToString()}});
  file_.reset();
}

}  // namespace tocsin::store
