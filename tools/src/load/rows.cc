#include "tools/src/load/rows.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "node/base/status.h"
#include "node/exchange/aids.h"
#include "node/exchange/mapping.h"
#include "node/exchange/read.h"

namespace tocsin::load {
namespace {

absl::StatusOr<std::string> Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read '", path, "'; check the path"));
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

class Keep : public exchange::Sink {
 public:
  explicit Keep(Rows& rows) : rows_(rows) {}
  absl::Status Take(exchange::ImportRow row) override {
    rows_.rows.push_back(std::move(row));
    return absl::OkStatus();
  }
  void Refuse(exchange::Refused refused) override { rows_.refused.push_back(std::move(refused)); }

 private:
  Rows& rows_;
};

}  // namespace

absl::StatusOr<Rows> ReadRows(const RowSource& source) {
  const std::filesystem::path folder = std::filesystem::path(source.mapping).parent_path();
  auto load = [&folder](const std::string& name) { return Slurp((folder / name).string()); };
  TOCSIN_ASSIGN_OR_RETURN(const std::string toml, Slurp(source.mapping));
  TOCSIN_ASSIGN_OR_RETURN(const exchange::Mapping mapping,
                          exchange::ParseMapping(toml, source.mapping, load));
  std::map<std::string, std::string> files;
  for (const auto& [name, path] : source.aids) {
    TOCSIN_ASSIGN_OR_RETURN(files[name], Slurp(path));
  }
  TOCSIN_ASSIGN_OR_RETURN(const exchange::Aids aids, exchange::Aids::Build(mapping, files, load));

  std::ifstream in(source.file, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(absl::StrCat("cannot read '", source.file, "'; check the path"));
  }
  Rows rows;
  Keep keep(rows);
  TOCSIN_ASSIGN_OR_RETURN(rows.summary, exchange::ReadCsv(in, mapping, aids, keep));
  for (const auto& [name, aid] : mapping.aids) {
    if (aid.use != exchange::AidMapping::Use::kStations) continue;
    for (const exchange::Station& station : aids.stations(name)) {
      rows.stations.push_back(station.scope.ToString());
    }
  }
  std::sort(rows.stations.begin(), rows.stations.end());
  return rows;
}

}  // namespace tocsin::load
