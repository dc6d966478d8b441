#include <array>
#include <functional>

#include "tools/src/bench/guard/numbers.h"
#include "tools/src/bench/guard/texts.h"

namespace tocsin::bench {
namespace {

using Strings = std::vector<std::string>;

// What a crew writes before and after; "@" in a phrase is the number.
const Strings& Openings() {
  static const Strings kOpenings = {"",
                                    "",
                                    "Kitchen fire on the 3rd floor, two rooms involved. ",
                                    "Smoke in the stairwell, building of 6 storeys, 40 evacuated. ",
                                    "Box 1318, Engine 201 first due. ",
                                    "UN 1203 leaking from a tanker, orange plate 33/1203. ",
                                    "Gas odour at 117-11 196th Street, arrived 12:03. ",
                                    "At 40.7128, -74.0060: car against a pole. ",
                                    "Brand im Dachgeschoss, 3 Trupps unter PA. ",
                                    "Feu de cuisine au 3e étage, 12 personnes évacuées. ",
                                    "Incendio en un almacén, 2 dotaciones. ",
                                    "Wyciek gazu, ewakuowano 25 osób. ",
                                    "三楼起火，疏散20人。",
                                    "Wohnung verraucht, Einsatz seit 14:05 Uhr. "};
  return kOpenings;
}
const Strings& Closings() {
  static const Strings kClosings = {"",
                                    "",
                                    ".",
                                    ". Water supply secured at hydrant 12.",
                                    ", ventilated, units cleared at 13:22.",
                                    "; 3 lines stretched, under control 1305.",
                                    " (told to dispatch)",
                                    ". Nachlöscharbeiten laufen.",
                                    ". Fin d'intervention à 15h20.",
                                    "\nUnit remains on scene.",
                                    ", second alarm at 0412."};
  return kClosings;
}

struct SortOf {
  std::string name;
  Strings phrases;
  Strings patterns;  // or
  std::function<std::string(Random&)> make;
};

std::vector<SortOf> StandAlone() {
  return {
      {"payment card",
       {"@", "found a card, @", "card number @", "Karte @ gefunden", "carte bancaire @",
        "tarjeta @", "Visa @ in the debris", "银行卡@", "wallet with card @ handed to police"},
       {},
       PaymentCard},
      {"IBAN",
       {"@", "IBAN @", "IBAN: @", "transfer to @", "Konto @", "compte @",
        "payment for board-up to @"},
       {},
       Iban},
      {"machine-readable zone",
       {"@", "document reads @", "scan:\n@", "Ausweis: @"},
       {},
       MachineReadableZone},
      {"Chinese identity",
       {"@", "ID @", "身份证@", "证件号码：@", "document @ found"},
       {},
       ChineseIdentity},
      {"telephone, international",
       {"@", "call @", "tel @", "Tel: @", "owner @", "Rückruf @", "(@)", "contacto @", "电话@",
        "keyholder on @ has the keys", "reach the manager, @"},
       {},
       InternationalTelephone},
  };
}

std::vector<SortOf> Telephones() {
  return {
      {"telephone, English",
       {"phone @",
        "phone: @",
        "Phone number @",
        "telephone @",
        "tel. @",
        "tel no @",
        "call @",
        "please call @",
        "call the owner on @",
        "call back on @",
        "mobile @",
        "mobile: @",
        "cell @",
        "her cell is @",
        "caller's number is @",
        "contact @",
        "contact number @",
        "the super can be reached at @",
        "reached by phone at @",
        "text @ when cleared",
        "fax @",
        "ring @ for the keys",
        "landlord's phone number: @",
        "@ is the owner's mobile",
        "manager, @ (mobile)",
        "phone of the building manager, @",
        "WhatsApp @",
        "Ph: @",
        "caller left a phone number, it is @"},
       {"212-555-01##", "(718) 555-01##", "646.555.01##", "%1755501##", "347 555 01##",
        "1-212-555-01##", "020 7946 09##", "07700 900###", "07700900###", "01632 960###",
        "(01632) 960###", "0131 496 0###", "0491 570 ###", "(02) 5550 ####", "087 912 ####"},
       nullptr},
      {"telephone, German",
       {"Telefon @", "Tel. @", "Tel.: @", "Tel.-Nr. @", "Telefonnummer @", "Rufnummer: @",
        "Handy @", "Handynummer @", "mobil @", "mobil erreichbar unter @", "Rückruf unter @",
        "Hausmeister ist unter @ erreichbar", "Anrufer: @", "Festnetz @", "Fax: @"},
       {"030 23125###", "030/23125-###", "0171 3920###", "0171-3920###", "01713920###",
        "08% 99998###", "040/66969###", "0221 4710 ###", "(030) 23125 ###"},
       nullptr},
      {"telephone, French",
       {"téléphone @", "tél @", "tél. : @", "Tel @", "portable @", "numéro de portable : @",
        "joignable au @", "rappeler au @", "appeler le @", "numéro de téléphone @",
        "contacter le gardien au @"},
       {"06 39 98 ## ##", "06.39.98.##.##", "063998####", "01 99 00 ## ##", "01-99-00-##-##",
        "026191####"},
       nullptr},
      {"telephone, Spanish and Portuguese",
       {"teléfono @", "tel. @", "Tfno: @", "móvil @", "llamar al @", "número de teléfono @",
        "contacto: @", "telefone @", "celular @", "telemóvel @", "ligar para @"},
       {"612 ### ###", "612######", "912 ## ## ##", "91 234 ## ##", "(11) 9####-####",
        "11 9####-####", "912 ### ###", "21 3456-####"},
       nullptr},
      {"telephone, Italian",
       {"telefono @", "tel. @", "cellulare @", "cell. @", "numero di telefono: @", "chiamare @",
        "chiamare il custode al @"},
       {"06 1234 ####", "333 123 ####", "333-123####", "3331234###", "02 9876 ####"},
       nullptr},
      {"telephone, Polish",
       {"telefon @", "tel. @", "tel: @", "nr telefonu @", "numer telefonu: @", "kom. @",
        "komórka @", "dzwonić pod @", "zadzwonić do właściciela, tel. @"},
       {"601 ### ###", "601-###-###", "601######", "22 345 ## ##", "(22) 345-##-##"},
       nullptr},
      {"telephone, Russian",
       {"телефон @", "тел. @", "тел: @", "моб. @", "номер телефона @", "звонить @",
        "позвонить хозяину, телефон @", "контактный телефон: @"},
       {"8 (912) ###-##-##", "8 912 ### ## ##", "8912#######", "8-495-###-##-##", "044 ### ## ##"},
       nullptr},
      {"telephone, Chinese and Japanese",
       {"电话@", "电话：@", "手机@", "手机号码：@", "联系电话 @", "联系方式：@", "请拨打@",
        "電話 @", "電話番号：@", "携帯 @"},
       {"138########", "138 #### ####", "138-####-####", "010-8765####", "021 6543 ####",
        "090-%###-####", "03-%###-####"},
       nullptr},
      {"telephone, Dutch and Nordic",
       {"telefoon @", "telefoonnummer: @", "tel. @", "mobiel @", "bellen op telefoon @",
        "telefon @", "mobil @", "tlf. @", "mobilnummer @", "puhelin @"},
       {"06-12######", "020-%######", "070 17 4 ###", "070-174 0# ##", "90 ## ## ##", "040 %######",
        "010 123 ####"},
       nullptr},
  };
}

std::vector<SortOf> Identities() {
  return {
      {"identity, United States",
       {"SSN @", "SSN: @", "social security number @", "Social Security No. @", "his SSN is @",
        "soc sec @", "@ (SSN)"},
       {},
       SocialSecurity},
      {"identity, United Kingdom",
       {"NINO @", "NI number @", "National Insurance number @", "National Insurance no: @",
        "NI no. @", "identity: NI number is @"},
       {},
       NationalInsurance},
      {"identity, Germany",
       {"Steuer-ID @", "Steuer-ID: @", "Steueridentifikationsnummer @", "IdNr. @",
        "steuerliche Identifikationsnummer @"},
       {},
       SteuerId},
      {"identity, Germany, card",
       {"Personalausweis @", "Personalausweis Nr. @", "Ausweisnummer: @", "Ausweis @",
        "Personalausweisnummer @"},
       {},
       Ausweis},
      {"identity, France",
       {"numéro de sécurité sociale @", "NIR @", "n° de sécu : @", "sécurité sociale : @",
        "carte vitale @", "numéro INSEE @"},
       {},
       Nir},
      {"identity, Spain",
       {"DNI @", "DNI: @", "NIE @", "con DNI número @", "NIF @", "documento de identidad @",
        "el DNI del conductor es @"},
       {},
       DniOrNie},
      {"identity, Italy",
       {"codice fiscale @", "codice fiscale: @", "C.F. @", "cod. fisc. @", "cod. fiscale @",
        "CF: @"},
       {},
       CodiceFiscale},
      {"identity, Poland",
       {"PESEL @", "PESEL: @", "nr PESEL @", "numer PESEL: @", "pesel @"},
       {},
       Pesel},
      {"identity, Brazil",
       {"CPF @", "CPF: @", "CPF nº @", "CPF do motorista @", "portador do CPF @"},
       {},
       Cpf},
  };
}

std::vector<SortOf> Documents() {
  return {
      {"passport",
       {"passport @",          "passport no. @",
        "Passport number: @",  "passport number is @",
        "driver's passport @", "Reisepass @",
        "Reisepass-Nr. @",     "passeport @",
        "passeport numéro @",  "numéro de passeport : @",
        "pasaporte @",         "pasaporte nº @",
        "passaporto @",        "passaporto n. @",
        "passaporte @",        "paszport @",
        "nr paszportu: @",     "паспорт @",
        "номер паспорта @",    "护照@",
        "护照号码：@",         "パスポート @",
        "旅券番号 @",          "paspoort @",
        "found @, a passport", "the passport of the driver has the number @"},
       {"#########", "!########", "~~#######", "!01X00T4#", "!4VMTR3#H", "##!~#####", "~~~######",
        "E########", "G########", "~~######", "~#######", "NW1LP#2J#", "P#######~", "M####5678"},
       nullptr},
      {"plate, English",
       {"license plate @", "licence plate @", "plate number @", "number plate @", "plate @",
        "plate no. @", "license plate: @", "reg @", "reg. @", "registration @",
        "registration number @", "vehicle registration @", "car with plate @ blocks the hydrant",
        "truck, plate @", "the car's license plate is @", "@ (license plate)",
        "grey van, number plate @, left"},
       {"~~~-####", "~~~ ####", "~~~####", "%~~~###", "~~## ~~~", "~~##~~~", "~### ~~~", "~~~-###",
        "## ~~~-#", "1##-~-####"},
       nullptr},
      {"plate, continental",
       {"Kennzeichen @",
        "Kennzeichen: @",
        "amtl. Kennzeichen @",
        "Nummernschild @",
        "Pkw mit Kennzeichen @",
        "immatriculation @",
        "immatriculé @",
        "plaque d'immatriculation @",
        "véhicule immatriculé @",
        "matrícula @",
        "con matrícula @",
        "placa @",
        "placas @",
        "targa @",
        "auto targata @",
        "kenteken @",
        "met kenteken @",
        "nr rejestracyjny @",
        "numer rejestracyjny: @",
        "o nr rej. @",
        "tablice @",
        "registreringsnummer @"},
       {"B-~B %###", "M-XY %##", "HH ~B %###", "MU!-~B %#", "~~-###-~~", "~~ ### ~~", "~~###~~",
        "#### B!D",  "####B!D",  "~~-##-##",   "~~~#~##",   "~~~-####",  "##-~~-##",  "%-~~~-##",
        "~~-###-~",  "W~ #####", "KR #~~##",   "DW #~~##",  "~~~ ##~",   "~~ #####"},
       nullptr},
      {"plate, Russian and Chinese",
       {"госномер @", "гос. номер @", "номер машины @", "автомобиль с номером, госномер @"},
       {"А###ВС77", "К###МН1##", "Е ### ОР 50", "Т###УХ ##"},
       nullptr},
      {"plate, Chinese",
       {"车牌@", "车牌号@", "车牌号：@", "号牌@", "肇事车辆车牌号码@"},
       {"京~#####", "沪B#####", "粤B·#####", "苏E##~##", "川~###~~"},
       nullptr},
  };
}

Offence Make(const SortOf& sort, Random& random) {
  const std::string& phrase = Pick(sort.phrases, random);
  std::string number =
      sort.make ? sort.make(random) : FromPattern(Pick(sort.patterns, random), random);
  if (random.Below(5) == 0) number = Disguise(number, random);
  const size_t at = phrase.find('@');
  Offence offence;
  offence.sort = sort.name;
  offence.text = Pick(Openings(), random) + phrase.substr(0, at);
  offence.begin = offence.text.size();
  offence.text += number;
  offence.end = offence.text.size();
  offence.text += phrase.substr(at + 1) + Pick(Closings(), random);
  return offence;
}

}  // namespace

std::vector<Offence> GenerateOffences(size_t count, Random& random) {
  std::vector<SortOf> sorts;
  for (auto make : {StandAlone, Telephones, Identities, Documents}) {
    for (const SortOf& sort : make()) sorts.push_back(sort);
  }
  std::vector<Offence> offences;
  offences.reserve(count);
  for (size_t i = 0; i < count; ++i) offences.push_back(Make(sorts[i % sorts.size()], random));
  return offences;
}

}  // namespace tocsin::bench
