// Random changes, births and receipts for properties: every form of the grammar, kinds and fields
// of schemas that nobody has written yet included.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "node/base/scope.h"
#include "node/identity/record_id.h"
#include "node/log/change.h"

namespace tocsin::log {

template <typename T>
T RandomFixed() {
  auto bytes = *rc::gen::container<std::vector<uint8_t>>(T::kSize, rc::gen::arbitrary<uint8_t>());
  T value;
  std::copy(bytes.begin(), bytes.end(), value.data());
  return value;
}

inline std::string RandomBytes(int max) {
  auto size = static_cast<size_t>(*rc::gen::inRange(0, max + 1));
  return *rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}

inline std::vector<Dot> RandomDots() {
  std::set<Dot> dots;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) dots.insert(RandomFixed<Dot>());
  return {dots.begin(), dots.end()};
}

inline Stamp RandomStamp() {
  return {*rc::gen::element(Rank::kOwnSynced, Rank::kOwnFree, Rank::kHeardSynced, Rank::kHeardFree),
          *rc::gen::arbitrary<uint64_t>()};
}

inline Scope TestScope() { return *Scope::Parse("city/kings/e201"); }

inline Change RandomChange(const Scope& scope = TestScope()) {
  Change change;
  change.key.kind = *rc::gen::inRange<uint32_t>(1, 400);
  if (*rc::gen::arbitrary<bool>()) {
    change.key.code_bits = *rc::gen::inRange<uint64_t>(0, uint64_t{1} << 35);
    change.key.id = identity::RecordIdFromCode(scope, change.key.kind, *change.key.code_bits);
  } else {
    change.key.id = RandomFixed<RecordId>();
  }
  change.cap_status = *rc::gen::inRange<uint32_t>(0, 256);
  change.stamp = RandomStamp();

  std::set<uint32_t> fields;
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) {
    fields.insert(*rc::gen::inRange<uint32_t>(1, 1u << 29));
  }
  for (uint32_t field : fields) {
    change.ops.push_back({field, *rc::gen::arbitrary<bool>(), RandomDots()});
  }
  std::set<std::pair<uint32_t, Dot>> restated;
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
    restated.insert({*rc::gen::inRange<uint32_t>(1, 60), RandomFixed<Dot>()});
  }
  for (const auto& [field, dot] : restated) {
    change.restated.push_back(
        {field, *rc::gen::arbitrary<bool>(), dot, RandomStamp(), RandomDots(), RandomBytes(40)});
  }
  change.values = RandomBytes(120);

  std::set<std::tuple<uint32_t, uint32_t, uint32_t>> texts;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
    texts.insert({*rc::gen::inRange<uint32_t>(0, static_cast<uint32_t>(restated.size()) + 1),
                  *rc::gen::inRange<uint32_t>(1, 60), *rc::gen::inRange<uint32_t>(0, 3)});
  }
  for (const auto& [origin, field, element] : texts) {
    Text text{origin, field, element, std::nullopt, Salt(), Digest()};
    if (*rc::gen::inRange(0, 4) != 0) {
      text.bytes = RandomBytes(60);
      text.salt = RandomFixed<Salt>();
      text.hash = TextHash(text.salt, *text.bytes);
    } else {
      text.hash = RandomFixed<Digest>();
    }
    change.texts.push_back(std::move(text));
  }
  return change;
}

inline std::string Encoded(const Change& change) {
  std::string bytes;
  ByteWriter out(bytes);
  EncodeChange(change, out);
  return bytes;
}

}  // namespace tocsin::log
