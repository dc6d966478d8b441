// The processes of the cascade benchmark. Each role runs in a process of its own, prints what the
// one that started it must know on standard output, one line each, and ends when its standard input
// is closed.
#pragma once

#include <string>

namespace tocsin::bench {

// What one role is told.
struct RoleArguments {
  std::string dir;     // its data folder, with an identity for the real roles
  std::string parent;  // host:port of the one above; empty for the city
  std::string scope;   // the station's
  int changes = 0;     // to hold, in all
  int records = 0;     // of the changes so many file a record each, and the rest edit one field
  bool view = false;   // project what is held into a view, as a daemon does
  int bytes = 0;       // floor: of one message
  int messages = 0;    // floor: to hold, in all
  int per_group = 0;   // floor: messages of one fsync
};

// A hub: log, children, receipts, and the uplink where there is one. Prints "port N", and
// "held SECONDS GROUPS" once every change is held: seconds of the monotonic clock that all
// processes share, and how many fsyncs it took. With a view then "queryable SECONDS", once every
// change is in its records and indexes.
int RunHub(const RoleArguments& arguments);
// A station whose log is filled: prints "filled SECONDS", dials the address that it reads, prints
// "dialled SECONDS", and "receipt SECONDS BYTES" when the city's receipt covers its last change.
int RunStation(const RoleArguments& arguments);

// The floor: a bare store and bare streams with the same bytes in the same groups.
int RunFloorHub(const RoleArguments& arguments);
int RunFloorStation(const RoleArguments& arguments);

}  // namespace tocsin::bench
