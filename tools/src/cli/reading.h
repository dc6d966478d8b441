// With what records are read out to people: how they are named at this node, where its times are,
// and the codes of other records that they name. A value; used from the thread of its Context.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/naming.h"

namespace tocsin::cli {

struct Reading {
  const Naming& naming;
  absl::TimeZone zone;
  // How commands that are proposed begin, so that they ask the same node.
  std::string called = "tocsin";
  // The spoken code of a record that another names, which does not follow from that name; nothing
  // where the node does not hold it. Empty: nobody is asked, and such records stand by their UUIDs.
  std::function<std::optional<std::string>(const v1::RecordRef&)> code_of = nullptr;
};

// "kings/e201 7K3M9QXF" where the code is known, else its post and its UUID.
std::string NameOfRef(const v1::RecordRef& ref, const Reading& reading);

}  // namespace tocsin::cli
