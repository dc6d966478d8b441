#include "node/store/folder.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/base/status.h"
#include "node/store/rocks_status.h"

namespace tocsin::store {
namespace {

constexpr absl::string_view kFormat = "FORMAT";

absl::string_view NameOf(RocksOptions::Profile profile) {
  return profile == RocksOptions::Profile::kLog ? "log" : "view";
}

std::string FormatLine(const RocksOptions& options) {
  return absl::StrCat("tocsin ", NameOf(options.profile), " ", options.format_version, "\n");
}

// What a database leaves in its folder. A manifest alone may be that of one whose making was cut
// short; the others never are.
struct Remains {
  bool current = false;
  bool manifest = false;
  bool data = false;
};

absl::StatusOr<Remains> FindRemains(rocksdb::FileSystem& disk, const std::string& dir) {
  std::vector<std::string> names;
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(disk.GetChildren(dir, {}, &names, nullptr), dir, "listing the folder"));
  Remains remains;
  for (const std::string& name : names) {
    remains.current |= name == "CURRENT";
    remains.manifest |= absl::StartsWith(name, "MANIFEST-");
    remains.data |= absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log");
  }
  return remains;
}

// A name without a slash lies in the working folder.
std::string ParentOf(const std::string& dir) {
  const size_t slash = dir.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : dir.substr(0, slash);
}

absl::Status CreateFolder(rocksdb::FileSystem& disk, const std::string& dir) {
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(disk.CreateDirIfMissing(dir, {}, nullptr), dir, "creating the folder"));
  // Its name is durable once its parent is.
  return SyncFolder(disk, ParentOf(dir));
}

// What an opening writes: the engine's own files, and as tables what its write-ahead log holds.
uint64_t BytesToOpen(rocksdb::FileSystem& disk, const std::string& dir) {
  constexpr uint64_t kOwnFiles = 4 << 20;
  uint64_t bytes = kOwnFiles;
  std::vector<std::string> names;
  disk.GetChildren(dir, {}, &names, nullptr).PermitUncheckedError();
  for (const std::string& name : names) {
    uint64_t size = 0;
    if (!absl::EndsWith(name, ".log")) continue;
    if (disk.GetFileSize(absl::StrCat(dir, "/", name), {}, &size, nullptr).ok()) bytes += size;
  }
  return bytes;
}

absl::Status CheckVersion(const Format& format, const RocksOptions& options) {
  if (format.version == options.format_version) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      options.dir, " has format ", format.version, ", and this program reads and writes format ",
      options.format_version, ". Nothing was changed. Use the ",
      format.version > options.format_version
          ? "newer release that wrote it."
          : "release that wrote it, or fill a new store with this one."));
}

}  // namespace

std::optional<uint64_t> RoomIn(rocksdb::FileSystem& disk, const std::string& dir) {
  uint64_t room = 0;
  if (disk.GetFreeSpace(dir, {}, &room, nullptr).ok()) return room;
  if (disk.GetFreeSpace(ParentOf(dir), {}, &room, nullptr).ok()) return room;
  return std::nullopt;
}

absl::Status CheckRoomToOpen(rocksdb::FileSystem& disk, const RocksOptions& options) {
  if (options.read_only || options.reserve_bytes == 0) return absl::OkStatus();
  const std::optional<uint64_t> room = RoomIn(disk, options.dir);
  // The reserve is what suffices to write down all that was taken.
  const uint64_t needed = std::min(options.reserve_bytes, BytesToOpen(disk, options.dir));
  if (!room || *room >= needed) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      options.dir, ": opening: the disk has room for ", *room, " bytes, and opening takes ", needed,
      "; then writes are refused until ", options.reserve_bytes,
      " are free. Nothing was changed. The disk is full: free some space."));
}

absl::Status SyncFolder(rocksdb::FileSystem& disk, const std::string& dir) {
  std::unique_ptr<rocksdb::FSDirectory> folder;
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(disk.NewDirectory(dir, {}, &folder, nullptr), dir, "opening the folder"));
  return FromRocks(folder->Fsync({}, nullptr), dir, "making the folder durable");
}

std::string LockHolder(const absl::Status& refusal, const std::string& dir) {
  // Never of a store that this process has open itself: closing the file would let go of its lock.
  if (!absl::StrContains(refusal.message(), "Another process has it open")) return "";
  const int file = open(absl::StrCat(dir, "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool known = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0;
  close(file);
  return known ? absl::StrCat(" It is process ", lock.l_pid, ".") : "";
}

absl::Status WriteFormat(rocksdb::FileSystem& disk, const RocksOptions& options) {
  const std::string file = absl::StrCat(options.dir, "/", kFormat);
  const std::string fresh = absl::StrCat(file, ".new");
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(rocksdb::WriteStringToFile(&disk, FormatLine(options), fresh, /*should_sync=*/true),
                options.dir, "writing FORMAT"));
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(disk.RenameFile(fresh, file, {}, nullptr), options.dir, "writing FORMAT"));
  return SyncFolder(disk, options.dir);
}

absl::StatusOr<Format> ReadFormat(rocksdb::FileSystem& disk, const std::string& dir) {
  const std::string file = absl::StrCat(dir, "/", kFormat);
  const rocksdb::IOStatus exists = disk.FileExists(file, {}, nullptr);
  if (exists.IsNotFound()) {
    return absl::NotFoundError(absl::StrCat("there is no store in ", dir,
                                            ". `tocsin init` makes one; or name another folder."));
  }
  TOCSIN_RETURN_IF_ERROR(FromRocks(exists, dir, "looking for FORMAT"));
  std::string line;
  TOCSIN_RETURN_IF_ERROR(
      FromRocks(rocksdb::ReadFileToString(&disk, file, &line), dir, "reading FORMAT"));
  const std::vector<std::string> words =
      absl::StrSplit(absl::StripSuffix(line, "\n"), absl::ByChar(' '));
  for (auto profile : {RocksOptions::Profile::kLog, RocksOptions::Profile::kView}) {
    uint32_t version = 0;
    if (words.size() == 3 && words[0] == "tocsin" && words[1] == NameOf(profile) &&
        absl::SimpleAtoi(words[2], &version)) {
      return Format{profile, version};
    }
  }
  return absl::DataLossError(absl::StrCat(file, " is damaged. ", DamageRemedy()));
}

absl::Status CheckProfile(const Format& format, const RocksOptions& options) {
  if (format.profile == options.profile) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(options.dir, " holds a ", NameOf(format.profile), ", not a ",
                   NameOf(options.profile), ". Name the right folder."));
}

absl::Status PrepareFolder(rocksdb::FileSystem& disk, const RocksOptions& options) {
  const bool may_create = options.create_if_missing && !options.read_only;
  const rocksdb::IOStatus exists = disk.FileExists(options.dir, {}, nullptr);
  if (exists.IsNotFound() && may_create) {
    TOCSIN_RETURN_IF_ERROR(CreateFolder(disk, options.dir));
  } else if (!exists.ok() && !exists.IsNotFound()) {
    return FromRocks(exists, options.dir, "looking for the folder");
  }
  const absl::StatusOr<Format> format = ReadFormat(disk, options.dir);
  if (format.ok()) {
    TOCSIN_RETURN_IF_ERROR(CheckProfile(*format, options));
    TOCSIN_RETURN_IF_ERROR(CheckVersion(*format, options));
  } else if (!absl::IsNotFound(format.status()) || (exists.IsNotFound() && !may_create)) {
    return format.status();
  }

  TOCSIN_ASSIGN_OR_RETURN(const Remains remains, FindRemains(disk, options.dir));
  if (format.ok() && remains.current) return absl::OkStatus();
  if (!format.ok() && (remains.current || remains.manifest || remains.data)) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.dir,
                     " holds a database without a FORMAT file: it is not a store of "
                     "this program, or a copy that was not finished. Name another folder."));
  }
  // The engine would make a new database over what is left of this one.
  if (remains.data) {
    return absl::DataLossError(absl::StrCat(options.dir, "/CURRENT is missing. ", DamageRemedy()));
  }
  if (!may_create) {
    return format.ok() ? absl::NotFoundError(absl::StrCat("the store in ", options.dir,
                                                          " was never finished. Make it again."))
                       : format.status();
  }
  return format.ok() ? absl::OkStatus() : WriteFormat(disk, options);
}

}  // namespace tocsin::store
