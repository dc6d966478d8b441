#include <absl/strings/string_view.h>

#include <algorithm>
#include <numeric>

#include "node/config/settings.h"

namespace tocsin::config {
namespace {

// Keys of a file may be as long as it is; the distance of long ones says nothing and costs much.
constexpr size_t kKeyBytesMax = 64;

absl::string_view LastPart(absl::string_view key) {
  size_t dot = key.rfind('.');
  return dot == absl::string_view::npos ? key : key.substr(dot + 1);
}

// How many characters to insert, delete, replace or swap with the neighbour.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> two_up(b.size() + 1), up(b.size() + 1), row(b.size() + 1);
  std::iota(up.begin(), up.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_up[j - 2] + 1);
      }
    }
    std::swap(two_up, up);
    std::swap(up, row);
  }
  return up[b.size()];
}

size_t Near(absl::string_view text) { return std::max<size_t>(2, text.size() / 4); }

}  // namespace

std::string Suggest(absl::string_view key, const std::vector<std::string>& known) {
  if (key.size() > kKeyBytesMax) return "";
  std::string best;
  size_t best_distance = Near(key) + 1;
  for (const std::string& candidate : known) {
    // The right word in the wrong section counts as one mistake.
    size_t distance = EditDistance(key, candidate);
    absl::string_view word = LastPart(candidate);
    size_t of_words = EditDistance(LastPart(key), word) + 1;
    if (of_words <= Near(word)) distance = std::min(distance, of_words);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tocsin::config
