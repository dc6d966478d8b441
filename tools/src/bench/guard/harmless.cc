#include "tools/src/bench/guard/numbers.h"
#include "tools/src/bench/guard/texts.h"

namespace tocsin::bench {
namespace {

using Strings = std::vector<std::string>;

// Sentences of reports; "@" is filled from Codes. Many hold words that are cues elsewhere.
const Strings& Sentences() {
  static const Strings kSentences = {"@",
                                     "Caller reports smoke at @",
                                     "Call received @, units dispatched",
                                     "phone lines down near @",
                                     "Telephone alarm, @",
                                     "cell tower leaning at @",
                                     "contact made with @",
                                     "called for @ at the gate",
                                     "Passport control at the terminal evacuated, @",
                                     "no plates on the wagon, placard @",
                                     "steel plate over the trench at @",
                                     "mobile command post at @",
                                     "Text of the placard: @",
                                     "registration desk of the shelter moved to @",
                                     "Gasgeruch bei @",
                                     "Anruf von der Leitstelle: @",
                                     "Einsatzort @, Telefonleitung unterbrochen",
                                     "Fuite signalée à @",
                                     "appel reçu à propos de @",
                                     "ligne de téléphone coupée près de @",
                                     "Fuga en @, se llamó a la compañía",
                                     "Wyciek: @, wezwano pogotowie gazowe",
                                     "утечка, @",
                                     "泄漏地点 @",
                                     "ref @",
                                     "see @ and @",
                                     "@; @; @",
                                     "identity of the substance unknown, @",
                                     "fax machine on fire, @",
                                     "Engine contact lost near @, called again"};
  return kSentences;
}

// Values of the field that look like numbers of people.
const Strings& Codes() {
  static const Strings kCodes = {"UN #203",
                                 "UN1#05",
                                 "UN 1%##, PG II",
                                 "33/1203",
                                 "orange plate X423/1428",
                                 "CAS 7732-18-5",
                                 "CAS 7664-41-7",
                                 "7782-50-5",
                                 "71-43-2",
                                 "NA1%%3",
                                 "40.7###, -73.9###",
                                 "40.7#####,-73.9#####",
                                 "+40.7#### -073.9####",
                                 "N40.7### W073.9###",
                                 "40°4#'1#\"N 73°5#'2#\"W",
                                 "18TWL8#### 07###",
                                 "18T WL 8#### 07###",
                                 "18TWL8###0###",
                                 "18T 58#### 450####",
                                 "geo:40.7####,-73.9####",
                                 "+404#1#-0735#2#/",
                                 "0%/1#/2015 12:0#:1# AM",
                                 "2015-0%-1#T12:0#:1#-05:00",
                                 "2015-06-1# 12:0#",
                                 "12:0#",
                                 "1#0#Z",
                                 "201506121#0#15",
                                 "#### m",
                                 "12,### gallons",
                                 "%##,### customers",
                                 "% ### ### litres",
                                 "$4,5##,###",
                                 "EUR %.###.###",
                                 "%##.### kg",
                                 "155.1### MHz",
                                 "462.5### MHz",
                                 "1#1 - Building fire",
                                 "740A",
                                 "NFIRS 11#",
                                 "incident 578#####",
                                 "Box %###",
                                 "permit 2-6007-000##/00030",
                                 "permit 2-61##-000##/000##",
                                 "SAME 0360##",
                                 "FIPS 360##",
                                 "117-11 196th Street",
                                 "%##-## 31st Avenue",
                                 "142 West 31 Street",
                                 "New York, NY 10###-1###",
                                 "Engine 2#/Ladder 1##",
                                 "E2## L1## BC4#",
                                 "KD2~~~",
                                 "AKZ185-187-0212##-",
                                 "NYZ069>075-078-02####-",
                                 "/O.NEW.KOKX.TO.W.00##.120102T0304Z-120102T0345Z/",
                                 "LAT...LON 4076 73%2 4064 73%0 4066 7416",
                                 "7K3M9QXF",
                                 "hydrant %####",
                                 "%11",
                                 "112",
                                 "1-800-424-9300",
                                 "Signal 7-5",
                                 "IMO %0747##",
                                 "GATX 12####",
                                 "seal 00#####",
                                 "route 17, mile %#.#",
                                 "stage 14.# ft",
                                 "wind 245 at 3# kt",
                                 "10-##",
                                 "PM2.5 1##.#"};
  return kCodes;
}

}  // namespace

std::vector<std::string> GenerateHarmless(size_t count, Random& random) {
  std::vector<std::string> texts;
  texts.reserve(count);
  while (texts.size() < count) {
    std::string text;
    for (const char c : Pick(Sentences(), random)) {
      if (c == '@') {
        text += FromPattern(Pick(Codes(), random), random);
      } else {
        text.push_back(c);
      }
    }
    texts.push_back(text);
  }
  return texts;
}

}  // namespace tocsin::bench
