// The corpus of texts under tests/node/guard/corpus, read for the tests of the guard.
#pragma once

#include <string>
#include <vector>

namespace tocsin::guard {

// One line of a corpus file, its escapes resolved.
struct CorpusLine {
  int number;                      // in the file, from 1
  std::vector<std::string> sorts;  // what must be found, in order; empty in must_pass.txt
  std::string text;
};

// The lines of corpus/NAME that are neither empty nor comments.
std::vector<CorpusLine> ReadCorpus(const std::string& name);

}  // namespace tocsin::guard
