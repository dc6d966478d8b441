// The texts that `tools/bench guard` measures on: generated ones, from a seed, and those of the
// real data. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "node/base/random.h"

namespace tocsin::bench {

// A sentence with a number that names somebody, and where the number stands.
struct Offence {
  std::string sort;  // of the generator: "identity, Poland"
  std::string text;
  size_t begin = 0;
  size_t end = 0;
};

// `count` sentences of all sorts in turn, in nine languages; one in five is disguised.
std::vector<Offence> GenerateOffences(size_t count, Random& random);

// `count` harmless sentences of the field, many with words that are cues elsewhere.
std::vector<std::string> GenerateHarmless(size_t count, Random& random);

// The texts of one file or folder of the data, each once.
struct Source {
  std::string name;
  std::vector<std::string> texts;
};

// Nothing if the folder is not there. A file that cannot be read is named on standard error.
std::optional<std::vector<Source>> ReadSources(const std::string& data);

}  // namespace tocsin::bench
