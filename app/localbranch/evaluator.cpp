#include "app/localbranch/evaluator.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "app/localbranch/decimal.h"
#include "app/localbranch/floattext.h"
#include "app/localbranch/gtidset.h"
#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

using Kind = Expression::Kind;

constexpr uint32_t kConstantCollation = 255;

bool isAggregate(const std::string& name)
{
    return name == "count(*)" || name == "count" || name == "min" || name == "max" || name == "sum";
}

void checkFunction(const Expression& call)
{
    struct Shape
    {
        std::string_view name;
        size_t least;
        size_t most;
    };
    static constexpr std::array<Shape, 17> kShapes = {{{"now", 0, 1},
                                                       {"current_timestamp", 0, 1},
                                                       {"unix_timestamp", 0, 1},
                                                       {"cast", 1, 1},
                                                       {"gtid_subset", 2, 2},
                                                       {"gtid_subtract", 2, 2},
                                                       {"database", 0, 0},
                                                       {"schema", 0, 0},
                                                       {"version", 0, 0},
                                                       {"connection_id", 0, 0},
                                                       {"lower", 1, 1},
                                                       {"upper", 1, 1},
                                                       {"count(*)", 0, 0},
                                                       {"count", 1, 1},
                                                       {"min", 1, 1},
                                                       {"max", 1, 1},
                                                       {"sum", 1, 1}}};
    const auto shape =
        std::find_if(kShapes.begin(), kShapes.end(), [&call](const Shape& known) { return known.name == call.name; });
    if (shape == kShapes.end())
        throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: the function " + call.name);
    if (call.parts.size() < shape->least || call.parts.size() > shape->most)
        throw MysqlError(vtrpc::INVALID_ARGUMENT,
                         "Incorrect parameter count in the call to native function '" + call.name + "'", 1582, "42000");
}

Value arithmetic(const std::string& sign, const Value& left, const Value& right)
{
    if (left.isNull() || right.isNull())
        return Value::null();
    const auto a = Decimal::parse(left.text);
    const auto b = Decimal::parse(right.text);
    const bool isExact = left.kind != Value::Kind::Real && right.kind != Value::Kind::Real && a && b;
    if (isExact && sign == "+")
        return Value::number(Decimal::add(*a, *b).toText());
    if (isExact && sign == "-")
        return Value::number(Decimal::subtract(*a, *b).toText());
    if (isExact && sign == "*")
        return Value::number(Decimal::multiply(*a, *b).toText());
    const double x = std::strtod(left.text.c_str(), nullptr);
    const double y = std::strtod(right.text.c_str(), nullptr);
    if (sign == "+")
        return Value::real(doubleText(x + y));
    if (sign == "-")
        return Value::real(doubleText(x - y));
    if (sign == "*")
        return Value::real(doubleText(x * y));
    return y == 0.0 ? Value::null() : Value::real(doubleText(x / y));
}

bool comparisonHolds(const std::string& sign, int order)
{
    if (sign == "=")
        return order == 0;
    if (sign == "!=")
        return order != 0;
    if (sign == "<")
        return order < 0;
    if (sign == "<=")
        return order <= 0;
    if (sign == ">")
        return order > 0;
    return order >= 0;
}

Value castTo(const std::string& type, const Value& value)
{
    if (value.isNull())
        return value;
    if (type == "signed" || type == "unsigned") {
        const auto number = Decimal::parse(value.text);
        if (number)
            return Value::number(number->rounded(0).toText());
        return Value::number(std::to_string(std::strtoll(value.text.c_str(), nullptr, 10)));
    }
    if (type == "char" || type == "json")
        return Value::textOf(value.text);
    if (type == "binary")
        return Value::bytes(value.text);
    throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: cast as " + type);
}

Value functionValue(const Expression& call, const RowView& row, const Table* table, const EvaluationContext& context)
{
    std::vector<Value> values;
    for (const Expression& part : call.parts)
        values.push_back(evaluated(part, row, table, context));
    if (call.name == "now" || call.name == "current_timestamp") {
        const uint32_t digits =
            values.empty() ? 0
                           : static_cast<uint32_t>(std::min(6UL, std::strtoul(values[0].text.c_str(), nullptr, 10)));
        return Value::textOf(dateTimeText(context.now, digits));
    }
    if (call.name == "unix_timestamp") {
        const auto time = unixTimeText(values.empty() ? dateTimeText(context.now, 0) : values[0].text);
        return time ? Value::number(*time) : Value::null();
    }
    if (call.name == "cast")
        return castTo(call.castType, values[0]);
    if (call.name == "database" || call.name == "schema")
        return context.database.empty() ? Value::null() : Value::textOf(context.database);
    if (call.name == "version")
        return context.variable("version");
    if (call.name == "connection_id")
        return Value::number("1");
    if (call.name == "lower" || call.name == "upper") {
        if (values[0].isNull())
            return values[0];
        std::string text = lowered(values[0].text);
        if (call.name == "upper")
            std::transform(text.begin(), text.end(), text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        return Value::textOf(text);
    }
    if (call.name == "gtid_subset") {
        if (values[0].isNull() || values[1].isNull())
            return Value::null();
        try {
            return Value::boolean(GtidSet::parse(values[1].text).contains(GtidSet::parse(values[0].text)));
        } catch (const PositionError&) {
            throw MysqlError(vtrpc::UNKNOWN, "Malformed GTID set specification '" + values[1].text + "'.", 1772,
                             "HY000");
        }
    }
    throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: the function " + call.name + " here");
}

void spellLikeColumn(Expression& side, const Expression& other, const Table* table)
{
    if (table == nullptr || other.kind != Kind::Column || side.kind != Kind::Literal ||
        side.value.kind != Value::Kind::Text)
        return;
    const ColumnType& type = table->columns[other.column].type;
    if (!type.isTemporal())
        return;
    if (const auto text = temporalText(type, side.value.text))
        side.value.text = *text;
}

bool isBytewise(const Expression& expression, const Table* table)
{
    return table != nullptr &&
           std::any_of(expression.parts.begin(), expression.parts.end(), [table](const Expression& part) {
               return part.kind == Kind::Column && (table->columns[part.column].type.hasBinaryCollation() ||
                                                    table->columns[part.column].type.type == query::JSON);
           });
}

std::optional<std::string> keyPartOf(const Table& table, size_t column, const Value& value)
{
    try {
        const Cell cell = storedCell(table.columns[column], value);
        if (!cell)
            return std::nullopt;
        std::string part;
        appendKeyPart(part, table.columns[column].type, CellView(*cell));
        return part;
    } catch (const SqlError&) {
        // A value that the column could never hold gives no bound.
        return std::nullopt;
    }
}

/// Exact only where converting the literal cannot move it past its neighbours.
bool givesBounds(const Table& table, size_t column, const Value& value)
{
    const ColumnType& type = table.columns[column].type;
    if (type.isInteger() && type.type != query::YEAR)
        return (value.kind == Value::Kind::Number || value.kind == Value::Kind::Text) &&
               value.text.find('.') == std::string::npos;
    return type.isText() && type.type != query::TEXT && value.kind == Value::Kind::Text;
}

} // namespace

void bindExpression(Expression& expression, const Table* table)
{
    if (expression.kind == Kind::Column) {
        const auto column = table != nullptr ? table->columnIndex(expression.name) : std::nullopt;
        if (!column)
            throw MysqlError(vtrpc::NOT_FOUND, "Unknown column '" + expression.name + "' in 'field list'", 1054,
                             "42S22");
        expression.column = *column;
    }
    if (expression.kind == Kind::Function)
        checkFunction(expression);
    for (Expression& part : expression.parts)
        bindExpression(part, table);
    if (expression.kind == Kind::Compare || expression.kind == Kind::In || expression.kind == Kind::Between ||
        expression.kind == Kind::Like) {
        for (size_t i = 1; i < expression.parts.size(); ++i) {
            spellLikeColumn(expression.parts[i], expression.parts[0], table);
            spellLikeColumn(expression.parts[0], expression.parts[i], table);
        }
        expression.isBinary = isBytewise(expression, table);
    }
}

Value evaluated(const Expression& expression, const RowView& row, const Table* table, const EvaluationContext& context)
{
    const auto part = [&](size_t at) { return evaluated(expression.parts[at], row, table, context); };
    switch (expression.kind) {
    case Kind::Literal:
        return expression.value;
    case Kind::Column:
        return valueOf(table->columns[expression.column].type, row[expression.column]);
    case Kind::Variable:
        return context.variable(expression.name);
    case Kind::And: {
        const Value left = part(0);
        if (!left.isNull() && !left.isTrue())
            return Value::boolean(false);
        const Value right = part(1);
        if (!right.isNull() && !right.isTrue())
            return Value::boolean(false);
        return left.isNull() || right.isNull() ? Value::null() : Value::boolean(true);
    }
    case Kind::Or: {
        const Value left = part(0);
        if (left.isTrue())
            return Value::boolean(true);
        const Value right = part(1);
        if (right.isTrue())
            return Value::boolean(true);
        return left.isNull() || right.isNull() ? Value::null() : Value::boolean(false);
    }
    case Kind::Not: {
        const Value value = part(0);
        return value.isNull() ? value : Value::boolean(!value.isTrue());
    }
    case Kind::Compare: {
        const Value left = part(0);
        const Value right = part(1);
        if (left.isNull() || right.isNull())
            return Value::null();
        return Value::boolean(comparisonHolds(expression.name, compareValues(left, right, expression.isBinary)));
    }
    case Kind::In: {
        const Value left = part(0);
        if (left.isNull())
            return left;
        bool sawNull = false;
        for (size_t i = 1; i < expression.parts.size(); ++i) {
            const Value right = part(i);
            sawNull = sawNull || right.isNull();
            if (!right.isNull() && compareValues(left, right, expression.isBinary) == 0)
                return Value::boolean(!expression.isNegated);
        }
        return sawNull ? Value::null() : Value::boolean(expression.isNegated);
    }
    case Kind::IsNull:
        return Value::boolean(part(0).isNull() != expression.isNegated);
    case Kind::Like: {
        const Value left = part(0);
        const Value right = part(1);
        if (left.isNull() || right.isNull())
            return Value::null();
        return Value::boolean(likeMatches(left.text, right.text) != expression.isNegated);
    }
    case Kind::Between: {
        const Value value = part(0);
        const Value low = part(1);
        const Value high = part(2);
        if (value.isNull() || low.isNull() || high.isNull())
            return Value::null();
        const bool isInside =
            compareValues(value, low, expression.isBinary) >= 0 && compareValues(value, high, expression.isBinary) <= 0;
        return Value::boolean(isInside != expression.isNegated);
    }
    case Kind::Arithmetic:
        return arithmetic(expression.name, part(0), part(1));
    case Kind::Function:
        return functionValue(expression, row, table, context);
    }
    return Value::null();
}

query::Field fieldOfExpression(const Expression& expression, const Table* table, FieldStyle style,
                               const std::string& database)
{
    query::Field field;
    if (expression.kind == Kind::Column)
        return fieldOf(*table, expression.column, style, database);
    if (expression.kind == Kind::Function && (expression.name == "min" || expression.name == "max")) {
        if (expression.parts[0].kind == Kind::Column)
            field.set_type(fieldOf(*table, expression.parts[0].column, FieldStyle::Plain, database).type());
        return field;
    }
    query::Type type = query::INT64;
    if (expression.kind == Kind::Literal || expression.kind == Kind::Variable) {
        switch (expression.value.kind) {
        case Value::Kind::Text:
            type = query::VARCHAR;
            break;
        case Value::Kind::Bytes:
            type = query::VARBINARY;
            break;
        case Value::Kind::Real:
            type = query::FLOAT64;
            break;
        case Value::Kind::Number:
            type = expression.value.text.find('.') == std::string::npos ? query::INT64 : query::DECIMAL;
            break;
        case Value::Kind::Null:
            type = expression.kind == Kind::Variable ? query::VARCHAR : query::NULL_TYPE;
            break;
        }
    } else if (expression.kind == Kind::Function) {
        if (expression.name == "now" || expression.name == "current_timestamp")
            type = query::DATETIME;
        else if (expression.name == "unix_timestamp" || expression.name == "sum")
            type = query::DECIMAL;
        else if (expression.name == "database" || expression.name == "schema" || expression.name == "version" ||
                 expression.name == "lower" || expression.name == "upper" ||
                 (expression.name == "cast" && expression.castType == "char"))
            type = query::VARCHAR;
        else if (expression.name == "cast" && expression.castType == "unsigned")
            type = query::UINT64;
    } else if (expression.kind == Kind::Arithmetic) {
        const auto has = [&](const Expression& part, query::Flag flag) {
            return hasFlag(fieldOfExpression(part, table, FieldStyle::Plain, database).type(), flag);
        };
        const auto isInteger = [&has](const Expression& part) { return has(part, query::ISINTEGRAL); };
        const auto isUnsigned = [&has](const Expression& part) { return has(part, query::ISUNSIGNED); };
        type = expression.name != "/" && isInteger(expression.parts[0]) && isInteger(expression.parts[1])
                   ? (isUnsigned(expression.parts[0]) || isUnsigned(expression.parts[1]) ? query::UINT64 : query::INT64)
                   : query::DECIMAL;
    }
    field.set_type(type);
    // Constants without a table tell more than their type even when nobody asked.
    const bool isConstant = table == nullptr && expression.kind != Kind::Compare && expression.name != "gtid_subset";
    if (!isConstant && style == FieldStyle::Plain)
        return field;
    field.set_charset(type == query::VARCHAR ? kConstantCollation : 63);
    if (type == query::DATETIME)
        field.set_flags(query::BINARY_FLAG | query::NOT_NULL_FLAG);
    else if (expression.kind == Kind::Literal && (type == query::INT64 || type == query::DECIMAL))
        field.set_flags(query::NUM_FLAG);
    else if (expression.kind == Kind::Function && isAggregate(expression.name))
        field.set_flags(query::NUM_FLAG | query::BINARY_FLAG |
                        (expression.name.starts_with("count") ? uint32_t{query::NOT_NULL_FLAG} : 0U));
    return field;
}

KeyBounds keyBoundsOf(const Expression& condition, const Table& table)
{
    const size_t column = table.key.front();
    if (condition.kind == Kind::And || condition.kind == Kind::Or) {
        const KeyBounds left = keyBoundsOf(condition.parts[0], table);
        const KeyBounds right = keyBoundsOf(condition.parts[1], table);
        KeyBounds bounds;
        if (condition.kind == Kind::And) {
            bounds.from = std::max(left.from, right.from);
            bounds.until = left.until.empty() ? right.until
                                              : (right.until.empty() ? left.until : std::min(left.until, right.until));
        } else {
            bounds.from = std::min(left.from, right.from);
            bounds.until = left.until.empty() || right.until.empty() ? "" : std::max(left.until, right.until);
        }
        return bounds;
    }
    KeyBounds bounds;
    const bool isAboutColumn = !condition.parts.empty() && condition.parts[0].kind == Kind::Column &&
                               condition.parts[0].column == column && !condition.isNegated;
    const auto partAt = [&](size_t at) -> std::optional<std::string> {
        const Expression& side = condition.parts[at];
        if (side.kind != Kind::Literal || !givesBounds(table, column, side.value))
            return std::nullopt;
        return keyPartOf(table, column, side.value);
    };
    if (!isAboutColumn)
        return bounds;
    if (condition.kind == Kind::Compare) {
        const auto part = partAt(1);
        if (!part)
            return bounds;
        if (condition.name == "=" || condition.name == ">" || condition.name == ">=")
            bounds.from = *part;
        if (condition.name == "=" || condition.name == "<" || condition.name == "<=")
            bounds.until = *part;
    } else if (condition.kind == Kind::In) {
        for (size_t i = 1; i < condition.parts.size(); ++i) {
            const auto part = partAt(i);
            if (!part)
                return {};
            bounds.from = i == 1 ? *part : std::min(bounds.from, *part);
            bounds.until = std::max(bounds.until, *part);
        }
    } else if (condition.kind == Kind::Between) {
        bounds.from = partAt(1).value_or("");
        bounds.until = partAt(2).value_or("");
    }
    return bounds;
}

std::optional<std::vector<Value>> wantedValues(const Expression& condition, size_t column)
{
    if (condition.kind == Kind::And) {
        auto left = wantedValues(condition.parts[0], column);
        return left ? left : wantedValues(condition.parts[1], column);
    }
    const bool isTest = (condition.kind == Kind::In && !condition.isNegated) ||
                        (condition.kind == Kind::Compare && condition.name == "=");
    if (!isTest || condition.parts[0].kind != Kind::Column || condition.parts[0].column != column)
        return std::nullopt;
    std::vector<Value> values;
    for (size_t i = 1; i < condition.parts.size(); ++i) {
        if (condition.parts[i].kind != Kind::Literal)
            return std::nullopt;
        values.push_back(condition.parts[i].value);
    }
    return values;
}

bool likeMatches(std::string_view text, std::string_view pattern)
{
    size_t at = 0;
    size_t in = 0;
    size_t star = std::string_view::npos;
    size_t resume = 0;
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    while (at < text.size()) {
        const bool isEscaped = in + 1 < pattern.size() && pattern[in] == '\\';
        if (isEscaped && same(pattern[in + 1], text[at])) {
            in += 2;
            ++at;
        } else if (!isEscaped && in < pattern.size() && pattern[in] == '%') {
            star = ++in;
            resume = at;
        } else if (!isEscaped && in < pattern.size() && (pattern[in] == '_' || same(pattern[in], text[at]))) {
            ++in;
            ++at;
        } else if (star != std::string_view::npos) {
            in = star;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in < pattern.size() && pattern[in] == '%')
        ++in;
    return in == pattern.size();
}

} // namespace localbranch
