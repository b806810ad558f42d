// query.Field lists to schemas. Any thread.
#pragma once

#include <memory>

#include "streamcore/decode/scanner.h"
#include "streamcore/value/column.h"

namespace query {
class Field;
}

namespace vtscope {

Column columnOf(const query::Field& field, bool hasNumericMembers);

// Reads the length-delimited fields with this number out of a message (FieldEvent: 2, QueryResult: 1). Broken fields
// are left out.
std::shared_ptr<const Schema> schemaOf(Bytes message, std::uint32_t fieldNumber, bool hasNumericMembers);

// The bytes of those fields with their tags, back to back, for comparing two lists without parsing them.
void collectFields(Bytes message, std::uint32_t fieldNumber, std::string& out);

// Whether the message holds exactly the fields collected before. Copies and parses nothing.
bool sameFields(Bytes message, std::uint32_t fieldNumber, Bytes collected);

} // namespace vtscope
