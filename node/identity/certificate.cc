#include "node/identity/certificate.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <ctime>
#include <optional>

#include "node/base/status.h"
#include "node/identity/hash.h"
#include "node/identity/issue.h"
#include "node/identity/memo.h"
#include "node/identity/openssl.h"

namespace tocsin::identity {

struct Certificate::Parts {
  std::string der;
  CertId id;
  std::string name;
  std::string issuer_name;
  Jurisdiction jurisdiction;
  bool may_issue = false;
  absl::Time not_before;
  absl::Time not_after;
  PublicKey public_key;
  KeyId key_id;
  KeyId issuer_key_id;
  // What the issuer signed, and its signature.
  std::string signed_part;
  Signature signature;
  PkeyPtr key;

  explicit Parts(Jurisdiction certified) : jurisdiction(std::move(certified)) {}
};

namespace {

absl::Status Refused(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a node certificate: ", why));
}

// The one common name of a subject or issuer that has nothing else.
absl::StatusOr<std::string> CommonName(const X509_NAME* name) {
  if (X509_NAME_entry_count(name) != 1) return Refused("a name is more than one common name");
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, 0);
  if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) {
    return Refused("a name is no common name");
  }
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(entry);
  if (ASN1_STRING_type(text) != V_ASN1_UTF8STRING) return Refused("a name is not in UTF-8");
  std::string common_name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<size_t>(ASN1_STRING_length(text)));
  TOCSIN_RETURN_IF_ERROR(CheckNodeName(common_name));
  return common_name;
}

absl::StatusOr<Jurisdiction> JurisdictionOf(const X509* x509) {
  int critical = 0;
  GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) != 1) {
    return Refused("it has not exactly one address");
  }
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), 0);
  if (name->type != GEN_URI) return Refused("its address is no URI");
  const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
  absl::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                         static_cast<size_t>(ASN1_STRING_length(uri)));
  if (!absl::StartsWith(text, kJurisdictionUri)) {
    return Refused(absl::StrCat("its address does not begin with ", kJurisdictionUri));
  }
  return Jurisdiction::Parse(text.substr(kJurisdictionUri.size()));
}

absl::StatusOr<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm tm = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return Refused("a date is no date");
  return absl::FromCivil(absl::CivilSecond(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                                           tm.tm_min, tm.tm_sec),
                         absl::UTCTimeZone());
}

absl::StatusOr<KeyId> KeyIdFrom(const ASN1_OCTET_STRING* octets) {
  if (octets == nullptr) return Refused("a key id is missing");
  std::optional<KeyId> id = KeyId::FromBytes(
      absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(octets)),
                        static_cast<size_t>(ASN1_STRING_length(octets))));
  if (!id) return Refused("a key id is not 20 bytes");
  return *id;
}

std::string TakeEncoded(unsigned char* encoded, int size) {
  OpenSslBytes owned(encoded);
  if (size < 0) return "";
  return std::string(reinterpret_cast<char*>(encoded), static_cast<size_t>(size));
}

struct Decoded {
  X509Ptr x509;
  // What the issuer signed.
  std::string signed_part;
};

// The whole of `der` and nothing else, in the one way that DER writes it: otherwise one signed
// certificate could be dressed in bytes of several ids. OpenSSL keeps the bytes of the signed part
// as they came, so that part is written anew and the whole compared.
absl::StatusOr<Decoded> Decode(absl::string_view der) {
  if (der.size() > Certificate::kMaxBytes) {
    return Refused(absl::StrCat("it has ", der.size(), " bytes, and ", Certificate::kMaxBytes,
                                " is the most"));
  }
  const unsigned char* next = Bytes(der);
  Decoded decoded;
  decoded.x509.reset(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (decoded.x509 == nullptr) return Refused("its bytes are not X.509 in DER");
  unsigned char* encoded = nullptr;
  int size = i2d_re_X509_tbs(decoded.x509.get(), &encoded);
  decoded.signed_part = TakeEncoded(encoded, size);
  encoded = nullptr;
  size = i2d_X509(decoded.x509.get(), &encoded);
  if (TakeEncoded(encoded, size) != der) return Refused("its bytes are not plain DER");
  return decoded;
}

// Both places that name the algorithm must say Ed25519: one of them is not under the signature.
bool IsSignedByEd25519(const X509* x509) {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, x509);
  return X509_get_signature_nid(x509) == NID_ED25519 &&
         X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(x509)) == 0;
}

absl::StatusOr<Signature> SignatureOf(const X509* x509) {
  const ASN1_BIT_STRING* bits = nullptr;
  X509_get0_signature(&bits, nullptr, x509);
  std::optional<Signature> signature = Signature::FromBytes(
      absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(bits)),
                        static_cast<size_t>(ASN1_STRING_length(bits))));
  constexpr long kUnusedBits = 7;
  if (!signature || (bits->flags & kUnusedBits) != 0) {
    return Refused("its signature is not 64 bytes");
  }
  return *signature;
}

bool VerifyEd25519(EVP_PKEY* key, absl::string_view bytes, const Signature& signature) {
  OpenSslErrors errors;
  MdContextPtr context(EVP_MD_CTX_new());
  TOCSIN_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), Signature::kSize, Bytes(bytes),
                          bytes.size()) == 1;
}

bool IsSignedBy(EVP_PKEY* key, const PublicKey& public_key, absl::string_view bytes,
                const Signature& signature) {
  Memo* const memo = Memo::OfThread();
  if (memo != nullptr && memo->HasSignature(public_key, bytes, signature)) return true;
  const bool is_signed = VerifyEd25519(key, bytes, signature);
  if (is_signed && memo != nullptr) memo->AddSignature(public_key, bytes, signature);
  return is_signed;
}

absl::StatusOr<PkeyPtr> Ed25519KeyOf(const X509* x509) {
  PkeyPtr key(X509_get_pubkey(const_cast<X509*>(x509)));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return Refused("its key is no Ed25519 key");
  }
  return key;
}

// Whether it may issue; refuses what says two things.
absl::StatusOr<bool> MayIssue(X509* x509) {
  uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_INVALID) != 0) return Refused("an extension is malformed or there twice");
  if ((flags & EXFLAG_CRITICAL) != 0) return Refused("it has a critical extension of another kind");
  if ((flags & EXFLAG_BCONS) == 0 || (flags & EXFLAG_KUSAGE) == 0) {
    return Refused("it does not say what its key is for");
  }
  uint32_t usage = X509_get_key_usage(x509);
  bool is_ca = (flags & EXFLAG_CA) != 0;
  if (is_ca != ((usage & KU_KEY_CERT_SIGN) != 0) || (usage & KU_DIGITAL_SIGNATURE) == 0) {
    return Refused("its key usage contradicts its basic constraints");
  }
  return is_ca;
}

// Reads the Unicode code point at the front of `text` and drops it; -1 if it is not UTF-8.
int32_t NextCodePoint(absl::string_view& text) {
  unsigned long value = 0;
  int size = UTF8_getc(Bytes(text), static_cast<int>(text.size()), &value);
  if (size <= 0) return -1;
  text.remove_prefix(static_cast<size_t>(size));
  return static_cast<int32_t>(value);
}

// Controls, and the marks that make a terminal show text in another order than it has.
bool IsInvisible(int32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

absl::StatusOr<Certificate> Certificate::Parse(absl::string_view der) {
  Memo* const memo = Memo::OfThread();
  if (memo == nullptr) return ParseAnew(der);
  if (std::optional<Certificate> known = memo->FindCertificate(IdOf(der)); known) return *known;
  absl::StatusOr<Certificate> certificate = ParseAnew(der);
  if (certificate.ok()) memo->AddCertificate(*certificate);
  return certificate;
}

absl::StatusOr<Certificate> Certificate::ParseAnew(absl::string_view der) {
  OpenSslErrors errors;
  TOCSIN_ASSIGN_OR_RETURN(Decoded decoded, Decode(der));
  X509* x509 = decoded.x509.get();
  if (X509_get_version(x509) != X509_VERSION_3) return Refused("it is not of version 3");
  if (!IsSignedByEd25519(x509)) return Refused("its signature is not Ed25519");
  TOCSIN_ASSIGN_OR_RETURN(PkeyPtr key, Ed25519KeyOf(x509));
  TOCSIN_ASSIGN_OR_RETURN(bool may_issue, MayIssue(x509));
  TOCSIN_ASSIGN_OR_RETURN(Jurisdiction jurisdiction, JurisdictionOf(x509));
  auto parts = std::make_shared<Parts>(std::move(jurisdiction));
  parts->der = std::string(der);
  parts->id = IdOf(der);
  parts->may_issue = may_issue;
  TOCSIN_ASSIGN_OR_RETURN(parts->name, CommonName(X509_get_subject_name(x509)));
  TOCSIN_ASSIGN_OR_RETURN(parts->issuer_name, CommonName(X509_get_issuer_name(x509)));
  TOCSIN_ASSIGN_OR_RETURN(parts->not_before, TimeOf(X509_get0_notBefore(x509)));
  TOCSIN_ASSIGN_OR_RETURN(parts->not_after, TimeOf(X509_get0_notAfter(x509)));
  if (parts->not_after < parts->not_before) return Refused("it ends before it begins");
  size_t size = PublicKey::kSize;
  if (EVP_PKEY_get_raw_public_key(key.get(), parts->public_key.data(), &size) != 1) {
    return OpenSslError("reading a certificate's key");
  }
  TOCSIN_ASSIGN_OR_RETURN(parts->key_id, KeyIdFrom(X509_get0_subject_key_id(x509)));
  if (parts->key_id != KeyIdOf(parts->public_key)) return Refused("its key id is not of its key");
  TOCSIN_ASSIGN_OR_RETURN(parts->issuer_key_id, KeyIdFrom(X509_get0_authority_key_id(x509)));
  TOCSIN_ASSIGN_OR_RETURN(parts->signature, SignatureOf(x509));
  parts->signed_part = std::move(decoded.signed_part);
  parts->key = std::move(key);
  return Certificate(std::move(parts));
}

const CertId& Certificate::id() const { return parts_->id; }
absl::string_view Certificate::der() const { return parts_->der; }
const std::string& Certificate::name() const { return parts_->name; }
const Jurisdiction& Certificate::jurisdiction() const { return parts_->jurisdiction; }
bool Certificate::may_issue() const { return parts_->may_issue; }
absl::Time Certificate::not_before() const { return parts_->not_before; }
absl::Time Certificate::not_after() const { return parts_->not_after; }
const PublicKey& Certificate::public_key() const { return parts_->public_key; }
const KeyId& Certificate::key_id() const { return parts_->key_id; }
const KeyId& Certificate::issuer_key_id() const { return parts_->issuer_key_id; }
const std::string& Certificate::issuer_name() const { return parts_->issuer_name; }

std::string Certificate::Describe() const {
  return absl::StrCat(name(), " (", jurisdiction().path(), ")");
}

absl::Status Certificate::VerifyIssuedBy(const Certificate& issuer) const {
  TOCSIN_RETURN_IF_ERROR(CheckMayIssue(issuer, jurisdiction()));
  return VerifySignedBy(issuer);
}

absl::Status Certificate::VerifyRoot() const {
  if (!may_issue() || !jurisdiction().IsRoot()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the certificate of ", Describe(),
        " cannot be the root of a network: a root may issue and its jurisdiction has one part"));
  }
  return VerifySignedBy(*this);
}

absl::Status Certificate::VerifySignedBy(const Certificate& issuer) const {
  if (issuer_key_id() != issuer.key_id() || issuer_name() != issuer.name()) {
    return absl::UnauthenticatedError(absl::StrCat(
        "the certificate of ", Describe(), " names another issuer than ", issuer.Describe()));
  }
  if (!IsSignedBy(issuer.parts_->key.get(), issuer.public_key(), parts_->signed_part,
                  parts_->signature)) {
    return absl::UnauthenticatedError(absl::StrCat("the certificate of ", Describe(),
                                                   " is not signed by ", issuer.Describe(),
                                                   ", which it names as its issuer: refuse it"));
  }
  return absl::OkStatus();
}

absl::Status Certificate::Verify(Use use, const NetworkId& network, absl::string_view message,
                                 const Signature& signature) const {
  if (!IsSignedBy(parts_->key.get(), public_key(), SignedBytes(use, network, message), signature)) {
    return absl::UnauthenticatedError(
        absl::StrCat("the signature (", TagOf(use), ") is not that of ", Describe()));
  }
  return absl::OkStatus();
}

absl::Status Certificate::CheckDates(absl::Time at) const {
  if (at >= not_before() && at <= not_after()) return absl::OkStatus();
  const std::string facts = absl::StrCat(
      "the certificate of ", Describe(), " is valid from ", absl::FormatTime(not_before()),
      " until ", absl::FormatTime(not_after()), ", and the time here is ", absl::FormatTime(at));
  const bool is_root = jurisdiction().IsRoot();
  if (at < not_before()) {
    return absl::FailedPreconditionError(absl::StrCat(
        facts,
        ": compare the clock of the network's root, whose time is everybody's, with that of ",
        is_root ? "its first day" : "the machine that issued it", ", and set the wrong one"));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      facts, ": ",
      is_root ? "a network lasts as long as its root; make a new one with 'tocsin init'"
              : absl::StrCat("renew it by 'tocsin init --renew --dir D --issuer HUB', where D is ",
                             "the folder of ", name(), " and HUB that of ", issuer_name()),
      ". If that is not the time, set the clock of the network's root and restart this node"));
}

bool IsNewer(const Certificate& a, const Certificate& b) {
  if (a.not_before() != b.not_before()) return a.not_before() > b.not_before();
  return a.id() > b.id();
}

KeyId KeyIdOf(const PublicKey& key) {
  return *KeyId::FromBytes(Sha256(key.view()).view().substr(0, KeyId::kSize));
}

CertId IdOf(absl::string_view der) { return *CertId::FromBytes(Sha256(der).view()); }

NetworkId NetworkIdOf(const Certificate& root) {
  return *NetworkId::FromBytes(root.id().view().substr(0, NetworkId::kSize));
}

absl::Status CheckNodeName(absl::string_view name) {
  if (name.empty() || name.size() > Certificate::kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a node's name has 1 to ",
                                                   Certificate::kMaxNameBytes, " bytes, and this '",
                                                   name.substr(0, 80), "' has ", name.size()));
  }
  if (name.front() == ' ' || name.back() == ' ') {
    return absl::InvalidArgumentError(
        absl::StrCat("the name '", name, "' begins or ends in a space"));
  }
  for (absl::string_view rest = name; !rest.empty();) {
    int32_t c = NextCodePoint(rest);
    if (c < 0 || IsInvisible(c)) {
      return absl::InvalidArgumentError(
          "a node's name is UTF-8 text without control or invisible characters");
    }
  }
  return absl::OkStatus();
}

std::string SpokenFingerprint(const CertId& id) {
  constexpr absl::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr int kCharacters = 20;
  constexpr int kGroup = 4;
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  const uint8_t* next = id.data();
  for (int i = 0; i < kCharacters; ++i) {
    if (i > 0 && i % kGroup == 0) text.push_back(' ');
    if (held < 5) {
      bits = bits << 8 | *next++;
      held += 8;
    }
    held -= 5;
    text.push_back(kCrockford[bits >> held & 31]);
  }
  return text;
}

}  // namespace tocsin::identity
