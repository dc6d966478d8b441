#include "tests/node/guard/corpus.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_split.h>

#include <fstream>

#include "tests/support/paths.h"

namespace tocsin::guard {

std::vector<CorpusLine> ReadCorpus(const std::string& name) {
  std::vector<CorpusLine> lines;
  std::ifstream in(SourcePath("tests/node/guard/corpus/" + name));
  int number = 0;
  for (std::string raw; std::getline(in, raw);) {
    ++number;
    if (raw.empty() || raw[0] == '#') continue;
    CorpusLine line;
    line.number = number;
    const size_t tab = raw.find('\t');
    if (tab != std::string::npos) line.sorts = absl::StrSplit(raw.substr(0, tab), ',');
    const std::string text = tab == std::string::npos ? raw : raw.substr(tab + 1);
    if (!absl::CUnescape(text, &line.text)) line.text = text;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace tocsin::guard
