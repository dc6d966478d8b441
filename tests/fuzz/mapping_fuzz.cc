// A mapping and a table, divided by a zero byte: whatever is accepted, every data record is either
// taken or refused, and counted.
#include <sstream>

#include "node/base/status.h"
#include "node/exchange/read.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {
namespace {

constexpr char kMapping[] = R"(kind = "INCIDENT"
source = "test"
key = ["id"]
ignore = ["rest"]
missing = ["NA"]
time_zone = "America/New_York"
[constants]
status = "STATUS_ACTUAL"
[field.severity]
column = "spread"
before = " - "
table = "spread"
missing = "SEVERITY_UNKNOWN"
[table.spread]
1 = "SEVERITY_MODERATE"
[field.call_time]
column = "called"
time = "%m/%d/%Y %H:%M:%S"
[field.cleared_time]
column = "cleared"
time = "%m/%d/%Y %H:%M:%S"
[duration]
from = "call_time"
to = "cleared_time"
column = "seconds"
[classify]
column = "code"
[place]
latitude = "lat"
longitude = "lng"
[lookup.boroughs]
columns = ["name", "scope"]
rows = [["Kings", "city/kings"]]
[scope]
column = "borough"
table = "boroughs"
match = "name"
give = "scope"
)";
constexpr char kTable[] =
    "id,spread,called,cleared,seconds,code,lat,lng,borough,rest\n"
    "1,1 - room,11/01/2015 00:30:00,11/01/2015 01:30:00,3600,111,40.6,-74.0,Kings,x\n"
    "2,NA,,,,740A,,,Kings,\"y\nz\"\n";

class Counting : public exchange::Sink {
 public:
  absl::Status Take(exchange::ImportRow) override {
    ++taken;
    return absl::OkStatus();
  }
  void Refuse(exchange::Refused) override { ++refused; }

  uint64_t taken = 0;
  uint64_t refused = 0;
};

absl::StatusOr<std::string> LoadNothing(const std::string& name) {
  return absl::NotFoundError(name);
}

void Read(const std::string& table, const std::string& toml) {
  const auto mapping = exchange::ParseMapping(toml, "fuzz.toml", LoadNothing);
  if (!mapping.ok() || !mapping->aids.empty()) return;
  Counting sink;
  std::istringstream in(table);
  const auto summary = exchange::ReadCsv(in, *mapping, exchange::Aids(), sink);
  if (!summary.ok()) return;
  TOCSIN_CHECK(summary->ready == sink.taken && summary->refused == sink.refused);
  TOCSIN_CHECK(summary->read == sink.taken + sink.refused);
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string divider(1, '\0');
  return {kMapping + divider + kTable, "kind = \"POST\"\n" + divider + kTable};
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const size_t divider = bytes.find('\0');
  if (divider == std::string::npos) return 0;
  tocsin::fuzz::Read(bytes.substr(divider + 1), bytes.substr(0, divider));
  return 0;
}
