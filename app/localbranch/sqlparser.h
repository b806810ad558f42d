// The statements that the local branch takes, parsed. Anything else is refused in vtgate's words. Any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/localbranch/ddlparser.h"
#include "app/localbranch/sqllexer.h"
#include "app/localbranch/value.h"

namespace localbranch {

struct TableName
{
    std::string keyspace; ///< as written before the point; may name a shard: `ks:-80`
    std::string table;
};

struct Expression
{
    enum class Kind {
        Literal,
        Column,
        Variable,
        And,
        Or,
        Not,
        Compare,
        In,
        IsNull,
        Like,
        Between,
        Arithmetic,
        Function
    };

    Kind kind = Kind::Literal;
    std::string name;       ///< column, variable, operator or function, in lower case but for columns
    Value value;            ///< of a literal
    bool isNegated = false; ///< NOT IN, IS NOT NULL, NOT LIKE, NOT BETWEEN
    bool isBinary = false;  ///< bound: text compares by bytes
    size_t column = 0;      ///< bound: index in the table
    std::string castType;   ///< of the function `cast`
    std::vector<Expression> parts;
};

struct SelectItem
{
    bool isStar = false;
    Expression expression;
    std::string label;
};

struct OrderItem
{
    Expression expression;
    bool isDescending = false;
};

struct SelectStatement
{
    std::vector<SelectItem> items;
    std::optional<TableName> from;
    std::optional<Expression> where;
    std::vector<OrderItem> order;
    std::optional<uint64_t> limit;
    uint64_t offset = 0;
};

struct InsertStatement
{
    TableName table;
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<Expression>>> rows; ///< nothing: DEFAULT
    bool isReplace = false;
};

struct UpdateStatement
{
    TableName table;
    std::vector<std::pair<std::string, Expression>> assignments;
    std::optional<Expression> where;
};

struct DeleteStatement
{
    TableName table;
    std::optional<Expression> where;
};

struct CreateTableStatement
{
    TableName name;
    bool ifNotExists = false;
    std::shared_ptr<Table> table;
};

struct DropTableStatement
{
    TableName name;
    bool ifExists = false;
};

struct AlterTableStatement
{
    TableName name;
    std::vector<AlterStep> steps;
};

struct StreamStatement
{
    TableName table;
};

struct ShowStatement
{
    TokenCursor tokens; ///< after the word SHOW
};

struct UseStatement
{
    std::string target;
};

struct SetStatement
{
};

enum class TransactionStatement { Begin, Commit, Rollback };

using Statement = std::variant<SelectStatement, InsertStatement, UpdateStatement, DeleteStatement, CreateTableStatement,
                               DropTableStatement, AlterTableStatement, StreamStatement, ShowStatement, UseStatement,
                               SetStatement, TransactionStatement>;

struct BindValues
{
    std::map<std::string, Value> scalars;
    std::map<std::string, std::vector<Value>> lists;
};

/// Throws SqlError for what is not understood. `sql` must outlive a ShowStatement.
Statement parsedStatement(std::string_view sql, const BindValues& binds);

/// Only a SELECT, as filters of streams are written. `tokens` stands at its first word.
SelectStatement parsedSelect(std::string_view sql);

} // namespace localbranch
