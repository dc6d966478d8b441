#include "node/intake/intake.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "node/base/planted.h"
#include "node/base/status.h"
#include "node/identity/record_id.h"
#include "node/intake/compose.h"
#include "node/intake/request.h"
#include "node/intake/request_memory.h"
#include "node/intake/seen.h"
#include "node/intake/texts.h"
#include "node/intake/write.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "node/schema/names.h"
#include "node/schema/spoken_code.h"
#include "node/schema/triage.h"

namespace tocsin::intake {
namespace {

using Response = absl::StatusOr<v1::WriteRecordResponse>;

// Random codes tried before something is clearly wrong: at a million records in one scope one in
// 34,000 is taken.
constexpr int kCodeTries = 16;

// All state is the strand's. A write is taken on the caller's thread, and goes on the strand
// through these steps: Accept (checks that need no view) - ready - Locate (which record) - Enter
// (behind other writes of that record, or of both that a move writes) - Decide (what it does) -
// log, view - Finish.
class IntakeImpl final : public Intake {
 public:
  IntakeImpl(const identity::Identity& identity, log::Log& log, view::View& view, Random& random,
             Clock& clock, Executor& executor, const IntakeOptions& options)
      : jurisdiction_(identity.jurisdiction()),
        is_hub_(identity.certificate().may_issue()),
        log_(log),
        view_(view),
        random_(random),
        clock_(clock),
        options_(options),
        in_flight_(std::make_shared<std::atomic<size_t>>(0)),
        requests_(options.request_ids_max),
        strand_(executor),
        door_(std::make_shared<Door>(strand_)) {}

  ~IntakeImpl() override { door_->Shut(); }

  // What the log had when this began must be in the view before anything is decided by it.
  void Start() {
    const log::Ends ends = log_.ends();
    view_.AwaitOwn(ends.of(log::Queue::kOwn), [this, door = door_](absl::Status status) {
      door->Post([this, status = std::move(status)] { own_.Open(status); });
    });
    view_.AwaitAll(ends, [this, door = door_](absl::Status status) {
      door->Post([this, status = std::move(status)] { all_.Open(status); });
    });
  }

  void Create(v1::CreateRecordRequest request, Done done) override {
    Take(std::move(done), [this, request = std::move(request)](WritePtr write) mutable {
      AcceptCreate(std::move(request), std::move(write));
    });
  }

  void Update(v1::UpdateRecordRequest request, Done done) override {
    Take(std::move(done), [this, request = std::move(request)](WritePtr write) mutable {
      write->validate_only = request.validate_only();
      AcceptEdit(ReadUpdate(request, jurisdiction_, options_.min_cell), request.request_id(),
                 absl::StrCat("update ", request.record().name()), std::move(write));
    });
  }

  void Withdraw(v1::WithdrawRecordRequest request, Done done) override {
    Take(std::move(done), [this, request = std::move(request)](WritePtr write) mutable {
      AcceptEdit(ReadWithdraw(request, jurisdiction_), request.request_id(),
                 absl::StrCat("withdraw ", request.name()), std::move(write));
    });
  }

  void Resolve(v1::ResolveConflictRequest request, Done done) override {
    Take(std::move(done), [this, request = std::move(request)](WritePtr write) mutable {
      write->validate_only = request.validate_only();
      absl::StatusOr<NamedEdit> named = ReadResolve(request, jurisdiction_);
      const std::string id = request.request_id();
      const std::string purpose = absl::StrCat("resolve ", request.name(), " ", request.field());
      write->resolve = std::move(request);
      AcceptEdit(std::move(named), id, purpose, std::move(write));
    });
  }

  void Move(v1::MoveRecordRequest request, MoveDone done) override {
    auto answer = [&view = view_, name = request.name(),
                   done = std::move(done)](Response response) mutable {
      std::move(done)(AsMoved(std::move(response), name, view));
    };
    Take(std::move(answer), [this, request = std::move(request)](WritePtr write) mutable {
      write->validate_only = request.validate_only();
      AcceptMove(request, std::move(write));
    });
  }

 private:
  void Take(Done done, absl::AnyInvocable<void(WritePtr)> accept) {
    if (in_flight_->fetch_add(1) >= options_.in_flight_max) {
      in_flight_->fetch_sub(1);
      std::move(done)(absl::UnavailableError(absl::StrCat(
          options_.in_flight_max, " writes are waiting already; try again in a moment")));
      return;
    }
    auto write = std::make_unique<Write>(Reply(std::move(done), in_flight_));
    strand_.Post([accept = std::move(accept), write = std::move(write)]() mutable {
      std::move(accept)(std::move(write));
    });
  }

  void AcceptCreate(v1::CreateRecordRequest request, WritePtr write) {
    absl::StatusOr<NewRecord> record =
        ReadCreate(request, {jurisdiction_, is_hub_}, options_.min_cell);
    if (!record.ok()) return write->reply.Send(record.status());
    write->validate_only = request.validate_only();
    write->is_new = true;
    write->kind = record->kind;
    write->has_source = record->has_source;
    write->code = record->code;
    if (record->has_source) {
      write->source_id =
          identity::RecordIdFromSourceKey(record->scope, static_cast<uint32_t>(record->kind),
                                          record->source_system, record->source_key);
    }
    write->scope = std::move(record->scope);
    write->edit = std::move(record->edit);
    const std::string purpose =
        absl::StrCat("create ", request.parent(), " ", v1::Kind_Name(write->kind));
    if (!Remember(request.request_id(), purpose, write)) return;
    ViewGate& gate = write->has_source ? all_ : own_;
    gate.Pass([this, write = std::move(write)](absl::Status status) mutable {
      if (!status.ok()) return Fail(std::move(write), status);
      LocateNew(std::move(write));
    });
  }

  void AcceptEdit(absl::StatusOr<NamedEdit> named, const std::string& request_id,
                  const std::string& purpose, WritePtr write) {
    if (!named.ok()) return write->reply.Send(named.status());
    write->scope = named->name.scope;
    write->kind = named->name.kind;
    write->wanted = std::move(named->name);
    write->edit = std::move(named->edit);
    write->etag = std::move(named->etag);
    write->require_unchanged = named->require_unchanged;
    if (!Remember(request_id, purpose, write)) return;
    own_.Pass([this, write = std::move(write)](absl::Status status) mutable {
      if (!status.ok()) return Fail(std::move(write), status);
      LocateHeld(std::move(write));
    });
  }

  void AcceptMove(const v1::MoveRecordRequest& request, WritePtr write) {
    absl::StatusOr<MoveOrder> order = ReadMove(request, {jurisdiction_, is_hub_});
    if (!order.ok()) return write->reply.Send(order.status());
    write->scope = order->name.scope;
    write->kind = order->name.kind;
    write->wanted = order->name;
    write->move = *std::move(order);
    const std::string purpose =
        absl::StrCat("move ", request.name(), " ", request.destination_parent());
    if (!Remember(request.request_id(), purpose, write)) return;
    // Whether it was moved before may have come by any queue.
    all_.Pass([this, write = std::move(write)](absl::Status status) mutable {
      if (!status.ok()) return Fail(std::move(write), status);
      LocateHeld(std::move(write));
    });
  }

  // False if the request is answered, or will be with the one that it repeats.
  bool Remember(const std::string& id, const std::string& purpose, WritePtr& write) {
    if (id.empty() || write->validate_only) return true;
    if (!schema::ParseUid(id).ok()) {
      write->reply.Send(absl::InvalidArgumentError("request_id: is not a UUID"));
      return false;
    }
    const absl::Duration now = clock_.Elapsed();
    const RequestMemory::Seen* seen = requests_.Find(id, now);
    if (seen == nullptr) {
      if (TOCSIN_PLANTED("request-forgotten")) return true;
      requests_.Begin(id, purpose, now);
      write->request_id = id;
      return true;
    }
    if (seen->purpose != purpose) {
      write->reply.Send(absl::InvalidArgumentError(
          "request_id: was used for another request; make a new UUID for each"));
    } else if (seen->answered) {
      AnswerAgain(*seen->answered, *write);
    } else {
      repeats_[id].push_back(std::move(write));
    }
    return false;
  }

  void AnswerAgain(const Answered& answered, Write& write) {
    absl::StatusOr<view::StoredRecord> stored = view_.Get(*answered.record);
    if (!stored.ok()) return write.reply.Send(stored.status());
    write.response.set_already_filed(true);
    *write.response.mutable_record() = std::move(stored->shown);
    for (const v1::Withheld& withheld : answered.withheld) {
      *write.response.add_withheld() = withheld;
    }
    write.reply.Send(std::move(write.response));
  }

  void LocateNew(WritePtr write) {
    if (write->source_id) {
      write->name = view::RecordName{
          *write->scope, {static_cast<uint32_t>(write->kind), std::nullopt, *write->source_id}};
      return Enter(std::move(write));
    }
    if (absl::Status status = ChooseCode(*write); !status.ok()) {
      return Fail(std::move(write), status);
    }
    const auto kind = static_cast<uint32_t>(write->kind);
    write->name =
        view::RecordName{*write->scope,
                         {kind, write->code->bits(),
                          identity::RecordIdFromCode(*write->scope, kind, write->code->bits())}};
    codes_in_flight_.insert(CodeAddress(*write->scope, *write->code));
    Enter(std::move(write));
  }

  // A code is unique in its scope across kinds, as far as this node can know.
  absl::Status ChooseCode(Write& write) {
    if (write.code) {
      TOCSIN_ASSIGN_OR_RETURN(std::string taken_by, TakenBy(*write.scope, *write.code));
      if (taken_by.empty()) return absl::OkStatus();
      return absl::AlreadyExistsError(absl::StrCat("record.code: ", write.code->ToString(),
                                                   " is the code of ", taken_by,
                                                   "; edit that record, or leave the code out"));
    }
    for (int tries = 0; tries < kCodeTries; ++tries) {
      const SpokenCode code = SpokenCode::FromBits(random_.Below(uint64_t{1} << SpokenCode::kBits));
      TOCSIN_ASSIGN_OR_RETURN(std::string taken_by, TakenBy(*write.scope, code));
      if (!taken_by.empty()) continue;
      write.code = code;
      return absl::OkStatus();
    }
    return absl::InternalError("no free code was found; the source of randomness repeats itself");
  }

  // The resource name of a record with that code, or nothing.
  absl::StatusOr<std::string> TakenBy(const Scope& scope, const SpokenCode& code) const {
    if (codes_in_flight_.contains(CodeAddress(scope, code))) return "a record being filed now";
    TOCSIN_ASSIGN_OR_RETURN(std::vector<view::RecordName> found,
                            view_.Find(scope, v1::KIND_UNSPECIFIED, code.ToString()));
    return found.empty() ? std::string() : ResourceName(found.front()).ToString();
  }

  void LocateHeld(WritePtr write) {
    absl::StatusOr<std::vector<view::RecordName>> found =
        view_.Find(*write->scope, write->kind, schema::IdText(*write->wanted));
    if (!found.ok()) return Fail(std::move(write), found.status());
    if (found->empty()) {
      absl::Status status = absl::NotFoundError(absl::StrCat(
          write->wanted->ToString(), " is not held here; look for it with a list of its scope"));
      return Fail(std::move(write), status);
    }
    // A code is first of all the name of the record that was filed by hand under it.
    if (found->size() > 1 && !found->front().key.code_bits) {
      absl::Status status = absl::FailedPreconditionError(
          absl::StrCat(write->wanted->ToString(), " names ", found->size(),
                       " imported records; name the one by its uid"));
      return Fail(std::move(write), status);
    }
    write->name = std::move(found->front());
    if (!write->move) return Enter(std::move(write));
    absl::StatusOr<view::StoredRecord> moved = ReadToMove(*write->name);
    if (!moved.ok()) return Fail(std::move(write), moved.status());
    write->moved = std::exchange(write->name, StandIn(*moved, write->move->to));
    Enter(std::move(write));
  }

  absl::StatusOr<view::StoredRecord> ReadToMove(const view::RecordName& name) const {
    absl::StatusOr<view::StoredRecord> record = view_.Get(name);
    if (record.ok() && schema::BodyOf(record->shown) == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(ResourceName(name).ToString(), " was erased; there is nothing to move"));
    }
    return record;
  }

  // Writes of one record run one after the other.
  void Enter(WritePtr write) {
    write->turns = {*write->name};
    if (write->moved) write->turns.push_back(*write->moved);
    // Everybody takes two in one order, so that nobody waits for who waits for them.
    std::sort(write->turns.begin(), write->turns.end(),
              [](const auto& a, const auto& b) { return AddressOf(a) < AddressOf(b); });
    TakeTurns(std::move(write));
  }

  void TakeTurns(WritePtr write) {
    while (write->turns_taken < write->turns.size()) {
      auto [queue, is_free] = busy_.try_emplace(AddressOf(write->turns[write->turns_taken]));
      if (!is_free) {
        queue->second.push_back(std::move(write));
        return;
      }
      ++write->turns_taken;
    }
    Decide(std::move(write));
  }

  void Leave(const view::RecordName& name) {
    auto found = busy_.find(AddressOf(name));
    TOCSIN_CHECK(found != busy_.end());
    if (found->second.empty()) {
      busy_.erase(found);
      return;
    }
    WritePtr next = std::move(found->second.front());
    found->second.pop_front();
    // Not from here: a long queue of refused edits would be as deep a stack.
    strand_.Post([this, next = std::move(next)]() mutable {
      ++next->turns_taken;
      TakeTurns(std::move(next));
    });
  }

  void Decide(WritePtr write) {
    if (write->move) return DecideMove(std::move(write));
    absl::StatusOr<view::StoredRecord> held = view_.Get(*write->name);
    if (!held.ok() && !absl::IsNotFound(held.status())) {
      return Conclude(std::move(write), held.status());
    }
    if (write->is_new && held.ok()) return DecideHeldAlready(std::move(write), *held);
    if (!write->is_new && !held.ok()) return Conclude(std::move(write), held.status());
    if (!write->is_new) {
      if (absl::Status status = See(*write, *held); !status.ok()) {
        return Conclude(std::move(write), status);
      }
    }
    Guard(*write, held.ok() ? &*held : nullptr);
    // A reason without its value would settle nothing.
    if (write->resolve && !write->response.withheld().empty()) {
      write->response.set_nothing_written(true);
      return Answer(std::move(write), *std::move(held));
    }
    absl::StatusOr<Composed> composed =
        write->is_new ? ComposeFirst(*write->name, write->edit) : ComposeEdit(*held, write->edit);
    if (!composed.ok()) return Conclude(std::move(write), composed.status());
    if (write->validate_only) return AnswerAsIf(std::move(write), held, *composed);
    if (composed->drafts.empty()) {
      write->response.set_already_filed(write->response.withheld().empty());
      write->response.set_nothing_written(!write->response.withheld().empty());
      return Answer(std::move(write), *std::move(held));
    }
    Append(std::move(write), std::move(composed->drafts));
  }

  // What its writer was shown.
  static absl::Status See(Write& write, const view::StoredRecord& held) {
    if (write.resolve) {
      return ReadResolution(*write.resolve, held, write.edit, write.response);
    }
    return ReadEtag(write.etag, write.require_unchanged, held, write.edit, write.response);
  }

  void DecideMove(WritePtr write) {
    absl::StatusOr<view::StoredRecord> old = ReadToMove(*write->moved);
    if (!old.ok()) return Conclude(std::move(write), old.status());
    absl::StatusOr<view::StoredRecord> held = view_.Get(*write->name);
    if (!held.ok() && !absl::IsNotFound(held.status())) {
      return Conclude(std::move(write), held.status());
    }
    Edit seen;
    v1::WriteRecordResponse since;
    absl::Status status = ReadEtag(write->move->require_unchanged ? write->move->etag : "",
                                   write->move->require_unchanged, *old, seen, since);
    if (!status.ok()) return Conclude(std::move(write), status);
    absl::StatusOr<ComposedMove> composed =
        ComposeMove(*old, held.ok() ? &*held : nullptr, *write->move, options_.min_cell);
    if (!composed.ok()) return Conclude(std::move(write), composed.status());
    for (v1::Withheld& one : composed->withheld) {
      *write->response.add_withheld() = std::move(one);
    }
    for (std::string& path : composed->not_carried) write->response.add_differs(std::move(path));
    if (composed->drafts.empty()) {
      write->response.set_already_filed(true);
      return Answer(std::move(write), *std::move(held));
    }
    if (write->validate_only) {
      if (composed->after == nullptr) return Answer(std::move(write), *std::move(held));
      write->is_new = true;
      return AnswerAsIf(std::move(write), held,
                        {std::move(composed->drafts), std::move(composed->after)});
    }
    Append(std::move(write), std::move(composed->drafts));
  }

  // A source key's record, or a code that came from elsewhere since it was chosen.
  void DecideHeldAlready(WritePtr write, view::StoredRecord& held) {
    if (!write->has_source) {
      absl::Status status = absl::AlreadyExistsError(
          absl::StrCat(ResourceName(*write->name).ToString(), " is held already; edit it instead"));
      return Conclude(std::move(write), status);
    }
    Guard(*write, &held);
    write->response.set_already_filed(true);
    for (std::string& path : DifferingFields(held, *write->edit.body)) {
      write->response.add_differs(std::move(path));
    }
    Answer(std::move(write), std::move(held));
  }

  void Guard(Write& write, const view::StoredRecord* held) {
    std::vector<std::string> parts;
    const schema::FieldTable& table = schema::FieldTable::Of(write.kind);
    if (held != nullptr) {
      for (const auto& [number, field] : held->merged) {
        const schema::FieldInfo* info = table.Find(number);
        if (info == nullptr || info->text != v1::ORIGINAL) continue;
        for (const merge::Sibling& sibling : field.siblings) {
          for (const merge::TextValue& text : sibling.texts) {
            if (text.bytes) parts.push_back(*text.bytes);
          }
        }
      }
    }
    for (v1::Withheld& withheld : WithholdTexts(*write.edit.body, parts)) {
      *write.response.add_withheld() = std::move(withheld);
    }
  }

  void Append(WritePtr write, std::vector<log::Draft> drafts) {
    log_.Append(std::move(drafts), [this, door = door_, write = std::move(write)](
                                       absl::StatusOr<std::vector<log::Appended>> done) mutable {
      if (!done.ok()) {
        door->Post([this, write = std::move(write), status = done.status()]() mutable {
          Conclude(std::move(write), status);
        });
        return;
      }
      Arrival last;
      for (const log::Appended& appended : *done) last = std::max(last, appended.arrival);
      door->Post(
          [this, write = std::move(write), last]() mutable { AwaitView(std::move(write), last); });
    });
  }

  void AwaitView(WritePtr write, Arrival last) {
    if (TOCSIN_PLANTED("answered-before-view") && !write->is_new) {
      absl::StatusOr<view::StoredRecord> early = view_.Get(*write->name);
      if (early.ok()) return Answer(std::move(write), *std::move(early));
    }
    view_.AwaitOwn(
        last, [this, door = door_, write = std::move(write)](absl::Status status) mutable {
          door->Post([this, write = std::move(write), status = std::move(status)]() mutable {
            if (!status.ok()) {
              return Conclude(std::move(write),
                              absl::Status(status.code(), absl::StrCat("filed, and not shown: ",
                                                                       status.message())));
            }
            absl::StatusOr<view::StoredRecord> stored = view_.Get(*write->name);
            if (!stored.ok()) return Conclude(std::move(write), stored.status());
            Answer(std::move(write), *std::move(stored));
          });
        });
  }

  void AnswerAsIf(WritePtr write, const absl::StatusOr<view::StoredRecord>& held,
                  const Composed& composed) {
    v1::Record record;
    if (held.ok()) record = held->shown;
    schema::MutableBody(record, write->kind)->CopyFrom(*composed.after);
    if (write->is_new) {
      record.set_name(ResourceName(*write->name).ToString());
      record.set_scope(write->name->scope.ToString());
      record.set_kind(write->kind);
      record.set_uid(schema::FormatUid(write->name->key.id));
      record.set_code(SpokenCode::FromBits(write->name->key.code_bits.value_or(
                                               identity::CodeBitsOf(write->name->key.id)))
                          .ToString());
      record.set_filed_by(jurisdiction_.path());
    }
    if (!composed.drafts.empty()) {
      record.set_status(static_cast<v1::CapStatus>(composed.drafts.front().cap_status));
    }
    record.set_precedence(schema::PrecedenceName(schema::PrecedenceOf(*composed.after)));
    *write->response.mutable_record() = std::move(record);
    Conclude(std::move(write), absl::OkStatus());
  }

  void Answer(WritePtr write, view::StoredRecord stored) {
    if (!write->is_new && !write->move) AddConflicts(write->edit, stored.shown, write->response);
    *write->response.mutable_record() = std::move(stored.shown);
    Conclude(std::move(write), absl::OkStatus());
  }

  // The write holds its record: lets the next one in, then answers.
  void Conclude(WritePtr write, const absl::Status& status) {
    if (write->is_new && write->code) {
      codes_in_flight_.erase(CodeAddress(*write->scope, *write->code));
    }
    for (const view::RecordName& name : write->turns) Leave(name);
    if (!status.ok()) return Fail(std::move(write), status);
    const std::string id = write->request_id;
    if (!id.empty()) {
      requests_.Answer(
          id,
          {*write->name, {write->response.withheld().begin(), write->response.withheld().end()}});
    }
    write->reply.Send(std::move(write->response));
    AnswerRepeats(id, absl::OkStatus());
  }

  void Fail(WritePtr write, const absl::Status& status) {
    const std::string id = write->request_id;
    if (!id.empty()) requests_.Forget(id);
    write->reply.Send(status);
    AnswerRepeats(id, status);
  }

  void AnswerRepeats(const std::string& id, const absl::Status& status) {
    auto found = repeats_.find(id);
    if (id.empty() || found == repeats_.end()) return;
    std::vector<WritePtr> writes = std::move(found->second);
    repeats_.erase(found);
    for (WritePtr& write : writes) {
      const RequestMemory::Seen* seen = requests_.Find(id, clock_.Elapsed());
      if (!status.ok() || seen == nullptr) {
        write->reply.Send(status.ok() ? absl::UnavailableError("ask again") : status);
      } else {
        AnswerAgain(*seen->answered, *write);
      }
    }
  }

  const Jurisdiction jurisdiction_;
  const bool is_hub_;
  log::Log& log_;
  view::View& view_;
  Random& random_;
  Clock& clock_;
  const IntakeOptions options_;
  const std::shared_ptr<std::atomic<size_t>> in_flight_;

  ViewGate own_;
  ViewGate all_;
  // Writes behind the one under way, by record.
  absl::flat_hash_map<std::string, std::deque<WritePtr>> busy_;
  absl::flat_hash_set<std::string> codes_in_flight_;
  RequestMemory requests_;
  // Requests whose id is that of one under way.
  absl::flat_hash_map<std::string, std::vector<WritePtr>> repeats_;

  // The last, so that its tasks end first.
  Strand strand_;
  const std::shared_ptr<Door> door_;
};

}  // namespace

std::unique_ptr<Intake> Intake::Create(const identity::Identity& identity, log::Log& log,
                                       view::View& view, Random& random, Clock& clock,
                                       Executor& executor, const IntakeOptions& options) {
  auto intake = std::make_unique<IntakeImpl>(identity, log, view, random, clock, executor, options);
  intake->Start();
  return intake;
}

}  // namespace tocsin::intake
