#include "tools/src/sim/planted_bugs.h"

#include <algorithm>
#include <array>

#include "node/base/planted.h"

namespace tocsin {
namespace {

absl::string_view g_planted;

}  // namespace

namespace planted {

bool IsOn(absl::string_view bug) { return bug == g_planted; }

}  // namespace planted

namespace sim {
namespace {

constexpr std::array<PlantedBug, 36> kBugs = {{
    {"held-before-fsync", "a group is published before it is synced"},
    {"receipt-before-fsync", "a receipt is given before its group is synced"},
    {"head-off-by-one", "the heads of priority lanes say one change more"},
    {"applied-twice", "a block that is held already becomes an entry again"},
    {"branches-mixed", "the branches of a forked lane are not told apart"},
    {"textless-is-whole", "a change without its text counts as whole"},
    {"receipt-counts-debts", "a receipt vouches for changes without their texts"},
    {"receipt-hides-a-gap", "a receipt leaves out a lane that is not whole"},
    {"receipt-number-forgotten", "receipts are numbered from one after each start"},
    {"receipts-not-compared", "receipts' numbers are no part of what two ends compare"},
    {"scope-unchecked", "lanes go to, and are taken by, who may not hold them"},
    {"clock-follows-any", "the clock follows a stamp however far ahead it is"},
    {"heard-ranks-as-own", "what was heard by voice ranks as the post's own"},
    {"one-post-erases", "one post's word is enough for a text to go"},
    {"restated-text-stays", "an erasure leaves the copies that other changes carry"},
    {"erased-still-shown", "a view keeps a text that an erasure ordered gone"},
    {"flash-waits", "the least urgent goes first"},
    {"lost-after-snapshot", "what is appended while older changes still wait is not sent"},
    {"run-named-by-its-end", "a gap before a run that is held is not filled"},
    {"rival-kept-back", "a rival branch's heads are taken for one's own"},
    {"repair-stays-here", "a whole copy does not follow the one without its text"},
    {"debt-kept-back", "what is held without its text is not given back"},
    {"loss-unsaid", "what a disk has lost is not said to those who can give it back"},
    {"full-disk-forgets", "what a full disk did not take is not tried again"},
    {"sibling-dropped", "of several siblings one is left out"},
    {"incomplete-unsaid", "an overwritten value that is not here is not told"},
    {"highest-by-time", "of severities the latest is shown"},
    {"later-by-arrival", "the order of arrival decides among siblings"},
    {"overwrites-unseen", "an edit overwrites siblings that were not shown"},
    {"overwrites-up-to-n", "an edit overwrites all that was written before it"},
    {"restated-without-overwrites", "a restated field does not say what it overwrote"},
    {"answered-before-view", "an edit is answered before the view has it"},
    {"request-forgotten", "the same request files twice"},
    {"view-not-wiped", "a view of another log is kept"},
    {"cursor-before-view", "cursors are synced before the rows that they speak of"},
    {"index-apart", "indexes are written after the rows and not with them"},
}};

}  // namespace

absl::Span<const PlantedBug> PlantedBugs() { return absl::MakeConstSpan(kBugs); }

bool Plant(absl::string_view name) {
  const bool known = std::any_of(kBugs.begin(), kBugs.end(),
                                 [&](const PlantedBug& bug) { return bug.name == name; });
  if (known) g_planted = name;
  return known;
}

}  // namespace sim
}  // namespace tocsin
