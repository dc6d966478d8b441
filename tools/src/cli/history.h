// A record's history for somebody who was not there: who wrote what when, what it took the place
// of, what it stood against, and what was shown from then on. Pure functions; any thread.
#pragma once

#include <ostream>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/describe.h"

namespace tocsin::cli {

void PrintHistory(const v1::Record& record, const v1::ListRecordHistoryResponse& history,
                  const Reading& reading, std::ostream& out);

}  // namespace tocsin::cli
