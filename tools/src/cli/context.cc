#include "tools/src/cli/context.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/util/time_util.h>

#include <utility>

#include "node/base/status.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"

namespace tocsin::cli {
namespace {

absl::Status NothingOfThatName(const std::vector<std::string>& words, const Naming& naming,
                               std::optional<v1::Kind> kind) {
  const std::string what =
      kind ? schema::FindKind(static_cast<uint32_t>(*kind))->name : std::string("record");
  return FromNode(absl::NotFoundError(absl::StrCat(
      "no ", what, " \"", absl::StrJoin(words, " "), "\" is held here. This is ",
      naming.own().path(), ": a code alone is looked for there and in the broadcasts above; ",
      "another post's record is named with its post, as in kings/e201 7K3M9QXF")));
}

}  // namespace

Context::Context(Console& console, Globals globals)
    : console_(console), globals_(std::move(globals)) {}

Client& Context::client() {
  if (client_ == nullptr) {
    client_ = std::make_unique<Client>(globals_.endpoint, globals_.timeout);
  }
  return *client_;
}

absl::StatusOr<const Naming*> Context::naming() {
  if (!naming_) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::NodeStatus status, client().Status());
    TOCSIN_ASSIGN_OR_RETURN(Jurisdiction own, Jurisdiction::Parse(status.jurisdiction()));
    naming_.emplace(std::move(own));
    ahead_ = absl::ZeroDuration();
    if (status.has_clock_time()) {
      ahead_ = absl::FromUnixMillis(
                   google::protobuf::util::TimeUtil::TimestampToMilliseconds(status.clock_time())) -
               console_.clock.WallNow();
    }
  }
  return &*naming_;
}

absl::StatusOr<Reading> Context::reading() {
  TOCSIN_ASSIGN_OR_RETURN(const Naming* names, naming());
  return Reading{*names, zone(), globals_.called,
                 [this](const v1::RecordRef& ref) { return CodeOf(ref); }};
}

std::optional<std::string> Context::CodeOf(const v1::RecordRef& ref) {
  const std::optional<std::string> name = NameTo(ref);
  if (!name) return std::nullopt;
  const auto [known, is_new] = codes_.try_emplace(*name);
  if (is_new) {
    const absl::StatusOr<v1::Record> record = client().Get(*name);
    if (record.ok()) known->second = record->code();
  }
  return known->second;
}

absl::Time Context::now() {
  // Asked once; what the command does with a node that does not answer is its own affair.
  if (!ahead_ && !naming().ok()) ahead_ = absl::ZeroDuration();
  return console_.clock.WallNow() + *ahead_;
}

absl::StatusOr<v1::Record> Context::Find(const std::vector<std::string>& words,
                                         std::optional<v1::Kind> kind) {
  TOCSIN_ASSIGN_OR_RETURN(const Naming* names, naming());
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<schema::RecordName> candidates,
                          names->Candidates(words, kind));
  for (const schema::RecordName& name : candidates) {
    absl::StatusOr<v1::Record> record = client().Get(name.ToString());
    if (record.ok()) return record;
    // A scope that this node may not hold is one more place where it is not.
    if (!absl::IsNotFound(record.status()) && !absl::IsPermissionDenied(record.status())) {
      return record.status();
    }
  }
  return NothingOfThatName(words, *names, kind);
}

std::string UidName(const v1::Record& record) {
  const size_t at = record.name().rfind('/');
  if (at == std::string::npos || record.uid().empty()) return record.name();
  return absl::StrCat(record.name().substr(0, at + 1), record.uid());
}

std::optional<std::string> NameTo(const v1::RecordRef& ref) {
  const absl::StatusOr<Scope> scope = Scope::Parse(ref.scope());
  const std::optional<RecordId> id = RecordId::FromBytes(ref.id());
  if (!scope.ok() || !id || schema::FindKind(static_cast<uint32_t>(ref.kind())) == nullptr) {
    return std::nullopt;
  }
  return schema::RecordName{*scope, ref.kind(), *id}.ToString();
}

absl::StatusOr<v1::RecordRef> RefTo(const v1::Record& record) {
  TOCSIN_ASSIGN_OR_RETURN(const RecordId id, schema::ParseUid(record.uid()));
  v1::RecordRef ref;
  ref.set_scope(record.scope());
  ref.set_kind(record.kind());
  ref.set_id(std::string(id.view()));
  return ref;
}

}  // namespace tocsin::cli
