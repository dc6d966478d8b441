#include "node/api/health.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "node/base/log.h"
#include "tocsin/v1/api.grpc.pb.h"

namespace tocsin::api {

void Health::Begin(grpc::Server& server) {
  absl::MutexLock lock(&mutex_);
  server_ = &server;
  Say(false);
}

void Health::Set(bool serving) {
  absl::MutexLock lock(&mutex_);
  Say(serving && !failed_);
}

void Health::OnDataLoss(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (failed_) return;
  failed_ = true;
  Log(LogLevel::kError, "api.not_serving", {{"error", status}});
  Say(false);
}

void Health::End() {
  absl::MutexLock lock(&mutex_);
  Say(false);
  server_ = nullptr;
}

void Health::Say(bool serving) {
  if (server_ == nullptr) return;
  grpc::HealthCheckServiceInterface* service = server_->GetHealthCheckService();
  for (const char* name : {"", v1::Records::service_full_name(), v1::Node::service_full_name()}) {
    service->SetServingStatus(name, serving);
  }
}

}  // namespace tocsin::api
