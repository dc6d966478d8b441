// What makes of a relation one record, whoever files it: where it lies and what its id follows
// from. Part of reading a request (request.h). Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <set>
#include <string>

#include "node/base/scope.h"
#include "tocsin/v1/records.pb.h"

namespace tocsin::intake {

// The matters of the lowest jurisdiction that covers both records: whoever may see both holds it.
// INVALID_ARGUMENT where there is none.
absl::StatusOr<Scope> ScopeOfRelation(const v1::Relation& relation);

// Of two that are the same, the one whose name comes first is the subject: said either way round it
// is one relation. The others say what they say.
void PutInOrder(v1::Relation& relation);

// Names type and both records: what the relation's id follows from. REQUIRES: put in order.
std::string KeyOfRelation(const v1::Relation& relation);

// INVALID_ARGUMENT for fields that an edit may not write, because the id follows from them.
absl::Status CheckRelationEdit(const std::set<uint32_t>& fields);

}  // namespace tocsin::intake
