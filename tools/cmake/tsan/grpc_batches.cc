// Makes the order between a gRPC operation's start and its completion visible to the thread
// sanitizer. Debian's libgrpc is not instrumented: what a thread did before it started a batch, and
// what the callback that ends it does, look unordered. Linked into programs of the tsan preset
// only.
#include <grpc/grpc.h>
#include <link.h>

#include <array>
#include <atomic>
#include <utility>

#include "tools/cmake/tsan/real.h"

namespace {

using Functor = grpc_completion_queue_functor;
using Run = void (*)(Functor*, int);

// The callback API has a handful of completion functions, each a constant of its library. Each gets
// a hook of its own, so that a functor needs no other place to remember its function.
constexpr size_t kMaxRuns = 8;
std::array<std::atomic<Run>, kMaxRuns> originals{};

template <size_t kWhich>
TOCSIN_UNSEEN void Hook(Functor* functor, int ok) {
  __tsan_acquire(functor);
  originals[kWhich].load(std::memory_order_relaxed)(functor, ok);
}

template <size_t... kWhich>
constexpr std::array<Run, kMaxRuns> Hooks(std::index_sequence<kWhich...>) {
  return {&Hook<kWhich>...};
}
constexpr std::array<Run, kMaxRuns> kHooks = Hooks(std::make_index_sequence<kMaxRuns>());

// The hook for a completion function; null if it is a hook already, or there are too many.
TOCSIN_UNSEEN Run HookFor(Run run) {
  for (Run hook : kHooks) {
    if (hook == run) return nullptr;
  }
  for (size_t i = 0; i < kMaxRuns; ++i) {
    Run free = nullptr;
    if (originals[i].compare_exchange_strong(free, run) || free == run) return kHooks[i];
  }
  return nullptr;
}

struct Search {
  ElfW(Addr) address;
  bool found;
};

TOCSIN_UNSEEN int Look(dl_phdr_info* info, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const ElfW(Addr) begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 && search.address >= begin &&
        search.address < begin + segment.p_memsz) {
      search.found = true;
      return 1;
    }
  }
  return 0;
}

// A functor begins with a function; the tag of a completion queue that is polled begins with a
// pointer to a table of them, which lies in data.
TOCSIN_UNSEEN bool IsCode(Run run) {
  Search search{reinterpret_cast<ElfW(Addr)>(run), false};
  dl_iterate_phdr(&Look, &search);
  return search.found;
}

}  // namespace

extern "C" TOCSIN_UNSEEN grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                                               size_t count, void* tag,
                                                               void* reserved) {
  static auto* const real =
      tocsin_tsan::Real<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  if (tag != nullptr) {
    auto* functor = static_cast<Functor*>(tag);
    if (IsCode(functor->functor_run)) {
      if (Run hook = HookFor(functor->functor_run)) functor->functor_run = hook;
    }
    __tsan_release(tag);
  }
  return real(call, ops, count, tag, reserved);
}
