#include "app/localbranch/ddlparser.h"

#include <algorithm>
#include <map>

#include "app/localbranch/decimal.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

constexpr uint32_t kUtf8Collation = 255;
constexpr uint32_t kUtf8BinCollation = 46;
constexpr uint32_t kBytesPerCharacter = 4;

[[noreturn]] void refuse(const std::string& what)
{
    throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: the local branch does not know " + what);
}

struct IntegerShape
{
    query::Type type;
    query::Type unsignedType;
    uint32_t length;
    uint32_t unsignedLength;
    uint32_t zerofillWidth;
};

const std::map<std::string, IntegerShape>& integerShapes()
{
    static const std::map<std::string, IntegerShape> kShapes = {
        {"tinyint", {query::INT8, query::UINT8, 4, 3, 3}},     {"smallint", {query::INT16, query::UINT16, 6, 5, 5}},
        {"mediumint", {query::INT24, query::UINT24, 9, 8, 8}}, {"int", {query::INT32, query::UINT32, 11, 10, 10}},
        {"bigint", {query::INT64, query::UINT64, 20, 20, 20}},
    };
    return kShapes;
}

struct LargeShape
{
    query::Type type;
    uint32_t size;
    uint32_t length;
};

const std::map<std::string, LargeShape>& largeShapes()
{
    static const std::map<std::string, LargeShape> kShapes = {
        {"tinytext", {query::TEXT, 255, 1020}},
        {"text", {query::TEXT, 65535, 262140}},
        {"mediumtext", {query::TEXT, 16777215, 67108860}},
        {"longtext", {query::TEXT, 4294967295, 4294967295}},
        {"tinyblob", {query::BLOB, 255, 255}},
        {"blob", {query::BLOB, 65535, 65535}},
        {"mediumblob", {query::BLOB, 16777215, 16777215}},
        {"longblob", {query::BLOB, 4294967295, 4294967295}},
        {"json", {query::JSON, 4294967295, 4294967295}},
    };
    return kShapes;
}

uint32_t numberOf(const Token& token)
{
    return static_cast<uint32_t>(std::strtoul(token.text.c_str(), nullptr, 10));
}

std::vector<uint32_t> takenSizes(TokenCursor& tokens)
{
    std::vector<uint32_t> sizes;
    if (!tokens.acceptSymbol("("))
        return sizes;
    do {
        if (tokens.peek().kind != TokenKind::Number)
            tokens.fail();
        sizes.push_back(numberOf(tokens.next()));
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    return sizes;
}

std::string sizesText(const std::vector<uint32_t>& sizes)
{
    std::string text = "(";
    for (size_t i = 0; i < sizes.size(); ++i)
        text += (i == 0 ? "" : ",") + std::to_string(sizes[i]);
    return text + ")";
}

ColumnType labelledType(TokenCursor& tokens, const std::string& word)
{
    ColumnType type;
    type.type = word == "enum" ? query::ENUM : query::SET;
    type.flags = word == "enum" ? query::ENUM_FLAG : query::SET_FLAG;
    type.charset = kUtf8Collation;
    type.text = word + "(";
    uint32_t longest = 0;
    uint32_t all = 0;
    tokens.expectSymbol("(");
    do {
        if (tokens.peek().kind != TokenKind::Text)
            tokens.fail();
        const std::string label = tokens.next().text;
        std::string doubled = "'";
        uint32_t characters = 0;
        for (const char c : label) {
            doubled += c == '\'' ? "''" : std::string(1, c);
            characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
        }
        type.text += (type.labels.empty() ? "" : ",") + doubled + "'";
        longest = std::max(longest, characters);
        all += characters;
        type.labels.push_back(label);
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    type.text += ")";
    const auto commas = static_cast<uint32_t>(type.labels.size() - 1);
    type.length = (type.type == query::ENUM ? longest : all + commas) * kBytesPerCharacter;
    return type;
}

ColumnType integerType(TokenCursor& tokens, const std::string& word, const IntegerShape& shape)
{
    ColumnType type;
    const std::vector<uint32_t> sizes = takenSizes(tokens);
    bool isUnsigned = false;
    bool isZerofill = false;
    while (tokens.isWord("unsigned") || tokens.isWord("signed") || tokens.isWord("zerofill")) {
        isUnsigned = isUnsigned || tokens.isWord("unsigned");
        isZerofill = isZerofill || tokens.isWord("zerofill");
        tokens.next();
    }
    isUnsigned = isUnsigned || isZerofill;
    type.type = isUnsigned ? shape.unsignedType : shape.type;
    type.flags = query::NUM_FLAG | (isUnsigned ? uint32_t{query::UNSIGNED_FLAG} : 0U) |
                 (isZerofill ? uint32_t{query::ZEROFILL_FLAG} : 0U);
    type.length = isUnsigned ? shape.unsignedLength : shape.length;
    type.text = word;
    if (isZerofill) {
        type.size = sizes.empty() ? shape.zerofillWidth : sizes[0];
        type.length = type.size;
        type.text += sizesText({type.size});
    } else if (word == "tinyint" && sizes == std::vector<uint32_t>{1} && !isUnsigned) {
        // MySQL keeps this one display width, because it means BOOL.
        type.length = 1;
        type.text += "(1)";
    }
    type.text += std::string(isUnsigned ? " unsigned" : "") + (isZerofill ? " zerofill" : "");
    return type;
}

ColumnType decimalType(TokenCursor& tokens)
{
    ColumnType type;
    std::vector<uint32_t> sizes = takenSizes(tokens);
    sizes.resize(2, 0);
    if (sizes[0] == 0)
        sizes[0] = 10;
    const bool isUnsigned = tokens.acceptWord("unsigned");
    type.type = query::DECIMAL;
    type.size = sizes[0];
    type.decimals = sizes[1];
    type.flags = query::NUM_FLAG | (isUnsigned ? uint32_t{query::UNSIGNED_FLAG} : 0U);
    type.length = sizes[0] + (sizes[1] > 0 ? 1 : 0) + (isUnsigned ? 0 : 1);
    type.text = "decimal" + sizesText(sizes) + (isUnsigned ? " unsigned" : "");
    return type;
}

ColumnType temporalType(TokenCursor& tokens, const std::string& word)
{
    ColumnType type;
    const std::vector<uint32_t> sizes = takenSizes(tokens);
    type.flags = query::BINARY_FLAG;
    type.decimals = sizes.empty() ? 0 : std::min(sizes[0], 6U);
    const uint32_t fraction = type.decimals > 0 ? type.decimals + 1 : 0;
    type.type = word == "date"
                    ? query::DATE
                    : (word == "time" ? query::TIME : (word == "datetime" ? query::DATETIME : query::TIMESTAMP));
    type.length = (word == "date" || word == "time" ? 10 : 19) + fraction;
    type.text = word + (type.decimals > 0 ? sizesText({type.decimals}) : "");
    return type;
}

ColumnType sizedType(TokenCursor& tokens, const std::string& word)
{
    ColumnType type;
    const std::vector<uint32_t> sizes = takenSizes(tokens);
    const bool isVariable = word.starts_with("var");
    if (isVariable && sizes.empty())
        tokens.fail();
    type.size = sizes.empty() ? 1 : sizes[0];
    type.text = word + sizesText({type.size});
    if (word == "bit") {
        type.type = query::BIT;
        type.flags = query::UNSIGNED_FLAG;
        type.length = type.size;
    } else if (word.ends_with("binary")) {
        type.type = isVariable ? query::VARBINARY : query::BINARY;
        type.flags = query::BINARY_FLAG;
        type.length = type.size;
    } else {
        type.type = isVariable ? query::VARCHAR : query::CHAR;
        type.charset = kUtf8Collation;
        type.length = type.size * kBytesPerCharacter;
    }
    return type;
}

ColumnType parsedType(TokenCursor& tokens)
{
    std::string word = lowered(tokens.expectName());
    ColumnType type;
    if (word == "integer")
        word = "int";
    if (word == "numeric" || word == "dec")
        word = "decimal";
    if (word == "bool" || word == "boolean") {
        type.type = query::INT8;
        type.flags = query::NUM_FLAG;
        type.length = 1;
        type.text = "tinyint(1)";
        return type;
    }
    if (const auto shape = integerShapes().find(word); shape != integerShapes().end())
        return integerType(tokens, word, shape->second);
    if (const auto shape = largeShapes().find(word); shape != largeShapes().end()) {
        takenSizes(tokens);
        type.type = shape->second.type;
        type.size = shape->second.size;
        type.length = shape->second.length;
        type.charset = type.type == query::TEXT ? kUtf8Collation : 63;
        type.flags = type.type == query::TEXT ? query::BLOB_FLAG : query::BLOB_FLAG | query::BINARY_FLAG;
        type.text = word;
        return type;
    }
    if (word == "enum" || word == "set")
        return labelledType(tokens, word);
    if (word == "decimal")
        return decimalType(tokens);
    if (word == "float" || word == "double") {
        takenSizes(tokens);
        tokens.acceptWord("precision");
        type.type = word == "float" ? query::FLOAT32 : query::FLOAT64;
        type.length = word == "float" ? 12 : 22;
        type.decimals = 31;
        type.flags = query::NUM_FLAG;
        type.text = word;
        return type;
    }
    if (word == "year") {
        takenSizes(tokens);
        type.type = query::YEAR;
        type.length = 4;
        type.flags = query::NUM_FLAG | query::UNSIGNED_FLAG | query::ZEROFILL_FLAG;
        type.text = word;
        return type;
    }
    if (word == "date" || word == "time" || word == "datetime" || word == "timestamp")
        return temporalType(tokens, word);
    if (word == "char" || word == "varchar" || word == "binary" || word == "varbinary" || word == "bit")
        return sizedType(tokens, word);
    refuse("the column type " + word);
}

void applyCharset(Column& column, const std::string& charset, const std::string& collation)
{
    if (!charset.empty() && charset != "utf8mb4" && charset != "binary" && charset != "ascii")
        refuse("the character set " + charset);
    if (column.type.charset == 63)
        return;
    if (collation == "utf8mb4_bin" || charset == "binary")
        column.type.charset = kUtf8BinCollation;
}

ColumnDefault parsedDefault(TokenCursor& tokens, const Column& column)
{
    ColumnDefault initial;
    if (tokens.acceptWord("current_timestamp") || tokens.acceptWord("now")) {
        if (tokens.isSymbol("("))
            takenSizes(tokens);
        initial.isNow = true;
        return initial;
    }
    if (tokens.isSymbol("("))
        refuse("DEFAULT with an expression");
    Value value;
    const bool isNegative = tokens.acceptSymbol("-");
    const Token token = tokens.next();
    if (token.kind == TokenKind::Text)
        value = Value::textOf(token.text);
    else if (token.kind == TokenKind::Number)
        value = Value::number((isNegative ? "-" : "") + token.text);
    else if (token.kind == TokenKind::Word && equalsIgnoringCase(token.text, "true"))
        value = Value::number("1");
    else if (token.kind == TokenKind::Word && equalsIgnoringCase(token.text, "false"))
        value = Value::number("0");
    else
        refuse("DEFAULT " + token.text);
    initial.text = storedCell(column, value).value_or("");
    return initial;
}

struct ColumnResult
{
    Column column;
    bool isPrimary = false;
    bool isUnique = false;
};

ColumnResult parsedColumn(TokenCursor& tokens, const std::string& tableCollation)
{
    ColumnResult result;
    Column& column = result.column;
    column.name = tokens.expectName();
    column.type = parsedType(tokens);
    std::string charset;
    std::string collation = tableCollation;
    for (;;) {
        if (tokens.acceptWords({"character", "set"}) || tokens.acceptWord("charset"))
            charset = lowered(tokens.expectName());
        else if (tokens.acceptWord("collate"))
            collation = lowered(tokens.expectName());
        else if (tokens.acceptWords({"not", "null"}))
            column.isNotNull = true;
        else if (tokens.acceptWord("null"))
            column.isNotNull = false;
        else if (tokens.acceptWords({"default", "null"}))
            column.initial.reset();
        else if (tokens.acceptWord("default"))
            column.initial = parsedDefault(tokens, column);
        else if (tokens.acceptWord("auto_increment"))
            column.isAutoIncrement = true;
        else if (tokens.acceptWords({"on", "update"})) {
            parsedDefault(tokens, column);
            column.isUpdatedNow = true;
        } else if (tokens.acceptWords({"primary", "key"}))
            result.isPrimary = true;
        else if (tokens.acceptWord("unique")) {
            tokens.acceptWord("key");
            result.isUnique = true;
        } else if (tokens.acceptWord("comment"))
            column.comment = tokens.next().text;
        else if (tokens.acceptWord("invisible"))
            column.isInvisible = true;
        else if (tokens.isWord("generated") || tokens.isWord("as"))
            refuse("generated columns");
        else if (tokens.isWord("references") || tokens.isWord("check"))
            refuse("constraints");
        else
            break;
    }
    applyCharset(column, charset, collation);
    return result;
}

std::vector<KeyPart> parsedKeyParts(TokenCursor& tokens, const Table& table)
{
    std::vector<KeyPart> parts;
    tokens.expectSymbol("(");
    do {
        const std::string name = tokens.expectName();
        const auto column = table.columnIndex(name);
        if (!column)
            throw MysqlError(vtrpc::INVALID_ARGUMENT, "Key column '" + name + "' doesn't exist in table", 1072,
                             "42000");
        takenSizes(tokens);
        const bool isDescending = tokens.acceptWord("desc");
        if (!isDescending)
            tokens.acceptWord("asc");
        parts.push_back({*column, isDescending});
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    return parts;
}

std::string freeIndexName(const Table& table, const std::string& column)
{
    std::string name = column;
    for (int i = 2; std::any_of(table.indexes.begin(), table.indexes.end(),
                                [&name](const Index& index) { return index.name == name; });
         ++i)
        name = column + "_" + std::to_string(i);
    return name;
}

/// Reads PRIMARY KEY (…), [UNIQUE] KEY name (…); false if something else stands there.
bool takeIndex(TokenCursor& tokens, Table& table)
{
    Index index;
    if (tokens.acceptWords({"primary", "key"})) {
        index.name = "PRIMARY";
        index.isUnique = true;
    } else if (tokens.acceptWord("unique")) {
        index.isUnique = true;
        if (!tokens.acceptWord("key"))
            tokens.acceptWord("index");
    } else if (!tokens.acceptWord("key") && !tokens.acceptWord("index")) {
        return false;
    }
    if (!tokens.isSymbol("(")) {
        const std::string name = tokens.expectName();
        if (index.name.empty())
            index.name = name;
    }
    if (tokens.acceptWord("using"))
        tokens.expectName();
    index.parts = parsedKeyParts(tokens, table);
    if (tokens.acceptWord("using"))
        tokens.expectName();
    if (index.name.empty())
        index.name = freeIndexName(table, table.columns[index.parts.front().column].name);
    table.indexes.push_back(std::move(index));
    return true;
}

/// The options after the closing bracket; read before the columns too, because they decide the columns' charset.
void takeOptions(TokenCursor& tokens, Table& table)
{
    while (!tokens.atEnd() && !tokens.isSymbol(";")) {
        tokens.acceptSymbol(",");
        tokens.acceptWord("default");
        const std::string option = lowered(tokens.expectName());
        if (option == "character")
            tokens.expectWord("set");
        if (option == "partition")
            refuse("partitions");
        tokens.acceptSymbol("=");
        const Token value = tokens.next();
        if (option == "comment")
            table.comment = value.text;
        else if (option == "collate")
            table.collation = lowered(value.text);
        else if ((option == "charset" || option == "character") && !equalsIgnoringCase(value.text, "utf8mb4"))
            refuse("the character set " + value.text);
    }
}

size_t positionAfterBrackets(TokenCursor tokens)
{
    int depth = 0;
    do {
        if (tokens.atEnd())
            tokens.fail();
        if (tokens.isSymbol("("))
            ++depth;
        if (tokens.isSymbol(")"))
            --depth;
        tokens.next();
    } while (depth > 0);
    return tokens.position();
}

} // namespace

std::shared_ptr<Table> parsedTableBody(TokenCursor& tokens, const std::string& name)
{
    auto table = std::make_shared<Table>();
    table->name = name;
    if (!tokens.isSymbol("("))
        tokens.fail();
    TokenCursor options = tokens;
    options.rewind(positionAfterBrackets(tokens));
    takeOptions(options, *table);
    tokens.expectSymbol("(");
    do {
        if (tokens.isWord("constraint") || tokens.isWord("foreign") || tokens.isWord("check"))
            refuse("constraints");
        if (tokens.isWord("fulltext") || tokens.isWord("spatial"))
            refuse("this kind of index");
        if (takeIndex(tokens, *table))
            continue;
        ColumnResult result = parsedColumn(tokens, table->collation);
        const size_t at = table->columns.size();
        const std::string columnName = result.column.name;
        if (table->columnIndex(columnName))
            throw MysqlError(vtrpc::INVALID_ARGUMENT, "Duplicate column name '" + columnName + "'", 1060, "42S21");
        table->columns.push_back(std::move(result.column));
        if (result.isPrimary)
            table->indexes.push_back({"PRIMARY", true, {{at, false}}});
        if (result.isUnique)
            table->indexes.push_back({freeIndexName(*table, columnName), true, {{at, false}}});
    } while (tokens.acceptSymbol(","));
    tokens.expectSymbol(")");
    tokens.rewind(options.position());
    tokens.expectEnd();
    if (table->columns.empty())
        throw MysqlError(vtrpc::INVALID_ARGUMENT, "A table must have at least 1 column", 1113, "42000");
    table->finish();
    return table;
}

std::vector<AlterStep> parsedAlterSteps(TokenCursor& tokens)
{
    std::vector<AlterStep> steps;
    do {
        AlterStep step;
        if (tokens.acceptWord("add")) {
            if (tokens.isWord("index") || tokens.isWord("key") || tokens.isWord("unique") || tokens.isWord("primary") ||
                tokens.isWord("constraint") || tokens.isWord("foreign"))
                refuse("this form of ALTER TABLE");
            tokens.acceptWord("column");
            ColumnResult result = parsedColumn(tokens, "");
            if (result.isPrimary || result.isUnique)
                refuse("a new key by ALTER TABLE");
            step.column = std::move(result.column);
            step.isFirst = tokens.acceptWord("first");
            if (tokens.acceptWord("after"))
                step.after = tokens.expectName();
        } else if (tokens.acceptWord("drop")) {
            tokens.acceptWord("column");
            step.kind = AlterStep::Kind::DropColumn;
            step.name = tokens.expectName();
        } else {
            refuse("this form of ALTER TABLE");
        }
        steps.push_back(std::move(step));
    } while (tokens.acceptSymbol(","));
    tokens.expectEnd();
    return steps;
}

} // namespace localbranch
