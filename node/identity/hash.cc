#include "node/identity/hash.h"

#include <openssl/evp.h>

#include <vector>

#include "node/base/status.h"

namespace tocsin::identity {
namespace {

// Looked up once and never freed: looking an algorithm up costs more than hashing a short input.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TOCSIN_CHECK(algorithm != nullptr);
  return algorithm;
}

// Contexts that this thread has made and nobody uses now.
class ContextPool {
 public:
  ~ContextPool() {
    for (EVP_MD_CTX* context : idle_) EVP_MD_CTX_free(context);
  }

  EVP_MD_CTX* Take() {
    if (idle_.empty()) {
      EVP_MD_CTX* context = EVP_MD_CTX_new();
      TOCSIN_CHECK(context != nullptr);
      return context;
    }
    EVP_MD_CTX* context = idle_.back();
    idle_.pop_back();
    return context;
  }

  void Give(EVP_MD_CTX* context) {
    if (idle_.size() < kMaxIdle) {
      idle_.push_back(context);
    } else {
      EVP_MD_CTX_free(context);
    }
  }

 private:
  static constexpr size_t kMaxIdle = 8;
  std::vector<EVP_MD_CTX*> idle_;
};

ContextPool& ThreadPoolOfContexts() {
  static thread_local ContextPool pool;
  return pool;
}

}  // namespace

Hasher::Hasher() : context_(ThreadPoolOfContexts().Take()) {}

Hasher::~Hasher() { ThreadPoolOfContexts().Give(context_); }

void Hasher::Begin() {
  if (begun_) return;
  TOCSIN_CHECK(EVP_DigestInit_ex2(context_, Sha256Algorithm(), nullptr) == 1);
  begun_ = true;
}

Hasher& Hasher::Update(absl::string_view bytes) {
  Begin();
  TOCSIN_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Hasher::Finish() {
  Begin();
  Digest digest;
  unsigned int size = 0;
  TOCSIN_CHECK(EVP_DigestFinal_ex(context_, digest.data(), &size) == 1 && size == Digest::kSize);
  begun_ = false;
  return digest;
}

Digest Sha256(absl::string_view bytes) {
  Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace tocsin::identity
