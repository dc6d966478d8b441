#include "node/identity/identity.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "node/base/status.h"
#include "node/identity/files.h"
#include "node/identity/issue.h"
#include "node/identity/openssl.h"

namespace tocsin::identity {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kRootValidity = absl::Hours(30 * 365 * 24);
constexpr absl::Duration kChildValidity = absl::Hours(10 * 365 * 24);
// Certificates begin a day early, so that a node whose clock is behind is let in.
constexpr absl::Duration kHeadStart = kDay;
// A jurisdiction has at most 8 parts, and each certificate of a chain is strictly below the last.
constexpr size_t kMaxChain = 8;
constexpr size_t kMaxChainFileBytes = kMaxChain * 2 * Certificate::kMaxBytes;

std::string IdentityFolder(const std::string& dir) { return absl::StrCat(dir, "/identity"); }
std::string KeyPath(const std::string& folder) { return absl::StrCat(folder, "/key.pem"); }
std::string ChainPath(const std::string& folder) { return absl::StrCat(folder, "/chain.pem"); }
std::string FormerPath(const std::string& folder) { return absl::StrCat(folder, "/former"); }
std::string FormerName(const Certificate& certificate) {
  return certificate.id().ToHex().substr(0, 16);
}

Subject SubjectOf(const NodeSpec& spec, const PublicKey& key, absl::Duration default_validity) {
  absl::Duration validity =
      spec.validity == absl::ZeroDuration() ? default_validity : spec.validity;
  return Subject{
      .name = spec.name,
      .jurisdiction = spec.jurisdiction,
      .may_issue = spec.may_issue,
      .key = key,
      .not_before = std::max(spec.now - kHeadStart, spec.begins_after + absl::Seconds(1)),
      .not_after = spec.now + validity};
}

absl::StatusOr<std::string> ToPem(const std::vector<Certificate>& chain) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    if (PEM_write_bio(bio.get(), PEM_STRING_X509, "", Bytes(it->der()),
                      static_cast<long>(it->der().size())) <= 0) {
      return OpenSslError("writing a chain of certificates");
    }
  }
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// Root first.
absl::StatusOr<std::vector<Certificate>> ChainFromPem(const std::string& pem) {
  std::vector<Certificate> chain;
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (chain.size() <= kMaxChain) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) break;
    absl::Cleanup free_texts = [name, header] {
      OPENSSL_free(name);
      OPENSSL_free(header);
    };
    OpenSslBytes owned(data);
    TOCSIN_ASSIGN_OR_RETURN(
        Certificate certificate,
        Certificate::Parse({reinterpret_cast<char*>(data), static_cast<size_t>(size)}));
    chain.push_back(std::move(certificate));
  }
  if (chain.empty()) return absl::InvalidArgumentError("no certificate in PEM form is in it");
  std::reverse(chain.begin(), chain.end());
  return chain;
}

absl::Status CheckLine(const std::vector<Certificate>& chain) {
  TOCSIN_RETURN_IF_ERROR(chain.front().VerifyRoot());
  for (size_t i = 1; i < chain.size(); ++i) {
    TOCSIN_RETURN_IF_ERROR(chain[i].VerifyIssuedBy(chain[i - 1]));
  }
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot make the folder '", path, "'"));
}

absl::Status MakePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the folder '", path, "'"));
}

absl::Status WritePair(const std::string& folder, const PrivateKey* key,
                       const std::vector<Certificate>& chain) {
  if (key != nullptr) TOCSIN_RETURN_IF_ERROR(key->Save(KeyPath(folder)));
  TOCSIN_ASSIGN_OR_RETURN(std::string pem, ToPem(chain));
  return WriteNewFile(ChainPath(folder), pem, 0644);
}

// A chain that leads from a root down, and its key if it is there.
absl::StatusOr<FormerKey> LoadPair(const std::string& folder) {
  TOCSIN_ASSIGN_OR_RETURN(std::string pem,
                          ReadFile(ChainPath(folder), kMaxChainFileBytes, Privacy::kPublic));
  FormerKey pair;
  TOCSIN_ASSIGN_OR_RETURN(pair.chain, ChainFromPem(pem));
  TOCSIN_RETURN_IF_ERROR(CheckLine(pair.chain));
  absl::StatusOr<PrivateKey> key = PrivateKey::Load(KeyPath(folder));
  if (absl::IsNotFound(key.status())) return pair;
  TOCSIN_RETURN_IF_ERROR(key.status());
  if (key->public_key() != pair.certificate().public_key()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the private key in '", folder, "' is not the one in the certificate beside it"));
  }
  pair.key = std::make_shared<const PrivateKey>(*std::move(key));
  return pair;
}

// None, if there never was a renewal.
absl::StatusOr<std::vector<FormerKey>> LoadFormer(const std::string& folder) {
  std::vector<FormerKey> former;
  std::error_code error;
  for (fs::directory_iterator at(FormerPath(folder), error), end; !error && at != end;
       at.increment(error)) {
    TOCSIN_ASSIGN_OR_RETURN(FormerKey old, LoadPair(at->path().string()));
    former.push_back(std::move(old));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::ErrnoToStatus(error.value(),
                               absl::StrCat("cannot read the folder '", FormerPath(folder), "'"));
  }
  return former;
}

// Something in the way is no identity of ours to touch.
absl::Status RefuseToOverwrite(const std::string& dir) {
  absl::StatusOr<Identity> there = Identity::Load(dir);
  return absl::AlreadyExistsError(absl::StrCat(
      "'", IdentityFolder(dir), "' is there already",
      there.ok() ? absl::StrCat(": it is ", there->certificate().Describe()) : "",
      "; an identity is never overwritten: choose another folder, or move this one away"));
}

}  // namespace

absl::StatusOr<Identity> Identity::Assemble(PrivateKey key, std::vector<Certificate> chain) {
  TOCSIN_RETURN_IF_ERROR(CheckLine(chain));
  if (chain.back().public_key() != key.public_key()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the private key is not the one in the "
                     "certificate of ",
                     chain.back().Describe()));
  }
  NetworkId network_id = NetworkIdOf(chain.front());
  return Identity(
      std::make_shared<const Parts>(Parts{std::move(key), std::move(chain), network_id, {}}));
}

absl::StatusOr<Identity> Identity::NewRoot(const NodeSpec& spec, Random& random) {
  if (!spec.jurisdiction.IsRoot()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", spec.jurisdiction.path(),
        "' lies below another jurisdiction and cannot make a network: name the issuer above it, or "
        "give the root a jurisdiction of one part, such as 'city'"));
  }
  PrivateKey key = PrivateKey::Generate(random);
  Subject subject = SubjectOf(spec, key.public_key(), kRootValidity);
  subject.may_issue = true;
  TOCSIN_ASSIGN_OR_RETURN(Certificate root, IssueRoot(subject, key, random));
  return Assemble(std::move(key), {root});
}

absl::StatusOr<Identity> Identity::NewChild(const NodeSpec& spec, Random& random) const {
  PrivateKey child_key = PrivateKey::Generate(random);
  Subject subject = SubjectOf(spec, child_key.public_key(), kChildValidity);
  subject.not_after = std::min(subject.not_after, certificate().not_after());
  TOCSIN_ASSIGN_OR_RETURN(Certificate child, Issue(subject, certificate(), key(), random));
  std::vector<Certificate> line = chain();
  line.push_back(std::move(child));
  return Assemble(std::move(child_key), std::move(line));
}

absl::StatusOr<Identity> Identity::Load(const std::string& dir) {
  OpenSslErrors errors;
  std::string folder = IdentityFolder(dir);
  absl::StatusOr<PrivateKey> key = PrivateKey::Load(KeyPath(folder));
  if (absl::IsNotFound(key.status())) {
    return absl::NotFoundError(absl::StrCat(
        "'", dir, "' has no identity: '", KeyPath(folder), "' is missing; make one with 'tocsin ",
        "init --dir ", dir, "', or with --renew if this node had one whose key is lost"));
  }
  TOCSIN_RETURN_IF_ERROR(key.status());
  TOCSIN_ASSIGN_OR_RETURN(std::string pem,
                          ReadFile(ChainPath(folder), kMaxChainFileBytes, Privacy::kPublic));
  absl::StatusOr<Identity> identity = [&]() -> absl::StatusOr<Identity> {
    TOCSIN_ASSIGN_OR_RETURN(std::vector<Certificate> chain, ChainFromPem(pem));
    TOCSIN_ASSIGN_OR_RETURN(Identity current, Assemble(*std::move(key), std::move(chain)));
    TOCSIN_ASSIGN_OR_RETURN(std::vector<FormerKey> former, LoadFormer(folder));
    return current.InPlaceOf(std::move(former));
  }();
  if (!identity.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", folder, "' is not what 'tocsin init' wrote: ", identity.status().message(),
        "; put back the folder from a backup"));
  }
  return identity;
}

absl::StatusOr<std::vector<FormerKey>> Identity::LoadForRenewal(const std::string& dir) {
  OpenSslErrors errors;
  std::string folder = IdentityFolder(dir);
  std::error_code error;
  if (!fs::exists(ChainPath(folder), error) && fs::exists(KeyPath(folder), error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", folder, "' has a key and no certificates: put back chain.pem from a backup, or move ",
        "the folder away"));
  }
  TOCSIN_ASSIGN_OR_RETURN(FormerKey current, LoadPair(folder));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<FormerKey> keys, LoadFormer(folder));
  keys.insert(keys.begin(), std::move(current));
  return keys;
}

absl::StatusOr<Identity> Identity::InPlaceOf(std::vector<FormerKey> former) const {
  for (const FormerKey& old : former) {
    if (NetworkIdOf(old.chain.front()) != network_id() ||
        old.certificate().jurisdiction() != jurisdiction()) {
      return absl::PermissionDeniedError(absl::StrCat(
          certificate().Describe(), " cannot take the place of ", old.certificate().Describe(),
          ": a renewal is for the same jurisdiction of the same network"));
    }
    if (old.certificate().id() == id()) {
      return absl::PermissionDeniedError("a certificate cannot take its own place");
    }
  }
  std::sort(former.begin(), former.end(), [](const FormerKey& a, const FormerKey& b) {
    return IsNewer(a.certificate(), b.certificate());
  });
  Parts parts = *parts_;
  parts.former = std::move(former);
  return Identity(std::make_shared<const Parts>(std::move(parts)));
}

bool Identity::IsOwn(const CertId& certificate) const {
  return certificate == id() ||
         std::any_of(former().begin(), former().end(),
                     [&](const FormerKey& old) { return old.certificate().id() == certificate; });
}

const PrivateKey* Identity::KeyOf(const CertId& certificate) const {
  if (certificate == id()) return &key();
  for (const FormerKey& old : former()) {
    if (old.certificate().id() == certificate) return old.key.get();
  }
  return nullptr;
}

absl::Status Identity::WriteFiles(const std::string& folder) const {
  TOCSIN_RETURN_IF_ERROR(MakePrivateFolder(folder));
  TOCSIN_RETURN_IF_ERROR(WritePair(folder, &key(), chain()));
  if (former().empty()) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(MakePrivateFolder(FormerPath(folder)));
  for (const FormerKey& old : former()) {
    const std::string place = absl::StrCat(FormerPath(folder), "/", FormerName(old.certificate()));
    TOCSIN_RETURN_IF_ERROR(MakePrivateFolder(place));
    TOCSIN_RETURN_IF_ERROR(WritePair(place, old.key.get(), old.chain));
  }
  return SyncFolder(FormerPath(folder));
}

// Written aside and then named: a crash leaves no identity or a whole one.
absl::Status Identity::Save(const std::string& dir) const {
  OpenSslErrors errors;
  std::string folder = IdentityFolder(dir);
  TOCSIN_RETURN_IF_ERROR(MakeFolder(dir));
  std::error_code error;
  if (fs::exists(folder, error)) return RefuseToOverwrite(dir);
  const std::string draft = absl::StrCat(folder, ".new.", FormerName(certificate()));
  absl::Cleanup remove_draft = [&draft] {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
  };
  TOCSIN_RETURN_IF_ERROR(WriteFiles(draft));
  absl::Status published = PublishFolder(draft, folder);
  if (absl::IsAlreadyExists(published)) return RefuseToOverwrite(dir);
  return published;
}

// The two folders change names in one step, so that there is a whole one at every moment.
absl::Status Identity::Replace(const std::string& dir) const {
  OpenSslErrors errors;
  const std::string folder = IdentityFolder(dir);
  const std::string draft = absl::StrCat(folder, ".new.", FormerName(certificate()));
  absl::Cleanup remove_draft = [&draft] {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
  };
  TOCSIN_RETURN_IF_ERROR(WriteFiles(draft));
  return ExchangeFolders(draft, folder);
}

std::unique_ptr<TrustStore> Identity::NewTrustStore() const {
  absl::StatusOr<std::unique_ptr<TrustStore>> store = TrustStore::Create(root());
  TOCSIN_CHECK(store.ok());
  for (const Certificate& certificate : chain()) {
    TOCSIN_CHECK((*store)->Add(certificate).ok());
  }
  for (const FormerKey& old : former()) {
    for (const Certificate& certificate : old.chain) {
      TOCSIN_CHECK((*store)->Add(certificate).ok());
    }
  }
  return *std::move(store);
}

}  // namespace tocsin::identity
