#include "node/log/audit.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "node/base/bytes.h"
#include "node/base/status.h"
#include "node/identity/trust_store.h"
#include "node/log/block.h"
#include "node/log/erasure.h"
#include "node/log/receipt.h"
#include "node/log/rows.h"
#include "node/log/source.h"

namespace tocsin::log {
namespace {

constexpr absl::string_view kQueueNames[] = {"own", "flash", "priority", "routine"};
constexpr uint64_t kProgressEvery = 10'000;

class Audit {
 public:
  Audit(const store::Store& store, absl::FunctionRef<void(const AuditProgress&)> progress)
      : source_(store, store.TakeSnapshot()), progress_(progress) {}

  absl::StatusOr<AuditReport> Run() {
    TOCSIN_RETURN_IF_ERROR(CheckFormat());
    TOCSIN_RETURN_IF_ERROR(CheckCertificates());
    if (trust_ == nullptr) return report_;
    TOCSIN_RETURN_IF_ERROR(ReadErasures());
    TOCSIN_RETURN_IF_ERROR(CheckBirths());
    TOCSIN_RETURN_IF_ERROR(ReadHeads());
    for (const auto& [id, lane] : lanes_) {
      TOCSIN_RETURN_IF_ERROR(CheckLane(id, lane));
      ++at_.lanes_done;
      progress_(at_);
    }
    TOCSIN_RETURN_IF_ERROR(CheckStrayEntries());
    CheckErasures();
    TOCSIN_RETURN_IF_ERROR(CheckReceipts());
    return report_;
  }

 private:
  struct Lane {
    Birth birth;
    std::optional<identity::Certificate> author;
    Spans spans;
    bool has_heads = false;
    // The disk does not give them back: what the lane has is not known.
    bool heads_lost = false;
  };
  struct Erased {
    Scope scope;
    ErasedText text;
    ErasedBy by;
  };
  struct PastTerm {
    Scope scope;
    ErasedRecord record;
    ErasedBy by;
  };
  // Of one agreement: what it is on, and the changes held in which each post says so.
  struct Spoken {
    std::optional<ErasedText> text;
    std::optional<ErasedRecord> record;
    std::array<std::set<Dot>, 2> by;
  };

  void Problem(std::string where, std::string what) {
    ++report_.problems_total;
    if (report_.problems.size() < AuditReport::kProblemsMax) {
      report_.problems.push_back({std::move(where), std::move(what)});
    }
  }
  static std::string Where(const LaneId& id, const Lane& lane, uint64_t first, uint64_t last) {
    return absl::StrCat("lane ", id.ToHex().substr(0, 16), " of ", lane.birth.scope.ToString(),
                        ", changes ", first, " to ", last);
  }
  static std::string Where(const LaneId& id, const Lane& lane, const PlacedRow& row) {
    return absl::StrCat(Where(id, lane, row.row.first, row.last), " (entry ",
                        row.row.arrival.value(), " of ",
                        kQueueNames[static_cast<size_t>(row.row.queue) - 1], ")");
  }

  // What the disk does not give back is a problem, and the audit goes on; anything else ends it.
  absl::Status Damaged(std::string where, const absl::Status& status) {
    if (!absl::IsDataLoss(status)) return status;
    ++report_.damaged;
    Problem(std::move(where), std::string(status.message()));
    return absl::OkStatus();
  }

  using Row = absl::FunctionRef<void(absl::string_view key, absl::string_view value)>;
  absl::Status ForTable(char table, absl::string_view name, Row row) {
    return Damaged(absl::StrCat("the table of ", name, ", from a bad page on"),
                   source_.Scan(TableBegin(table), TableEnd(table),
                                [&](absl::string_view key, absl::string_view value) {
                                  row(key, value);
                                  return true;
                                }));
  }
  // Of a table whose keys are hashes what lies behind a bad page is found again.
  absl::Status ForHashes(char table, absl::string_view name, Row row) {
    return ScanAround(
        source_, TableBegin(table), TableEnd(table),
        [&](absl::string_view key, absl::string_view value) {
          row(key, value);
          return true;
        },
        [&](const absl::Status& status) {
          Damaged(absl::StrCat("a page of the table of ", name), status).IgnoreError();
        });
  }

  absl::Status CheckFormat();
  absl::Status CheckCertificates();
  absl::Status ReadErasures();
  absl::Status CheckBirths();
  absl::Status ReadHeads();
  absl::Status CheckLane(const LaneId& id, const Lane& lane);
  absl::Status CheckSpan(const LaneId& id, const Lane& lane, const Span& span, size_t& rows_used);
  void CheckRow(const LaneId& id, const Lane& lane, const Span& span, const PlacedRow& row);
  void NoteErasure(const Lane& lane, const ChangeView& change, const Step& step);
  void CheckTexts(const std::string& where, const Lane& lane, const Place& at,
                  const ChangeView& change, const Dot& dot, bool whole);
  absl::Status CheckStrayEntries();
  void CheckErasures();
  absl::Status CheckReceipts();

  const StoreSource source_;
  absl::FunctionRef<void(const AuditProgress&)> progress_;
  AuditReport report_;
  AuditProgress at_;
  NetworkId network_;
  std::unique_ptr<identity::TrustStore> trust_;
  std::map<LaneId, Lane> lanes_;
  Erasures erasures_;
  std::vector<Erased> erased_;
  std::vector<PastTerm> past_term_;
  absl::flat_hash_set<std::pair<Scope, Dot>> erasures_held_;
  std::map<std::pair<Scope, Agreement>, Spoken> spoken_;
  // By the key of its row.
  std::map<std::string, Dot> words_;
  absl::flat_hash_set<uint64_t> entries_seen_;
};

absl::Status Audit::CheckFormat() {
  auto read = source_.Get(kFormatKey);
  if (absl::IsDataLoss(read.status())) {
    // The root among the certificates says which network it is.
    return Damaged("the page that says whose log it is, of which format", read.status());
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> format, std::move(read));
  if (!format.has_value()) {
    return absl::FailedPreconditionError("this folder holds no log: run 'tocsin init' first");
  }
  ByteReader in(*format);
  uint32_t number = in.U32();
  if (!in.AtEnd() || number != kLogFormat) {
    return absl::FailedPreconditionError(absl::StrCat("the log in this folder is of format ",
                                                      number, "; this program reads ", kLogFormat));
  }
  TOCSIN_ASSIGN_OR_RETURN(std::optional<std::string> network, source_.Get(kNetworkKey));
  std::optional<NetworkId> id = network.has_value() ? NetworkId::FromBytes(*network) : std::nullopt;
  if (!id.has_value())
    return absl::DataLossError("the log does not say to which network it belongs");
  network_ = *id;
  return absl::OkStatus();
}

absl::Status Audit::CheckCertificates() {
  std::vector<identity::Certificate> waiting;
  TOCSIN_RETURN_IF_ERROR(ForHashes(
      kCertificateTable, "certificates", [&](absl::string_view key, absl::string_view der) {
        auto certificate = identity::Certificate::Parse(der);
        if (!certificate.ok() || key != CertificateKey(certificate->id())) {
          Problem("a stored certificate", certificate.ok()
                                              ? "it stands under another id"
                                              : std::string(certificate.status().message()));
          return;
        }
        waiting.push_back(*std::move(certificate));
      }));
  for (const identity::Certificate& certificate : waiting) {
    if (!network_.IsZero() && identity::NetworkIdOf(certificate) != network_) continue;
    auto trust = identity::TrustStore::Create(certificate);
    if (trust.ok()) trust_ = *std::move(trust);
  }
  if (trust_ != nullptr) network_ = trust_->network_id();
  if (trust_ == nullptr) {
    bool empty = waiting.empty();
    TOCSIN_RETURN_IF_ERROR(ForHashes(kBirthTable, "births",
                                     [&](absl::string_view, absl::string_view) { empty = false; }));
    if (!empty) Problem("the stored certificates", "the network's root is not among them");
    return absl::OkStatus();
  }
  // Issuers may stand behind those they issued.
  for (bool progress = true; progress && !waiting.empty();) {
    progress = false;
    std::vector<identity::Certificate> next;
    for (const identity::Certificate& certificate : waiting) {
      if (trust_->Add(certificate).ok()) {
        ++report_.certificates;
        progress = true;
      } else {
        next.push_back(certificate);
      }
    }
    waiting = std::move(next);
  }
  for (const identity::Certificate& certificate : waiting) {
    Problem(absl::StrCat("the certificate of ", certificate.Describe()),
            std::string(trust_->Add(certificate).message()));
  }
  return absl::OkStatus();
}

absl::Status Audit::ReadErasures() {
  TOCSIN_RETURN_IF_ERROR(
      ForTable(kOrderTable, "orders to erase", [&](absl::string_view key, absl::string_view value) {
        std::optional<Dot> by = Dot::FromBytes(value);
        if (!ParseOrderKey(key).ok() || !by.has_value()) {
          Problem("the table of orders to erase", "a row of it cannot be read");
          return;
        }
        words_.emplace(key, *by);
      }));
  TOCSIN_RETURN_IF_ERROR(ForTable(
      kTermTable, "records past their term", [&](absl::string_view key, absl::string_view value) {
        auto parts = ParseTermKey(key);
        auto by = DecodeErasedBy(value);
        if (!parts.ok() || !by.ok()) {
          Problem("the table of records past their term", "a row of it cannot be read");
          return;
        }
        erasures_.Add(parts->scope, parts->record);
        past_term_.push_back({parts->scope, parts->record, *by});
      }));
  return ForTable(kErasedTable, "erasures", [&](absl::string_view key, absl::string_view value) {
    auto parts = ParseErasedKey(key);
    auto by = DecodeErasedBy(value);
    if (!parts.ok() || !by.ok()) {
      Problem("the table of erasures", "a row of it cannot be read");
      return;
    }
    ++report_.texts_erased;
    erasures_.Add(parts->scope, parts->text);
    erased_.push_back({parts->scope, parts->text, *by});
  });
}

absl::Status Audit::CheckBirths() {
  return ForHashes(kBirthTable, "births", [&](absl::string_view key, absl::string_view value) {
    LaneId id = LaneIdOf(network_, value);
    std::string where = absl::StrCat("the birth of lane ", id.ToHex().substr(0, 16));
    auto birth = DecodeBirth(value);
    if (!birth.ok() || key != BirthKey(id)) {
      Problem(where,
              birth.ok() ? "its hash is not the lane's id" : std::string(birth.status().message()));
      return;
    }
    Lane lane{*std::move(birth), std::nullopt, {}};
    lane.author = trust_->Find(lane.birth.certificate);
    if (!lane.author.has_value()) {
      Problem(where, "its author's certificate is not held, or does not hold");
    } else if (!MayWrite(lane.author->jurisdiction(), lane.birth.scope)) {
      Problem(where, absl::StrCat(lane.author->Describe(), " may not write in ",
                                  lane.birth.scope.ToString()));
    }
    lanes_.emplace(id, std::move(lane));
    ++report_.lanes;
    ++at_.lanes_total;
  });
}

absl::Status Audit::ReadHeads() {
  auto read = [&](absl::string_view key, absl::string_view value) {
    auto parts = ParseHeadsKey(key);
    auto spans = DecodeHeads(value);
    if (!parts.ok() || !spans.ok()) {
      Problem("the table of heads", "a row of it cannot be read");
      return;
    }
    auto lane = lanes_.find(parts->lane);
    if (lane == lanes_.end() || lane->second.birth.scope != parts->scope) {
      std::string what = "its birth is not held";
      for (const Span& span : *spans) {
        absl::StrAppend(&what, &span == &spans->front() ? ", of changes " : " and ", span.first,
                        " to ", span.last);
      }
      Problem(
          absl::StrCat("lane ", parts->lane.ToHex().substr(0, 16), " of ", parts->scope.ToString()),
          std::move(what));
      return;
    }
    lane->second.spans = *std::move(spans);
    lane->second.has_heads = true;
  };
  absl::Status scanned = source_.Scan(TableBegin(kHeadsTable), TableEnd(kHeadsTable),
                                      [&](absl::string_view key, absl::string_view value) {
                                        read(key, value);
                                        return true;
                                      });
  if (scanned.ok()) return scanned;
  if (!absl::IsDataLoss(scanned)) return scanned;
  // One by one, by the births.
  for (auto& [id, lane] : lanes_) {
    if (lane.has_heads) continue;
    const std::string key = HeadsKey(lane.birth.scope, id);
    auto value = source_.Get(key);
    if (value.ok() && value->has_value()) {
      read(key, **value);
    } else if (!value.ok()) {
      lane.heads_lost = true;
      TOCSIN_RETURN_IF_ERROR(Damaged(absl::StrCat("the heads of lane ", id.ToHex().substr(0, 16),
                                                  " of ", lane.birth.scope.ToString()),
                                     value.status()));
    }
  }
  return absl::OkStatus();
}

absl::Status Audit::CheckLane(const LaneId& id, const Lane& lane) {
  if (lane.heads_lost) return absl::OkStatus();
  size_t rows_used = 0;
  for (const Span& span : lane.spans) {
    TOCSIN_RETURN_IF_ERROR(CheckSpan(id, lane, span, rows_used));
  }
  // Gaps and forks, as the heads tell them.
  uint64_t next = 1;
  for (const Span& span : lane.spans) {
    if (span.first > next) ++report_.gaps;
    next = std::max(next, span.last + 1);
    if (!span.whole) report_.debts += span.last - span.first + 1;
  }
  if (Width(lane.spans) > 1) ++report_.forks;

  size_t rows = 0;
  std::string prefix = IndexPrefix(lane.birth.scope, id);
  absl::Status counted =
      source_.Scan(prefix, PrefixEnd(prefix), [&](absl::string_view, absl::string_view) {
        ++rows;
        return true;
      });
  // CheckSpan has said so.
  if (absl::IsDataLoss(counted)) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(counted);
  if (rows != rows_used) {
    Problem(Where(id, lane, 1, next - 1), "the index has rows that the heads know nothing of");
  }
  return absl::OkStatus();
}

absl::Status Audit::CheckSpan(const LaneId& id, const Lane& lane, const Span& span,
                              size_t& rows_used) {
  auto rows = RowsOf(source_, lane.birth.scope, id, span.first, span.last, span.branch);
  if (!rows.ok()) {
    return Damaged(absl::StrCat("the index of ", Where(id, lane, span.first, span.last)),
                   rows.status());
  }
  uint64_t next = span.first;
  Step step = span.before;
  for (PlacedRow row : *rows) {
    // A row may reach over the ends of a span; it is counted where it ends.
    if (row.last <= span.last) ++rows_used;
    bool follows =
        row.row.first == next ? row.row.before == step : row.row.first < next && next == span.first;
    if (!follows) {
      Problem(Where(id, lane, row), row.row.first > next ? "changes before it are missing"
                                                         : "it does not follow the one before it");
    }
    CheckRow(id, lane, span, row);
    next = row.last + 1;
    step = row.row.last_step;
  }
  if (next <= span.last) {
    Problem(Where(id, lane, next, span.last), "the heads name them and they are not there");
  } else if (!rows->empty() && rows->back().last == span.last && step != span.last_step) {
    Problem(Where(id, lane, rows->back()), "the heads name another step at its end");
  }
  return absl::OkStatus();
}

void Audit::CheckRow(const LaneId& id, const Lane& lane, const Span& span, const PlacedRow& row) {
  std::string where = Where(id, lane, row);
  if (entries_seen_.insert(row.row.arrival.value()).second) ++report_.entries;
  // The visitor does not know yet at which sequence the entry begins.
  std::vector<std::pair<std::string, Step>> with_texts;
  std::vector<size_t> index;
  auto entry = LoadEntry(source_, row.row.queue, row.row.arrival,
                         [&](size_t i, const ChangeView& change, const Step& step) {
                           if (change.kind() == kErasureKind) NoteErasure(lane, change, step);
                           if (!change.texts().empty()) {
                             with_texts.emplace_back(std::string(change.bytes()), step);
                             index.push_back(i);
                           }
                           return absl::OkStatus();
                         });
  if (!entry.ok()) {
    if (!Damaged(where, entry.status()).ok()) Problem(where, std::string(entry.status().message()));
    return;
  }
  if (entry->header.lane != id || entry->header.first > row.row.first ||
      entry->header.last < row.last || entry->StepAt(row.row.first - 1) != row.row.before ||
      entry->StepAt(row.last) != row.row.last_step) {
    Problem(where, "the index names other steps than the chain has");
    return;
  }
  uint64_t first = std::max(row.row.first, span.first);
  uint64_t last = std::min(row.last, span.last);
  bool ends = (first != span.first || entry->StepAt(first - 1) == span.before) &&
              (last != span.last || entry->StepAt(last) == span.last_step);
  if (!ends) Problem(where, "the heads name other steps than the chain has");
  for (size_t i = 0; i < index.size(); ++i) {
    uint64_t seq = entry->range_first() + index[i];
    if (seq < first || seq > last) continue;
    ChangeView view;
    absl::string_view bytes = with_texts[i].first;
    if (view.Parse(bytes).ok()) {
      CheckTexts(where, lane, {id, seq}, view, DotOf(with_texts[i].second), span.whole);
    }
  }
  if (entry->header.form == PayloadForm::kBlock) {
    absl::Status sealed = lane.author.has_value()
                              ? VerifySeal(entry->range, *lane.author, network_)
                              : absl::FailedPreconditionError("its author is not known");
    if (sealed.ok()) {
      ++report_.seals;
    } else {
      Problem(where, std::string(sealed.message()));
    }
  }
  report_.changes += last - first + 1;
  uint64_t before = at_.changes / kProgressEvery;
  at_.changes = report_.changes;
  if (at_.changes / kProgressEvery != before) progress_(at_);
}

void Audit::NoteErasure(const Lane& lane, const ChangeView& change, const Step& step) {
  erasures_held_.insert({lane.birth.scope, DotOf(step)});
  if (!lane.author.has_value()) return;
  auto order = OrderOf(lane.birth.scope, lane.author->jurisdiction(), change);
  if (!order.has_value()) return;
  for (const PostsOrder::Text& named : order->texts) {
    Spoken& spoken = spoken_[{lane.birth.scope, named.agreement}];
    spoken.text = named.text;
    spoken.by[order->by].insert(DotOf(step));
  }
  if (!order->record.has_value()) return;
  Spoken& spoken = spoken_[{lane.birth.scope, order->record->agreement}];
  spoken.record = order->record->record;
  spoken.by[order->by].insert(DotOf(step));
}

void Audit::CheckTexts(const std::string& where, const Lane& lane, const Place& at,
                       const ChangeView& change, const Dot& dot, bool whole) {
  bool lacking = false;
  for (const TextView& text : change.texts()) {
    const bool erased = erasures_.Has(lane.birth.scope, {at, dot, change}, text);
    if (text.here && erased) Problem(where, "a text that an erasure orders gone is still there");
    lacking |= !text.here && !erased;
  }
  if (lacking && whole) Problem(where, "a text is missing, and no erasure explains it");
  if (!lacking && !whole) Problem(where, "it is kept as lacking a text, and lacks none");
}

// Entries that no index row leads to: their changes are held elsewhere by now, or were never.
absl::Status Audit::CheckStrayEntries() {
  return ForTable(kEntryTable, "entries that no index row leads to",
                  [&](absl::string_view key, absl::string_view value) {
                    auto parts = ParseEntryKey(key);
                    if (!parts.ok()) {
                      Problem("the table of entries", "a key of it cannot be read");
                      return;
                    }
                    if (entries_seen_.contains(parts->arrival.value())) return;
                    ++report_.entries;
                    auto entry = UnpackEntry(value, [](size_t, const ChangeView&, const Step&) {
                      return absl::OkStatus();
                    });
                    if (!entry.ok()) {
                      Problem(absl::StrCat("entry ", parts->arrival.value(), " of ",
                                           kQueueNames[static_cast<size_t>(parts->queue) - 1]),
                              std::string(entry.status().message()));
                    }
                  });
}

// Of all that is gone the changes of two posts are held that say so together; and what two posts
// say together is done.
void Audit::CheckErasures() {
  auto where = [](const Scope& scope) { return absl::StrCat("an erasure in ", scope.ToString()); };
  std::set<std::pair<Scope, ErasedText>> texts;
  std::set<std::pair<Scope, ErasedRecord>> records;
  for (const auto& [key, spoken] : spoken_) {
    const auto& [scope, agreement] = key;
    for (const uint8_t by : {uint8_t{0}, uint8_t{1}}) {
      auto word = words_.find(OrderKey(scope, agreement, by));
      const bool noted = word != words_.end() && spoken.by[by].contains(word->second);
      if (!spoken.by[by].empty() && !noted) {
        Problem(where(scope), "what a post ordered gone was not noted, or as another change's");
      }
    }
    if (spoken.by[0].empty() || spoken.by[1].empty()) continue;
    bool done = true;
    if (spoken.text.has_value()) {
      texts.insert({scope, *spoken.text});
      done = erasures_.Has(scope, spoken.text->name, spoken.text->at);
    }
    if (spoken.record.has_value()) {
      records.insert({scope, *spoken.record});
      done = erasures_.ThroughMs(scope, spoken.record->subject) >= spoken.record->through_ms;
    }
    if (!done) Problem(where(scope), "what two posts order gone was not carried out");
  }
  auto ordered = [&](const Scope& scope, const ErasedBy& two, bool agreed) {
    for (const Dot& by : {two.first, two.second}) {
      if (erasures_held_.contains({scope, by})) continue;
      agreed = true;  // said once
      Problem(where(scope), absl::StrCat("texts are gone by change ", by.ToHex().substr(0, 16),
                                         ", which is not held"));
    }
    if (!agreed) Problem(where(scope), "what is gone two posts did not order gone together");
  };
  for (const Erased& erased : erased_) {
    ordered(erased.scope, erased.by, texts.contains({erased.scope, erased.text}));
  }
  for (const PastTerm& past : past_term_) {
    ordered(past.scope, past.by, records.contains({past.scope, past.record}));
  }
}

absl::Status Audit::CheckReceipts() {
  return ForTable(kReceiptTable, "receipts", [&](absl::string_view key, absl::string_view value) {
    auto parts = ParseReceiptKey(key);
    auto receipt = VerifyReceipt(value, *trust_);
    if (!parts.ok() ||
        (receipt.ok() && (receipt->scope != parts->scope || receipt->holder != parts->holder))) {
      Problem("the table of receipts", "a receipt stands under another name");
      return;
    }
    if (!receipt.ok()) {
      Problem(absl::StrCat("a receipt for ", parts->scope.ToString()),
              std::string(receipt.status().message()));
      return;
    }
    ++report_.receipts;
  });
}

}  // namespace

absl::StatusOr<AuditReport> VerifyLog(const store::Store& store,
                                      absl::FunctionRef<void(const AuditProgress&)> progress) {
  return Audit(store, progress).Run();
}

}  // namespace tocsin::log
