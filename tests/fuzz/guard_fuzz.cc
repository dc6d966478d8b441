// The privacy guard: whatever a text holds, findings lie within it, in order and apart, nothing is
// found in a masked text, and the work stays linear.
#include "node/base/status.h"
#include "node/guard/guard.h"
#include "node/guard/rules.h"
#include "tests/fuzz/fuzz.h"

namespace {

using tocsin::guard::Examination;
using tocsin::guard::ExamineCounted;
using tocsin::guard::Finding;

constexpr size_t kLooksPerByte = 1200;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Examination examination = ExamineCounted(text);
  size_t last = 0;
  for (const Finding& finding : examination.findings) {
    TOCSIN_CHECK(finding.begin >= last && finding.end > finding.begin && finding.end <= size);
    last = finding.end;
  }
  TOCSIN_CHECK(examination.steps <= kLooksPerByte * (size + 1));
  const std::string masked = tocsin::guard::Mask(text);
  TOCSIN_CHECK(tocsin::guard::Examine(masked).empty());
  TOCSIN_CHECK(!examination.findings.empty() || masked == text);
  return 0;
}

std::vector<std::string> tocsin::fuzz::Seeds() {
  return {
      "Kitchen fire, phone (212) 555-0142, plate AB12 CDE",
      "card 4526 0181 5908 3012, IBAN DE39 9571 1777 7412 1547 28",
      "L898902C36UTO7408122F3204153<<<<<<<<<<<<<<04",
      "身份证11010519491231002X 电话13800138000 车牌京A12345",
      "passport AB1234567, PESEL 85071441936, DNI 94811311K, CPF 058.649.208-94",
      "+44 (0)20 7946 0958 / +1 212 555 0142, tel. 01632 960123 / 960124",
      "[telephone number withheld] &#43;49 30 23125 123 &lt;",
      "AKZ185-187-021236- 18T 583960 4507523 UN 1203 33/1203 CAS 7732-18-5",
  };
}
