#include "streamcore/select/filter.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "streamcore/names.h"
#include "streamcore/select/needle.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;
using NodePtr = std::shared_ptr<const FilterNode>;

struct Fact
{
    const char* name;
    FilterOperand::Kind kind;
};
constexpr std::array kFacts = {
    Fact{"op", FilterOperand::Kind::Op},           Fact{"table", FilterOperand::Kind::Table},
    Fact{"shard", FilterOperand::Kind::Shard},     Fact{"keyspace", FilterOperand::Kind::Keyspace},
    Fact{"time", FilterOperand::Kind::Time},       Fact{"position", FilterOperand::Kind::Position},
    Fact{"txn", FilterOperand::Kind::Transaction}, Fact{"pk", FilterOperand::Kind::Key},
};

struct Sign
{
    std::string_view text;
    Kind kind;
};
// The longer ones first.
constexpr std::array kSigns = {
    Sign{"!=", Kind::NotEqual}, Sign{"<>", Kind::NotEqual}, Sign{"<=", Kind::LessEqual}, Sign{">=", Kind::GreaterEqual},
    Sign{"=", Kind::Equal},     Sign{"<", Kind::Less},      Sign{">", Kind::Greater},    Sign{"~", Kind::Matches},
};

constexpr std::array<std::string_view, 10> kWords = {"and", "or",       "not",     "is",   "null",
                                                     "in",  "contains", "changed", "sent", "like"};

bool isSame(std::string_view text, std::string_view word)
{
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return lowered(a) == b; });
}

bool isReserved(std::string_view text)
{
    return std::any_of(kWords.begin(), kWords.end(), [text](std::string_view word) { return isSame(text, word); });
}

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

struct Token
{
    enum class Kind : std::uint8_t { End, Name, QuotedName, String, Bare, Sign, Punctuation, Path, Wrong };

    Kind kind = Kind::End;
    std::size_t at = 0;
    std::size_t length = 0;
    std::string text;          // quotes taken off
    bool isUnfinished = false; // of Wrong: a quote that does not end yet
    FilterNode::Kind sign = FilterNode::Kind::And;
};

class Lexer
{
public:
    explicit Lexer(std::string_view text) : m_text(text) {}

    Token next()
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\t' || m_text[m_at] == '\n'))
            ++m_at;
        Token token;
        token.at = m_at;
        if (m_at == m_text.size())
            return token;
        const char c = m_text[m_at];
        if (c == '\'' || c == '"' || c == '`')
            readQuoted(token, c);
        else if (isNameStart(c))
            readWhile(token, Token::Kind::Name, isNameByte);
        else if (isDigit(c) || c == '-' || c == '+')
            readWhile(token, Token::Kind::Bare, isBareByte);
        else if (c == '$')
            readPath(token);
        else if (c == '(' || c == ')' || c == ',' || c == '.' || c == ':')
            readOne(token);
        else
            readSign(token);
        token.length = m_at - token.at;
        return token;
    }

private:
    void readWhile(Token& token, Token::Kind kind, bool (*isPart)(char))
    {
        while (m_at < m_text.size() && isPart(m_text[m_at]))
            ++m_at;
        token.kind = kind;
        token.text = m_text.substr(token.at, m_at - token.at);
    }

    void readQuoted(Token& token, char quote)
    {
        ++m_at;
        while (m_at < m_text.size()) {
            if (m_text[m_at] == quote) {
                ++m_at;
                if (m_at == m_text.size() || m_text[m_at] != quote) {
                    token.kind = quote == '`' ? Token::Kind::QuotedName : Token::Kind::String;
                    return;
                }
            }
            token.text += m_text[m_at++];
        }
        token.kind = Token::Kind::Wrong;
        token.isUnfinished = true;
    }

    // Up to a blank or a sign that no path holds, outside quotes.
    void readPath(Token& token)
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
        token.kind = Token::Kind::Path;
        token.text = m_text.substr(token.at, m_at - token.at);
    }

    void readOne(Token& token)
    {
        token.kind = Token::Kind::Punctuation;
        token.text = m_text[m_at++];
    }

    void readSign(Token& token)
    {
        for (const Sign& sign : kSigns) {
            if (m_text.substr(m_at, sign.text.size()) != sign.text)
                continue;
            m_at += sign.text.size();
            token.kind = Token::Kind::Sign;
            token.sign = sign.kind;
            token.text = sign.text;
            return;
        }
        token.kind = Token::Kind::Wrong;
        token.text = m_text[m_at++];
        token.isUnfinished = token.text == "!" && m_at == m_text.size();
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

NodePtr nodeOf(Kind kind, std::vector<NodePtr> parts)
{
    auto node = std::make_shared<FilterNode>();
    node->kind = kind;
    node->parts = std::move(parts);
    return node;
}

// By descent; the first problem ends it.
class Parser
{
public:
    explicit Parser(std::string_view text) : m_size(text.size()), m_lexer(text) { m_token = m_lexer.next(); }

    tl::expected<NodePtr, FilterProblem> parse()
    {
        if (m_token.kind == Token::Kind::End)
            return NodePtr();
        NodePtr root = parseOr(0);
        if (root && m_token.kind != Token::Kind::End)
            root = refuse("Here and, or, or the end is expected.", {"and", "or"});
        if (!root)
            return tl::unexpected(m_problem);
        return root;
    }

private:
    // Deeper nesting than any person writes would only use up the stack.
    static constexpr int kDeepest = 200;

    void advance() { m_token = m_lexer.next(); }
    bool isWord(std::string_view word) const { return m_token.kind == Token::Kind::Name && isSame(m_token.text, word); }
    bool isPunctuation(char c) const { return m_token.kind == Token::Kind::Punctuation && m_token.text.front() == c; }
    bool takeWord(std::string_view word)
    {
        const bool isIt = isWord(word);
        if (isIt)
            advance();
        return isIt;
    }
    bool takePunctuation(char c)
    {
        const bool isIt = isPunctuation(c);
        if (isIt)
            advance();
        return isIt;
    }

    // At the end of the text, and in a word that may become one of these, more is expected: that is no mistake yet.
    NodePtr refuse(std::string sentence, const std::vector<std::string_view>& words = {})
    {
        const bool isLast = m_token.at + m_token.length == m_size;
        const bool isBegun =
            isLast && m_token.kind == Token::Kind::Name &&
            std::any_of(words.begin(), words.end(), [this](std::string_view word) {
                return m_token.text.size() < word.size() && isSame(m_token.text, word.substr(0, m_token.text.size()));
            });
        return problemAt(m_token, std::move(sentence),
                         m_token.kind == Token::Kind::End || m_token.isUnfinished || isBegun);
    }

    NodePtr problemAt(const Token& token, std::string sentence, bool isUnfinished = false)
    {
        m_problem = {isUnfinished, token.at, token.length, std::move(sentence)};
        return nullptr;
    }

    NodePtr parseOr(int depth) { return parseJoined(Kind::Or, "or", depth); }

    NodePtr parseJoined(Kind kind, std::string_view word, int depth)
    {
        std::vector<NodePtr> parts;
        do {
            NodePtr part = kind == Kind::Or ? parseJoined(Kind::And, "and", depth) : parseNot(depth);
            if (!part)
                return nullptr;
            // "a and (b and c)" is "a and b and c".
            if (part->kind == kind)
                parts.insert(parts.end(), part->parts.begin(), part->parts.end());
            else
                parts.push_back(std::move(part));
        } while (takeWord(word));
        return parts.size() == 1 ? parts.front() : nodeOf(kind, std::move(parts));
    }

    NodePtr parseNot(int depth)
    {
        if (depth > kDeepest)
            return problemAt(m_token, "This is nested too deeply.");
        if (takeWord("not")) {
            NodePtr part = parseNot(depth + 1);
            return part ? nodeOf(Kind::Not, {std::move(part)}) : nullptr;
        }
        if (takePunctuation('(')) {
            NodePtr inside = parseOr(depth + 1);
            if (inside && !takePunctuation(')'))
                return refuse("Here ) is expected.", {"and", "or"});
            return inside;
        }
        return parseTerm();
    }

    NodePtr parseTerm()
    {
        FilterNode node;
        for (const auto& [word, kind] : {std::pair{"changed", Kind::Changed}, {"sent", Kind::Sent}}) {
            if (!isWord(word))
                continue;
            advance();
            node.kind = kind;
            if (!takePunctuation('('))
                return refuse("Here ( is expected, and in it a column.");
            const Token name = m_token;
            if (!parseOperand(node.operand))
                return nullptr;
            if (node.operand.kind != FilterOperand::Kind::Column || node.operand.hasPath ||
                node.operand.image != FilterOperand::Image::Either)
                return problemAt(name, "This takes the bare name of a column.");
            if (!takePunctuation(')'))
                return refuse("Here ) is expected.");
            return std::make_shared<FilterNode>(std::move(node));
        }
        if (!parseOperand(node.operand))
            return nullptr;
        if (takeWord("is")) {
            node.kind = takeWord("not") ? Kind::IsNotNull : Kind::IsNull;
            return takeWord("null") ? std::make_shared<FilterNode>(std::move(node))
                                    : refuse("Here null is expected, or not null.", {"null", "not"});
        }
        const bool isTurned = takeWord("not");
        if (m_token.kind == Token::Kind::Sign && !isTurned) {
            node.kind = m_token.sign;
            advance();
        } else if (takeWord("in")) {
            node.kind = Kind::In;
        } else if (takeWord("like")) {
            node.kind = Kind::Like;
        } else if (takeWord("contains")) {
            node.kind = Kind::Contains;
        } else {
            return refuse(isTurned ? "Here in, like or contains is expected."
                                   : "Here =, !=, <, <=, >, >=, ~, in, like, contains or is null is expected.",
                          {"in", "like", "contains", "is", "not"});
        }
        if (node.kind == Kind::In ? !parseList(node) : !parseLiteral(node))
            return nullptr;
        NodePtr term = std::make_shared<FilterNode>(std::move(node));
        return isTurned ? nodeOf(Kind::Not, {std::move(term)}) : term;
    }

    bool parseOperand(FilterOperand& operand)
    {
        if (m_token.kind == Token::Kind::Name && !isReserved(m_token.text)) {
            for (const Fact& fact : kFacts) {
                if (isWord(fact.name)) {
                    operand.kind = fact.kind;
                    advance();
                    return true;
                }
            }
            const bool isBefore = isWord("before");
            if (isBefore || isWord("after")) {
                operand.image = isBefore ? FilterOperand::Image::Before : FilterOperand::Image::After;
                advance();
                if (!takePunctuation('.')) {
                    refuse(isBefore ? "Here . and a column are expected, as in before.status."
                                    : "Here . and a column are expected, as in after.status.");
                    return false;
                }
            }
        }
        if (m_token.kind != Token::Kind::QuotedName &&
            (m_token.kind != Token::Kind::Name || isReserved(m_token.text))) {
            refuse("Here a column is expected, or one of op, table, shard, keyspace, time, position, txn and pk.",
                   {"not", "changed", "sent"});
            return false;
        }
        operand.name = m_token.text;
        advance();
        if (!takePunctuation(':'))
            return true;
        const auto path = m_token.kind == Token::Kind::Path ? parseJsonPath(m_token.text) : std::nullopt;
        if (!path) {
            const bool isAtEnd = m_token.at + m_token.length == m_size;
            problemAt(m_token, "Here a place in the JSON document is expected, such as $.user.id or $.items[0].",
                      isAtEnd);
            return false;
        }
        operand.hasPath = true;
        operand.path = *path;
        advance();
        return true;
    }

    bool parseList(FilterNode& node)
    {
        if (!takePunctuation('(')) {
            refuse("Here ( is expected, and in it values with commas between them.");
            return false;
        }
        do {
            if (!parseLiteral(node))
                return false;
        } while (takePunctuation(','));
        if (takePunctuation(')'))
            return true;
        refuse("Here a comma or ) is expected.");
        return false;
    }

    bool parseLiteral(FilterNode& node)
    {
        const bool isBareName = m_token.kind == Token::Kind::Name && !isReserved(m_token.text);
        const bool isBare = m_token.kind == Token::Kind::Bare;
        if (!isBare && !isBareName && m_token.kind != Token::Kind::String) {
            refuse(isWord("null") ? "Nothing equals NULL: write is null or is not null."
                                  : "Here a value is expected: a number, or a text in quotes.");
            return false;
        }
        if (isWord("before") || isWord("after")) {
            problemAt(m_token, "A column cannot be compared with another. A text with this name goes in quotes.");
            return false;
        }
        FilterLiteral literal{m_token.text, isBare && isNumber(m_token.text)};
        if (!isFitting(node, literal))
            return false;
        node.literals.push_back(std::move(literal));
        advance();
        return true;
    }

    bool isFitting(const FilterNode& node, const FilterLiteral& literal)
    {
        std::string sentence;
        if (node.kind == Kind::Matches) {
            const re2::RE2 expression(literal.text, re2::RE2::Quiet);
            if (!expression.ok())
                sentence = "This is no regular expression: " + expression.error() + ".";
        } else if (node.operand.kind == FilterOperand::Kind::Op) {
            constexpr std::array<std::string_view, 5> kOps = {"insert", "update", "delete", "row", "event"};
            if (std::find(kOps.begin(), kOps.end(), literal.text) == kOps.end())
                sentence = "op is one of insert, update, delete, row and event.";
        } else if (node.operand.kind == FilterOperand::Kind::Time) {
            if (!compareTimes(literal.text, "2026-03-04"))
                sentence = "A time is written as '2026-03-04 12:03:04.5', in UTC.";
        } else if (node.operand.kind == FilterOperand::Kind::Transaction) {
            if (!isNumber(literal.text))
                sentence = "txn is a number.";
        }
        if (sentence.empty())
            return true;
        problemAt(m_token, std::move(sentence),
                  m_token.at + m_token.length == m_size && m_token.kind != Token::Kind::String);
        return false;
    }

    std::size_t m_size;
    Lexer m_lexer;
    Token m_token;
    FilterProblem m_problem;
};

void appendQuoted(const std::string& text, char quote, std::string& out)
{
    out += quote;
    for (const char c : text) {
        if (c == quote)
            out += quote;
        out += c;
    }
    out += quote;
}

void appendName(const std::string& name, std::string& out)
{
    const bool isFact =
        std::any_of(kFacts.begin(), kFacts.end(), [&name](const Fact& fact) { return isSame(name, fact.name); });
    const bool isPlain = !name.empty() && isNameStart(name.front()) &&
                         std::all_of(name.begin(), name.end(), isNameByte) && !isReserved(name) && !isFact &&
                         !isSame(name, "before") && !isSame(name, "after");
    if (isPlain)
        out += name;
    else
        appendQuoted(name, '`', out);
}

void appendOperand(const FilterOperand& operand, std::string& out)
{
    for (const Fact& fact : kFacts) {
        if (operand.kind == fact.kind) {
            out += fact.name;
            return;
        }
    }
    if (operand.image != FilterOperand::Image::Either)
        out += operand.image == FilterOperand::Image::Before ? "before." : "after.";
    appendName(operand.name, out);
    if (operand.hasPath)
        out += ':' + textOf(operand.path);
}

void appendLiteral(const FilterNode& node, const FilterLiteral& literal, std::string& out)
{
    if (literal.isNumber || node.operand.kind == FilterOperand::Kind::Op)
        out += literal.text;
    else
        appendQuoted(literal.text, '\'', out);
}

void appendNode(const FilterNode& node, std::string& out);

void appendPart(const FilterNode& part, bool isBracketed, std::string& out)
{
    out += isBracketed ? "(" : "";
    appendNode(part, out);
    out += isBracketed ? ")" : "";
}

void appendNode(const FilterNode& node, std::string& out)
{
    switch (node.kind) {
    case Kind::And:
    case Kind::Or:
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            if (i > 0)
                out += node.kind == Kind::And ? " and " : " or ";
            appendPart(*node.parts[i], node.kind == Kind::And && node.parts[i]->kind == Kind::Or, out);
        }
        return;
    case Kind::Not: {
        const Kind inside = node.parts.front()->kind;
        out += "not ";
        appendPart(*node.parts.front(), inside == Kind::And || inside == Kind::Or, out);
        return;
    }
    case Kind::Changed:
    case Kind::Sent:
        out += node.kind == Kind::Changed ? "changed(" : "sent(";
        appendOperand(node.operand, out);
        out += ')';
        return;
    default:
        break;
    }
    appendOperand(node.operand, out);
    switch (node.kind) {
    case Kind::IsNull:
        out += " is null";
        return;
    case Kind::IsNotNull:
        out += " is not null";
        return;
    case Kind::In:
        out += " in (";
        for (std::size_t i = 0; i < node.literals.size(); ++i) {
            out += i > 0 ? ", " : "";
            appendLiteral(node, node.literals[i], out);
        }
        out += ')';
        return;
    case Kind::Like:
        out += " like ";
        break;
    case Kind::Contains:
        out += " contains ";
        break;
    default:
        for (const Sign& sign : kSigns) {
            if (sign.kind == node.kind) {
                out.append(" ").append(sign.text).append(" ");
                break;
            }
        }
        break;
    }
    appendLiteral(node, node.literals.front(), out);
}

void collectColumns(const FilterNode& node, std::vector<std::string>& names)
{
    for (const NodePtr& part : node.parts)
        collectColumns(*part, names);
    if (node.parts.empty() && node.operand.kind == FilterOperand::Kind::Column)
        names.push_back(node.operand.name);
}

} // namespace

tl::expected<Filter, FilterProblem> Filter::parse(std::string_view text)
{
    auto root = Parser(text).parse();
    if (!root)
        return tl::unexpected(root.error());
    Filter filter;
    filter.m_root = std::move(*root);
    return filter;
}

std::string Filter::text() const
{
    std::string text;
    if (m_root)
        appendNode(*m_root, text);
    return text;
}

std::vector<std::string> Filter::columns() const
{
    std::vector<std::string> names;
    if (m_root)
        collectColumns(*m_root, names);
    keepFirstOfEach(names);
    return names;
}

std::optional<std::string> Filter::columnNotIn(const std::vector<std::string>& names) const
{
    for (std::string& column : columns()) {
        if (std::find(names.begin(), names.end(), column) == names.end())
            return std::move(column);
    }
    return std::nullopt;
}

} // namespace vtscope
