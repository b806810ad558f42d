#include "streamcore/session/selects.h"

#include <algorithm>
#include <cctype>

#include "streamcore/names.h"
#include "streamcore/wire/sql.h"

namespace vtscope {

namespace {

bool isWordStart(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// Reads a condition as VStream takes it, and writes it out with its names quoted: comparisons with a literal, in (…),
// is [not] null, not between … and …, in_keyrange(…), joined by `and`.
class ConditionReader
{
public:
    ConditionReader(const std::string& text, const Table& table) : m_text(text), m_table(table) { next(); }

    Result<std::string> read()
    {
        do {
            if (!m_sql.empty())
                m_sql += " and ";
            if (auto done = readTerm(); !done)
                return tl::unexpected(done.error());
        } while (takeWord("and"));
        if (!m_token.empty())
            return wrong("here `and` or the end is expected");
        return m_sql;
    }

private:
    enum class Kind { End, Name, Quoted, Number, Text, Sign };

    void next()
    {
        while (m_at < m_text.size() && std::isspace(static_cast<unsigned char>(m_text[m_at])))
            ++m_at;
        m_start = m_at;
        if (m_at == m_text.size()) {
            m_kind = Kind::End;
        } else if (isWordStart(m_text[m_at])) {
            m_kind = Kind::Name;
            while (m_at < m_text.size() && (isWordStart(m_text[m_at]) || isDigit(m_text[m_at])))
                ++m_at;
        } else if (m_text[m_at] == '`' || m_text[m_at] == '\'') {
            const char quote = m_text[m_at++];
            m_kind = quote == '`' ? Kind::Quoted : Kind::Text;
            while (m_at < m_text.size() && m_text[m_at] != quote)
                m_at += std::size_t{1} + (m_text[m_at] == '\\' && quote == '\'');
            m_isOpen = m_at >= m_text.size();
            m_at = std::min(m_at + 1, m_text.size());
        } else if (isDigit(m_text[m_at]) ||
                   (m_text[m_at] == '-' && m_at + 1 < m_text.size() && isDigit(m_text[m_at + 1]))) {
            m_kind = Kind::Number;
            ++m_at;
            while (m_at < m_text.size() && (isDigit(m_text[m_at]) || m_text[m_at] == '.'))
                ++m_at;
        } else {
            m_kind = Kind::Sign;
            const std::string_view two = std::string_view(m_text).substr(m_at, 2);
            const bool isTwo = two == "<=" || two == ">=" || two == "!=" || two == "<>";
            m_at += std::size_t{1} + isTwo;
        }
        m_token = m_text.substr(m_start, m_at - m_start);
    }

    tl::unexpected<Error> wrong(const std::string& why) const
    {
        return failure(ErrorKind::Usage,
                       "The condition for the server cannot be read: at character " + std::to_string(m_start + 1) +
                           " " + why +
                           ". It knows comparisons of a column with a value, in (…), is [not] null, "
                           "not between … and …, in_keyrange('-80'), joined by `and`.",
                       m_text);
    }

    bool isWord(std::string_view word) const
    {
        return m_kind == Kind::Name && m_token.size() == word.size() &&
               std::equal(word.begin(), word.end(), m_token.begin(),
                          [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
    }

    bool takeWord(std::string_view word)
    {
        const bool is = isWord(word);
        if (is)
            next();
        return is;
    }

    bool takeSign(std::string_view sign)
    {
        const bool is = m_kind == Kind::Sign && m_token == sign;
        if (is) {
            m_sql += sign;
            next();
        }
        return is;
    }

    Result<void> readLiteral()
    {
        if (m_isOpen)
            return wrong("a quote is not closed");
        if (m_kind != Kind::Number && m_kind != Kind::Text)
            return wrong("a number or a 'text' is expected");
        m_sql += m_token;
        next();
        return {};
    }

    Result<void> readColumn()
    {
        if (m_isOpen)
            return wrong("a quote is not closed");
        if (m_kind != Kind::Name && m_kind != Kind::Quoted)
            return wrong("a column is expected");
        const std::string name = m_kind == Kind::Quoted ? m_token.substr(1, m_token.size() - 2) : m_token;
        if (auto known = checkColumn(name, m_table); !known)
            return known;
        m_sql += quotedName(name);
        next();
        return {};
    }

    Result<void> readKeyRange()
    {
        next();
        m_sql += "in_keyrange";
        if (!takeSign("("))
            return wrong("( is expected");
        if (m_kind != Kind::Text) {
            if (auto column = readColumn(); !column)
                return column;
            if (!takeSign(","))
                return wrong(", is expected");
            if (auto vindex = readLiteral(); !vindex)
                return vindex;
            if (!takeSign(","))
                return wrong(", is expected");
        }
        if (auto range = readLiteral(); !range)
            return range;
        return takeSign(")") ? Result<void>() : wrong(") is expected");
    }

    Result<void> readTerm()
    {
        if (isWord("in_keyrange"))
            return readKeyRange();
        if (auto column = readColumn(); !column)
            return column;
        if (takeWord("is")) {
            m_sql += takeWord("not") ? " is not null" : " is null";
            return takeWord("null") ? Result<void>() : wrong("`null` is expected");
        }
        if (takeWord("not")) {
            if (!takeWord("between"))
                return wrong("`between` is expected");
            m_sql += " not between ";
            if (auto first = readLiteral(); !first)
                return first;
            if (!takeWord("and"))
                return wrong("`and` is expected");
            m_sql += " and ";
            return readLiteral();
        }
        if (takeWord("in")) {
            m_sql += " in ";
            if (!takeSign("("))
                return wrong("( is expected");
            do {
                if (auto literal = readLiteral(); !literal)
                    return literal;
            } while (takeSign(","));
            return takeSign(")") ? Result<void>() : wrong(") is expected");
        }
        for (const std::string_view sign : {"=", "!=", "<>", "<", "<=", ">", ">="}) {
            if (m_kind == Kind::Sign && m_token == sign) {
                m_sql += ' ';
                m_sql += sign == "<>" ? "!=" : sign;
                m_sql += ' ';
                next();
                return readLiteral();
            }
        }
        return wrong("a comparison is expected");
    }

public:
    static Result<void> checkColumn(const std::string& name, const Table& table)
    {
        std::vector<std::string> names;
        for (const TableColumn& column : table.columns)
            names.push_back(column.name);
        if (names.empty() || isAmong(names, name))
            return {};
        return tl::unexpected(unknownName("column", name, table.name, names));
    }

private:
    const std::string& m_text;
    const Table& m_table;
    std::size_t m_at = 0;
    std::size_t m_start = 0;
    Kind m_kind = Kind::End;
    bool m_isOpen = false;
    std::string m_token;
    std::string m_sql;
};

} // namespace

Result<std::string> selectOf(const ServerRule& rule, const Table& table)
{
    std::string columns;
    for (const std::string& name : rule.columns) {
        if (auto known = ConditionReader::checkColumn(name, table); !known)
            return tl::unexpected(known.error());
        columns += (columns.empty() ? "" : ", ") + quotedName(name);
    }
    std::string sql = "select " + (columns.empty() ? "*" : columns) + " from " + quotedName(table.name);
    if (rule.where.empty())
        return sql;
    auto condition = ConditionReader(rule.where, table).read();
    if (!condition)
        return condition;
    return sql + " where " + *condition;
}

Result<void> checkSource(const ServerRule& rule, Source source)
{
    if (source == Source::VStream && !rule.hasAllOps())
        return failure(ErrorKind::Usage, "VStream sends every operation. Only Sync can be asked to leave some out.");
    if (source == Source::Sync && (!rule.columns.empty() || !rule.where.empty()))
        return failure(ErrorKind::Usage,
                       "Sync sends whole rows, and all of them. Only VStream can be asked for columns or a condition.");
    return {};
}

} // namespace vtscope
