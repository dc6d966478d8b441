#include "tools/src/cli/outcome.h"

#include <absl/strings/cord.h>

#include "node/base/status.h"

namespace tocsin::cli {
namespace {

constexpr char kFromNode[] = "tocsin.cli/from-node";

// What to do about an answer of the node whose message only says what is wrong.
const char* NextStep(const absl::Status& status) {
  if (!IsFromNode(status)) return nullptr;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return "mend what is named, and run it again";
    case absl::StatusCode::kNotFound:
      return "`tocsin list KIND` shows what this node holds";
    case absl::StatusCode::kAborted:
      return "somebody edited it meanwhile: look with `tocsin show`, then run it again";
    case absl::StatusCode::kAlreadyExists:
      return "`tocsin show` shows it, `tocsin edit` changes it";
    case absl::StatusCode::kResourceExhausted:
      return "make room on the node's disk, or wait, and run it again";
    case absl::StatusCode::kDeadlineExceeded:
      return "run it again, with --timeout 60s if the node is slow";
    default:
      return nullptr;
  }
}

const char* Word(Exit exit) {
  switch (exit) {
    case Exit::kUsage:
      return "bad usage: ";
    case Exit::kRefused:
      return "refused: ";
    case Exit::kUnreachable:
      return "unreachable: ";
    default:
      return "";
  }
}

}  // namespace

absl::Status FromNode(absl::Status status) {
  status.SetPayload(kFromNode, absl::Cord("1"));
  return status;
}

bool IsFromNode(const absl::Status& status) {
  return static_cast<bool>(status.GetPayload(kFromNode));
}

Exit ExitOf(const absl::Status& status) {
  TOCSIN_CHECK(!status.ok());
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return Exit::kUnreachable;
  if (IsFromNode(status)) return Exit::kRefused;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kOutOfRange:
      return Exit::kUsage;
    default:
      return Exit::kRefused;
  }
}

void PrintError(absl::string_view command, const absl::Status& status, std::ostream& err) {
  err << "tocsin " << std::string(command) << ": " << Word(ExitOf(status))
      << std::string(status.message()) << '\n';
  if (const char* next = NextStep(status)) err << "  next: " << next << '\n';
}

}  // namespace tocsin::cli
