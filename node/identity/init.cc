#include "node/identity/init.h"

#include <absl/strings/str_cat.h>
#include <absl/time/civil_time.h>

#include "node/base/status.h"

namespace tocsin::identity {
namespace {

// A machine that lost its battery starts in 1970: its certificates would have ended before others
// first see them.
absl::Status CheckClock(absl::Time now) {
  absl::Time earliest = absl::FromCivil(absl::CivilDay(2022, 1, 1), absl::UTCTimeZone());
  if (now >= earliest) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the clock of this machine says ", absl::FormatTime(now),
      ", and a certificate made now would carry that date: set the clock, then run this again"));
}

}  // namespace

absl::StatusOr<Identity> Init(const InitOptions& options, Random& random) {
  TOCSIN_RETURN_IF_ERROR(CheckClock(options.now));
  NodeSpec spec{.name = options.name,
                .jurisdiction = options.jurisdiction,
                .may_issue = options.may_issue,
                .now = options.now};
  absl::StatusOr<Identity> made = [&]() -> absl::StatusOr<Identity> {
    if (!options.issuer_dir) return Identity::NewRoot(spec, random);
    TOCSIN_ASSIGN_OR_RETURN(Identity issuer, Identity::Load(*options.issuer_dir));
    return issuer.NewChild(spec, random);
  }();
  TOCSIN_RETURN_IF_ERROR(made.status());
  TOCSIN_RETURN_IF_ERROR(made->Save(options.dir));
  return made;
}

absl::StatusOr<Identity> Renew(const InitOptions& options, Random& random) {
  TOCSIN_RETURN_IF_ERROR(CheckClock(options.now));
  if (options.jurisdiction.IsRoot() || !options.issuer_dir) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the root of a network cannot be renewed: its certificate is what the network is named "
        "by. For a node below it, name the folder of the hub that certifies it by --issuer"));
  }
  TOCSIN_ASSIGN_OR_RETURN(Identity issuer, Identity::Load(*options.issuer_dir));
  absl::StatusOr<std::vector<FormerKey>> former = Identity::LoadForRenewal(options.dir);
  if (absl::IsNotFound(former.status())) former = std::vector<FormerKey>();
  TOCSIN_RETURN_IF_ERROR(former.status());
  NodeSpec spec{.name = options.name,
                .jurisdiction = options.jurisdiction,
                .may_issue = options.may_issue,
                .now = options.now};
  if (!former->empty()) {
    // What is issued later must be seen to be: a clock that went back does not hide it.
    const Certificate& before = former->front().certificate();
    if (spec.name.empty()) spec.name = before.name();
    spec.may_issue = before.may_issue();
    spec.begins_after = before.not_before();
  }
  TOCSIN_ASSIGN_OR_RETURN(Identity fresh, issuer.NewChild(spec, random));
  TOCSIN_ASSIGN_OR_RETURN(Identity renewed, fresh.InPlaceOf(*std::move(former)));
  TOCSIN_RETURN_IF_ERROR(renewed.Replace(options.dir));
  return renewed;
}

absl::StatusOr<Certificate> CertificateToRenew(const std::string& dir) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<FormerKey> keys, Identity::LoadForRenewal(dir));
  return keys.front().certificate();
}

}  // namespace tocsin::identity
