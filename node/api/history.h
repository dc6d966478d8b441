// What the log knows of one record: its changes one by one, and who holds them. Pure of gRPC;
// called on the executor.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include "node/api/retractions.h"
#include "node/identity/identity.h"
#include "node/identity/trust_store.h"
#include "node/log/log.h"
#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

// The record's changes (view::View::History), oldest first. Texts are masked as in the view, counts
// are shown as it shows them. Where all would take more than `bytes_max` the steps are left out,
// then the values, and the rest stays; RESOURCE_EXHAUSTED if that is too much as well.
absl::StatusOr<v1::ListRecordHistoryResponse> HistoryOf(absl::Span<const merge::HeldChange> changes,
                                                        uint32_t min_cell, size_t bytes_max);

// `held` are the record's changes. This node first, then the holders of receipts for the record's
// scope from below upwards.
absl::StatusOr<v1::GetReceiptsResponse> ReceiptsOf(const view::StoredRecord& record,
                                                   absl::Span<const merge::HeldChange> held,
                                                   const log::Log& log,
                                                   const identity::Identity& identity,
                                                   const identity::TrustStore& trust,
                                                   const Retractions& retractions);

// "city", "county", "station": by the depth of a jurisdiction, which is all that a reader knows.
std::string LevelOf(const Jurisdiction& jurisdiction);

}  // namespace tocsin::api
