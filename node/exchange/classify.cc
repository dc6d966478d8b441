#include "node/exchange/classify.h"

#include <absl/status/statusor.h>
#include <absl/strings/str_cat.h>

#include <optional>
#include <string>

#include "node/schema/codes.h"
#include "node/schema/grammar.h"

namespace tocsin::exchange {
namespace {

absl::Status Refuse(CodeUse use) {
  return absl::InvalidArgumentError(absl::StrCat("the code ", RefusalReason(use)));
}

void SetUse(CodeUse use, v1::Incident& incident) {
  if (use != CodeUse::kFalseAlarm) return;
  incident.set_state(v1::INCIDENT_WITHDRAWN);
  incident.set_withdraw_reason(v1::WITHDRAW_FALSE_ALARM);
}

absl::Status ClassifyByNfirs(absl::string_view code, v1::Incident& incident) {
  const absl::StatusOr<const NfirsType*> type = ClassifyNfirs(code);
  if (!type.ok()) return absl::InvalidArgumentError("no NFIRS incident type");
  if (IsRefused((*type)->use)) return Refuse((*type)->use);
  incident.set_type((*type)->type);
  incident.set_nfirs_type(std::string(code));
  SetUse((*type)->use, incident);
  return absl::OkStatus();
}

absl::Status ClassifyByNeris(absl::string_view code, v1::Incident& incident) {
  if (const std::optional<CodeUse> refused = RefusedNeris(code)) return Refuse(*refused);
  const NerisType* type = FindNeris(code);
  if (type == nullptr) return absl::InvalidArgumentError("no NERIS incident type");
  incident.set_type(type->type);
  incident.set_neris_type(std::string(code));
  SetUse(type->use, incident);
  return absl::OkStatus();
}

}  // namespace

absl::Status Classify(Classification::Codes codes, absl::string_view code, v1::Incident& incident) {
  return codes == Classification::Codes::kNfirs ? ClassifyByNfirs(code, incident)
                                                : ClassifyByNeris(code, incident);
}

}  // namespace tocsin::exchange
