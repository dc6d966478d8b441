// Finds the real data that tests run on. It lies beside the project, not in it: TOCSIN_DATA names
// its folder, else it is ../shared/data from the root. A test skips where it is absent:
//   auto path = DataPath("nyc-firehouses/fdny_firehouses.csv");
//   if (!path) GTEST_SKIP() << kNoData;
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "tests/support/paths.h"

namespace tocsin {

inline constexpr char kNoData[] = "the real data is absent; set TOCSIN_DATA to its folder";

// The full path of a file or folder of the data, or nothing if it is not there.
inline std::optional<std::string> DataPath(const std::string& relative) {
  const char* given = std::getenv("TOCSIN_DATA");
  std::filesystem::path root = given != nullptr ? given : SourcePath("../shared/data");
  std::error_code error;
  if (!std::filesystem::exists(root / relative, error)) return std::nullopt;
  return (root / relative).string();
}

// A whole file's bytes; empty if it cannot be read.
inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace tocsin
