// The privacy guard's part of intake: takes out of a body what may not be filed. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"

namespace tocsin::intake {

// Removes from `body` every text that the guard refuses, and names each by its path and the sort of
// number. An element of a UNION field goes; one of another repeated field becomes empty, because
// the positions of the others mean something. An original message is read as a whole, `held_parts`
// of it (those that the record has) included: if it is refused, no part stays.
std::vector<v1::Withheld> WithholdTexts(google::protobuf::Message& body,
                                        const std::vector<std::string>& held_parts);

}  // namespace tocsin::intake
