// import: a file's rows, read by node/exchange and filed through the node.
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/struct.pb.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "node/base/status.h"
#include "node/exchange/aids.h"
#include "node/exchange/cap.h"
#include "node/exchange/csv.h"
#include "node/exchange/mapping.h"
#include "node/exchange/own_format.h"
#include "node/exchange/read.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/filing.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/outcome.h"

namespace tocsin::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kNewsMax = 20;
constexpr absl::Duration kProgressEvery = absl::Seconds(1);

absl::Status CheckReadable(const std::string& path) {
  std::error_code error;
  if (std::ifstream(path, std::ios::binary) && !fs::is_directory(path, error)) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat(path, ": cannot be read; is the path right?"));
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  TOCSIN_RETURN_IF_ERROR(CheckReadable(path));
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// Says what came of rows: to the rejects file all of it, to people the first few.
class Reporter {
 public:
  Reporter(Console& console, std::ostream* rejects) : console_(console), rejects_(rejects) {
    if (rejects_ != nullptr) Write({"line", "outcome", "field", "reason"});
  }

  void BeginFile(const std::string& file) { file_ = file; }

  void Take(const RowNews& news) {
    constexpr const char* kWords[] = {"refused", "withheld", "differs", "note"};
    const char* word = kWords[static_cast<int>(news.what)];
    if (rejects_ != nullptr && news.what != RowNews::What::kNote) {
      Write({absl::StrCat(news.line), word, news.field, news.reason});
    }
    if (++said_ > kNewsMax) return;
    console_.err << file_ << ':' << news.line << ": " << word << ": " << news.field
                 << (news.field.empty() ? "" : ": ") << news.reason << '\n';
    if (said_ == kNewsMax) {
      console_.err << "... and so on; "
                   << (rejects_ == nullptr ? "--rejects FILE has all of them\n"
                                           : "the rejects file has all of them\n");
    }
  }

 private:
  void Write(const std::vector<std::string>& cells) {
    std::string line;
    exchange::AppendCsv(cells, line);
    *rejects_ << line;
  }

  Console& console_;
  std::ostream* rejects_;
  std::string file_;
  uint64_t said_ = 0;
};

// A line of counts a second: over itself on a terminal, one after the other elsewhere.
class Progress {
 public:
  Progress(Console& console, bool wanted)
      : console_(console),
        wanted_(wanted || console.show_progress),
        last_(console.clock.Elapsed()) {}

  void Tick(const FilingCounts& counts) {
    if (!wanted_ || console_.clock.Elapsed() - last_ < kProgressEvery) return;
    last_ = console_.clock.Elapsed();
    console_.err << (console_.show_progress ? "\r" : "") << counts.read << " read, " << counts.filed
                 << " filed, " << counts.already << " already there, " << counts.refused
                 << " refused" << (console_.show_progress ? "   " : "\n") << std::flush;
    open_ = console_.show_progress;
  }
  ~Progress() {
    if (open_) console_.err << '\n';
  }

 private:
  Console& console_;
  const bool wanted_;
  absl::Duration last_;
  bool open_ = false;
};

struct Mapped {
  exchange::Mapping mapping;
  exchange::Aids aids;
};

absl::StatusOr<Mapped> ReadMapping(const ImportOptions& options) {
  const fs::path path(options.mapping);
  const auto load = [&path](const std::string& name) {
    return ReadWhole((path.parent_path() / name).string());
  };
  TOCSIN_ASSIGN_OR_RETURN(const std::string toml, ReadWhole(options.mapping));
  Mapped mapped;
  TOCSIN_ASSIGN_OR_RETURN(mapped.mapping,
                          exchange::ParseMapping(toml, path.filename().string(), load));
  std::map<std::string, std::string> files;
  for (const std::string& aid : options.aids) {
    const size_t at = aid.find('=');
    if (at == std::string::npos) {
      return absl::InvalidArgumentError("--aid takes name=file, as in --aid stations=houses.csv");
    }
    TOCSIN_ASSIGN_OR_RETURN(files[aid.substr(0, at)], ReadWhole(aid.substr(at + 1)));
  }
  TOCSIN_ASSIGN_OR_RETURN(mapped.aids, exchange::Aids::Build(mapped.mapping, files, load));
  return mapped;
}

absl::Status NeedsMapping(const std::string& file) {
  return absl::InvalidArgumentError(absl::StrCat(
      file,
      " is no file that `tocsin export` wrote: say what its columns are by --mapping FILE "
      "(docs/import.md)"));
}

absl::Status ReadCsvFile(const std::string& file, const Mapped* mapped, exchange::Sink& sink) {
  TOCSIN_RETURN_IF_ERROR(CheckReadable(file));
  std::ifstream in(file, std::ios::binary);
  if (mapped != nullptr) {
    return exchange::ReadCsv(in, mapped->mapping, mapped->aids, sink).status();
  }
  std::string first_line;
  std::getline(in, first_line);
  if (!exchange::IsOwnCsv(first_line)) return NeedsMapping(file);
  in.clear();
  in.seekg(0);
  return exchange::ReadOwnCsv(in, sink).status();
}

absl::Status ReadFile(Context& context, const ImportOptions& options, const std::string& file,
                      const Mapped* mapped, exchange::Sink& sink) {
  if (options.format == "csv") return ReadCsvFile(file, mapped, sink);
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(file));
  if (options.format == "geojson") {
    return mapped != nullptr
               ? exchange::ReadGeoJson(bytes, mapped->mapping, mapped->aids, sink).status()
               : exchange::ReadOwnGeoJson(bytes, sink).status();
  }
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  TOCSIN_ASSIGN_OR_RETURN(const Scope scope,
                          options.scope.empty()
                              ? absl::StatusOr<Scope>(Scope::Broadcast(naming->own()))
                              : naming->ScopeToFile(options.scope));
  return exchange::ReadCap(bytes, scope, sink).status();
}

struct Count {
  const char* name;
  const char* words;
  uint64_t FilingCounts::*member;
};
constexpr Count kCounts[] = {
    {"read", "read", &FilingCounts::read},
    {"filed", "filed", &FilingCounts::filed},
    {"already_there", "already there", &FilingCounts::already},
    {"differs", "differ", &FilingCounts::differs},
    {"updated", "of them updated", &FilingCounts::updated},
    {"refused", "refused", &FilingCounts::refused},
    {"elsewhere", "elsewhere", &FilingCounts::elsewhere},
    {"withheld", "with a text withheld", &FilingCounts::withheld},
    {"flagged", "flagged", &FilingCounts::flagged},
    {"superseded", "earlier alerts put out of force", &FilingCounts::superseded},
    {"left_in_force", "earlier alerts left in force", &FilingCounts::left_in_force},
};

void PrintCounts(const FilingCounts& counts, const ImportOptions& options, bool json,
                 std::ostream& out) {
  if (json) {
    google::protobuf::Struct result;
    for (const Count& count : kCounts) {
      (*result.mutable_fields())[count.name].set_number_value(
          static_cast<double>(counts.*count.member));
    }
    (*result.mutable_fields())["dry_run"].set_bool_value(options.dry_run);
    out << Json(result) << '\n';
    return;
  }
  std::vector<std::string> parts;
  for (const Count& count : kCounts) {
    // Always the six of every import; the others where there are some.
    const std::string name = count.name;
    const bool always = name == "read" || name == "filed" || name == "already_there" ||
                        name == "differs" || name == "refused" || name == "flagged";
    if (always || counts.*count.member > 0) {
      parts.push_back(absl::StrCat(counts.*count.member, " ", count.words));
    }
  }
  out << (options.dry_run ? "Nothing was filed; it would have been: " : "")
      << absl::StrJoin(parts, ", ") << '\n';
}

Exit ExitOfCounts(const FilingCounts& counts, const ImportOptions& options) {
  if (counts.refused > 0 && counts.refused == counts.read) return Exit::kRefused;
  if (options.strict && counts.refused + counts.left_in_force > 0) return Exit::kRefused;
  return counts.withheld > 0 ? Exit::kWithheld : Exit::kDone;
}

// A file that is none from some row on is bad usage only while nothing was sent.
absl::Status AfterSent(const absl::Status& status, const FilingCounts& counts) {
  if (counts.sent == 0 || ExitOf(status) != Exit::kUsage) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(std::string(status.message()),
                   "\n  next: mend the file and import it again; the rows before it are counted "
                   "above, and what is filed is not filed twice"));
}

}  // namespace

absl::StatusOr<Exit> Import(Context& context, const ImportOptions& options) {
  Console& console = context.console();
  TOCSIN_ASSIGN_OR_RETURN(const Naming* naming, context.naming());
  FilingOptions filing_options{.in_flight = options.in_flight,
                               .update = options.update,
                               .dry_run = options.dry_run,
                               .only_scope = std::nullopt};
  if (!options.only_scope.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(filing_options.only_scope, naming->ScopeToFile(options.only_scope));
  }
  if (options.format == "cap" && (!options.mapping.empty() || !options.aids.empty())) {
    return absl::InvalidArgumentError("CAP needs no --mapping and no --aid");
  }
  std::optional<Mapped> mapped;
  if (!options.mapping.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(mapped, ReadMapping(options));
  }
  // Before the first row is sent.
  for (const std::string& file : options.files) TOCSIN_RETURN_IF_ERROR(CheckReadable(file));
  std::ofstream rejects;
  if (!options.rejects.empty()) {
    rejects.open(options.rejects, std::ios::binary);
    if (!rejects) {
      return absl::NotFoundError(absl::StrCat(options.rejects, ": cannot be written"));
    }
  }

  Reporter reporter(console, options.rejects.empty() ? nullptr : &rejects);
  FilingCounts counts;
  absl::Status status;
  {
    Progress progress(console, options.progress);
    Filing* running = nullptr;
    Filing filing(
        context.client(), filing_options, [&](const RowNews& news) { reporter.Take(news); },
        [&] { progress.Tick(running->counts()); });
    running = &filing;
    for (const std::string& file : options.files) {
      reporter.BeginFile(file);
      status = ReadFile(context, options, file, mapped ? &*mapped : nullptr, filing);
      // Whatever ends the reading, what was sent gets its answer and is counted.
      const absl::Status finished = filing.Finish();
      if (status.ok()) status = finished;
      if (!status.ok()) break;
    }
    counts = filing.counts();
  }
  PrintCounts(counts, options, context.json(), console.out);
  if (!status.ok()) return AfterSent(status, counts);
  return ExitOfCounts(counts, options);
}

}  // namespace tocsin::cli
