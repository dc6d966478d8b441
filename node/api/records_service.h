// The Records, Conflicts and Node services: thin reactors that copy, hand over and return. For the
// sources of this folder.
#pragma once

#include <atomic>
#include <memory>

#include "node/api/call.h"
#include "node/api/conflict_watches.h"
#include "node/api/gate.h"
#include "node/api/health.h"
#include "node/api/retractions.h"
#include "node/api/server.h"
#include "node/api/watches.h"
#include "node/conflicts/board.h"
#include "tocsin/v1/api.grpc.pb.h"
#include "tocsin/v1/conflicts.grpc.pb.h"

namespace tocsin::api {

// What the services share. Lives in the server.
struct Parts {
  const Backend& backend;
  const ServerOptions& options;
  Gate& gate;
  Watches& watches;
  conflicts::Board& board;
  ConflictWatches& conflict_watches;
  const Retractions& retractions;
  std::shared_ptr<OpenCalls> calls;
  std::shared_ptr<Health> health;
  absl::Time start_time;
};

class RecordsService final : public v1::Records::CallbackService {
 public:
  explicit RecordsService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* CreateRecord(grpc::CallbackServerContext* context,
                                         const v1::CreateRecordRequest* request,
                                         v1::WriteRecordResponse* response) override;
  grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context,
                                      const v1::GetRecordRequest* request,
                                      v1::Record* response) override;
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const v1::ListRecordsRequest* request,
                                        v1::ListRecordsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRecord(grpc::CallbackServerContext* context,
                                         const v1::UpdateRecordRequest* request,
                                         v1::WriteRecordResponse* response) override;
  grpc::ServerUnaryReactor* WithdrawRecord(grpc::CallbackServerContext* context,
                                           const v1::WithdrawRecordRequest* request,
                                           v1::WriteRecordResponse* response) override;
  grpc::ServerUnaryReactor* ResolveConflict(grpc::CallbackServerContext* context,
                                            const v1::ResolveConflictRequest* request,
                                            v1::WriteRecordResponse* response) override;
  grpc::ServerUnaryReactor* MoveRecord(grpc::CallbackServerContext* context,
                                       const v1::MoveRecordRequest* request,
                                       v1::MoveRecordResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchRecordsResponse>* WatchRecords(
      grpc::CallbackServerContext* context, const v1::WatchRecordsRequest* request) override;
  grpc::ServerUnaryReactor* ListRecordHistory(grpc::CallbackServerContext* context,
                                              const v1::ListRecordHistoryRequest* request,
                                              v1::ListRecordHistoryResponse* response) override;
  grpc::ServerUnaryReactor* GetReceipts(grpc::CallbackServerContext* context,
                                        const v1::GetReceiptsRequest* request,
                                        v1::GetReceiptsResponse* response) override;

 private:
  const Parts& parts_;
};

class ConflictsService final : public v1::Conflicts::CallbackService {
 public:
  explicit ConflictsService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* ListConflicts(grpc::CallbackServerContext* context,
                                          const v1::ListConflictsRequest* request,
                                          v1::ListConflictsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchConflictsResponse>* WatchConflicts(
      grpc::CallbackServerContext* context, const v1::WatchConflictsRequest* request) override;

 private:
  const Parts& parts_;
};

class NodeService final : public v1::Node::CallbackService {
 public:
  explicit NodeService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::NodeStatus* response) override;

 private:
  const Parts& parts_;
};

// Everything that the node knows of itself.
absl::StatusOr<v1::NodeStatus> StatusOf(const Parts& parts);

}  // namespace tocsin::api
