#include "streamcore/decode/fields.h"

#include "query.pb.h"

namespace vtscope {

Column columnOf(const query::Field& field, bool hasNumericMembers)
{
    Column column;
    column.name = field.name();
    column.columnType = field.column_type();
    column.type = static_cast<std::int32_t>(field.type());
    column.collation = field.charset();
    column.flags = field.flags();
    column.length = field.column_length();
    interpretColumn(column);
    column.hasNumericMembers = hasNumericMembers && !column.members.empty();
    return column;
}

std::shared_ptr<const Schema> schemaOf(Bytes message, std::uint32_t fieldNumber, bool hasNumericMembers)
{
    auto schema = std::make_shared<Schema>();
    query::Field field;
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(fieldNumber) &&
            field.ParseFromArray(scanner.bytes().data(), static_cast<int>(scanner.bytes().size())))
            schema->columns.push_back(columnOf(field, hasNumericMembers));
    }
    return schema;
}

void collectFields(Bytes message, std::uint32_t fieldNumber, std::string& out)
{
    out.clear();
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(fieldNumber))
            out.append(scanner.fieldStart(), scanner.bytes().data() + scanner.bytes().size());
    }
}

bool sameFields(Bytes message, std::uint32_t fieldNumber, Bytes collected)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (!scanner.isBytes(fieldNumber))
            continue;
        const Bytes field(
            scanner.fieldStart(),
            static_cast<std::size_t>(scanner.bytes().data() + scanner.bytes().size() - scanner.fieldStart()));
        if (!collected.starts_with(field))
            return false;
        collected.remove_prefix(field.size());
    }
    return collected.empty();
}

} // namespace vtscope
