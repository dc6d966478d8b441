// export: what a list shows, as CAP, CSV or GeoJSON.
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "node/base/status.h"
#include "node/exchange/cap.h"
#include "node/exchange/own_format.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/select.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kPage = 500;

// Gives every record that is asked for, page by page.
absl::Status EachRecord(Context& context, const ExportOptions& options,
                        const std::optional<v1::Kind>& kind,
                        const std::function<absl::Status(const v1::Record&)>& take) {
  if (!kind) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context.Find(options.what));
    return take(record);
  }
  Selection selection = options.selection;
  selection.kind = KindWord(*kind);
  TOCSIN_ASSIGN_OR_RETURN(const Selected selected, Select(context, selection));
  v1::ListRecordsRequest request;
  request.set_parent(selected.parent);
  request.set_kind(selected.kind);
  request.set_filter(selected.filter);
  request.set_page_size(kPage);
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListRecordsResponse page, context.client().List(request));
    for (const v1::Record& record : page.record()) TOCSIN_RETURN_IF_ERROR(take(record));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status CannotWrite(const std::string& path) {
  return absl::NotFoundError(
      absl::StrCat(path, ": cannot be written; is its folder there, and is there room?"));
}

// CAP is a file a record: to a folder, or the only one to the output.
class CapOut {
 public:
  CapOut(Context& context, std::string folder) : context_(context), folder_(std::move(folder)) {}

  absl::Status Take(const v1::Record& listed) {
    // Lists leave the parts of an alert's original out.
    TOCSIN_ASSIGN_OR_RETURN(const v1::Record record, context_.client().Get(listed.name()));
    absl::StatusOr<exchange::CapFile> file = exchange::WriteCap(record);
    if (!file.ok()) {
      ++refused_;
      context_.console().err << "refused: " << record.name() << ": "
                             << std::string(file.status().message()) << '\n';
      return absl::OkStatus();
    }
    if (folder_.empty()) {
      if (written_ > 0) {
        return absl::InvalidArgumentError(
            "more than one record matches, and CAP has one file for each: give a folder by --out");
      }
      context_.console().out << file->bytes;
    } else {
      const std::string path = (fs::path(folder_) / file->name).string();
      if (!names_.insert(file->name).second) {
        return absl::AlreadyExistsError(
            absl::StrCat(path, ": is the file of another record of this export as well; export ",
                         record.name(), " by itself, to another folder"));
      }
      std::ofstream out(path, std::ios::binary);
      out << file->bytes << std::flush;
      if (!out) return CannotWrite(path);
    }
    ++written_;
    return absl::OkStatus();
  }

  uint64_t written() const { return written_; }
  uint64_t refused() const { return refused_; }

 private:
  Context& context_;
  const std::string folder_;
  // Of the files so far.
  std::set<std::string> names_;
  uint64_t written_ = 0;
  uint64_t refused_ = 0;
};

absl::StatusOr<Exit> ExportCap(Context& context, const ExportOptions& options,
                               const std::optional<v1::Kind>& kind) {
  if (!options.out.empty()) {
    std::error_code error;
    fs::create_directories(options.out, error);
    if (error) return CannotWrite(options.out);
  }
  CapOut out(context, options.out);
  const absl::Status status = EachRecord(
      context, options, kind, [&out](const v1::Record& record) { return out.Take(record); });
  context.console().err << out.written() << " written\n";
  TOCSIN_RETURN_IF_ERROR(status);
  return out.refused() > 0 ? Exit::kRefused : Exit::kDone;
}

// One table or collection; `write` appends a record.
absl::StatusOr<Exit> ExportWhole(Context& context, const ExportOptions& options,
                                 const std::optional<v1::Kind>& kind, std::ostream& out,
                                 uint64_t& written) {
  if (options.format == "geojson") out << exchange::kGeoJsonHead;
  if (options.format == "csv" && kind) {
    std::string header;
    exchange::AppendOwnCsvHeader(*kind, header);
    out << header;
  }
  TOCSIN_RETURN_IF_ERROR(EachRecord(context, options, kind, [&](const v1::Record& record) {
    std::string text;
    if (options.format == "geojson") {
      text = absl::StrCat(written > 0 ? ",\n" : "", exchange::OwnGeoJsonFeature(record));
    } else {
      if (!kind) exchange::AppendOwnCsvHeader(record.kind(), text);
      exchange::AppendOwnCsv(record, text);
    }
    out << text;
    ++written;
    return out ? absl::OkStatus() : CannotWrite(options.out);
  }));
  if (options.format == "geojson") out << exchange::kGeoJsonTail;
  out << std::flush;
  if (!out) return CannotWrite(options.out);
  return Exit::kDone;
}

}  // namespace

absl::StatusOr<Exit> Export(Context& context, const ExportOptions& options) {
  std::optional<v1::Kind> kind;
  if (options.what.size() == 1) {
    absl::StatusOr<v1::Kind> word = ParseKindWord(options.what[0]);
    if (word.ok()) kind = *word;
    // Neither a kind nor a record's name: most likely a kind that was mistyped.
    if (!word.ok() && !absl::StartsWith(options.what[0], "scopes/")) {
      TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
      if (!naming->Candidates(options.what).ok()) return word.status();
    }
  }
  if (options.format == "cap") return ExportCap(context, options, kind);
  uint64_t written = 0;
  if (options.out.empty()) {
    return ExportWhole(context, options, kind, context.console().out, written);
  }
  std::error_code error;
  if (fs::is_directory(options.out, error)) {
    return absl::InvalidArgumentError(absl::StrCat(options.out, ": is a folder; ", options.format,
                                                   " is one file, so name a file in it"));
  }
  // Whole or not at all: written beside and renamed.
  const std::string part = absl::StrCat(options.out, ".part");
  absl::StatusOr<Exit> exit = Exit::kDone;
  {
    std::ofstream out(part, std::ios::binary);
    if (!out) return CannotWrite(options.out);
    exit = ExportWhole(context, options, kind, out, written);
  }
  if (exit.ok()) {
    fs::rename(part, options.out, error);
    if (error) return CannotWrite(options.out);
    context.console().err << written << " written\n";
  } else {
    fs::remove(part, error);
  }
  return exit;
}

}  // namespace tocsin::cli
