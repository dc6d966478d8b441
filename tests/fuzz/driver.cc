// What stands around a fuzz target. With libFuzzer: writes the seeds into the folder that
// TOCSIN_FUZZ_SEEDS names, to be its corpus. Without: a main of its own.
//
//   NAME [--runs=N] [--seed=S] [FILE...]    N mutated inputs (20,000), or these files
//
// An input that aborts or crashes is left in crash-NAME in the current folder.
#include <absl/strings/numbers.h>
#include <absl/strings/string_view.h>
#include <absl/strings/strip.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "node/base/random.h"
#include "tests/fuzz/fuzz.h"

#ifdef TOCSIN_LIBFUZZER

extern "C" int LLVMFuzzerInitialize(int*, char***);
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* folder = std::getenv("TOCSIN_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : tocsin::fuzz::Seeds()) {
    std::ofstream(std::filesystem::path(folder) / ("seed" + std::to_string(number++)),
                  std::ios::binary)
        << seed;
  }
  return 0;
}

#else

namespace tocsin::fuzz {
namespace {

constexpr size_t kMaxInputBytes = 1 << 20;

std::string current;  // for the signal handler
std::string crash_file;

void LeaveInput(int signal_number) {
  const int file = open(crash_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file >= 0 && write(file, current.data(), current.size()) >= 0) {
    constexpr absl::string_view kSaid = "fuzz: the input was left in crash-*\n";
    if (write(STDERR_FILENO, kSaid.data(), kSaid.size()) < 0) _exit(1);
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void Try(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(current.data()), current.size());
}

// One small damage, of the sorts that break decoders: bits, lengths, cuts, repeats, splices.
void Damage(Random& random, const std::vector<std::string>& seeds, std::string& input) {
  const size_t at = input.empty() ? 0 : random.Below(input.size());
  const size_t length = input.empty() ? 0 : random.Below(input.size() - at) + 1;
  switch (random.Below(8)) {
    case 0:
      if (!input.empty()) input[at] = static_cast<char>(input[at] ^ (1 << random.Below(8)));
      break;
    case 1:
      if (!input.empty()) input[at] = static_cast<char>(random.Below(256));
      break;
    case 2:
      input.resize(at);
      break;
    case 3:
      input.erase(at, length);
      break;
    case 4:
      input.insert(at, input.substr(at, length));
      break;
    case 5:
      input.insert(at, 1, static_cast<char>(random.Below(256)));
      break;
    case 6: {
      // A large number where a length may stand.
      static constexpr absl::string_view kLarge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
      const size_t size = random.Below(kLarge.size()) + 1;
      input.replace(at, std::min(size, input.size() - at), std::string(kLarge.substr(0, size)));
      break;
    }
    default: {
      const std::string& other = seeds[random.Below(seeds.size())];
      if (!other.empty()) input = input.substr(0, at) + other.substr(random.Below(other.size()));
    }
  }
  if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
}

void Run(uint64_t runs, uint64_t seed) {
  SeededRandom random(seed);
  const std::vector<std::string> seeds = Seeds();
  for (const std::string& well_formed : seeds) Try(well_formed);
  for (uint64_t i = 0; i < runs; ++i) {
    std::string input = seeds[random.Below(seeds.size())];
    for (uint64_t damages = random.Below(4) + 1; damages > 0; --damages) {
      Damage(random, seeds, input);
    }
    Try(std::move(input));
  }
}

}  // namespace
}  // namespace tocsin::fuzz

int main(int argc, char** argv) {
  uint64_t runs = 20'000;
  uint64_t seed = 1;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    bool understood = true;
    if (absl::ConsumePrefix(&argument, "--runs=")) {
      understood = absl::SimpleAtoi(argument, &runs);
    } else if (absl::ConsumePrefix(&argument, "--seed=")) {
      understood = absl::SimpleAtoi(argument, &seed);
    } else {
      files.push_back(std::string(argument));
    }
    if (!understood) {
      std::fprintf(stderr, "%s: '%s' is no number\n", argv[0], argv[i]);
      return 2;
    }
  }
  tocsin::fuzz::crash_file = "crash-" + std::filesystem::path(argv[0]).filename().string();
  for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    signal(number, tocsin::fuzz::LeaveInput);
  }
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      std::fprintf(stderr, "%s: cannot read %s\n", argv[0], file.c_str());
      return 2;
    }
    tocsin::fuzz::Try(std::string(std::istreambuf_iterator<char>(in), {}));
  }
  if (files.empty()) {
    tocsin::fuzz::Run(runs, seed);
    std::printf("%llu inputs from seed %llu\n", static_cast<unsigned long long>(runs),
                static_cast<unsigned long long>(seed));
  }
  return 0;
}

#endif
