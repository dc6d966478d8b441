#include "node/identity/files.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "node/base/status.h"

namespace tocsin::identity {
namespace {

std::string FolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

absl::Status CheckSecret(const std::string& path, const struct stat& info) {
  if ((info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(absl::StrFormat(
        "'%s' holds a private key, and others may read or write it (mode %04o); run 'chmod 600 "
        "%s', and make a new identity if somebody may have copied it",
        path, info.st_mode & 07777, path));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(absl::StrFormat(
        "'%s' holds a private key and belongs to account %d; this program runs as account %d: run "
        "it as the owner, or give the file to this account with chown",
        path, info.st_uid, geteuid()));
  }
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write '", path, "'"));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status WriteAndSync(int fd, absl::string_view bytes, mode_t mode, const std::string& path) {
  // The umask has had its say at open; this says it exactly.
  if (fchmod(fd, mode) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot set the mode of '", path, "'"));
  }
  TOCSIN_RETURN_IF_ERROR(WriteAll(fd, bytes, path));
  if (fsync(fd) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot sync '", path, "'"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit, Privacy privacy) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read '", path, "'"));
  absl::Cleanup closer = [fd] { close(fd); };
  struct stat info = {};
  if (fstat(fd, &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at '", path, "'"));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' is no plain file"));
  }
  if (privacy == Privacy::kSecret) TOCSIN_RETURN_IF_ERROR(CheckSecret(path, info));
  std::string bytes;
  char buffer[4096];
  while (bytes.size() <= limit) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read '", path, "'"));
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(n));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", path, "' is longer than the ", limit, " bytes that such a file may have"));
}

absl::Status WriteNewFile(const std::string& path, absl::string_view bytes, mode_t mode) {
  std::string draft = absl::StrCat(path, ".new.", getpid());
  int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot create '", draft, "'"));
  absl::Cleanup remove_draft = [&draft] { unlink(draft.c_str()); };
  absl::Status written = WriteAndSync(fd, bytes, mode, draft);
  close(fd);
  TOCSIN_RETURN_IF_ERROR(written);
  // link() refuses a name that is taken, which rename() would overwrite.
  if (link(draft.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create '", path, "'"));
  }
  std::move(remove_draft).Invoke();
  return SyncFolder(FolderOf(path));
}

absl::Status PublishFolder(const std::string& from, const std::string& to) {
  // rename() takes the place of an empty folder and refuses any other.
  if (rename(from.c_str(), to.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
      return absl::AlreadyExistsError(absl::StrCat("'", to, "' is there already"));
    }
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot name '", from, "' '", to, "'"));
  }
  return SyncFolder(FolderOf(to));
}

absl::Status ExchangeFolders(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno == ENOENT) return PublishFolder(from, to);
    if (errno == EINVAL || errno == ENOSYS) {
      return absl::UnimplementedError(absl::StrCat(
          "the file system under '", to, "' cannot exchange two folders in one step: do this on ",
          "another (ext4, xfs, btrfs) and copy the folder back"));
    }
    return absl::ErrnoToStatus(errno,
                               absl::StrCat("cannot put '", from, "' in place of '", to, "'"));
  }
  return SyncFolder(FolderOf(to));
}

absl::Status SyncFolder(const std::string& folder) {
  int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open folder '", folder, "'"));
  absl::Cleanup closer = [fd] { close(fd); };
  if (fsync(fd) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot sync folder '", folder, "'"));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::identity
