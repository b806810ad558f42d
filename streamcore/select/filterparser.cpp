#include <re2/re2.h>

#include <algorithm>

#include "streamcore/select/filtersyntax.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;
using NodePtr = std::shared_ptr<const FilterNode>;
using Token = FilterToken;

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
            for (const FilterFact& fact : kFilterFacts) {
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
            if (std::find(kFilterOps.begin(), kFilterOps.end(), literal.text) == kFilterOps.end())
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
    FilterLexer m_lexer;
    Token m_token;
    FilterProblem m_problem;
};

} // namespace

tl::expected<Filter, FilterProblem> Filter::parse(std::string_view text)
{
    auto root = Parser(text).parse();
    if (!root)
        return tl::unexpected(root.error());
    return Filter(std::move(*root));
}

} // namespace vtscope
