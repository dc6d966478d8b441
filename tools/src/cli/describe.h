// Records as people read them. Pure functions; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <ostream>
#include <string>
#include <vector>

#include "tocsin/v1/api.pb.h"
#include "tools/src/cli/reading.h"

namespace tocsin::cli {

// "2015-03-07 23:49:03 EST"; "" for none.
std::string TimeText(const google::protobuf::Timestamp& time, absl::TimeZone zone);

// A field's value on one line, elements with "; " between; "" where it is not set. Words of lists
// are short, times local.
std::string FieldText(const google::protobuf::Message& body,
                      const google::protobuf::FieldDescriptor& field, const Reading& reading);

// The columns in which a list shows records of a kind: field names, several with '|' between for
// the first that is set. There are others that are not shown unless asked for.
std::vector<std::string> ListColumns(v1::Kind kind);
// Is it one that records of every kind have?
bool IsRecordColumn(const std::string& column);
// A cell of such a column.
std::string CellText(const v1::Record& record, const std::string& column, const Reading& reading);

// "fire, severe, reported, 2015-03-07 23:49:03 EST, Grocery on the corner": what a line of a watch,
// and a near report, say of a record after its code.
std::string Summary(const v1::Record& record, const Reading& reading);

// A value in JSON form, as conflicts have it, as people read it.
std::string ValueText(v1::Kind kind, const std::string& field, const std::string& value_json,
                      const Reading& reading);

// The values of one field that stand against one another: number, value, who and when, and which is
// shown.
void PrintConflict(v1::Kind kind, const v1::Conflict& conflict, const Reading& reading,
                   std::ostream& out);

// What settles it, as people type it.
std::string ResolveCommand(const v1::Record& record, const v1::Conflict& conflict,
                           const Reading& reading);

// What a list says of a record beside its values: the fields that were written apart, of severity
// and state with what else they were said to be, and whether it was closed, then raised. "" for
// most.
std::string BadgeText(const v1::Record& record, const Reading& reading);

// At most `width` characters of UTF-8, the last of them "…" where it is cut.
std::string Shortened(const std::string& text, size_t width);

// All of a record: name, fields, marks, conflicts.
void PrintRecord(const v1::Record& record, const Reading& reading, std::ostream& out);

}  // namespace tocsin::cli
