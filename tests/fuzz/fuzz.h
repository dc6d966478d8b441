// A fuzz target is two functions: LLVMFuzzerTestOneInput, which hands bytes to a decoder and aborts
// (TOCSIN_CHECK) if a promise does not hold, and Seeds below. With clang's libFuzzer (asan preset)
// the input is led by coverage; elsewhere driver.cc mutates the seeds blindly, from a seed number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace tocsin::fuzz {

// Well-formed inputs to begin with, the same in every run.
std::vector<std::string> Seeds();

}  // namespace tocsin::fuzz
