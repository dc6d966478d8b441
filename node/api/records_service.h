// The Records and Node services: thin reactors that copy, hand over and return. For the sources of
// this folder.
#pragma once

#include <atomic>
#include <memory>

#include "node/api/call.h"
#include "node/api/gate.h"
#include "node/api/health.h"
#include "node/api/retractions.h"
#include "node/api/server.h"
#include "node/api/watches.h"
#include "tocsin/v1/api.grpc.pb.h"

namespace tocsin::api {

// What both services share. Lives in the server.
struct Parts {
  const Backend& backend;
  const ServerOptions& options;
  Gate& gate;
  Watches& watches;
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

class NodeService final : public v1::Node::CallbackService {
 public:
  explicit NodeService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::NodeStatus* response) override;

 private:
  const Parts& parts_;
};

}  // namespace tocsin::api
