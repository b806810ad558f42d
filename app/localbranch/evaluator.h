// Expressions over a row: binding to a table, values, conditions, and the keys between which matching rows can lie. Any
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/localbranch/sqlparser.h"

namespace localbranch {

/// What an expression may ask of its surroundings.
struct EvaluationContext
{
    std::string database;
    int64_t now = 0; ///< nanoseconds; one time for a whole statement
    std::function<Value(const std::string& variable)> variable;
};

/// Finds the columns and brings literals into the spelling of the column they are compared with. Throws for unknown
/// columns and functions.
void bindExpression(Expression& expression, const Table* table);

Value evaluated(const Expression& expression, const RowView& row, const Table* table, const EvaluationContext& context);

/// The field a select list shows for it.
query::Field fieldOfExpression(const Expression& expression, const Table* table, FieldStyle style,
                               const std::string& database);

/// Rows that meet the condition have a first key column within these bounds; an empty bound is none.
struct KeyBounds
{
    std::string from;  ///< encoded key part, included
    std::string until; ///< encoded key part; keys that start with it are still inside
};
KeyBounds keyBoundsOf(const Expression& condition, const Table& table);

/// The values that a column must have one of, if the condition demands that.
std::optional<std::vector<Value>> wantedValues(const Expression& condition, size_t column);

bool likeMatches(std::string_view text, std::string_view pattern);

} // namespace localbranch
