#include "node/api/records_service.h"

#include <utility>

#include "node/api/history.h"
#include "node/api/reactors.h"
#include "node/api/reads.h"
#include "node/api/related.h"
#include "node/base/status.h"

namespace tocsin::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// What intake calls back, perhaps after the server has stopped.
template <typename Response>
absl::AnyInvocable<void(absl::StatusOr<Response>)> AnswerTo(const Parts& parts,
                                                            std::shared_ptr<Call<Response>> call) {
  return [health = parts.health, call = std::move(call)](absl::StatusOr<Response> result) {
    if (absl::IsDataLoss(result.status())) health->OnDataLoss(result.status());
    call->Finish(std::move(result));
  };
}

}  // namespace

ServerUnaryReactor* RecordsService::CreateRecord(CallbackServerContext* context,
                                                 const v1::CreateRecordRequest* request,
                                                 v1::WriteRecordResponse* response) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<v1::WriteRecordResponse>::Begin(parts_.calls, reactor, response);
  if (call != nullptr) parts_.backend.intake.Create(*request, AnswerTo(parts_, std::move(call)));
  return reactor;
}

ServerUnaryReactor* RecordsService::UpdateRecord(CallbackServerContext* context,
                                                 const v1::UpdateRecordRequest* request,
                                                 v1::WriteRecordResponse* response) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<v1::WriteRecordResponse>::Begin(parts_.calls, reactor, response);
  if (call != nullptr) parts_.backend.intake.Update(*request, AnswerTo(parts_, std::move(call)));
  return reactor;
}

ServerUnaryReactor* RecordsService::WithdrawRecord(CallbackServerContext* context,
                                                   const v1::WithdrawRecordRequest* request,
                                                   v1::WriteRecordResponse* response) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<v1::WriteRecordResponse>::Begin(parts_.calls, reactor, response);
  if (call != nullptr) parts_.backend.intake.Withdraw(*request, AnswerTo(parts_, std::move(call)));
  return reactor;
}

ServerUnaryReactor* RecordsService::ResolveConflict(CallbackServerContext* context,
                                                    const v1::ResolveConflictRequest* request,
                                                    v1::WriteRecordResponse* response) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<v1::WriteRecordResponse>::Begin(parts_.calls, reactor, response);
  if (call != nullptr) parts_.backend.intake.Resolve(*request, AnswerTo(parts_, std::move(call)));
  return reactor;
}

ServerUnaryReactor* RecordsService::MoveRecord(CallbackServerContext* context,
                                               const v1::MoveRecordRequest* request,
                                               v1::MoveRecordResponse* response) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = Call<v1::MoveRecordResponse>::Begin(parts_.calls, reactor, response);
  if (call != nullptr) parts_.backend.intake.Move(*request, AnswerTo(parts_, std::move(call)));
  return reactor;
}

ServerUnaryReactor* RecordsService::GetRecord(CallbackServerContext* context,
                                              const v1::GetRecordRequest* request,
                                              v1::Record* response) {
  return ReadLater(
      parts_, context, *request, response,
      [this](const v1::GetRecordRequest& get) -> absl::StatusOr<v1::Record> {
        TOCSIN_ASSIGN_OR_RETURN(view::StoredRecord record,
                                ReadRecord(parts_.backend.view, get.name()));
        TOCSIN_RETURN_IF_ERROR(AddRelated(parts_.backend.view, record.name, record.shown));
        AddLateEditsOfOrigin(parts_.backend.view, record.shown);
        return std::move(record.shown);
      });
}

ServerUnaryReactor* RecordsService::ListRecords(CallbackServerContext* context,
                                                const v1::ListRecordsRequest* request,
                                                v1::ListRecordsResponse* response) {
  return ReadLater(parts_, context, *request, response, [this](const v1::ListRecordsRequest& list) {
    return ReadPage(parts_.backend.view, list);
  });
}

ServerUnaryReactor* RecordsService::ListRecordHistory(CallbackServerContext* context,
                                                      const v1::ListRecordHistoryRequest* request,
                                                      v1::ListRecordHistoryResponse* response) {
  return ReadLater(
      parts_, context, *request, response,
      [this](const v1::ListRecordHistoryRequest& history)
          -> absl::StatusOr<v1::ListRecordHistoryResponse> {
        const view::View& view = parts_.backend.view;
        TOCSIN_ASSIGN_OR_RETURN(const view::RecordName name, FindRecord(view, history.name()));
        TOCSIN_ASSIGN_OR_RETURN(std::vector<merge::HeldChange> changes, view.History(name));
        return HistoryOf(changes, parts_.options.min_cell, kMessageBytesMax - (64 << 10));
      });
}

ServerUnaryReactor* RecordsService::GetReceipts(CallbackServerContext* context,
                                                const v1::GetReceiptsRequest* request,
                                                v1::GetReceiptsResponse* response) {
  return ReadLater(
      parts_, context, *request, response,
      [this](const v1::GetReceiptsRequest& get) -> absl::StatusOr<v1::GetReceiptsResponse> {
        const Backend& backend = parts_.backend;
        TOCSIN_ASSIGN_OR_RETURN(view::StoredRecord record, ReadRecord(backend.view, get.name()));
        TOCSIN_ASSIGN_OR_RETURN(std::vector<merge::HeldChange> changes,
                                backend.view.History(record.name));
        return ReceiptsOf(record, changes, backend.log, backend.identity, backend.trust,
                          parts_.retractions);
      });
}

grpc::ServerWriteReactor<v1::WatchRecordsResponse>* RecordsService::WatchRecords(
    CallbackServerContext* /*context*/, const v1::WatchRecordsRequest* request) {
  return WatchStream<Watches, v1::WatchRecordsRequest, v1::WatchRecordsResponse>::Open(
      parts_.watches, *request);
}

ServerUnaryReactor* NodeService::GetStatus(CallbackServerContext* context,
                                           const v1::GetStatusRequest* request,
                                           v1::NodeStatus* response) {
  auto read = [this](const v1::GetStatusRequest&) { return StatusOf(parts_); };
  // Before that it says how far it is.
  if (!parts_.board.is_loaded()) return ReadLater(parts_, context, *request, response, read);
  return ReadWithBoard(parts_, context, *request, response, read);
}

absl::StatusOr<v1::NodeStatus> StatusOf(const Parts& parts) {
  const Backend& backend = parts.backend;
  TOCSIN_ASSIGN_OR_RETURN(v1::NodeStatus status,
                          StatusOf(backend.identity, backend.log, backend.view, backend.clock,
                                   parts.start_time, parts.options.version));
  *status.mutable_conflicts() = parts.board.Status();
  if (backend.status != nullptr) backend.status->Fill(status);
  return status;
}

}  // namespace tocsin::api
