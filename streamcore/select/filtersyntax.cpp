#include "streamcore/select/filtersyntax.h"

#include <algorithm>

#include "streamcore/select/needle.h"

namespace vtscope {

namespace {

constexpr std::array<std::string_view, 10> kWords = {"and", "or",       "not",     "is",   "null",
                                                     "in",  "contains", "changed", "sent", "like"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isNameStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool isNameByte(char c)
{
    return isNameStart(c) || isDigit(c) || c == '$';
}

// What a number, a date or a shard may be written with.
bool isBareByte(char c)
{
    return isNameByte(c) || c == '.' || c == '-' || c == '+' || c == ':';
}

} // namespace

bool isSame(std::string_view text, std::string_view word)
{
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return lowered(a) == b; });
}

bool isReserved(std::string_view text)
{
    return std::any_of(kWords.begin(), kWords.end(), [text](std::string_view word) { return isSame(text, word); });
}

void appendQuoted(std::string_view text, char quote, std::string& out)
{
    out += quote;
    for (const char c : text) {
        if (c == quote)
            out += quote;
        out += c;
    }
    out += quote;
}

void appendName(std::string_view name, std::string& out)
{
    const bool isFact = std::any_of(kFilterFacts.begin(), kFilterFacts.end(),
                                    [name](const FilterFact& fact) { return isSame(name, fact.name); });
    const bool isPlain = !name.empty() && isNameStart(name.front()) &&
                         std::all_of(name.begin(), name.end(), isNameByte) && !isReserved(name) && !isFact &&
                         !isSame(name, "before") && !isSame(name, "after");
    if (isPlain)
        out += name;
    else
        appendQuoted(name, '`', out);
}

FilterToken FilterLexer::next()
{
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\t' || m_text[m_at] == '\n'))
        ++m_at;
    FilterToken token;
    token.at = m_at;
    if (m_at == m_text.size())
        return token;
    const char c = m_text[m_at];
    if (c == '\'' || c == '"' || c == '`')
        readQuoted(token, c);
    else if (isNameStart(c))
        readWhile(token, FilterToken::Kind::Name, isNameByte);
    else if (isDigit(c) || c == '-' || c == '+')
        readWhile(token, FilterToken::Kind::Bare, isBareByte);
    else if (c == '$')
        readPath(token);
    else if (c == '(' || c == ')' || c == ',' || c == '.' || c == ':')
        readOne(token);
    else
        readSign(token);
    token.length = m_at - token.at;
    return token;
}

void FilterLexer::readWhile(FilterToken& token, FilterToken::Kind kind, bool (*isPart)(char))
{
    while (m_at < m_text.size() && isPart(m_text[m_at]))
        ++m_at;
    token.kind = kind;
    token.text = m_text.substr(token.at, m_at - token.at);
}

void FilterLexer::readQuoted(FilterToken& token, char quote)
{
    ++m_at;
    while (m_at < m_text.size()) {
        if (m_text[m_at] == quote) {
            ++m_at;
            if (m_at == m_text.size() || m_text[m_at] != quote) {
                token.kind = quote == '`' ? FilterToken::Kind::QuotedName : FilterToken::Kind::String;
                return;
            }
        }
        token.text += m_text[m_at++];
    }
    token.kind = FilterToken::Kind::Wrong;
    token.isUnfinished = true;
}

// Up to a blank or a sign that no path holds, outside quotes.
void FilterLexer::readPath(FilterToken& token)
{
    bool isQuoted = false;
    for (; m_at < m_text.size(); ++m_at) {
        const char c = m_text[m_at];
        if (c == '"')
            isQuoted = !isQuoted;
        else if (isQuoted && c == '\\')
            ++m_at;
        else if (!isQuoted && !isNameByte(c) && c != '.' && c != '[' && c != ']')
            break;
    }
    m_at = std::min(m_at, m_text.size());
    token.kind = FilterToken::Kind::Path;
    token.text = m_text.substr(token.at, m_at - token.at);
}

void FilterLexer::readOne(FilterToken& token)
{
    token.kind = FilterToken::Kind::Punctuation;
    token.text = m_text[m_at++];
}

void FilterLexer::readSign(FilterToken& token)
{
    for (const FilterSign& sign : kFilterSigns) {
        if (m_text.substr(m_at, sign.text.size()) != sign.text)
            continue;
        m_at += sign.text.size();
        token.kind = FilterToken::Kind::Sign;
        token.sign = sign.kind;
        token.text = sign.text;
        return;
    }
    token.kind = FilterToken::Kind::Wrong;
    token.text = m_text[m_at++];
    token.isUnfinished = token.text == "!" && m_at == m_text.size();
}

} // namespace vtscope
