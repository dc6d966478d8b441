// Our own CSV and GeoJSON: each row that is taken is, once written, taken as the same row; and what
// is read by either reader is bounded by what was given.
#include <sstream>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/own_format.h"
#include "tests/fuzz/fuzz.h"

namespace tocsin::fuzz {
namespace {

class Keeping : public exchange::Sink {
 public:
  absl::Status Take(exchange::ImportRow row) override {
    rows.push_back(std::move(row.record));
    return absl::OkStatus();
  }
  void Refuse(exchange::Refused refused) override { TOCSIN_CHECK(!refused.reason.empty()); }

  std::vector<v1::Record> rows;
};

v1::Record Fire() {
  v1::Record record;
  record.set_scope("city/kings/e201");
  record.set_kind(v1::INCIDENT);
  v1::Incident& fire = *record.mutable_incident();
  fire.set_type(v1::FIRE);
  fire.set_description("=smoke, \"two\" floors");
  fire.mutable_call_time()->set_seconds(1'700'000'000);
  fire.mutable_point()->set_lat_e7(406'000'000);
  fire.mutable_point()->set_lng_e7(-740'000'000);
  fire.add_goods()->set_un_number(1203);
  fire.add_note("a note");
  fire.mutable_source()->set_system("test");
  fire.mutable_source()->set_key("1");
  return record;
}

v1::Record Count() {
  v1::Record record;
  record.set_scope("city/kings");
  record.set_kind(v1::HEADCOUNT);
  record.mutable_headcount()->mutable_residents()->set_fewer_than(10);
  record.mutable_headcount()->mutable_zone()->set_id("0123456789abcdef");
  record.mutable_headcount()->mutable_source()->set_system("test");
  return record;
}

void WriteAndReadAgain(const v1::Record& record) {
  Keeping again;
  std::string csv;
  exchange::AppendOwnCsvHeader(record.kind(), csv);
  exchange::AppendOwnCsv(record, csv);
  std::istringstream in(csv);
  TOCSIN_CHECK(exchange::ReadOwnCsv(in, again).ok());
  TOCSIN_CHECK(again.rows.size() == 1 &&
               again.rows[0].SerializeAsString() == record.SerializeAsString());
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const v1::Record& record : {Fire(), Count()}) {
    std::string csv;
    exchange::AppendOwnCsvHeader(record.kind(), csv);
    exchange::AppendOwnCsv(record, csv);
    seeds.push_back(csv);
    seeds.push_back(exchange::kGeoJsonHead + exchange::OwnGeoJsonFeature(record) +
                    exchange::kGeoJsonTail);
  }
  return seeds;
}

}  // namespace tocsin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tocsin::fuzz::Keeping rows;
  std::istringstream in(bytes);
  (void)tocsin::exchange::ReadOwnCsv(in, rows).ok();
  (void)tocsin::exchange::ReadOwnGeoJson(bytes, rows).ok();
  for (const tocsin::v1::Record& record : rows.rows) tocsin::fuzz::WriteAndReadAgain(record);
  return 0;
}
