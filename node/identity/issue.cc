#include "node/identity/issue.h"

#include <absl/strings/str_cat.h>

#include <memory>

#include "node/base/status.h"
#include "node/identity/openssl.h"

namespace tocsin::identity {
namespace {

constexpr size_t kSerialBytes = 16;

using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>>;
using BitsPtr = std::unique_ptr<ASN1_BIT_STRING, Freer<ASN1_BIT_STRING_free>>;
using ConstraintsPtr = std::unique_ptr<BASIC_CONSTRAINTS, Freer<BASIC_CONSTRAINTS_free>>;
using AuthorityPtr = std::unique_ptr<AUTHORITY_KEYID, Freer<AUTHORITY_KEYID_free>>;

X509NamePtr NameOf(const std::string& common_name) {
  X509NamePtr name(X509_NAME_new());
  if (X509_NAME_add_entry_by_NID(name.get(), NID_commonName, V_ASN1_UTF8STRING, Bytes(common_name),
                                 static_cast<int>(common_name.size()), -1, 0) != 1) {
    return nullptr;
  }
  return name;
}

bool SetSerial(X509* x509, Random& random) {
  uint8_t bytes[kSerialBytes];
  random.Fill(absl::MakeSpan(bytes));
  // Positive, and never shorter: the first byte is 0x40 to 0x7f.
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x3f) | 0x40);
  BignumPtr number(BN_bin2bn(bytes, kSerialBytes, nullptr));
  return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr;
}

bool SetDates(X509* x509, absl::Time not_before, absl::Time not_after) {
  // ASN1_TIME_set chooses between the two forms of a date as RFC 5280 asks.
  AsnTimePtr from(ASN1_TIME_set(nullptr, absl::ToTimeT(not_before)));
  AsnTimePtr until(ASN1_TIME_set(nullptr, absl::ToTimeT(not_after)));
  return from != nullptr && until != nullptr && X509_set1_notBefore(x509, from.get()) == 1 &&
         X509_set1_notAfter(x509, until.get()) == 1;
}

bool SetKey(X509* x509, const PublicKey& key) {
  PkeyPtr pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), PublicKey::kSize));
  return pkey != nullptr && X509_set_pubkey(x509, pkey.get()) == 1;
}

bool Add(X509* x509, int nid, void* extension, bool critical) {
  return X509_add1_ext_i2d(x509, nid, extension, critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1;
}

bool AddUses(X509* x509, bool may_issue) {
  ConstraintsPtr constraints(BASIC_CONSTRAINTS_new());
  constraints->ca = may_issue ? 0xff : 0;
  constexpr int kDigitalSignatureBit = 0;
  constexpr int kKeyCertSignBit = 5;
  BitsPtr usage(ASN1_BIT_STRING_new());
  ASN1_BIT_STRING_set_bit(usage.get(), kDigitalSignatureBit, 1);
  if (may_issue) ASN1_BIT_STRING_set_bit(usage.get(), kKeyCertSignBit, 1);
  return Add(x509, NID_basic_constraints, constraints.get(), true) &&
         Add(x509, NID_key_usage, usage.get(), true);
}

bool AddJurisdiction(X509* x509, const Jurisdiction& jurisdiction) {
  std::string uri = absl::StrCat(kJurisdictionUri, jurisdiction.path());
  GeneralNamesPtr names(GENERAL_NAMES_new());
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size()));
  GENERAL_NAME_set0_value(name, GEN_URI, text);
  sk_GENERAL_NAME_push(names.get(), name);
  return Add(x509, NID_subject_alt_name, names.get(), false);
}

bool AddKeyIds(X509* x509, const KeyId& own, const KeyId& issuer) {
  OctetsPtr own_octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(own_octets.get(), own.data(), KeyId::kSize);
  AuthorityPtr authority(AUTHORITY_KEYID_new());
  authority->keyid = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(authority->keyid, issuer.data(), KeyId::kSize);
  return Add(x509, NID_subject_key_identifier, own_octets.get(), false) &&
         Add(x509, NID_authority_key_identifier, authority.get(), false);
}

absl::Status CheckSubject(const Subject& subject) {
  TOCSIN_RETURN_IF_ERROR(CheckNodeName(subject.name));
  if (subject.not_after < subject.not_before) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a certificate for '", subject.name, "' would end (", absl::FormatTime(subject.not_after),
        ") before it begins (", absl::FormatTime(subject.not_before), ")"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckMayIssue(const Certificate& issuer, const Jurisdiction& jurisdiction) {
  if (!issuer.may_issue()) {
    return absl::PermissionDeniedError(
        absl::StrCat(issuer.Describe(),
                     " is no hub and may not issue certificates; have the hub above it do so"));
  }
  if (!issuer.jurisdiction().Covers(jurisdiction) || issuer.jurisdiction() == jurisdiction) {
    return absl::PermissionDeniedError(
        absl::StrCat(issuer.Describe(), " may issue only for jurisdictions below '",
                     issuer.jurisdiction().path(), "/', and '", jurisdiction.path(), "' is not"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SignCertificateDer(const Subject& subject, const IssuerNames& issuer,
                                               const PrivateKey& signer, Random& random) {
  OpenSslErrors errors;
  X509Ptr x509(X509_new());
  X509NamePtr subject_name = NameOf(subject.name);
  X509NamePtr issuer_name = NameOf(issuer.name);
  if (x509 == nullptr || subject_name == nullptr || issuer_name == nullptr ||
      X509_set_version(x509.get(), X509_VERSION_3) != 1 || !SetSerial(x509.get(), random) ||
      X509_set_subject_name(x509.get(), subject_name.get()) != 1 ||
      X509_set_issuer_name(x509.get(), issuer_name.get()) != 1 ||
      !SetDates(x509.get(), subject.not_before, subject.not_after) ||
      !SetKey(x509.get(), subject.key) || !AddUses(x509.get(), subject.may_issue) ||
      !AddJurisdiction(x509.get(), subject.jurisdiction) ||
      !AddKeyIds(x509.get(), KeyIdOf(subject.key), issuer.key_id) ||
      X509_sign(x509.get(), signer.handle(), nullptr) <= 0) {
    return OpenSslError(absl::StrCat("making a certificate for '", subject.name, "'"));
  }
  unsigned char* encoded = nullptr;
  int size = i2d_X509(x509.get(), &encoded);
  OpenSslBytes owned(encoded);
  if (size < 0) return OpenSslError("writing a certificate");
  return std::string(reinterpret_cast<char*>(encoded), static_cast<size_t>(size));
}

absl::StatusOr<Certificate> Issue(const Subject& subject, const Certificate& issuer,
                                  const PrivateKey& issuer_key, Random& random) {
  TOCSIN_RETURN_IF_ERROR(CheckMayIssue(issuer, subject.jurisdiction));
  TOCSIN_RETURN_IF_ERROR(CheckSubject(subject));
  if (issuer_key.public_key() != issuer.public_key()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key is not the one in the certificate of ", issuer.Describe()));
  }
  TOCSIN_ASSIGN_OR_RETURN(
      std::string der,
      SignCertificateDer(subject, {issuer.name(), issuer.key_id()}, issuer_key, random));
  return Certificate::Parse(der);
}

absl::StatusOr<Certificate> IssueRoot(const Subject& subject, const PrivateKey& key,
                                      Random& random) {
  TOCSIN_RETURN_IF_ERROR(CheckSubject(subject));
  TOCSIN_ASSIGN_OR_RETURN(
      std::string der,
      SignCertificateDer(subject, {subject.name, KeyIdOf(subject.key)}, key, random));
  TOCSIN_ASSIGN_OR_RETURN(Certificate root, Certificate::Parse(der));
  TOCSIN_RETURN_IF_ERROR(root.VerifyRoot());
  return root;
}

}  // namespace tocsin::identity
