#include "tools/src/cli/reading.h"

#include <absl/strings/str_cat.h>

#include "node/base/ids.h"
#include "node/schema/names.h"

namespace tocsin::cli {

std::string NameOfRef(const v1::RecordRef& ref, const Reading& reading) {
  if (reading.code_of) {
    if (const std::optional<std::string> code = reading.code_of(ref)) {
      return reading.naming.Short(ref.scope(), *code);
    }
  }
  const std::optional<RecordId> id = RecordId::FromBytes(ref.id());
  const std::string scope = reading.naming.ShortScope(ref.scope());
  return absl::StrCat(scope, scope.empty() ? "" : " ",
                      id ? schema::FormatUid(*id) : std::string("(damaged)"));
}

}  // namespace tocsin::cli
