#include "tools/src/cli/complete.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/struct.pb.h>

#include "node/base/status.h"
#include "node/schema/field_table.h"
#include "node/schema/kinds.h"
#include "tocsin/v1/types.pb.h"
#include "tools/src/cli/json.h"
#include "tools/src/cli/table.h"
#include "tools/src/cli/words.h"

namespace tocsin::cli {
namespace {

using schema::FieldInfo;
using schema::FieldType;

std::string TakesNumber(const FieldInfo& field) {
  if (field.min == 0 && field.max == 0) return "a number";
  return absl::StrCat("a number, ", field.min, " to ", field.max);
}

std::string TakesString(const FieldInfo& field) {
  const char* what = field.is_text() ? "a text" : "an identifier";
  if (!field.is_text() && field.grammar == v1::JURISDICTION) what = "a jurisdiction";
  return absl::StrCat(what, " of up to ", field.max_bytes, " bytes");
}

std::string Takes(const FieldInfo& field) {
  switch (field.type) {
    case FieldType::kBool:
      return "yes or no";
    case FieldType::kNumber:
      return TakesNumber(field);
    case FieldType::kEnum:
      return absl::StrJoin(ShortWords(*field.enumeration), ", ");
    case FieldType::kString:
      return TakesString(field);
    case FieldType::kBytes:
      return "(not typed by hand)";
    case FieldType::kTime:
      return "a time: 14:05, \"2026-11-23 14:05\", ISO";
    case FieldType::kPoint:
      return "a place: lat,lon or MGRS/USNG";
    case FieldType::kPolygon:
      return "an area: \"lat,lon; lat,lon; lat,lon\"";
    case FieldType::kPeopleCount:
      return "a count of people: 12, or \"<10\"";
    case FieldType::kQuantity:
      return "how much: \"500 kilogram\"";
    case FieldType::kGoods:
      return "goods by UN number: 1203, \"1203 500 kilogram\", or JSON";
    case FieldType::kRecordRef:
      return "a record by its code";
    case FieldType::kSource:
      return "its parts: source.system=..., source.key=...";
    case FieldType::kGroup:
      return "JSON";
  }
  return "";
}

std::string Flags(const FieldInfo& field) {
  std::vector<std::string> flags;
  if (field.required) flags.push_back("required");
  if (field.repeated) flags.push_back("several");
  if (field.filterable) flags.push_back("filter");
  return absl::StrJoin(flags, ", ");
}

google::protobuf::Value TextValue(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return value;
}

std::string Joined(const std::vector<std::string>& words) { return absl::StrJoin(words, " "); }

std::string KindNames() {
  std::vector<std::string> names;
  for (const schema::KindInfo& info : schema::Kinds()) names.push_back(info.name);
  return Joined(names);
}

}  // namespace

void PrintBashCompletion(const std::vector<CommandWords>& commands, std::ostream& out) {
  out << "# Completion of tocsin for bash: source <(tocsin completion bash)\n"
         "_tocsin() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= word i\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    case \"$path/$word\" in\n";
  for (const CommandWords& command : commands) {
    if (command.path.empty()) continue;
    const size_t at = command.path.rfind(' ');
    const std::string parent = at == std::string::npos ? "" : command.path.substr(0, at);
    const std::string last = at == std::string::npos ? command.path : command.path.substr(at + 1);
    out << "      \"" << parent << '/' << last << "\") path=\"" << command.path << "\" ;;\n";
  }
  out << "    esac\n"
         "  done\n"
         "  local words=\n"
         "  case \"$prev\" in\n"
         "    --output) words='table json' ;;\n"
         "    --how-bad) words='minor serious grave' ;;\n"
      << "    --what) words='" << Joined(ShortWords(*v1::IncidentType_descriptor())) << "' ;;\n"
      << "    --reason) words='" << Joined(ShortWords(*v1::WithdrawReason_descriptor()))
      << "'\n"
         "      [[ $path == resolve ]] && words='"
      << Joined(ShortWords(*v1::ResolveReason_descriptor())) << "' ;;\n"
      << "    --status) words='" << Joined(ShortWords(*v1::CapStatus_descriptor())) << "' ;;\n"
      << "    --severity) words='" << Joined(ShortWords(*v1::Severity_descriptor()))
      << "' ;;\n"
         "    --turn) words='here' ;;\n"
         "    report|list|watch|fields|conflicts) words='"
      << KindNames()
      << "' ;;\n"
         "    import|export) words='cap csv geojson' ;;\n"
      << "    cap|csv|geojson) [[ $path == export ]] && words='" << KindNames()
      << "' ;;\n"
         "    completion) words='bash' ;;\n"
         "    --dir|--issuer|--mapping|--rejects|--out|--aid) COMPREPLY=($(compgen -f -- "
         "\"$cur\")); "
         "return ;;\n"
         "  esac\n"
         "  if [[ -z $words || $cur == -* ]]; then\n"
         "    case \"$path\" in\n";
  for (const CommandWords& command : commands) {
    out << "      \"" << command.path << "\") words='" << Joined(command.commands)
        << (command.commands.empty() ? "" : " ") << Joined(command.options) << "' ;;\n";
  }
  out << "    esac\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "  if [[ $path == import && ${#COMPREPLY[@]} -eq 0 ]]; then\n"
         "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _tocsin tocsin\n";
}

absl::StatusOr<Exit> Fields(Console& console, bool json, const std::string& kind_word) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Kind kind, ParseKindWord(kind_word));
  JsonArray array(console.out);
  Table table({"FIELD", "IS", "TAKES"});
  for (const FieldInfo& field : schema::FieldTable::Of(kind).fields()) {
    google::protobuf::Struct line;
    (*line.mutable_fields())["field"] = TextValue(field.name);
    (*line.mutable_fields())["takes"] = TextValue(Takes(field));
    (*line.mutable_fields())["is"] = TextValue(Flags(field));
    if (json) array.Add(line);
    table.Add({field.name, Flags(field), Takes(field)});
  }
  if (json) {
    array.End();
  } else {
    table.Print(console.out);
  }
  return Exit::kDone;
}

absl::StatusOr<Exit> PrintVersion(Console& console, bool json) {
  if (json) {
    google::protobuf::Struct version;
    (*version.mutable_fields())["version"] = TextValue(TOCSIN_VERSION);
    (*version.mutable_fields())["schema_level"].set_number_value(schema::SchemaLevel());
    PrintJson(version, console.out);
  } else {
    console.out << "tocsin " << TOCSIN_VERSION << ", schema level " << schema::SchemaLevel()
                << '\n';
  }
  return Exit::kDone;
}

}  // namespace tocsin::cli
