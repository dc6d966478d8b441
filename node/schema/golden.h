// The schema written out, line by line: what tests/node/schema/golden_schema.txt must say. The
// closed schema is kept by this text: whatever the descriptors have and the file has not fails the
// test, and a change of the file is a decision that is written down (docs/adr/0002).
#pragma once

#include <string>

namespace tocsin::schema {

// Kinds, fields, policies, text sorts, limits and filters; the values inside them; every enum with
// every code; aggregations. Deterministic: the same schema gives the same bytes.
std::string DescribeSchema();

}  // namespace tocsin::schema
