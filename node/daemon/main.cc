#include "node/daemon/run.h"

int main(int argc, char** argv) {
  return tocsin::daemon::RunDaemon(argc, argv, tocsin::config::Role::kNode, nullptr);
}
