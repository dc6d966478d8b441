// For the sources of this folder only: owning pointers of OpenSSL's objects, and its error queue as
// a status. No public header includes this.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace tocsin::identity {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

inline void FreeOpenSslBytes(unsigned char* bytes) { OPENSSL_free(bytes); }

using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using MdContextPtr = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;
using X509NamePtr = std::unique_ptr<X509_NAME, Freer<X509_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using AsnTimePtr = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;
using OpenSslBytes = std::unique_ptr<unsigned char, Freer<FreeOpenSslBytes>>;

// Leaves this thread's error queue empty on entry and on exit, so that what failed here never shows
// up in somebody else's TLS call.
class OpenSslErrors {
 public:
  OpenSslErrors();
  ~OpenSslErrors();
  OpenSslErrors(const OpenSslErrors&) = delete;
  OpenSslErrors& operator=(const OpenSslErrors&) = delete;
};

// INTERNAL: "OpenSSL failed while <doing>: <its reason>". Empties the queue.
absl::Status OpenSslError(absl::string_view doing);

inline const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace tocsin::identity
