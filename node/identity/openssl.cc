#include "node/identity/openssl.h"

#include <absl/strings/str_cat.h>
#include <openssl/err.h>

namespace tocsin::identity {

OpenSslErrors::OpenSslErrors() { ERR_clear_error(); }
OpenSslErrors::~OpenSslErrors() { ERR_clear_error(); }

absl::Status OpenSslError(absl::string_view doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  absl::Status status = absl::InternalError(absl::StrCat(
      "OpenSSL failed while ", doing, ": ", reason == nullptr ? "no reason given" : reason));
  ERR_clear_error();
  return status;
}

}  // namespace tocsin::identity
