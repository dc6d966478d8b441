// tools/bench identity: what hashes, signatures and certificates cost on one core.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "node/base/random.h"
#include "node/identity/hash.h"
#include "node/identity/identity.h"
#include "node/identity/record_id.h"

namespace tocsin::identity {
namespace {

// The bytes that a seal signs: lane, sequence, step.
constexpr size_t kSealBytes = 72;

Identity NewCity(Random& random) {
  return *Identity::NewRoot(
      {"City", *Jurisdiction::Parse("city"), true, absl::FromUnixSeconds(1'760'000'000)}, random);
}

void BM_Sha256(benchmark::State& state) {
  std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(Sha256(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Sha256)->Arg(32)->Arg(128)->Arg(1024)->Arg(65536);

// A step of a lane: the step before, the change's lane form, the hash of its texts.
void BM_HasherInThreeParts(benchmark::State& state) {
  std::string change(static_cast<size_t>(state.range(0)), 'x');
  Digest step;
  for (auto _ : state) {
    Hasher hasher;
    hasher.Update(step.view()).Update(change).Update(step.view());
    step = hasher.Finish();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_HasherInThreeParts)->Arg(100);

void BM_Sign(benchmark::State& state) {
  SystemRandom random;
  Identity city = NewCity(random);
  std::string message(kSealBytes, 'm');
  for (auto _ : state) benchmark::DoNotOptimize(city.Sign(Use::kSeal, message));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Sign);

void BM_Verify(benchmark::State& state) {
  SystemRandom random;
  Identity city = NewCity(random);
  std::string message(kSealBytes, 'm');
  Signature seal = city.Sign(Use::kSeal, message);
  for (auto _ : state) {
    if (!city.certificate().Verify(Use::kSeal, city.network_id(), message, seal).ok()) {
      state.SkipWithError("a good seal was refused");
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Verify)->ThreadRange(1, 2)->UseRealTime();

void BM_IssueCertificate(benchmark::State& state) {
  SystemRandom random;
  Identity city = NewCity(random);
  NodeSpec spec{"Engine 201", *Jurisdiction::Parse("city/e201"), false,
                absl::FromUnixSeconds(1'760'000'000)};
  for (auto _ : state) benchmark::DoNotOptimize(city.NewChild(spec, random));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_IssueCertificate);

// What a hub does with the certificate of a station that it has not met: reading it and one
// verification, besides that of the root as the store is made.
void BM_AddUnknownCertificate(benchmark::State& state) {
  SystemRandom random;
  Identity city = NewCity(random);
  Identity station = *city.NewChild({"Engine 201", *Jurisdiction::Parse("city/e201"), false,
                                     absl::FromUnixSeconds(1'760'000'000)},
                                    random);
  for (auto _ : state) {
    std::unique_ptr<TrustStore> store = city.NewTrustStore();
    if (!store->AddDer(station.certificate().der()).ok()) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["der_bytes"] = static_cast<double>(station.certificate().der().size());
}
BENCHMARK(BM_AddUnknownCertificate);

void BM_AddKnownCertificate(benchmark::State& state) {
  SystemRandom random;
  Identity city = NewCity(random);
  std::unique_ptr<TrustStore> store = city.NewTrustStore();
  for (auto _ : state) benchmark::DoNotOptimize(store->AddDer(city.certificate().der()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AddKnownCertificate);

void BM_RecordIdFromSourceKey(benchmark::State& state) {
  Scope scope = *Scope::Parse("city/kings/e201");
  for (auto _ : state) {
    benchmark::DoNotOptimize(RecordIdFromSourceKey(scope, 1, "nfirs", "2015-000123456"));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RecordIdFromSourceKey);

}  // namespace
}  // namespace tocsin::identity

BENCHMARK_MAIN();
