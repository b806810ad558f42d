#include "app/localbranch/sqllexer.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

bool isWordStart(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isWordPart(char c)
{
    return isWordStart(c) || isDigit(c);
}

[[noreturn]] void failAt(size_t end, std::string_view near)
{
    std::string message = "syntax error at position " + std::to_string(end + 1);
    if (!near.empty())
        message += " near '" + std::string(near) + "'";
    throw SqlError(vtrpc::INVALID_ARGUMENT, message);
}

class Lexer
{
public:
    explicit Lexer(std::string_view sql) : m_sql(sql) {}

    Token next()
    {
        skipBlanks();
        Token token;
        token.begin = m_at;
        if (m_at < m_sql.size())
            read(token);
        token.end = m_at;
        return token;
    }

private:
    char at(size_t ahead = 0) const { return m_at + ahead < m_sql.size() ? m_sql[m_at + ahead] : '\0'; }

    void skipBlanks()
    {
        while (m_at < m_sql.size()) {
            if (std::isspace(static_cast<unsigned char>(at())) != 0) {
                ++m_at;
            } else if (at() == '#' || (at() == '-' && at(1) == '-' &&
                                       (at(2) == ' ' || at(2) == '\t' || at(2) == '\n' || at(2) == '\0'))) {
                m_at = std::min(m_sql.find('\n', m_at), m_sql.size());
            } else if (at() == '/' && at(1) == '*') {
                const size_t end = m_sql.find("*/", m_at + 2);
                if (end == std::string_view::npos)
                    failAt(m_sql.size(), {});
                m_at = end + 2;
            } else {
                return;
            }
        }
    }

    void read(Token& token)
    {
        const char c = at();
        if (c == '\'' || c == '"') {
            token.kind = TokenKind::Text;
            token.text = quoted(c);
        } else if (c == '`') {
            token.kind = TokenKind::QuotedName;
            token.text = backQuoted();
        } else if ((c == 'x' || c == 'X' || c == 'b' || c == 'B') && at(1) == '\'') {
            ++m_at;
            token.kind = (c | 0x20) == 'x' ? TokenKind::HexText : TokenKind::BitText;
            token.text = quoted('\'');
        } else if (c == '0' && (at(1) == 'x' || at(1) == 'b') &&
                   std::isxdigit(static_cast<unsigned char>(at(2))) != 0) {
            token.kind = at(1) == 'x' ? TokenKind::HexText : TokenKind::BitText;
            m_at += 2;
            while (std::isxdigit(static_cast<unsigned char>(at())) != 0)
                token.text += m_sql[m_at++];
        } else if (isDigit(c) || (c == '.' && isDigit(at(1)))) {
            token.kind = TokenKind::Number;
            token.text = number();
        } else if (isWordStart(c)) {
            token.kind = TokenKind::Word;
            while (isWordPart(at()))
                token.text += m_sql[m_at++];
        } else if (c == ':' && (isWordStart(at(1)) || (at(1) == ':' && isWordStart(at(2))))) {
            token.kind = at(1) == ':' ? TokenKind::ListBind : TokenKind::Bind;
            m_at += token.kind == TokenKind::ListBind ? 2 : 1;
            while (isWordPart(at()))
                token.text += m_sql[m_at++];
        } else {
            token.kind = TokenKind::Symbol;
            token.text = symbol();
        }
    }

    std::string quoted(char quote)
    {
        std::string text;
        ++m_at;
        while (m_at < m_sql.size()) {
            const char c = m_sql[m_at++];
            if (c == quote) {
                if (at() != quote)
                    return text;
                ++m_at;
                text += quote;
            } else if (c == '\\' && m_at < m_sql.size()) {
                text += unescaped(m_sql[m_at++]);
            } else {
                text += c;
            }
        }
        failAt(m_sql.size(), text);
    }

    static std::string unescaped(char c)
    {
        switch (c) {
        case '0':
            return std::string(1, '\0');
        case 'b':
            return "\b";
        case 'n':
            return "\n";
        case 'r':
            return "\r";
        case 't':
            return "\t";
        case 'Z':
            return "\x1A";
        case '%':
            return "\\%";
        case '_':
            return "\\_";
        default:
            return std::string(1, c);
        }
    }

    std::string backQuoted()
    {
        std::string text;
        ++m_at;
        while (m_at < m_sql.size()) {
            const char c = m_sql[m_at++];
            if (c != '`') {
                text += c;
            } else if (at() == '`') {
                ++m_at;
                text += c;
            } else {
                return text;
            }
        }
        failAt(m_sql.size(), text);
    }

    std::string number()
    {
        const size_t start = m_at;
        while (isDigit(at()))
            ++m_at;
        if (at() == '.') {
            ++m_at;
            while (isDigit(at()))
                ++m_at;
        }
        const size_t sign = (at(1) == '+' || at(1) == '-') ? 1 : 0;
        if ((at() == 'e' || at() == 'E') && isDigit(at(1 + sign))) {
            m_at += 1 + sign;
            while (isDigit(at()))
                ++m_at;
        }
        return std::string(m_sql.substr(start, m_at - start));
    }

    std::string symbol()
    {
        static constexpr std::array<std::string_view, 8> kPairs = {"<=", ">=", "<>", "!=", "||", "&&", "@@", ":="};
        for (const std::string_view pair : kPairs) {
            if (m_sql.substr(m_at, 2) == pair) {
                m_at += 2;
                return std::string(pair);
            }
        }
        return std::string(1, m_sql[m_at++]);
    }

    std::string_view m_sql;
    size_t m_at = 0;
};

} // namespace

std::vector<Token> tokensOf(std::string_view sql)
{
    std::vector<Token> tokens;
    Lexer lexer(sql);
    do {
        tokens.push_back(lexer.next());
    } while (tokens.back().kind != TokenKind::End);
    return tokens;
}

const Token& TokenCursor::peek(size_t ahead) const
{
    return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)];
}

Token TokenCursor::next()
{
    Token token = peek();
    if (m_at + 1 < m_tokens.size())
        ++m_at;
    return token;
}

bool TokenCursor::isWord(std::string_view word, size_t ahead) const
{
    return peek(ahead).kind == TokenKind::Word && equalsIgnoringCase(peek(ahead).text, word);
}

bool TokenCursor::isSymbol(std::string_view symbol, size_t ahead) const
{
    return peek(ahead).kind == TokenKind::Symbol && peek(ahead).text == symbol;
}

bool TokenCursor::acceptWord(std::string_view word)
{
    if (!isWord(word))
        return false;
    next();
    return true;
}

bool TokenCursor::acceptWords(std::initializer_list<std::string_view> words)
{
    size_t ahead = 0;
    for (const std::string_view word : words) {
        if (!isWord(word, ahead++))
            return false;
    }
    m_at += words.size();
    return true;
}

bool TokenCursor::acceptSymbol(std::string_view symbol)
{
    if (!isSymbol(symbol))
        return false;
    next();
    return true;
}

void TokenCursor::expectWord(std::string_view word)
{
    if (!acceptWord(word))
        fail();
}

void TokenCursor::expectSymbol(std::string_view symbol)
{
    if (!acceptSymbol(symbol))
        fail();
}

std::string TokenCursor::expectName()
{
    if (peek().kind != TokenKind::Word && peek().kind != TokenKind::QuotedName)
        fail();
    return next().text;
}

void TokenCursor::expectEnd()
{
    acceptSymbol(";");
    if (!atEnd())
        fail();
}

std::string TokenCursor::textBetween(size_t firstPosition, size_t endPosition) const
{
    if (firstPosition >= endPosition)
        return {};
    const size_t begin = m_tokens[firstPosition].begin;
    return std::string(m_sql.substr(begin, m_tokens[endPosition - 1].end - begin));
}

void TokenCursor::fail() const
{
    const Token& token = peek();
    failAt(token.end, m_sql.substr(token.begin, token.end - token.begin));
}

bool equalsIgnoringCase(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
           });
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c | 0x20);
    }
    return result;
}

std::string quotedText(std::string_view text)
{
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'')
            result += "''";
        else if (c == '\\')
            result += "\\\\";
        else if (c == '\n')
            result += "\\n";
        else
            result += c;
    }
    return result + "'";
}

std::string quotedName(std::string_view name)
{
    std::string result = "`";
    for (const char c : name)
        result += c == '`' ? "``" : std::string(1, c);
    return result + "`";
}

std::vector<std::string> statementsOf(std::string_view script)
{
    std::vector<std::string> statements;
    Lexer lexer(script);
    size_t begin = 0;
    bool hasText = false;
    for (;;) {
        const Token token = lexer.next();
        const bool isEnd = token.kind == TokenKind::End;
        if (isEnd || (token.kind == TokenKind::Symbol && token.text == ";")) {
            if (hasText)
                statements.emplace_back(script.substr(begin, token.begin - begin));
            hasText = false;
            begin = token.end;
            if (isEnd)
                return statements;
        } else {
            if (!hasText)
                begin = token.begin;
            hasText = true;
        }
    }
}

} // namespace localbranch
