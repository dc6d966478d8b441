#include "tests/tools/cli/fake_node.h"

#include <absl/base/thread_annotations.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>
#include <google/protobuf/util/time_util.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>

#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/triage.h"
#include "node/schema/validate.h"
#include "tocsin/v1/api.grpc.pb.h"
#include "tocsin/v1/conflicts.grpc.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::Message;

// What the fake's guard refuses.
constexpr char kTelephone[] = "+1 555";

grpc::Status Say(grpc::StatusCode code, const std::string& message) { return {code, message}; }

grpc::Status From(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

RecordId IdOf(const Scope& scope, const Message& body, SpokenCode code) {
  const auto kind = static_cast<uint32_t>(schema::KindOf(body));
  const auto* source = body.GetDescriptor()->FindFieldByName("source");
  if (source != nullptr && body.GetReflection()->HasField(body, source)) {
    const auto& value =
        static_cast<const v1::Source&>(body.GetReflection()->GetMessage(body, source));
    return identity::RecordIdFromSourceKey(scope, kind, value.system(), value.key());
  }
  return identity::RecordIdFromCode(scope, kind, code.bits());
}

bool HasSource(const Message& body) {
  const auto* source = body.GetDescriptor()->FindFieldByName("source");
  return source != nullptr && body.GetReflection()->HasField(body, source);
}

void Complete(const Scope& scope, SpokenCode code, v1::Record& record) {
  const Message& body = *schema::BodyOf(record);
  const v1::Kind kind = schema::KindOf(body);
  const RecordId id = IdOf(scope, body, code);
  const SpokenCode shown = HasSource(body) ? SpokenCode::FromBits(identity::CodeBitsOf(id)) : code;
  record.set_name(schema::RecordName{scope, kind, shown}.ToString());
  record.set_code(shown.ToString());
  record.set_scope(scope.ToString());
  record.set_kind(kind);
  record.set_uid(schema::FormatUid(id));
  record.set_filed_by(scope.jurisdiction().path());
  record.set_precedence(schema::PrecedenceName(schema::PrecedenceOf(body)));
  const auto* status = body.GetDescriptor()->FindFieldByName("status");
  record.set_status(static_cast<v1::CapStatus>(body.GetReflection()->GetEnumValue(body, status)));
}

}  // namespace

struct FakeNode::Impl final : v1::Records::Service, v1::Conflicts::Service, v1::Node::Service {
  explicit Impl(const std::string& own) : jurisdiction(own) {}

  grpc::Status CreateRecord(grpc::ServerContext*, const v1::CreateRecordRequest* request,
                            v1::WriteRecordResponse* response) override {
    absl::MutexLock lock(&mutex);
    creates.push_back(*request);
    return Create(*request, *response);
  }

  grpc::Status Create(const v1::CreateRecordRequest& request, v1::WriteRecordResponse& response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (fail_from > 0 && static_cast<int>(creates.size()) >= fail_from) return failure;
    const absl::StatusOr<Scope> scope = schema::ParseParent(request.parent());
    if (!scope.ok()) return From(scope.status());
    const absl::StatusOr<Jurisdiction> own = Jurisdiction::Parse(jurisdiction);
    if (!MayWrite(*own, *scope)) {
      return Say(grpc::StatusCode::PERMISSION_DENIED, "file this one at its own post");
    }
    const Message* body = schema::BodyOf(request.record());
    if (body == nullptr) return Say(grpc::StatusCode::INVALID_ARGUMENT, "record: has no body");
    if (absl::Status valid = schema::Validate(*body, schema::Purpose::kCreate); !valid.ok()) {
      return From(valid);
    }
    if (auto done = done_requests.find(request.request_id());
        !request.request_id().empty() && done != done_requests.end()) {
      *response.mutable_record() = records.at(done->second);
      response.set_already_filed(true);
      return grpc::Status::OK;
    }
    SpokenCode code = SpokenCode::FromBits(1000 + records.size());
    if (!request.record().code().empty()) code = *SpokenCode::Parse(request.record().code());
    v1::Record record = request.record();
    Guard(record, response);
    Complete(*scope, code, record);
    *record.mutable_create_time() = record.incident().observed_time();
    *record.mutable_update_time() = record.create_time();
    *response.mutable_record() = record;
    const auto held = records.find(record.name());
    if (held != records.end()) return HeldAlready(record, held->second, response);
    if (request.validate_only()) return grpc::Status::OK;
    done_requests[request.request_id()] = record.name();
    records[record.name()] = record;
    return grpc::Status::OK;
  }

  static grpc::Status HeldAlready(const v1::Record& guarded, const v1::Record& held,
                                  v1::WriteRecordResponse& response) {
    if (!HasSource(*schema::BodyOf(guarded))) {
      return Say(grpc::StatusCode::ALREADY_EXISTS, "held already; edit it instead");
    }
    response.set_already_filed(true);
    const Message& wanted = *schema::BodyOf(guarded);
    const Message& body = *schema::BodyOf(held);
    for (const schema::FieldInfo& field : schema::FieldTable::Of(held.kind()).fields()) {
      std::unique_ptr<Message> a(wanted.New());
      std::unique_ptr<Message> b(body.New());
      const auto copy = [&field](const Message& from, Message& to) {
        to.CopyFrom(from);
        std::vector<const google::protobuf::FieldDescriptor*> set;
        from.GetReflection()->ListFields(from, &set);
        for (const auto* other : set) {
          if (other != field.descriptor) to.GetReflection()->ClearField(&to, other);
        }
        return !set.empty() && to.ByteSizeLong() > 0;
      };
      if (copy(wanted, *a) && (copy(body, *b), a->SerializeAsString() != b->SerializeAsString())) {
        response.add_differs(absl::StrCat(KindName(held.kind()), ".", field.name));
      }
    }
    *response.mutable_record() = held;
    return grpc::Status::OK;
  }

  static std::string KindName(v1::Kind kind) {
    return schema::FindKind(static_cast<uint32_t>(kind))->name;
  }

  // Takes out what it refuses.
  static void Guard(v1::Record& record, v1::WriteRecordResponse& response) {
    Message& body = *schema::MutableBody(record, schema::KindOf(*schema::BodyOf(record)));
    const auto* field = body.GetDescriptor()->FindFieldByName("description");
    if (field == nullptr || field->is_repeated()) return;
    if (!absl::StrContains(body.GetReflection()->GetString(body, field), kTelephone)) return;
    body.GetReflection()->ClearField(&body, field);
    v1::Withheld& withheld = *response.add_withheld();
    withheld.set_field(absl::StrCat(KindName(schema::KindOf(body)), ".description"));
    withheld.set_sort("telephone number");
  }

  // By code or uid.
  std::map<std::string, v1::Record>::iterator Look(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const absl::StatusOr<schema::RecordName> parsed = schema::ParseRecordName(name);
    if (!parsed.ok()) return records.end();
    if (std::holds_alternative<SpokenCode>(parsed->id)) return records.find(parsed->ToString());
    return std::find_if(records.begin(), records.end(), [&](const auto& held) {
      return held.second.kind() == parsed->kind &&
             held.second.scope() == parsed->scope.ToString() &&
             held.second.uid() == schema::FormatUid(std::get<RecordId>(parsed->id));
    });
  }

  grpc::Status GetRecord(grpc::ServerContext*, const v1::GetRecordRequest* request,
                         v1::Record* response) override {
    absl::MutexLock lock(&mutex);
    const auto held = Look(request->name());
    if (held == records.end()) return Say(grpc::StatusCode::NOT_FOUND, "not held here");
    *response = held->second;
    return grpc::Status::OK;
  }

  grpc::Status ListRecords(grpc::ServerContext*, const v1::ListRecordsRequest* request,
                           v1::ListRecordsResponse* response) override {
    absl::MutexLock lock(&mutex);
    lists.push_back(*request);
    const std::string after = request->page_token();
    const size_t size = request->page_size() == 0 ? 50 : static_cast<size_t>(request->page_size());
    for (const auto& [name, record] : records) {
      const bool is_wanted = request->kind() == v1::KIND_UNSPECIFIED
                                 ? absl::StartsWith(name, request->parent() + "/")
                                 : record.kind() == request->kind();
      if (!is_wanted || name <= after) continue;
      if (static_cast<size_t>(response->record_size()) == size) {
        response->set_next_page_token(response->record().rbegin()->name());
        break;
      }
      *response->add_record() = record;
    }
    return grpc::Status::OK;
  }

  grpc::Status UpdateRecord(grpc::ServerContext*, const v1::UpdateRecordRequest* request,
                            v1::WriteRecordResponse* response) override {
    absl::MutexLock lock(&mutex);
    updates.push_back(*request);
    if (!update_failure.ok()) return update_failure;
    const auto held = Look(request->record().name());
    if (held == records.end()) return Say(grpc::StatusCode::NOT_FOUND, "not held here");
    v1::Record record = held->second;
    if (request->require_unchanged() && request->etag() != record.etag()) {
      return Say(grpc::StatusCode::ABORTED, "the etag is not the record's");
    }
    if (request->etag() != record.etag()) {
      v1::MovedField& moved = *response->add_moved();
      moved.set_field("incident.severity");
      moved.set_value_json("\"SEVERITY_EXTREME\"");
      moved.set_jurisdiction("city/kings");
      moved.set_written(true);
      *response->mutable_conflict() = record.conflict();
    }
    v1::Record edit = request->record();
    Guard(edit, *response);
    const Message& from = *schema::BodyOf(edit);
    if (from.ByteSizeLong() == 0 && response->withheld_size() > 0) {
      response->set_nothing_written(true);
      *response->mutable_record() = held->second;
      return grpc::Status::OK;
    }
    Message& to = *schema::MutableBody(record, record.kind());
    for (const std::string& path : request->update_mask().paths()) {
      const auto* field = to.GetDescriptor()->FindFieldByName(path);
      if (field == nullptr) return Say(grpc::StatusCode::INVALID_ARGUMENT, "update_mask: " + path);
      std::unique_ptr<Message> part(from.New());
      part->CopyFrom(from);
      std::vector<const google::protobuf::FieldDescriptor*> set;
      from.GetReflection()->ListFields(from, &set);
      for (const auto* other : set) {
        if (other != field) part->GetReflection()->ClearField(part.get(), other);
      }
      to.GetReflection()->ClearField(&to, field);
      to.MergeFrom(*part);
    }
    *response->mutable_record() = record;
    if (!request->validate_only()) held->second = record;
    return grpc::Status::OK;
  }

  grpc::Status WithdrawRecord(grpc::ServerContext*, const v1::WithdrawRecordRequest* request,
                              v1::WriteRecordResponse* response) override {
    absl::MutexLock lock(&mutex);
    const auto held = Look(request->name());
    if (held == records.end()) return Say(grpc::StatusCode::NOT_FOUND, "not held here");
    v1::Incident& incident = *held->second.mutable_incident();
    incident.set_state(v1::INCIDENT_WITHDRAWN);
    incident.set_withdraw_reason(request->reason());
    *response->mutable_record() = held->second;
    return grpc::Status::OK;
  }

  grpc::Status ResolveConflict(grpc::ServerContext*, const v1::ResolveConflictRequest* request,
                               v1::WriteRecordResponse* response) override {
    absl::MutexLock lock(&mutex);
    resolves.push_back(*request);
    const auto held = Look(request->name());
    if (held == records.end()) return Say(grpc::StatusCode::NOT_FOUND, "not held here");
    if (!request->validate_only()) held->second.clear_conflict();
    *response->mutable_record() = held->second;
    return grpc::Status::OK;
  }

  grpc::Status MoveRecord(grpc::ServerContext*, const v1::MoveRecordRequest* request,
                          v1::MoveRecordResponse* response) override {
    absl::MutexLock lock(&mutex);
    moves.push_back(*request);
    *response = move_answer;
    return grpc::Status::OK;
  }

  grpc::Status WatchRecords(grpc::ServerContext* context, const v1::WatchRecordsRequest* request,
                            grpc::ServerWriter<v1::WatchRecordsResponse>* writer) override {
    size_t sent = 0;
    if (request->include_current()) {
      std::vector<v1::Record> current;
      {
        absl::MutexLock lock(&mutex);
        for (const auto& [name, record] : records) current.push_back(record);
      }
      for (const v1::Record& record : current) {
        v1::WatchRecordsResponse event;
        *event.mutable_record() = record;
        event.set_resume_token("current");
        writer->Write(event);
      }
    }
    return SendAnnounced(*context, announced, sent, *writer);
  }

  template <typename Event>
  grpc::Status SendAnnounced(const grpc::ServerContext& context, const std::vector<Event>& events,
                             size_t sent,
                             grpc::ServerWriter<Event>& writer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    while (!context.IsCancelled()) {
      Event event;
      {
        absl::MutexLock lock(&mutex);
        const auto ready = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
          return events.size() > sent || stopping;
        };
        // A cancelled call is seen at the next turn.
        if (!mutex.AwaitWithTimeout(absl::Condition(&ready), absl::Milliseconds(20))) continue;
        if (stopping) break;
        event = events[sent++];
      }
      writer.Write(event);
    }
    return grpc::Status::OK;
  }

  grpc::Status ListConflicts(grpc::ServerContext*, const v1::ListConflictsRequest* request,
                             v1::ListConflictsResponse* response) override {
    absl::MutexLock lock(&mutex);
    conflict_lists.push_back(*request);
    const size_t at = request->page_token().size();
    if (at < conflicts.size()) *response->add_conflict() = conflicts[at];
    if (at + 1 < conflicts.size()) response->set_next_page_token(std::string(at + 1, 'x'));
    return grpc::Status::OK;
  }

  grpc::Status WatchConflicts(grpc::ServerContext* context,
                              const v1::WatchConflictsRequest* request,
                              grpc::ServerWriter<v1::WatchConflictsResponse>* writer)
      ABSL_NO_THREAD_SAFETY_ANALYSIS override {
    {
      absl::MutexLock lock(&mutex);
      conflict_watches.push_back(*request);
    }
    return SendAnnounced(*context, conflicts_announced, 0, *writer);
  }

  grpc::Status ListRecordHistory(grpc::ServerContext*, const v1::ListRecordHistoryRequest* request,
                                 v1::ListRecordHistoryResponse* response) override {
    absl::MutexLock lock(&mutex);
    const auto held = Look(request->name());
    if (held == records.end()) return Say(grpc::StatusCode::NOT_FOUND, "not held here");
    if (!history.entry().empty()) {
      *response = history;
      return grpc::Status::OK;
    }
    v1::HistoryEntry& entry = *response->add_entry();
    entry.set_dot("00112233445566778899aabbccddeeff");
    entry.set_jurisdiction(held->second.filed_by());
    entry.mutable_write_time()->set_seconds(1'700'000'000);
    entry.set_precedence("flash");
    entry.add_set("severity");
    entry.add_cleared("call_reference");
    *entry.mutable_record() = held->second;
    return grpc::Status::OK;
  }

  grpc::Status GetReceipts(grpc::ServerContext*, const v1::GetReceiptsRequest* request,
                           v1::GetReceiptsResponse* response) override {
    response->set_name(request->name());
    response->set_changes(2);
    const std::pair<const char*, const char*> holders[] = {
        {"here", "city/kings/e201"}, {"county", "city/kings"}, {"city", "city"}};
    uint32_t held = 2;
    for (const auto& [level, path] : holders) {
      v1::HolderReceipt& holder = *response->add_holder();
      holder.set_level(level);
      holder.set_jurisdiction(path);
      holder.set_changes_held(held--);
    }
    return grpc::Status::OK;
  }

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::NodeStatus* response) override {
    response->set_name("Engine 201");
    response->set_jurisdiction(jurisdiction);
    response->set_version("0.1.0");
    response->set_schema_level(1);
    if (clock_ms != 0) {
      *response->mutable_clock_time() =
          google::protobuf::util::TimeUtil::MillisecondsToTimestamp(clock_ms);
    }
    {
      absl::MutexLock lock(&mutex);
      *response->mutable_conflicts() = conflict_status;
    }
    response->add_alarm("the disk is nearly full: make room");
    v1::LinkStatus& link = *response->add_link();
    link.set_peer("city/kings");
    link.set_is_parent(true);
    link.set_connected(true);
    link.set_changes_without_receipt(7);
    return grpc::Status::OK;
  }

  const std::string jurisdiction;
  std::atomic<int64_t> clock_ms{0};
  absl::Mutex mutex;
  std::map<std::string, v1::Record> records ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::string> done_requests ABSL_GUARDED_BY(mutex);
  std::vector<v1::CreateRecordRequest> creates ABSL_GUARDED_BY(mutex);
  std::vector<v1::UpdateRecordRequest> updates ABSL_GUARDED_BY(mutex);
  std::vector<v1::ListRecordsRequest> lists ABSL_GUARDED_BY(mutex);
  std::vector<v1::ResolveConflictRequest> resolves ABSL_GUARDED_BY(mutex);
  std::vector<v1::MoveRecordRequest> moves ABSL_GUARDED_BY(mutex);
  v1::MoveRecordResponse move_answer ABSL_GUARDED_BY(mutex);
  std::vector<v1::WatchRecordsResponse> announced ABSL_GUARDED_BY(mutex);
  std::vector<v1::OpenConflict> conflicts ABSL_GUARDED_BY(mutex);
  std::vector<v1::ListConflictsRequest> conflict_lists ABSL_GUARDED_BY(mutex);
  std::vector<v1::WatchConflictsRequest> conflict_watches ABSL_GUARDED_BY(mutex);
  std::vector<v1::WatchConflictsResponse> conflicts_announced ABSL_GUARDED_BY(mutex);
  v1::ListRecordHistoryResponse history ABSL_GUARDED_BY(mutex);
  v1::ConflictStatus conflict_status ABSL_GUARDED_BY(mutex);
  int fail_from ABSL_GUARDED_BY(mutex) = 0;
  grpc::Status failure ABSL_GUARDED_BY(mutex);
  grpc::Status update_failure ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

void FakeNode::FailUpdates(absl::StatusCode code, const std::string& message) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->update_failure = grpc::Status(static_cast<grpc::StatusCode>(code), message);
}

void FakeNode::SetClock(int64_t ms) { impl_->clock_ms = ms; }

FakeNode::FakeNode(const std::string& jurisdiction) : impl_(std::make_unique<Impl>(jurisdiction)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &impl_->port);
  builder.RegisterService(static_cast<v1::Records::Service*>(impl_.get()));
  builder.RegisterService(static_cast<v1::Conflicts::Service*>(impl_.get()));
  builder.RegisterService(static_cast<v1::Node::Service*>(impl_.get()));
  impl_->server = builder.BuildAndStart();
  TOCSIN_CHECK(impl_->server != nullptr);
}

FakeNode::~FakeNode() {
  {
    absl::MutexLock lock(&impl_->mutex);
    impl_->stopping = true;
  }
  impl_->server->Shutdown();
}

std::string FakeNode::endpoint() const { return absl::StrCat("127.0.0.1:", impl_->port); }

void FakeNode::Hold(v1::Record record) {
  const absl::StatusOr<Scope> scope = Scope::Parse(record.scope());
  const absl::StatusOr<SpokenCode> code = SpokenCode::Parse(record.code());
  TOCSIN_CHECK(scope.ok() && code.ok());
  Complete(*scope, *code, record);
  absl::MutexLock lock(&impl_->mutex);
  impl_->records[record.name()] = std::move(record);
}

std::optional<v1::Record> FakeNode::Held(const std::string& name) const {
  absl::MutexLock lock(&impl_->mutex);
  const auto held = impl_->records.find(name);
  if (held == impl_->records.end()) return std::nullopt;
  return held->second;
}

size_t FakeNode::held() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->records.size();
}

std::vector<v1::CreateRecordRequest> FakeNode::creates() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->creates;
}

std::vector<v1::UpdateRecordRequest> FakeNode::updates() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->updates;
}

std::vector<v1::ListRecordsRequest> FakeNode::lists() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->lists;
}

std::vector<v1::ResolveConflictRequest> FakeNode::resolves() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->resolves;
}

std::vector<v1::MoveRecordRequest> FakeNode::moves() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->moves;
}

void FakeNode::AnswerMovesWith(v1::MoveRecordResponse response) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->move_answer = std::move(response);
}

void FakeNode::FailCreatesFrom(int n, absl::StatusCode code, const std::string& message) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->fail_from = n;
  impl_->failure = grpc::Status(static_cast<grpc::StatusCode>(code), message);
}

void FakeNode::Announce(v1::WatchRecordsResponse event) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->announced.push_back(std::move(event));
}

void FakeNode::HoldConflict(v1::OpenConflict conflict) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->conflicts.push_back(std::move(conflict));
}

std::vector<v1::ListConflictsRequest> FakeNode::conflict_lists() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->conflict_lists;
}

void FakeNode::AnnounceConflict(v1::WatchConflictsResponse event) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->conflicts_announced.push_back(std::move(event));
}

std::vector<v1::WatchConflictsRequest> FakeNode::conflict_watches() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->conflict_watches;
}

void FakeNode::SetHistory(v1::ListRecordHistoryResponse history) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->history = std::move(history);
}

void FakeNode::SetConflictStatus(v1::ConflictStatus status) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->conflict_status = std::move(status);
}

}  // namespace tocsin::cli
