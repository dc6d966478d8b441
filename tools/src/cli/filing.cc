#include "tools/src/cli/filing.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <memory>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/schema/field_table.h"
#include "node/schema/field_value.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "tools/src/cli/context.h"
#include "tools/src/cli/typed.h"

namespace tocsin::cli {
namespace {

// Nothing that follows would fare better.
bool EndsAll(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status) || absl::IsUnimplemented(status) ||
         absl::IsDataLoss(status) || absl::IsInternal(status);
}

absl::Status WithAdvice(const absl::Status& status) {
  absl::Status advised(
      status.code(),
      absl::StrCat(std::string(status.message()),
                   "\n  next: once that is mended import the same file again; what is filed is not "
                   "filed twice"));
  status.ForEachPayload([&advised](absl::string_view type, const absl::Cord& payload) {
    advised.SetPayload(type, payload);
  });
  return advised;
}

// "severity" of "incident.severity" and of "severity".
std::string FieldName(absl::string_view path, v1::Kind kind) {
  const std::string name = WithoutKind(kind, path);
  return name.substr(0, name.find_first_of(".["));
}

// The fields that `wanted` sets otherwise than `held`.
std::vector<std::string> DifferingFields(const v1::Record& wanted, const v1::Record& held) {
  const google::protobuf::Message* body = schema::BodyOf(wanted);
  const google::protobuf::Message* other = schema::BodyOf(held);
  std::vector<std::string> differing;
  if (body == nullptr || other == nullptr) return differing;
  const auto kind = static_cast<uint32_t>(schema::KindOf(*body));
  const schema::Fragments theirs = schema::FieldsOf(*other);
  for (const auto& [number, fragment] : schema::FieldsOf(*body)) {
    const auto found = theirs.find(number);
    if (found == theirs.end() || !schema::FieldValuesEqual(kind, number, fragment, found->second)) {
      differing.push_back(schema::FindField(kind, number)->name);
    }
  }
  return differing;
}

}  // namespace

Filing::Filing(Client& client, const FilingOptions& options,
               std::function<void(const RowNews&)> news, std::function<void()> progress)
    : client_(client), options_(options), news_(std::move(news)), progress_(std::move(progress)) {}

Filing::~Filing() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](uint32_t* in_flight) { return *in_flight == 0; }, &in_flight_));
}

absl::Status Filing::Take(exchange::ImportRow row) {
  TOCSIN_RETURN_IF_ERROR(ended_);
  TOCSIN_RETURN_IF_ERROR(TakeAnswers(options_.in_flight - 1));
  ++counts_.read;
  if (options_.only_scope && row.record.scope() != options_.only_scope->ToString()) {
    ++counts_.elsewhere;
    return absl::OkStatus();
  }
  if (row.flagged) ++counts_.flagged;
  for (std::string& note : row.notes) {
    news_({row.line, RowNews::What::kNote, "", std::move(note)});
  }
  Send({row.line, std::move(row.record), std::move(row.supersedes), row.superseded_state, false});
  return absl::OkStatus();
}

void Filing::Refuse(exchange::Refused refused) {
  ++counts_.read;
  ++counts_.refused;
  news_({refused.line, RowNews::What::kRefused, "", std::move(refused.reason)});
}

absl::Status Filing::Finish() { return TakeAnswers(0); }

Client::Written Filing::WhenWritten(Row row) {
  {
    absl::MutexLock lock(&mutex_);
    ++in_flight_;
  }
  auto kept = std::make_shared<Row>(std::move(row));
  return [this, kept](absl::StatusOr<v1::WriteRecordResponse> response) {
    absl::MutexLock lock(&mutex_);
    --in_flight_;
    answers_.emplace_back(std::move(*kept), std::move(response));
  };
}

void Filing::Send(Row row) {
  v1::CreateRecordRequest request;
  absl::StatusOr<Scope> scope = Scope::Parse(row.record.scope());
  TOCSIN_CHECK(scope.ok());
  request.set_parent(schema::ParentName(*scope));
  request.set_validate_only(options_.dry_run);
  v1::Record& record = *request.mutable_record();
  record = row.record;
  // Both say again what parent and body say.
  record.clear_scope();
  record.clear_kind();
  client_.File(std::move(request), WhenWritten(std::move(row)));
}

void Filing::SendUpdate(Row row, const std::string& name, const std::vector<std::string>& differs) {
  v1::UpdateRecordRequest request;
  *request.mutable_record() = row.record;
  request.mutable_record()->clear_scope();
  request.mutable_record()->clear_kind();
  request.mutable_record()->clear_code();
  request.mutable_record()->set_name(name);
  for (const std::string& field : differs) request.mutable_update_mask()->add_paths(field);
  request.set_validate_only(options_.dry_run);
  row.updating = true;
  client_.Amend(std::move(request), WhenWritten(std::move(row)));
}

absl::Status Filing::TakeAnswers(uint32_t most) {
  while (true) {
    std::deque<Answer> answers;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this, most]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !answers_.empty() || in_flight_ <= most;
      };
      mutex_.Await(absl::Condition(&ready));
      if (answers_.empty()) return ended_;
      answers.swap(answers_);
    }
    for (auto& [row, response] : answers) {
      // After the first answer that ends all, what was done all the same is still counted.
      if (!ended_.ok() && !response.ok()) continue;
      const absl::Status status = TakeAnswer(std::move(row), std::move(response));
      if (ended_.ok()) ended_ = status;
    }
    progress_();
  }
}

absl::Status Filing::TakeAnswer(Row row, absl::StatusOr<v1::WriteRecordResponse> response) {
  if (!response.ok()) {
    const absl::Status& status = response.status();
    if (absl::IsAlreadyExists(status) && !row.record.code().empty()) {
      return CompareHeld(std::move(row));
    }
    return Refused(row, status);
  }
  if (!response->withheld().empty()) ++counts_.withheld;
  for (const v1::Withheld& withheld : response->withheld()) {
    news_({row.line, RowNews::What::kWithheld, withheld.field(), withheld.sort()});
  }
  if (row.updating) {
    ++counts_.updated;
    return Supersede(row);
  }
  if (!response->differs().empty()) {
    std::vector<std::string> fields;
    for (const std::string& path : response->differs()) {
      fields.push_back(FieldName(path, row.record.kind()));
    }
    Differs(std::move(row), UidName(response->record()), fields);
    return absl::OkStatus();
  }
  ++(response->already_filed() ? counts_.already : counts_.filed);
  return Supersede(row);
}

absl::Status Filing::Refused(const Row& row, const absl::Status& status) {
  if (EndsAll(status)) return WithAdvice(status);
  // A row that differs and cannot be updated stays counted as one that differs.
  if (!row.updating) ++counts_.refused;
  news_({row.line, RowNews::What::kRefused, "", std::string(status.message())});
  return absl::OkStatus();
}

absl::Status Filing::CompareHeld(Row row) {
  absl::StatusOr<Scope> scope = Scope::Parse(row.record.scope());
  absl::StatusOr<SpokenCode> code = SpokenCode::Parse(row.record.code());
  TOCSIN_CHECK(scope.ok());
  if (!code.ok()) return Refused(row, code.status());
  const std::string name = schema::RecordName{*scope, row.record.kind(), *code}.ToString();
  absl::StatusOr<v1::Record> held = client_.Get(name);
  if (!held.ok()) {
    // The code is that of a record of another kind.
    if (absl::IsNotFound(held.status())) {
      return Refused(row, absl::AlreadyExistsError("code: another record of the scope has it"));
    }
    return Refused(row, held.status());
  }
  const std::vector<std::string> differing = DifferingFields(row.record, *held);
  if (differing.empty()) {
    ++counts_.already;
  } else {
    Differs(std::move(row), UidName(*held), differing);
  }
  return absl::OkStatus();
}

void Filing::Differs(Row row, const std::string& name, const std::vector<std::string>& fields) {
  ++counts_.differs;
  if (!options_.update) {
    news_({row.line, RowNews::What::kDiffers, absl::StrJoin(fields, " "),
           "is held with other values; --update writes these"});
    return;
  }
  SendUpdate(std::move(row), name, fields);
}

absl::Status Filing::Supersede(const Row& row) {
  if (options_.dry_run) return absl::OkStatus();
  absl::StatusOr<Scope> scope = Scope::Parse(row.record.scope());
  TOCSIN_CHECK(scope.ok());
  for (const exchange::CapKey& key : row.supersedes) {
    const RecordId id = identity::RecordIdFromSourceKey(
        *scope, v1::ALERT, exchange::kCapSourceSystem, exchange::SourceKey(key.ToText()));
    const schema::RecordName name{*scope, v1::ALERT, id};
    absl::StatusOr<v1::Record> held = client_.Get(name.ToString());
    if (absl::IsNotFound(held.status())) continue;
    if (!held.ok()) return Refused(row, held.status());
    // It is that far already, or further.
    if (held->alert().state() >= row.superseded_state) continue;
    v1::UpdateRecordRequest request;
    request.mutable_record()->set_name(UidName(*held));
    request.mutable_record()->mutable_alert()->set_state(row.superseded_state);
    request.mutable_update_mask()->add_paths("state");
    if (absl::StatusOr<v1::WriteRecordResponse> written = client_.Update(request); !written.ok()) {
      return Refused(row, written.status());
    }
    ++counts_.superseded;
  }
  return absl::OkStatus();
}

}  // namespace tocsin::cli
