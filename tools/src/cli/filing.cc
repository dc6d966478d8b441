#include "tools/src/cli/filing.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/cap.h"
#include "node/identity/record_id.h"
#include "node/schema/names.h"
#include "tools/src/cli/context.h"
#include "tools/src/cli/typed.h"

namespace tocsin::cli {
namespace {

constexpr int kPage = 500;

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
  Send({row.line, std::move(row.record), std::move(row.cap_key), std::move(row.supersedes),
        row.superseded_state, std::nullopt});
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
  ++counts_.sent;
  client_.File(std::move(request), WhenWritten(std::move(row)));
}

void Filing::SendUpdate(Row row, const std::string& name) {
  v1::UpdateRecordRequest request = row.update->Take(name);
  request.set_validate_only(options_.dry_run);
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
  if (row.update) {
    if (row.update->empty()) {
      ++counts_.updated;
      return Settle(row, response->record());
    }
    SendUpdate(std::move(row), UidName(response->record()));
    return absl::OkStatus();
  }
  if (!response->differs().empty()) {
    std::vector<std::string> fields;
    for (const std::string& path : response->differs()) {
      fields.push_back(FieldName(path, row.record.kind()));
    }
    return Differs(std::move(row), response->record(), fields);
  }
  ++(response->already_filed() ? counts_.already : counts_.filed);
  return Settle(row, response->record());
}

absl::Status Filing::Refused(const Row& row, const absl::Status& status) {
  if (EndsAll(status)) return WithAdvice(status);
  // What differs and may not be updated is refused, and no longer one that differs.
  if (row.update) --counts_.differs;
  ++counts_.refused;
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
  if (!differing.empty()) return Differs(std::move(row), *held, differing);
  ++counts_.already;
  return absl::OkStatus();
}

absl::Status Filing::Differs(Row row, const v1::Record& held, std::vector<std::string> fields) {
  // A message is read as it was in force; that another one ended it since is no other value.
  if (row.cap_key && held.alert().state() > row.record.alert().state()) std::erase(fields, "state");
  if (fields.empty()) {
    ++counts_.already;
    return Settle(row, held);
  }
  ++counts_.differs;
  if (!options_.update) {
    news_({row.line, RowNews::What::kDiffers, absl::StrJoin(fields, " "),
           "is held with other values; --update writes these"});
    return Settle(row, held);
  }
  auto [open, closed] = SplitByUpdates(fields);
  if (!closed.empty()) {
    news_({row.line, RowNews::What::kDiffers, absl::StrJoin(closed, " "),
           "is held with other values, and no update writes it: `tocsin resolve` settles a "
           "conflict, `tocsin move` moves a record"});
  }
  RowUpdate update(row.record, held, std::move(open));
  if (update.empty()) return Settle(row, held);
  row.update = std::move(update);
  SendUpdate(std::move(row), UidName(held));
  return absl::OkStatus();
}

absl::Status Filing::Settle(const Row& row, const v1::Record& record) {
  if (!row.cap_key || options_.dry_run) return absl::OkStatus();
  const std::string& scope = row.record.scope();
  TOCSIN_RETURN_IF_ERROR(LookUpEnded(row));
  for (const exchange::CapKey& key : row.supersedes) {
    v1::AlertState& state = ended_alerts_[{scope, key.ToText()}];
    state = std::max(state, row.superseded_state);
    TOCSIN_RETURN_IF_ERROR(Supersede(row, key));
  }
  const auto ended = ended_alerts_.find({scope, row.cap_key->ToText()});
  if (ended == ended_alerts_.end()) return absl::OkStatus();
  return PutOutOfForce(row, record, ended->second);
}

absl::Status Filing::LookUpEnded(const Row& row) {
  if (!looked_up_.insert(row.record.scope()).second) return absl::OkStatus();
  v1::ListRecordsRequest request;
  request.set_parent(schema::ParentName(*Scope::Parse(row.record.scope())));
  request.set_kind(v1::ALERT);
  request.set_page_size(kPage);
  do {
    absl::StatusOr<v1::ListRecordsResponse> page = client_.List(request);
    if (!page.ok()) return WithAdvice(page.status());
    for (const v1::Record& record : page->record()) {
      const v1::AlertState state = exchange::StateOfReferenced(record.alert().type());
      // One that was filed in error ends nothing.
      const bool ends = record.scope() == row.record.scope() &&
                        state != v1::ALERT_STATE_UNSPECIFIED &&
                        record.alert().state() != v1::ALERT_WITHDRAWN;
      if (!ends) continue;
      for (const exchange::CapKey& key : exchange::ReferencesOf(record.alert())) {
        v1::AlertState& known = ended_alerts_[{record.scope(), key.ToText()}];
        known = std::max(known, state);
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status Filing::Supersede(const Row& row, const exchange::CapKey& key) {
  const Scope scope = *Scope::Parse(row.record.scope());
  const RecordId id = identity::RecordIdFromSourceKey(scope, v1::ALERT, exchange::kCapSourceSystem,
                                                      exchange::SourceKey(key.ToText()));
  absl::StatusOr<v1::Record> held =
      client_.Get(schema::RecordName{scope, v1::ALERT, id}.ToString());
  if (absl::IsNotFound(held.status())) return absl::OkStatus();
  if (!held.ok()) return NotSettled(row, held.status());
  return PutOutOfForce(row, *held, row.superseded_state);
}

absl::Status Filing::PutOutOfForce(const Row& row, const v1::Record& held, v1::AlertState state) {
  // It is that far already, or further.
  if (held.alert().state() >= state) return absl::OkStatus();
  v1::UpdateRecordRequest request;
  request.mutable_record()->set_name(UidName(held));
  request.mutable_record()->mutable_alert()->set_state(state);
  request.mutable_update_mask()->add_paths("state");
  if (absl::StatusOr<v1::WriteRecordResponse> written = client_.Update(request); !written.ok()) {
    return NotSettled(row, written.status());
  }
  ++counts_.superseded;
  return absl::OkStatus();
}

absl::Status Filing::NotSettled(const Row& row, const absl::Status& status) {
  if (EndsAll(status)) return WithAdvice(status);
  ++counts_.left_in_force;
  news_({row.line, RowNews::What::kRefused, "",
         absl::StrCat("the message is held, and an alert that is ended stays in force: ",
                      std::string(status.message()))});
  return absl::OkStatus();
}

}  // namespace tocsin::cli
