#include "tools/src/cli/posts.h"

#include <algorithm>

#include "node/schema/names.h"

namespace tocsin::cli {
namespace {

bool IsConnected(Context& context, const Scope& scope) {
  const absl::StatusOr<v1::NodeStatus> status = context.client().Status();
  if (!status.ok()) return false;
  const std::string& path = scope.jurisdiction().path();
  return status->jurisdiction() == path ||
         std::any_of(status->link().begin(), status->link().end(),
                     [&path](const v1::LinkStatus& link) { return link.peer() == path; });
}

}  // namespace

void NoteIfUnknown(Context& context, const Scope& to) {
  v1::ListRecordsRequest request;
  request.set_parent(schema::ParentName(to));
  request.set_page_size(1);
  const absl::StatusOr<v1::ListRecordsResponse> page = context.client().List(request);
  if (!page.ok() || !page->record().empty() || IsConnected(context, to)) return;
  context.console().err << "note: this node holds nothing of " << to.ToString()
                        << ", and no node of it is connected; is there such a post?\n";
}

}  // namespace tocsin::cli
