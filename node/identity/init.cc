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

}  // namespace tocsin::identity
