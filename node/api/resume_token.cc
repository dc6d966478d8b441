#include "node/api/resume_token.h"

#include <absl/strings/escaping.h>

#include "node/base/bytes.h"

namespace tocsin::api {
namespace {

// token := u8 1, log id 16, 4 x varint
constexpr uint8_t kForm = 1;

}  // namespace

std::string EncodeResumeToken(const LogId& log, const log::Ends& ends) {
  std::string bytes;
  ByteWriter out(bytes);
  out.U8(kForm);
  out.Raw(log.view());
  for (Arrival end : ends.end) out.Varint(end.value());
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<log::Ends> DecodeResumeToken(absl::string_view token, const LogId& log) {
  std::string bytes;
  const bool unescaped = absl::WebSafeBase64Unescape(token, &bytes);
  ByteReader in(bytes);
  const uint8_t form = in.U8();
  const LogId of = in.Fixed<LogId>();
  log::Ends ends;
  for (Arrival& end : ends.end) end = Arrival(in.Varint());
  if (!unescaped || form != kForm || !in.AtEnd() || EncodeResumeToken(of, ends) != token) {
    return absl::InvalidArgumentError(
        "resume_token: is none of ours; send the one of the last message received, or none");
  }
  if (of != log) {
    return absl::OutOfRangeError(
        "resume_token: is of another log; the node was restored or made anew. Watch without it, "
        "with include_current");
  }
  return ends;
}

}  // namespace tocsin::api
