// Shared by the thread-sanitizer shims of this folder.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

// The shims tell the sanitizer what orders what; their own accesses are none of its business.
#define TOCSIN_UNSEEN __attribute__((disable_sanitizer_instrumentation))

namespace tocsin_tsan {

// The library's own function of this symbol, which the program's stands before.
template <typename Function>
TOCSIN_UNSEEN Function* Real(const char* symbol) {
  void* found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    std::fprintf(stderr, "tsan shim: no library has %s; is this Debian 12's Abseil and gRPC?\n",
                 symbol);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace tocsin_tsan
