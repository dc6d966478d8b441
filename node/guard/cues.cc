#include "node/guard/cues.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <string>

#include "node/guard/fold.h"
#include "node/guard/scan.h"

namespace tocsin::guard {
namespace {

// Phrases of one cue, separated by '|'. A blank matches up to two of blank, hyphen, dot, slash,
// underscore, or line end; '*' at the end matches the rest of the word. Case, width and accents
// are folded as in texts.
struct Phrases {
  Cue cue;
  const char* text;
};

// clang-format off
constexpr Phrases kPhrases[] = {
    {Cue::kTelephone,
     // English, and what forms abbreviate
     "phone|phones|phone no|phone number|phone numbers|telephone|telephones|telephone number*|"
     "tel|tel no|tel nr|tele|ph|ph no|fax|fax no|telefax|telex|cellphone*|cell phone|cell phones|"
     "cell no|cell number|cell nr|cell is|mobile no|mobile number|mobile nr|mobile phone*|"
     "mobile is|landline*|whatsapp|whats app|sms|contact no|contact number|contact nr|"
     "call back number|callback number|callback|call back|caller id|phoned|phoning|telephoned|"
     "home number|work number|office number|private number|pager|voicemail|"
     // Germanic
     "telefon*|tlf|tfn|fernsprech*|handynummer|handynr|mobilnummer|mobilnr|mobiltelefon*|"
     "mobilfunknummer|rufnummer*|rufnr|ruckruf*|festnetz*|durchwahl|gsm|gsm nummer|mobilnr|"
     "mobiel|mobieltje|telefoon*|puhelin*|"
     // Romance
     "telefono|telefonico|telefone|telefones|teléphone*|telephonique|numéro de portable|movil|"
     "número móvil|celular|celulares|telemovel|cellulare|tfno|telf|"
     // Slavic, Baltic, Hungarian, Turkish, Greek
     "komorka|komorke|komorki|kom|nr kom|numer komorkowy|телефон*|тел|моб|мобильн*|мобільн*|"
     "сотовый|сот|звоните по|телефону|mobil|mobilni|mobitel|mobilszam|telefonszam*|cep|cep tel*|"
     "gsm no|τηλεφων*|τηλ|κινητο|"
     // Arabic, Hebrew, Persian, Hindi, Thai, Vietnamese, Indonesian
     "هاتف|الهاتف|تلفون|تليفون|جوال|موبايل|تلفن|موبایل|טלפון|טל|נייד|फोन|मोबाइल|दूरभाष|โทร|"
     "โทรศัพท์|điện thoại|dien thoai|sdt|đt|telepon|nomor hp|no hp|"
     // Chinese, Japanese, Korean
     "电话|電話|手机|手機|手机号|联系方式|聯絡電話|传真|傳真|座机|携帯|携帯電話|ファックス|전화|휴대폰|핸드폰|연락처|팩스"},
    {Cue::kTelephoneWeak,
     "cell|handy|portable|fixe|call|calls|called|calling|caller|callers|caller's|contact|"
     "contacts|contacted|ring|rang|dial|dialled|dialed|reach|reached|reachable|text|texted|"
     "mobile|mob|number is|her number|his number|their number|my number|your number|m:|t:|p:|f:|"
     "h:|w:|anruf*|anrufen|zuruckrufen|ruf|rufen|erreichbar|kontakt*|appeler|appelez|rappel*|"
     "joindre|joignable|contacter|contactez|llamar|llame|llamen|contactar|contacto|contatto|"
     "contattare|chiamare|chiami|ligar|ligue|contato|dzwonic|zadzwon|zadzwonic|звонить|позвонить|"
     "звоните|номер|联系|聯絡|拨打|致电|連絡先|contact at|"
     // Whoever has a number beside them in a report: only what is written as one counts.
     "cb|c b|cb number|cb no|rp|r p|keyholder*|key holder*|owner|owners|landlord|landlady|tenant|"
     "occupant|resident|superintendent|super|janitor|caretaker|manager|operator|proprietor|"
     "eigentumer*|besitzer*|hausmeister*|vermieter*|mieter*|halter*|fahrer*|proprietaire|"
     "gardien|locataire|gerant|proprietario|propietario|dueno|duena|inquilino|encargado|portero|"
     "custode|amministratore|wlasciciel*|najemca|dozorca|владел*|хозя*|сторож|жилец|联系人|業主|业主|"
     "房东|eigenaar|huurder|beheerder"},
    {Cue::kIdentity,
     "identity number|identity no|identity card*|identity document*|identification number|"
     "identification no|id number|id no|id nr|id card|id card no|id card number|national id*|"
     "national identity*|national identification*|personal id|personal number|"
     "personal identification*|citizen id|nin|tax id|taxpayer id*|tax number|tin|ausweisnummer|"
     "identitatsnummer|personenkennzahl|carte d'identité|carte d identité|numéro d'identité|"
     "documento de identidad|carta d'identità|documento d'identità|dowod osobisty|numer dowodu|"
     "documento de identificación|身份证*|身份證*|удостоверение личности"},
    {Cue::kSocialSecurity,
     "ssn|ssns|social security|social security number|social security no|soc sec|soc sec no|"
     "social sec|social sec no|ss number|ss no|social number|itin|seguro social"},
    {Cue::kNationalInsurance,
     "nino|national insurance|national insurance number|national insurance no|nat ins|nat ins no|"
     "ni number|ni no|ni num|n i number"},
    {Cue::kSteuer,
     "steuer id*|steueridentifikation*|steuerliche identifikation*|steuernummer|steuer nr|idnr|"
     "id nr|identifikationsnummer|tax id|tin"},
    {Cue::kAusweis,
     "personalausweis*|ausweis|ausweisnr|ausweis nr|ausweisnummer|ausweisdokument|perso|perso nr|"
     "seriennummer des ausweises|german id*|id card|id card no|id card number|identity card*"},
    {Cue::kNir,
     "nir|n sécu|secu|sécurité sociale|numéro de sécurité sociale|numéro de sécu|"
     "n de sécurité sociale|numéro de sécurité|insee|numéro insee|carte vitale|vitale|"
     "numéro d'inscription au répertoire"},
    {Cue::kDni,
     "dni|nie|nif|d n i|n i e|n i f|dni nie|documento nacional*|documento de identidad|"
     "número de identidad*|cédula|identificación fiscal|número de identificación*"},
    {Cue::kCodiceFiscale,
     "codice fiscale|cod fiscale|cod fisc|c f|cf|codfisc|codice fisc|tessera sanitaria|"
     "italian tax code|fiscal code|tax code"},
    {Cue::kPesel,
     "pesel|pesel u|peselem|numer pesel|nr pesel|numer ewidencyjny"},
    {Cue::kCpf,
     "cpf|c p f|cadastro de pessoa*|cpf mf|contribuinte"},
    {Cue::kPassport,
     "passport|passports|passport no|passport nr|passport number|passport numbers|passeport*|"
     "pasaporte*|passaporto|passaporti|passaporte*|reisepass*|reisepaß*|passnummer|pass nr|"
     "passnr|paspoort*|paspoortnummer|paszport*|passi|passinumero|passnummeret|pas nr|"
     "pass number|travel document*|reisedokument*|document de voyage|documento de viaje|"
     "documento di viaggio|паспорт*|загранпаспорт*|διαβατηρι*|pasaport*|útlevél*|utlevelszam*|"
     "pașaport*|putovnica|cestovní pas|جواز|جواز سفر|الجواز|گذرنامه|דרכון|पासपोर्ट|护照|護照|旅券|"
     "パスポート|여권|hộ chiếu|ho chieu|paspor"},
    {Cue::kPlate,
     "license plate*|licence plate*|licenceplate*|license tag*|"
     "number plate*|numberplate*|plate number*|plate no|plate nr|plates are|plate is|"
     "registration plate*|vehicle registration*|vehicle reg|car registration*|car reg|reg plate*|"
     "reg no|reg number|reg mark|registration mark*|vrm|vrn|index plate|tag number|tag no|rego|"
     "rego no|vehicle plate*|car plate*|truck plate*|trailer plate*|bike plate*|kennzeichen*|"
     "kfz kennzeichen|kfz|nummernschild*|autokennzeichen|amtl kennz*|immatricul*|"
     "plaque d'immatriculation|plaque minéralogique|immat|matricula*|matrícula*|placa|placas|"
     "targa|targata|targato|targhe|kenteken*|nummerplaat|rejestrac*|numer rejestracyjny|nr rej|"
     "tablica*|tablice|rendszam*|registracni znacka|spz|státní poznávací*|rekisterinumero|"
     "rekkari|registreringsnummer|regnr|reg nr|nummerplade*|nummerskilt|skiltnummer|plaka*|"
     "plakalı|госномер*|гос номер|госзнак*|номерной знак|номерным знаком|номера машины|"
     "номер машины|номер авто*|державний номер|номерний знак|πινακιδα*|αριθμος κυκλοφοριας|لوحة|"
     "رقم اللوحة|车牌*|車牌*|车号|号牌|ナンバープレート|車両番号|번호판|차량번호|biển số|bien so|plat nomor"},
    {Cue::kPlateWeak,
     "plate|plates|reg|registration|registered|registration no|registration number|plaque|"
     "plaques|tag|tags|lic|lic no|lic plate|license no|licence no|registered as|kz|nopol"},
    // What only looks like a cue.
    {Cue::kNone,
     "call sign*|callsign*|call box*|callbox*|call type*|call number|call no|call nr|call ref*|"
     "call id|call for service|calls for service|cell tower*|cell site*|cell mast*|"
     "cell broadcast*|cell phone tower*|cell phone site*|cell phone mast*|mobile mast*|"
     "mobile home*|mobile command*|mobile unit*|mobile crane*|mobile data*|mobile network*|"
     "phone tower*|phone mast*|phone pole*|telephone pole*|telephone wire*|telephone cable*|"
     "telefonmast*|telefonzelle*|telefonleitung*|telefonkabel*|telefonausfall*|"
     "poteau téléphonique|contact time|text message*|ring road|ring main|solar cell|fuel cell|"
     "fuel cell*|storm cell|storm cells|dry cell|battery cell|passport office*|passport control|"
     "passport agency|passport checks|orange plate*|hazard plate*|warning plate*|danger plate*|"
     "un plate*|adr plate*|hazchem plate*|kemler plate*|steel plate*|base plate*|baseplate*|"
     "floor plate*|plate glass|plate girder*|tectonic plate*|metal plate*|deck plate*|"
     "name plate*|nameplate*|hot plate*|hotplate*|data plate*|road plate*|checker plate*|"
     "sole plate*|sill plate|plaque orange|plaques orange*|orangefarbene tafel|warntafel*|"
     "tablica adr|pannello arancione|panel naranja|placa naranja|placas naranja|placa de peligro|"
     "permit registration*|transfer station registration*|epa registration*|boat registration|"
     "company registration|registration desk|registration centre|registration center"},
};
// clang-format on

struct Pattern {
  Cue cue;
  std::u32string text;  // folded; ' ' is flexible
  bool prefix;          // '*' at its end
};

class Table {
 public:
  Table() {
    for (const Phrases& phrases : kPhrases) Add(phrases);
    for (auto& [first, patterns] : patterns_) {
      std::stable_sort(patterns.begin(), patterns.end(), [](const Pattern& a, const Pattern& b) {
        return a.text.size() > b.text.size();
      });
    }
  }

  const std::vector<Pattern>* At(char32_t first) const {
    const auto found = patterns_.find(static_cast<uint32_t>(first));
    return found == patterns_.end() ? nullptr : &found->second;
  }

 private:
  void Add(const Phrases& phrases) {
    std::u32string text;
    const auto finish = [&] {
      if (text.empty()) return;
      const bool prefix = text.back() == '*';
      if (prefix) text.pop_back();
      patterns_[static_cast<uint32_t>(text[0])].push_back({phrases.cue, text, prefix});
      text.clear();
    };
    for (const Glyph& glyph : Fold(phrases.text)) {
      if (glyph.c == '|') {
        finish();
      } else {
        text.push_back(glyph.c);
      }
    }
    finish();
  }

  absl::flat_hash_map<uint32_t, std::vector<Pattern>> patterns_;
};

const Table& Cues() {
  static const Table* const table = new Table();
  return *table;
}

bool IsGlue(char32_t c, bool lines) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '_' || c == '\'' ||
         (lines && c == '\n');
}

// Glyph after the pattern at `begin`, or 0.
size_t MatchAt(const Scan& scan, const Pattern& pattern, size_t begin) {
  size_t at = begin;
  for (const char32_t c : pattern.text) {
    if (c == ' ') {
      // A line's end never turns a cue into a phrase that is none.
      const bool lines = pattern.cue != Cue::kNone;
      for (int glue = 0; glue < 2 && IsGlue(scan.At(at), lines); ++glue) ++at;
      continue;
    }
    if (scan.At(at) != c) return 0;
    ++at;
  }
  if (pattern.prefix) {
    constexpr int kLongestEnding = 24;
    for (int i = 0; i < kLongestEnding && IsLetter(scan.At(at)) && !IsUnspaced(scan.At(at)); ++i) {
      ++at;
    }
    return at;
  }
  // "tel030..." is a cue and a number; "reg NO31 ABC" is no "reg no".
  const bool phrase = pattern.text.find(U' ') != std::u32string::npos;
  if (phrase && IsDigit(scan.At(at)) && IsLatin(pattern.text.back())) return 0;
  const bool bounded =
      IsUnspaced(pattern.text.back()) || !IsLetter(scan.At(at)) || IsUnspaced(scan.At(at));
  return bounded ? at : 0;
}

}  // namespace

std::vector<CueMatch> FindCues(const Scan& scan) {
  std::vector<CueMatch> matches;
  const Table& table = Cues();
  for (size_t i = 0; i < scan.size();) {
    const char32_t c = scan.At(i);
    const char32_t before = scan.At(i - 1);
    const bool starts = IsLetter(c) && (IsUnspaced(c) || !IsJoining(before));
    const std::vector<Pattern>* patterns = starts ? table.At(c) : nullptr;
    if (patterns == nullptr) {
      ++i;
      continue;
    }
    // The longest phrase wins; of equals all count ("tax id" speaks of several countries).
    size_t longest = 0;
    for (const Pattern& pattern : *patterns) {
      longest = std::max(longest, MatchAt(scan, pattern, i));
    }
    for (const Pattern& pattern : *patterns) {
      if (longest == 0 || MatchAt(scan, pattern, i) != longest) continue;
      if (pattern.cue != Cue::kNone) matches.push_back({pattern.cue, i, longest});
    }
    i = std::max(longest, i + 1);
  }
  return matches;
}

}  // namespace tocsin::guard
