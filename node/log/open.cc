// Log::Open: what the disk has, read into memory.
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/log.h"
#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/log/log_impl.h"

namespace tocsin::log {
namespace {

class Loader {
 public:
  explicit Loader(Context& context) : context_(context), source_(context.store) {}

  // Without its births, heads and index a log does not know what it holds: it refuses, and is
  // filled anew by its neighbours, rather than to say less than the truth.
  absl::Status Load() {
    absl::Status loaded = LoadTables();
    if (!absl::IsDataLoss(loaded)) return loaded;
    return absl::DataLossError(absl::StrCat(
        "the log is damaged where it says what it holds: ", loaded.message(),
        ". Run 'tocsin audit verify --dir' on this node's folder, which names what is damaged; "
        "then ",
        "move its 'log' away, keep it, remove its 'view', and start the node: it takes back from ",
        "its parent and its ",
        "children all that they hold. What nobody else had is in the log that you keep"));
  }
  StrandState TakeState() { return std::move(state_); }

 private:
  absl::Status LoadTables() {
    TOCSIN_RETURN_IF_ERROR(CheckWhose());
    TOCSIN_RETURN_IF_ERROR(LoadCertificates());
    TOCSIN_RETURN_IF_ERROR(CheckNode());
    TOCSIN_RETURN_IF_ERROR(LoadLanes());
    TOCSIN_RETURN_IF_ERROR(LoadErasures());
    TOCSIN_RETURN_IF_ERROR(LoadReceipts());
    return LoadEnds();
  }
  using Row = absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)>;
  absl::Status ForTable(char table, Row row) {
    absl::Status status;
    TOCSIN_RETURN_IF_ERROR(source_.Scan(TableBegin(table), TableEnd(table),
                                        [&](absl::string_view key, absl::string_view value) {
                                          status = row(key, value);
                                          return status.ok();
                                        }));
    return status;
  }

  absl::Status CheckWhose();
  absl::Status CheckNode();
  void SignOn(store::Batch& batch);
  absl::Status Create();
  absl::Status LoadCertificates();
  absl::Status LoadLanes();
  absl::Status LoadErasures();
  absl::Status LoadReceipts();
  absl::Status LoadEnds();
  absl::Status LoadEndsFromIndex();
  void TakeEnd(Queue queue, Arrival arrival);

  Context& context_;
  StoreSource source_;
  StrandState state_;
};

// A log belongs to one network and one node; a newer format is not touched.
absl::Status Loader::CheckWhose() {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> format, source_.Get(kFormatKey));
  if (!format.has_value()) return Create();
  ByteReader in(*format);
  uint32_t number = in.U32();
  if (!in.AtEnd() || number != kLogFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the log in this folder is of format ", number, " and this program reads format ",
        kLogFormat, ": use the program that wrote it, or a newer one"));
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> network, source_.Get(kNetworkKey));
  if (!network.has_value() || *network != context_.identity.network_id().view()) {
    return absl::FailedPreconditionError(
        "the log in this folder belongs to another network: give this node its own folder, or "
        "restore its own identity");
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> id, source_.Get(kLogIdKey));
  std::optional<LogId> log_id = id.has_value() ? LogId::FromBytes(*id) : std::nullopt;
  if (!log_id.has_value()) return absl::DataLossError("it has lost its id");
  context_.log_id = *log_id;
  return absl::OkStatus();
}

absl::Status Loader::Create() {
  context_.log_id = context_.random.Fixed<LogId>();
  std::string format;
  ByteWriter(format).U32(kLogFormat);
  store::Batch batch;
  batch.Put(kFormatKey, format);
  batch.Put(kLogIdKey, context_.log_id.view());
  batch.Put(kNetworkKey, context_.identity.network_id().view());
  SignOn(batch);
  return context_.store.Write(batch, store::Durability::kSynced);
}

// The log says whose it is, with the certificates that prove it.
void Loader::SignOn(store::Batch& batch) {
  batch.Put(kNodeKey, context_.identity.id().view());
  for (const identity::Certificate& certificate : context_.identity.chain()) {
    batch.Put(CertificateKey(certificate.id()), certificate.der());
    state_.stored_certificates.insert(certificate.id());
  }
}

// A node may have a new key and certificate, of the same jurisdiction and never an older one: what
// an older one says of this log would be outdone elsewhere.
absl::Status Loader::CheckNode() {
  const identity::Certificate& own = context_.identity.certificate();
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> stored, source_.Get(kNodeKey));
  if (stored.has_value() && *stored == own.id().view()) return absl::OkStatus();
  std::optional<CertId> id = stored.has_value() ? CertId::FromBytes(*stored) : std::nullopt;
  std::optional<identity::Certificate> before =
      id.has_value() ? context_.trust.Find(*id) : std::nullopt;
  if (!before.has_value() || before->jurisdiction() != own.jurisdiction()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log in this folder belongs to another node",
                     before.has_value() ? absl::StrCat(", ", before->Describe()) : std::string(),
                     ", and this is ", own.Describe(),
                     ": give this node its own folder, or restore its own ", "identity"));
  }
  if (!identity::IsNewer(own, *before)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the log in this folder was written under a later certificate of ", own.Describe(),
        ", valid from ", absl::FormatTime(before->not_before()), "; this one is valid from ",
        absl::FormatTime(own.not_before()),
        ": put back the identity of its renewal, or renew this one ('tocsin init --renew')"));
  }
  store::Batch batch;
  SignOn(batch);
  TOCSIN_RETURN_IF_ERROR(context_.store.Write(batch, store::Durability::kSynced));
  ::tocsin::Log(
      LogLevel::kInfo, "log.node_renewed",
      {{"jurisdiction", own.jurisdiction()}, {"before", before->id()}, {"now", own.id()}});
  return absl::OkStatus();
}

// Issuers may stand behind those they issued, so several rounds may be needed.
absl::Status Loader::LoadCertificates() {
  std::vector<std::string> waiting;
  TOCSIN_RETURN_IF_ERROR(ForTable(kCertificateTable, [&](absl::string_view, absl::string_view der) {
    waiting.emplace_back(der);
    return absl::OkStatus();
  }));
  while (!waiting.empty()) {
    std::vector<std::string> next;
    absl::Status last;
    for (std::string& der : waiting) {
      auto added = context_.trust.AddDer(der);
      if (added.ok()) {
        state_.stored_certificates.insert(added->id());
      } else {
        last = added.status();
        next.push_back(std::move(der));
      }
    }
    if (next.size() == waiting.size()) {
      return absl::DataLossError(
          absl::StrCat("it has a certificate that does not hold (", last.message(), ")"));
    }
    waiting = std::move(next);
  }
  return absl::OkStatus();
}

absl::Status Loader::LoadLanes() {
  absl::flat_hash_map<LaneId, std::shared_ptr<LaneRecord>> records;
  TOCSIN_RETURN_IF_ERROR(
      ForTable(kBirthTable, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        auto birth = DecodeBirth(value);
        LaneId lane = LaneIdOf(context_.identity.network_id(), value);
        if (!birth.ok() || key != BirthKey(lane)) {
          return absl::DataLossError("the birth of a lane does not give the lane's id");
        }
        auto record = std::make_shared<LaneRecord>(
            LaneRecord{lane, birth->scope, birth->precedence, nullptr, {}, std::nullopt});
        record->birth = std::make_shared<const Birth>(*std::move(birth));
        records.emplace(lane, std::move(record));
        return absl::OkStatus();
      }));
  std::vector<std::shared_ptr<const Birth>> births;
  for (const auto& [lane, record] : records) births.push_back(record->birth);
  for (const std::shared_ptr<const Birth>& birth : births) {
    for (const LaneHead& head : birth->heads) {
      auto [at, unknown] = records.try_emplace(head.lane);
      if (unknown) {
        at->second = std::make_shared<LaneRecord>(
            LaneRecord{head.lane, birth->scope, birth->precedence, nullptr, {}, std::nullopt});
      }
      LaneRecord& record = *at->second;
      if (!MayName(*birth, record)) continue;
      record.named_head =
          record.named_head.has_value() ? FurtherHead(*record.named_head, head) : head;
    }
  }
  TOCSIN_RETURN_IF_ERROR(
      ForTable(kHeadsTable, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        TOCSIN_ASSIGN_OR_RETURN(HeadsKeyParts parts, ParseHeadsKey(key));
        auto record = records.find(parts.lane);
        if (record == records.end() || record->second->birth == nullptr) {
          return absl::DataLossError("a lane has heads and no birth");
        }
        TOCSIN_ASSIGN_OR_RETURN(record->second->spans, DecodeHeads(value));
        return absl::OkStatus();
      }));
  std::vector<LaneRecordPtr> published;
  published.reserve(records.size());
  for (auto& [lane, record] : records) published.push_back(std::move(record));
  context_.table.Publish(published, {});
  return absl::OkStatus();
}

absl::Status Loader::LoadErasures() {
  TOCSIN_RETURN_IF_ERROR(
      ForTable(kTermTable, [&](absl::string_view key, absl::string_view) -> absl::Status {
        TOCSIN_ASSIGN_OR_RETURN(TermKeyParts parts, ParseTermKey(key));
        context_.erasures.Add(parts.scope, parts.record);
        return absl::OkStatus();
      }));
  return ForTable(kErasedTable, [&](absl::string_view key, absl::string_view) -> absl::Status {
    TOCSIN_ASSIGN_OR_RETURN(ErasedKeyParts parts, ParseErasedKey(key));
    context_.erasures.Add(parts.scope, parts.text);
    return absl::OkStatus();
  });
}

absl::Status Loader::LoadReceipts() {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> number, source_.Get(kReceiptNumberKey));
  if (number.has_value()) {
    ByteReader in(*number);
    state_.receipt_number = in.Varint();
    if (TOCSIN_PLANTED("receipt-number-forgotten")) state_.receipt_number = 0;
    if (!in.AtEnd()) return absl::DataLossError("the number of the last receipt is damaged");
  }
  // A disk that came back from an earlier day does not know how far it had counted since. Each
  // process leaps, so that what it says anew hardly ever bears the number of something it said
  // before.
  state_.receipt_number = LeapAbove(state_.receipt_number, context_.random);
  std::vector<LaneTable::ReceiptUpdate> updates;
  TOCSIN_RETURN_IF_ERROR(
      ForTable(kReceiptTable, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        TOCSIN_ASSIGN_OR_RETURN(ReceiptKeyParts parts, ParseReceiptKey(key));
        TOCSIN_ASSIGN_OR_RETURN(Receipt receipt, DecodeReceipt(value));
        updates.push_back({parts.scope, {parts.holder, receipt.number}});
        return absl::OkStatus();
      }));
  context_.table.Publish({}, updates);
  return absl::OkStatus();
}

absl::Status Loader::LoadEnds() {
  for (Queue queue : kQueues) {
    auto at = context_.store.Scan(EntryKey(queue, Arrival(0)), EntryKey(queue, Arrival(~0ull)));
    at->SeekToLast();
    if (!at->Valid()) {
      if (absl::IsDataLoss(at->status()) && !context_.store.failed()) return LoadEndsFromIndex();
      TOCSIN_RETURN_IF_ERROR(at->status());
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(EntryKeyParts parts, ParseEntryKey(at->key()));
    TakeEnd(queue, parts.arrival);
  }
  return absl::OkStatus();
}

// The newest entry cannot be read, and it is no more than one that will be given up: which it was
// the index says. An arrival that no row names may come again; a view that is beyond it is made
// anew.
absl::Status Loader::LoadEndsFromIndex() {
  return ForTable(kIndexTable, [&](absl::string_view, absl::string_view value) -> absl::Status {
    TOCSIN_ASSIGN_OR_RETURN(IndexRow row, DecodeIndexRow(value));
    TakeEnd(row.queue, row.arrival);
    return absl::OkStatus();
  });
}

void Loader::TakeEnd(Queue queue, Arrival arrival) {
  Arrival& end = state_.ends.end[static_cast<size_t>(queue) - 1];
  end = std::max(end, arrival);
  state_.last_arrival = std::max(state_.last_arrival, arrival.value());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Open(store::Store& store,
                                               const identity::Identity& identity,
                                               identity::TrustStore& trust, Clock& clock,
                                               Random& random, Executor& executor,
                                               const LogOptions& options) {
  if (trust.network_id() != identity.network_id()) {
    return absl::FailedPreconditionError("the pinned root is not that of this node's identity");
  }
  for (const identity::Certificate& certificate : identity.chain()) {
    TOCSIN_RETURN_IF_ERROR(trust.Add(certificate));
  }
  for (const identity::FormerKey& former : identity.former()) {
    for (const identity::Certificate& certificate : former.chain) {
      TOCSIN_RETURN_IF_ERROR(trust.Add(certificate));
    }
  }
  auto context = std::make_unique<Context>(store, identity, trust, clock, random, options);
  // The root's clock is the network's, unless it stands before the root was made.
  const bool is_root = identity.jurisdiction().IsRoot();
  if (is_root && clock.WallNow() >= identity.certificate().not_before()) {
    context->stamps.TrustOwn();
  }
  Loader loader(*context);
  TOCSIN_RETURN_IF_ERROR(loader.Load());
  return std::make_unique<LogImpl>(std::move(context), loader.TakeState(), executor);
}

}  // namespace tocsin::log
