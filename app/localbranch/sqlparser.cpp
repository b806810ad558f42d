#include "app/localbranch/sqlparser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

[[noreturn]] void refuse(const std::string& what)
{
    throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: " + what);
}

std::string bytesOfHex(const std::string& hex)
{
    std::string bytes;
    const std::string even = hex.size() % 2 == 0 ? hex : "0" + hex;
    for (size_t i = 0; i + 1 < even.size(); i += 2)
        bytes += static_cast<char>(std::strtoul(even.substr(i, 2).c_str(), nullptr, 16));
    return bytes;
}

std::string bytesOfBits(const std::string& bits)
{
    std::string bytes;
    const std::string whole = std::string((8 - bits.size() % 8) % 8, '0') + bits;
    for (size_t i = 0; i < whole.size(); i += 8)
        bytes += static_cast<char>(std::strtoul(whole.substr(i, 8).c_str(), nullptr, 2));
    return bytes;
}

Expression literal(Value value)
{
    Expression expression;
    expression.value = std::move(value);
    return expression;
}

/// Statements from outside may be made to exhaust the stack: chains of operators become trees as deep as they are long.
constexpr int kMostOperators = 2000;
constexpr int kDeepest = 600;

Expression combinedPlainly(Expression::Kind kind, std::string name, std::vector<Expression> parts)
{
    Expression expression;
    expression.kind = kind;
    expression.name = std::move(name);
    expression.parts = std::move(parts);
    return expression;
}

class Parser
{
    class Depth
    {
    public:
        explicit Depth(int& depth) : m_depth(depth)
        {
            if (++m_depth > kDeepest) {
                --m_depth;
                throw SqlError(vtrpc::INVALID_ARGUMENT, "the statement is nested too deeply");
            }
        }
        ~Depth() { --m_depth; }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;

    private:
        int& m_depth;
    };

public:
    Parser(std::string_view sql, const BindValues& binds) : m_tokens(sql), m_binds(binds) {}

    Statement statement()
    {
        if (m_tokens.atEnd())
            throw SqlError(vtrpc::INVALID_ARGUMENT, "Query was empty");
        if (m_tokens.isWord("select"))
            return finished(select());
        if (m_tokens.isWord("insert") || m_tokens.isWord("replace"))
            return finished(insert());
        if (m_tokens.isWord("update"))
            return finished(update());
        if (m_tokens.isWord("delete"))
            return finished(remove());
        if (m_tokens.acceptWord("begin"))
            return finished(TransactionStatement::Begin);
        if (m_tokens.acceptWords({"start", "transaction"}))
            return finished(TransactionStatement::Begin);
        if (m_tokens.acceptWord("commit"))
            return finished(TransactionStatement::Commit);
        if (m_tokens.acceptWord("rollback"))
            return finished(TransactionStatement::Rollback);
        if (m_tokens.acceptWord("set"))
            return SetStatement{};
        if (m_tokens.acceptWord("use"))
            return finished(UseStatement{useTarget()});
        if (m_tokens.acceptWord("show"))
            return ShowStatement{m_tokens};
        if (m_tokens.acceptWord("stream"))
            return finished(stream());
        if (m_tokens.acceptWords({"create", "table"}))
            return createTable();
        if (m_tokens.acceptWords({"drop", "table"}))
            return finished(dropTable());
        if (m_tokens.acceptWords({"alter", "table"})) {
            AlterTableStatement alter;
            alter.name = tableName();
            alter.steps = parsedAlterSteps(m_tokens);
            return alter;
        }
        static constexpr std::array<std::string_view, 22> kKnown = {
            "create",  "drop",      "alter",   "truncate", "rename", "with",   "explain", "describe",
            "desc",    "savepoint", "release", "call",     "lock",   "unlock", "analyze", "flush",
            "prepare", "execute",   "grant",   "do",       "kill",   "vstream"};
        if (std::any_of(kKnown.begin(), kKnown.end(), [this](std::string_view word) { return m_tokens.isWord(word); }))
            refuse("the local branch does not take this statement: " + m_tokens.peek().text);
        m_tokens.fail();
    }

    SelectStatement selectOnly()
    {
        SelectStatement statement = select();
        m_tokens.expectEnd();
        return statement;
    }

private:
    Expression combined(Expression::Kind kind, std::string name, std::vector<Expression> parts)
    {
        if (++m_operators > kMostOperators)
            throw SqlError(vtrpc::INVALID_ARGUMENT, "the statement has too many operators");
        return combinedPlainly(kind, std::move(name), std::move(parts));
    }

    template <typename Kind> Statement finished(Kind statement)
    {
        m_tokens.expectEnd();
        return Statement(std::move(statement));
    }

    TableName tableName()
    {
        TableName name;
        name.table = m_tokens.expectName();
        if (m_tokens.acceptSymbol(".")) {
            name.keyspace = name.table;
            name.table = m_tokens.expectName();
        }
        return name;
    }

    std::string useTarget()
    {
        std::string target = m_tokens.acceptSymbol("@") ? "@" + m_tokens.expectName() : m_tokens.expectName();
        if (m_tokens.acceptSymbol("@"))
            target += "@" + m_tokens.expectName();
        return target;
    }

    CreateTableStatement createTable()
    {
        CreateTableStatement create;
        create.ifNotExists = m_tokens.acceptWords({"if", "not", "exists"});
        create.name = tableName();
        create.table = parsedTableBody(m_tokens, create.name.table);
        return create;
    }

    DropTableStatement dropTable()
    {
        DropTableStatement drop;
        drop.ifExists = m_tokens.acceptWords({"if", "exists"});
        drop.name = tableName();
        return drop;
    }

    StreamStatement stream()
    {
        // What is selected does not matter: the table's own settings say what is streamed.
        if (!m_tokens.acceptSymbol("*"))
            m_tokens.expectName();
        m_tokens.expectWord("from");
        return {tableName()};
    }

    SelectStatement select()
    {
        SelectStatement statement;
        m_tokens.expectWord("select");
        if (m_tokens.isWord("distinct"))
            refuse("distinct");
        do {
            statement.items.push_back(selectItem());
        } while (m_tokens.acceptSymbol(","));
        if (m_tokens.acceptWord("from")) {
            if (m_tokens.isSymbol("("))
                refuse("sub-queries");
            if (!m_tokens.acceptWord("dual"))
                statement.from = tableName();
            if (m_tokens.acceptWord("as"))
                m_tokens.expectName();
            else if (m_tokens.peek().kind == TokenKind::Word && !isReserved() && !isJoin())
                m_tokens.next();
            if (m_tokens.isSymbol(",") || isJoin())
                refuse("joins");
        }
        if (m_tokens.acceptWord("where"))
            statement.where = expression();
        if (m_tokens.isWord("group") || m_tokens.isWord("having") || m_tokens.isWord("union"))
            refuse(lowered(m_tokens.peek().text));
        if (m_tokens.acceptWords({"order", "by"})) {
            do {
                OrderItem item;
                item.expression = expression();
                item.isDescending = m_tokens.acceptWord("desc");
                if (!item.isDescending)
                    m_tokens.acceptWord("asc");
                statement.order.push_back(std::move(item));
            } while (m_tokens.acceptSymbol(","));
        }
        if (m_tokens.acceptWord("limit")) {
            statement.limit = count();
            if (m_tokens.acceptSymbol(",")) {
                statement.offset = *statement.limit;
                statement.limit = count();
            } else if (m_tokens.acceptWord("offset")) {
                statement.offset = count();
            }
        }
        if (m_tokens.isWord("for") || m_tokens.isWord("into") || m_tokens.isWord("lock"))
            refuse("locking reads");
        return statement;
    }

    SelectItem selectItem()
    {
        SelectItem item;
        if (m_tokens.acceptSymbol("*")) {
            item.isStar = true;
            return item;
        }
        const size_t first = m_tokens.position();
        item.expression = expression();
        item.label = item.expression.kind == Expression::Kind::Column
                         ? item.expression.name
                         : m_tokens.textBetween(first, m_tokens.position());
        if (m_tokens.acceptWord("as"))
            item.label = m_tokens.peek().kind == TokenKind::Text ? m_tokens.next().text : m_tokens.expectName();
        else if (m_tokens.peek().kind == TokenKind::QuotedName ||
                 (m_tokens.peek().kind == TokenKind::Word && !isReserved()))
            item.label = m_tokens.next().text;
        return item;
    }

    bool isReserved() const
    {
        static constexpr std::array<std::string_view, 24> kReserved = {
            "from", "where", "order", "limit", "group",   "having", "union",  "for",   "into", "lock",   "and", "or",
            "not",  "in",    "is",    "like",  "between", "as",     "values", "value", "set",  "offset", "asc", "desc"};
        return std::any_of(kReserved.begin(), kReserved.end(),
                           [this](std::string_view word) { return m_tokens.isWord(word); });
    }

    bool isJoin() const
    {
        return m_tokens.isWord("join") || m_tokens.isWord("left") || m_tokens.isWord("right") ||
               m_tokens.isWord("inner") || m_tokens.isWord("cross") || m_tokens.isWord("straight_join");
    }

    uint64_t count()
    {
        const Expression number = primary();
        uint64_t value = 0;
        const std::string& text = number.value.text;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (number.kind != Expression::Kind::Literal || error != std::errc{} || end != text.data() + text.size())
            m_tokens.fail();
        return value;
    }

    InsertStatement insert()
    {
        InsertStatement statement;
        statement.isReplace = m_tokens.isWord("replace");
        m_tokens.next();
        if (m_tokens.isWord("ignore") || statement.isReplace)
            refuse("insert ignore and replace");
        m_tokens.acceptWord("into");
        statement.table = tableName();
        if (m_tokens.acceptSymbol("(")) {
            if (!m_tokens.isSymbol(")")) {
                do {
                    statement.columns.push_back(m_tokens.expectName());
                } while (m_tokens.acceptSymbol(","));
            }
            m_tokens.expectSymbol(")");
        }
        if (m_tokens.isWord("select") || m_tokens.isWord("set"))
            refuse("this form of insert");
        if (!m_tokens.acceptWord("values"))
            m_tokens.expectWord("value");
        do {
            statement.rows.push_back(insertedRow());
        } while (m_tokens.acceptSymbol(","));
        if (m_tokens.isWord("on"))
            refuse("on duplicate key update");
        return statement;
    }

    std::vector<std::optional<Expression>> insertedRow()
    {
        std::vector<std::optional<Expression>> row;
        m_tokens.expectSymbol("(");
        if (m_tokens.acceptSymbol(")"))
            return row;
        do {
            if (m_tokens.acceptWord("default"))
                row.emplace_back(std::nullopt);
            else
                row.emplace_back(expression());
        } while (m_tokens.acceptSymbol(","));
        m_tokens.expectSymbol(")");
        return row;
    }

    UpdateStatement update()
    {
        UpdateStatement statement;
        m_tokens.next();
        statement.table = tableName();
        m_tokens.expectWord("set");
        do {
            std::string column = m_tokens.expectName();
            if (m_tokens.acceptSymbol("."))
                column = m_tokens.expectName();
            m_tokens.expectSymbol("=");
            statement.assignments.emplace_back(column, additive());
        } while (m_tokens.acceptSymbol(","));
        if (m_tokens.acceptWord("where"))
            statement.where = expression();
        if (m_tokens.isWord("order") || m_tokens.isWord("limit"))
            refuse("update with order by or limit");
        return statement;
    }

    DeleteStatement remove()
    {
        DeleteStatement statement;
        m_tokens.next();
        m_tokens.expectWord("from");
        statement.table = tableName();
        if (m_tokens.acceptWord("where"))
            statement.where = expression();
        if (m_tokens.isWord("order") || m_tokens.isWord("limit"))
            refuse("delete with order by or limit");
        return statement;
    }

    Expression expression()
    {
        if (m_depth == 0)
            m_operators = 0;
        const Depth depth(m_depth);
        Expression left = conjunction();
        while (m_tokens.acceptWord("or") || m_tokens.acceptSymbol("||"))
            left = combined(Expression::Kind::Or, "or", {std::move(left), conjunction()});
        return left;
    }

    Expression conjunction()
    {
        Expression left = negation();
        while (m_tokens.acceptWord("and") || m_tokens.acceptSymbol("&&"))
            left = combined(Expression::Kind::And, "and", {std::move(left), negation()});
        return left;
    }

    Expression negation()
    {
        const Depth depth(m_depth);
        if (m_tokens.acceptWord("not"))
            return combined(Expression::Kind::Not, "not", {negation()});
        return predicate();
    }

    Expression predicate()
    {
        Expression left = additive();
        if (m_tokens.acceptWord("is")) {
            Expression test = combined(Expression::Kind::IsNull, "is null", {std::move(left)});
            test.isNegated = m_tokens.acceptWord("not");
            m_tokens.expectWord("null");
            return test;
        }
        const bool isNegated = m_tokens.acceptWord("not");
        if (m_tokens.acceptWord("in"))
            return inList(std::move(left), isNegated);
        if (m_tokens.acceptWord("like")) {
            Expression test = combined(Expression::Kind::Like, "like", {std::move(left), additive()});
            test.isNegated = isNegated;
            return test;
        }
        if (m_tokens.acceptWord("between")) {
            Expression low = additive();
            m_tokens.expectWord("and");
            Expression test =
                combined(Expression::Kind::Between, "between", {std::move(left), std::move(low), additive()});
            test.isNegated = isNegated;
            return test;
        }
        if (isNegated)
            m_tokens.fail();
        for (const std::string_view sign : {"<=", ">=", "<>", "!=", "=", "<", ">"}) {
            if (m_tokens.acceptSymbol(sign))
                return combined(Expression::Kind::Compare, std::string(sign == "<>" ? "!=" : sign),
                                {std::move(left), additive()});
        }
        return left;
    }

    Expression inList(Expression left, bool isNegated)
    {
        std::vector<Expression> parts;
        parts.push_back(std::move(left));
        if (m_tokens.peek().kind == TokenKind::ListBind) {
            const std::string name = m_tokens.next().text;
            const auto list = m_binds.lists.find(name);
            if (list == m_binds.lists.end())
                throw SqlError(vtrpc::INVALID_ARGUMENT, "query arguments missing for " + name);
            if (list->second.empty())
                throw SqlError(vtrpc::INVALID_ARGUMENT, name + ": empty tuple is not allowed");
            for (const Value& value : list->second)
                parts.push_back(literal(value));
        } else {
            m_tokens.expectSymbol("(");
            if (m_tokens.isWord("select"))
                refuse("sub-queries");
            do {
                parts.push_back(additive());
            } while (m_tokens.acceptSymbol(","));
            m_tokens.expectSymbol(")");
        }
        Expression test = combined(Expression::Kind::In, "in", std::move(parts));
        test.isNegated = isNegated;
        return test;
    }

    Expression additive()
    {
        Expression left = multiplicative();
        while (m_tokens.isSymbol("+") || m_tokens.isSymbol("-")) {
            const std::string sign = m_tokens.next().text;
            left = combined(Expression::Kind::Arithmetic, sign, {std::move(left), multiplicative()});
        }
        return left;
    }

    Expression multiplicative()
    {
        Expression left = primary();
        while (m_tokens.isSymbol("*") || m_tokens.isSymbol("/")) {
            const std::string sign = m_tokens.next().text;
            left = combined(Expression::Kind::Arithmetic, sign, {std::move(left), primary()});
        }
        return left;
    }

    Expression primary()
    {
        const Depth depth(m_depth);
        const Token token = m_tokens.peek();
        switch (token.kind) {
        case TokenKind::Number:
            m_tokens.next();
            return literal(token.text.find_first_of("eE") == std::string::npos ? Value::number(token.text)
                                                                               : Value::real(token.text));
        case TokenKind::Text:
            m_tokens.next();
            return literal(Value::textOf(token.text));
        case TokenKind::HexText:
            m_tokens.next();
            return literal(Value::bytes(bytesOfHex(token.text)));
        case TokenKind::BitText:
            m_tokens.next();
            return literal(Value::bytes(bytesOfBits(token.text)));
        case TokenKind::Bind: {
            m_tokens.next();
            const auto bound = m_binds.scalars.find(token.text);
            if (bound == m_binds.scalars.end())
                throw SqlError(vtrpc::INVALID_ARGUMENT, "missing bind var " + token.text);
            return literal(bound->second);
        }
        case TokenKind::QuotedName:
        case TokenKind::Word:
            return nameOrFunction();
        default:
            break;
        }
        if (m_tokens.acceptSymbol("-")) {
            Expression number = primary();
            if (number.kind == Expression::Kind::Literal && !number.value.text.empty() &&
                number.value.text.front() != '-') {
                number.value.text.insert(0, 1, '-');
                return number;
            }
            return combined(Expression::Kind::Arithmetic, "-", {literal(Value::number("0")), std::move(number)});
        }
        if (m_tokens.acceptSymbol("(")) {
            if (m_tokens.isWord("select"))
                refuse("sub-queries");
            Expression inner = expression();
            m_tokens.expectSymbol(")");
            return inner;
        }
        if (m_tokens.acceptSymbol("@@")) {
            Expression variable;
            variable.kind = Expression::Kind::Variable;
            variable.name = lowered(m_tokens.expectName());
            while (m_tokens.acceptSymbol("."))
                variable.name += "." + lowered(m_tokens.expectName());
            return variable;
        }
        m_tokens.fail();
    }

    Expression nameOrFunction()
    {
        if (m_tokens.peek().kind == TokenKind::Word) {
            if (isReserved())
                m_tokens.fail();
            if (m_tokens.acceptWord("null"))
                return literal(Value::null());
            if (m_tokens.acceptWord("true"))
                return literal(Value::number("1"));
            if (m_tokens.acceptWord("false"))
                return literal(Value::number("0"));
            if (m_tokens.isSymbol("(", 1))
                return function();
            if (m_tokens.isWord("current_timestamp")) {
                m_tokens.next();
                return combined(Expression::Kind::Function, "now", {});
            }
        }
        Expression column;
        column.kind = Expression::Kind::Column;
        column.name = m_tokens.expectName();
        while (m_tokens.acceptSymbol("."))
            column.name = m_tokens.expectName();
        return column;
    }

    Expression function()
    {
        Expression call;
        call.kind = Expression::Kind::Function;
        call.name = lowered(m_tokens.expectName());
        m_tokens.expectSymbol("(");
        if (m_tokens.acceptSymbol(")"))
            return call;
        if (call.name == "count" && m_tokens.acceptSymbol("*")) {
            call.name = "count(*)";
        } else {
            if (m_tokens.isWord("distinct"))
                refuse("distinct");
            do {
                call.parts.push_back(expression());
            } while (m_tokens.acceptSymbol(","));
            if (call.name == "cast") {
                m_tokens.expectWord("as");
                call.castType = lowered(m_tokens.expectName());
                m_tokens.acceptWord("integer");
            }
        }
        m_tokens.expectSymbol(")");
        return call;
    }

    TokenCursor m_tokens;
    const BindValues& m_binds;
    int m_depth = 0;
    int m_operators = 0;
};

} // namespace

Statement parsedStatement(std::string_view sql, const BindValues& binds)
{
    return Parser(sql, binds).statement();
}

SelectStatement parsedSelect(std::string_view sql)
{
    static const BindValues kNone;
    return Parser(sql, kNone).selectOnly();
}

} // namespace localbranch
