// Has the log in the folder argv[1] open until its standard input ends: the other process of
// machine_test.cc. Prints "open" once it has, or the refusal.
#include <cstdio>
#include <iostream>

#include "node/store/rocks_store.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  tocsin::SystemClock clock;
  tocsin::store::RocksOptions options;
  options.dir = argv[1];
  options.create_if_missing = true;
  auto store = tocsin::store::OpenRocks(options, tocsin::store::StoreEnvironment(clock));
  std::cout << (store.ok() ? "open" : store.status().ToString()) << std::endl;
  while (std::getchar() != EOF) {
  }
  return store.ok() ? 0 : 1;
}
