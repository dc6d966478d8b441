// What other records say of one, as GetRecord tells it. Called on the executor. Any thread.
#pragma once

#include <absl/status/status.h>

#include "node/view/view.h"
#include "tocsin/v1/api.pb.h"

namespace tocsin::api {

// Adds to `record`, which is what is shown of `name`, the relations held here that name it, at most
// 100 of them, each as it is seen from this record.
absl::Status AddRelated(const view::View& view, const view::RecordName& name, v1::Record& record);

// Adds to `record` what was written of the one that it stands for after that was moved here, where
// this node holds it.
void AddLateEditsOfOrigin(const view::View& view, v1::Record& record);

}  // namespace tocsin::api
