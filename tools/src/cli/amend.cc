// edit and withdraw.
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "node/base/ids.h"
#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "tools/src/cli/commands.h"
#include "tools/src/cli/typed.h"
#include "tools/src/cli/words.h"
#include "tools/src/cli/written.h"

namespace tocsin::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void AddOnce(const std::string& path, google::protobuf::FieldMask& mask) {
  if (std::find(mask.paths().begin(), mask.paths().end(), path) == mask.paths().end()) {
    mask.add_paths(path);
  }
}

// A part of a field is written with the rest of it as it stands: fields are written whole.
void KeepTheRest(const Message& before, const FieldDescriptor& field, Message& body) {
  const auto& reflection = *body.GetReflection();
  if (field.is_repeated() || field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
      reflection.HasField(body, &field) || !reflection.HasField(before, &field)) {
    return;
  }
  reflection.MutableMessage(&body, &field)->CopyFrom(reflection.GetMessage(before, &field));
}

absl::Status ReadSets(Context& context, const EditOptions& options, const v1::Record& before,
                      v1::UpdateRecordRequest& request) {
  TOCSIN_RETURN_IF_ERROR(CheckSetOnce(before.kind(), options.sets));
  const Message* held = schema::BodyOf(before);
  Message& body = *schema::MutableBody(*request.mutable_record(), before.kind());
  for (const std::string& set : options.sets) {
    TOCSIN_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(set));
    TOCSIN_ASSIGN_OR_RETURN(const FieldDescriptor* field,
                            TopField(before.kind(), assignment.first));
    if (held != nullptr && WithoutKind(before.kind(), assignment.first) != field->name())
      KeepTheRest(*held, *field, body);
    TOCSIN_RETURN_IF_ERROR(SetAll(context, {set}, body));
    AddOnce(field->name(), *request.mutable_update_mask());
  }
  return absl::OkStatus();
}

// The change of which the digits are typed, or the first of them as a history prints them.
absl::StatusOr<std::string> DotOf(Context& context, const v1::Record& record,
                                  const std::string& typed) {
  constexpr size_t kDigits = 2 * Dot::kSize, kLeastDigits = 6;
  if (typed.size() == kDigits) return typed;
  if (typed.size() < kLeastDigits) {
    return absl::InvalidArgumentError(
        "--remove takes field:change, with six or more digits of the change from `tocsin show ID "
        "--history`");
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRecordHistoryResponse history,
                          context.client().History(UidName(record)));
  std::vector<std::string> found;
  for (const v1::HistoryEntry& entry : history.entry()) {
    if (absl::StartsWithIgnoreCase(entry.dot(), typed)) found.push_back(entry.dot());
  }
  if (found.size() == 1) return found.front();
  return absl::InvalidArgumentError(absl::StrCat(
      "--remove: ", found.empty() ? "no change" : "more than one change",
      " of the record begins with ", typed, "; `tocsin show ID --history` shows them"));
}

absl::Status ReadClears(Context& context, const EditOptions& options, const v1::Record& before,
                        v1::UpdateRecordRequest& request) {
  const v1::Kind kind = before.kind();
  auto& mask = *request.mutable_update_mask();
  for (const std::string& clear : options.clears) {
    TOCSIN_ASSIGN_OR_RETURN(const FieldDescriptor* field, TopField(kind, clear));
    if (std::find(mask.paths().begin(), mask.paths().end(), field->name()) != mask.paths().end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field->name(), " is both set and cleared; do one of them"));
    }
    AddOnce(field->name(), mask);
  }
  for (const std::string& remove : options.removes) {
    const std::vector<std::string> parts = absl::StrSplit(remove, ':');
    if (parts.size() != 2) {
      return absl::InvalidArgumentError(
          "--remove takes field:change, with the change's digits from `tocsin show ID --history`");
    }
    TOCSIN_ASSIGN_OR_RETURN(const FieldDescriptor* field, TopField(kind, parts[0]));
    v1::ElementRef& element = *request.add_remove();
    element.set_field(field->name());
    TOCSIN_ASSIGN_OR_RETURN(*element.mutable_dot(), DotOf(context, before, parts[1]));
  }
  return absl::OkStatus();
}

// An edit that says what the other value says ends a conflict, without a reason.
void SayWhatAgrees(Context& context, const v1::Record& before, const v1::Record& after) {
  for (const v1::Conflict& conflict : before.conflict()) {
    const bool stays = std::any_of(
        after.conflict().begin(), after.conflict().end(),
        [&conflict](const v1::Conflict& other) { return other.field() == conflict.field(); });
    if (stays) continue;
    context.console().err << "no longer in conflict: " << conflict.field()
                          << ", because all say the same now; `tocsin show --history` says what "
                             "was shown before\n";
  }
}

}  // namespace

absl::StatusOr<Exit> Edit(Context& context, const EditOptions& options) {
  if (options.sets.empty() && options.clears.empty() && options.removes.empty()) {
    return absl::InvalidArgumentError(
        "nothing to change: give --set field=value, --clear field or --remove field:change");
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record before, context.Find(options.id));
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(UidName(before));
  TOCSIN_RETURN_IF_ERROR(ReadSets(context, options, before, request));
  TOCSIN_RETURN_IF_ERROR(ReadClears(context, options, before, request));
  // What the caller was shown, or else what this command was shown a moment ago.
  request.set_etag(options.etag.empty() ? before.etag() : options.etag);
  request.set_require_unchanged(options.require_unchanged);
  request.set_request_id(NewRequestId(context));
  request.set_validate_only(options.dry_run);
  request.set_heard(options.heard);
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteRecordResponse response, context.client().Update(request));
  TOCSIN_ASSIGN_OR_RETURN(const Exit exit,
                          PrintWritten(context, response,
                                       {options.dry_run ? "Would change" : "Changed",
                                        "Says so already:", options.dry_run}));
  SayWhatAgrees(context, before, response.record());
  return exit;
}

absl::StatusOr<Exit> Withdraw(Context& context, const WithdrawOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::WithdrawReason reason,
                          ParseEnum<v1::WithdrawReason>(options.reason));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Record before, context.Find(options.id));
  v1::WithdrawRecordRequest request;
  request.set_name(UidName(before));
  request.set_reason(reason);
  request.set_etag(options.etag.empty() ? before.etag() : options.etag);
  request.set_require_unchanged(options.require_unchanged);
  request.set_request_id(NewRequestId(context));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteRecordResponse response,
                          context.client().Withdraw(request));
  return PrintWritten(context, response, {"Withdrawn", "Withdrawn before:"});
}

}  // namespace tocsin::cli
