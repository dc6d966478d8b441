// Dangerous goods: the Hazardous Materials Table of 49 CFR 172.101. What a number may be called and
// how it is classed; a number that is not here stands alone, without a text.
// Pure functions over one constant table (about 150 KB); any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tocsin/v1/types.pb.h"

namespace tocsin {

// Whose number it is. Four digits may be both: UN3082 and NA3082 are different goods.
enum class HazmatId : uint8_t {
  kUN,  // United Nations: everywhere
  kNA,  // North America: within the USA and Canada
  kID,  // consumer commodities in air transport
};

// One entry: a proper shipping name with its class. A number has several where the regulation lists
// several names, packing groups, or classes (UN1005 is 2.3 in international and 2.2 in domestic
// transport), so that a number alone does not give a class. All views live for ever.
class HazmatRow {
 public:
  constexpr HazmatRow(uint16_t number, HazmatId prefix, uint8_t division, uint8_t packing_group,
                      uint8_t labels, uint8_t symbols, uint16_t name_length, uint32_t name_at)
      : name_at_(name_at),
        number_(number),
        name_length_(name_length),
        prefix_(prefix),
        division_(division),
        packing_group_(packing_group),
        labels_(labels),
        symbols_(symbols) {}

  // 4 for "UN0004".
  uint16_t number() const { return number_; }
  HazmatId prefix() const { return prefix_; }
  // "UN0004".
  std::string Id() const;
  // In UTF-8, as the regulation writes it; may go on with "see" and another name.
  absl::string_view proper_shipping_name() const;
  // "3", "1.4S", "ORM-D", "Comb liq", or empty where the regulation leaves it open.
  absl::string_view class_division() const;
  // PACKING_GROUP_NONE where the regulation assigns none.
  v1::PackingGroup packing_group() const;
  // Hazard label numbers, the primary first: {"2.3", "5.1", "8"}. None where none is required.
  std::vector<absl::string_view> labels() const;
  // Only for domestic, or only for international transport (symbols D and I of column 1).
  bool domestic_only() const { return (symbols_ & kDomestic) != 0; }
  bool international_only() const { return (symbols_ & kInternational) != 0; }
  // The shipping name must be followed by the technical name (symbol G).
  bool needs_technical_name() const { return (symbols_ & kTechnicalName) != 0; }

 private:
  static constexpr uint8_t kDomestic = 1;
  static constexpr uint8_t kInternational = 2;
  static constexpr uint8_t kTechnicalName = 4;

  // Places in the tables of hazmat.cc.
  uint32_t name_at_;
  uint16_t number_;
  uint16_t name_length_;
  HazmatId prefix_;
  uint8_t division_;
  uint8_t packing_group_;
  uint8_t labels_;
  uint8_t symbols_;
};

// By number; of one number UN before NA, then as published.
absl::Span<const HazmatRow> HazmatTable();
// All entries of a number, whosever it is; none if the table has none.
absl::Span<const HazmatRow> FindUn(uint16_t number);
// Those whose whole shipping name this is, in either case.
std::vector<const HazmatRow*> FindShippingName(absl::string_view name);
// Up to `limit` whose name holds every word of `text`, in either case, the shortest names first:
// for people who type a part of a name. Nothing for no words.
std::vector<const HazmatRow*> SearchShippingNames(absl::string_view text, size_t limit);

}  // namespace tocsin
