// SQL text cut into tokens, and a cursor over them that speaks of errors as vtgate does. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localbranch {

enum class TokenKind { Word, QuotedName, Text, HexText, BitText, Number, Symbol, Bind, ListBind, End };

struct Token
{
    TokenKind kind = TokenKind::End;
    std::string text; ///< decoded: without quotes, escapes or colons
    size_t begin = 0; ///< offsets into the statement
    size_t end = 0;
};

std::vector<Token> tokensOf(std::string_view sql);

class TokenCursor
{
public:
    explicit TokenCursor(std::string_view sql) : m_sql(sql), m_tokens(tokensOf(sql)) {}

    const Token& peek(size_t ahead = 0) const;
    Token next();
    bool atEnd() const { return peek().kind == TokenKind::End; }
    size_t position() const { return m_at; }
    void rewind(size_t position) { m_at = position; }

    bool isWord(std::string_view word, size_t ahead = 0) const;
    bool isSymbol(std::string_view symbol, size_t ahead = 0) const;
    bool acceptWord(std::string_view word);
    bool acceptWords(std::initializer_list<std::string_view> words);
    bool acceptSymbol(std::string_view symbol);
    void expectWord(std::string_view word);
    void expectSymbol(std::string_view symbol);
    std::string expectName();
    void expectEnd();

    /// The statement's text between two tokens, as written.
    std::string textBetween(size_t firstPosition, size_t endPosition) const;
    std::string_view sql() const { return m_sql; }
    [[noreturn]] void fail() const;

private:
    std::string_view m_sql;
    std::vector<Token> m_tokens;
    size_t m_at = 0;
};

/// Upper and lower case of ASCII letters only, as SQL words need.
bool equalsIgnoringCase(std::string_view left, std::string_view right);
std::string lowered(std::string_view text);

/// A text as an SQL literal, and a name in back quotes.
std::string quotedText(std::string_view text);
std::string quotedName(std::string_view name);

/// Statements of a file, cut at semicolons outside of quotes and comments.
std::vector<std::string> statementsOf(std::string_view script);

} // namespace localbranch
