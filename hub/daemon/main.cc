#include "hub/daemon/hub.h"

int main(int argc, char** argv) {
  return tocsin::daemon::RunDaemon(argc, argv, tocsin::config::Role::kHub,
                                   tocsin::daemon::MakeHub());
}
