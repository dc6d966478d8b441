#include "node/identity/private_key.h"

#include <absl/strings/str_cat.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "node/base/status.h"
#include "node/identity/files.h"
#include "node/identity/memo.h"
#include "node/identity/openssl.h"

namespace tocsin::identity {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kMaxKeyFileBytes = 4096;

// A key file has no passphrase; without this OpenSSL would ask for one on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

Signature SignEd25519(EVP_PKEY* key, absl::string_view bytes) {
  OpenSslErrors errors;
  MdContextPtr context(EVP_MD_CTX_new());
  Signature signature;
  size_t size = Signature::kSize;
  TOCSIN_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
  TOCSIN_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, Bytes(bytes), bytes.size()) ==
                   1 &&
               size == Signature::kSize);
  return signature;
}

}  // namespace

PrivateKey::PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {
  size_t size = PublicKey::kSize;
  TOCSIN_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &size) == 1 &&
               size == PublicKey::kSize);
}

PrivateKey PrivateKey::Generate(Random& random) {
  OpenSslErrors errors;
  uint8_t seed[kSeedBytes];
  random.Fill(absl::MakeSpan(seed));
  PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, kSeedBytes));
  OPENSSL_cleanse(seed, sizeof seed);
  TOCSIN_CHECK(key != nullptr);
  return PrivateKey(std::move(key));
}

absl::StatusOr<PrivateKey> PrivateKey::Load(const std::string& path) {
  OpenSslErrors errors;
  TOCSIN_ASSIGN_OR_RETURN(std::string pem, ReadFile(path, kMaxKeyFileBytes, Privacy::kSecret));
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  OPENSSL_cleanse(pem.data(), pem.size());
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", path,
        "' holds no Ed25519 private key in PEM form without a passphrase; put back the "
        "file that 'tocsin init' wrote"));
  }
  return PrivateKey(std::move(key));
}

absl::Status PrivateKey::Save(const std::string& path) const {
  OpenSslErrors errors;
  BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    return OpenSslError("writing a private key");
  }
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return WriteNewFile(path, absl::string_view(data, static_cast<size_t>(size)), 0600);
}

Signature PrivateKey::Sign(Use use, const NetworkId& network, absl::string_view message) const {
  const std::string bytes = SignedBytes(use, network, message);
  Memo* const memo = Memo::OfThread();
  const bool simulated = memo != nullptr && memo->simulates_signatures();
  const Signature signature =
      simulated ? Memo::Simulate(public_key_, bytes) : SignEd25519(key_.get(), bytes);
  if (memo != nullptr) memo->AddSignature(public_key_, bytes, signature);
  return signature;
}

}  // namespace tocsin::identity
