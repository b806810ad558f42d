#include "streamcore/select/completion.h"

#include <algorithm>

#include "streamcore/select/filtersyntax.h"
#include "streamcore/select/needle.h"

namespace vtscope {

namespace {

using Token = FilterToken;

// What is expected behind the tokens that were taken.
enum class Expected {
    Operand,
    Dot,        // behind before and after
    Column,     // behind that dot
    CallOpen,   // behind changed and sent
    CallColumn, // inside
    CallClose,
    Operator,
    Path,
    BehindNot, // of "a not"
    BehindIs,
    Null,
    Value,
    ListOpen,
    ListValue,
    ListJoint,
    Joint, // and, or, )
};

class Context
{
public:
    Expected expected() const { return m_expected; }
    const FilterOperand& operand() const { return m_operand; }
    bool isInBrackets() const { return m_depth > 0; }

    void take(const Token& token)
    {
        const bool isName = token.kind == Token::Kind::Name || token.kind == Token::Kind::QuotedName;
        const bool isWord = token.kind == Token::Kind::Name;
        const bool isPunctuation = token.kind == Token::Kind::Punctuation;
        const auto is = [&](std::string_view text) {
            return isWord ? isSame(token.text, text) : isPunctuation && token.text == text;
        };
        switch (m_expected) {
        case Expected::Value:
            m_expected = Expected::Joint;
            return;
        case Expected::ListValue:
            m_expected = Expected::ListJoint;
            return;
        default:
            break;
        }
        // Whatever is wrong before it, a new term begins here.
        if (is("and") || is("or")) {
            m_expected = Expected::Operand;
            return;
        }
        switch (m_expected) {
        case Expected::Operand:
            takeOperand(token, isName);
            break;
        case Expected::Dot:
            m_expected = is(".") ? Expected::Column : Expected::Operator;
            break;
        case Expected::Column:
            takeColumn(token);
            break;
        case Expected::CallOpen:
            m_expected = Expected::CallColumn;
            break;
        case Expected::CallColumn:
            m_expected = Expected::CallClose;
            break;
        case Expected::CallClose:
            m_expected = Expected::Joint;
            break;
        case Expected::Operator:
        case Expected::BehindNot:
            if (is(":"))
                m_expected = Expected::Path;
            else if (is("in"))
                m_expected = Expected::ListOpen;
            else if (is("is"))
                m_expected = Expected::BehindIs;
            else if (is("not"))
                m_expected = Expected::BehindNot;
            else if (token.kind == Token::Kind::Sign || is("like") || is("contains"))
                m_expected = Expected::Value;
            break;
        case Expected::Path:
            m_expected = Expected::Operator;
            m_operand.hasPath = true;
            break;
        case Expected::BehindIs:
            m_expected = is("not") ? Expected::Null : Expected::Joint;
            break;
        case Expected::Null:
            m_expected = Expected::Joint;
            break;
        case Expected::ListOpen:
            m_expected = Expected::ListValue;
            break;
        case Expected::ListJoint:
            m_expected = is(",") ? Expected::ListValue : Expected::Joint;
            break;
        case Expected::Joint:
            if (is(")"))
                m_depth -= m_depth > 0;
            break;
        case Expected::Value:
        case Expected::ListValue:
            break;
        }
    }

private:
    void takeOperand(const Token& token, bool isName)
    {
        m_operand = {};
        if (token.kind == Token::Kind::Punctuation) {
            m_depth += token.text == "(" ? 1 : token.text == ")" && m_depth > 0 ? -1 : 0;
            m_expected = token.text == ")" ? Expected::Joint : Expected::Operand;
        } else if (token.kind == Token::Kind::QuotedName) {
            takeColumn(token);
        } else if (!isName || isSame(token.text, "not")) {
            m_expected = Expected::Operand;
        } else if (isSame(token.text, "changed") || isSame(token.text, "sent")) {
            m_expected = Expected::CallOpen;
        } else if (isSame(token.text, "before") || isSame(token.text, "after")) {
            m_expected = Expected::Dot;
        } else {
            takeColumn(token);
            for (const FilterFact& fact : kFilterFacts) {
                if (isSame(token.text, fact.name))
                    m_operand.kind = fact.kind;
            }
        }
    }

    void takeColumn(const Token& token)
    {
        m_operand.name = token.text;
        m_expected = Expected::Operator;
    }

    Expected m_expected = Expected::Operand;
    FilterOperand m_operand;
    int m_depth = 0;
};

bool beginsLike(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [](char a, char b) { return lowered(a) == lowered(b); });
}

// Collects what begins like the word.
class Candidates
{
public:
    Candidates(std::string_view word, bool isQuotedName, bool isQuotedText)
        : m_word(word), m_isQuotedName(isQuotedName), m_isQuotedText(isQuotedText)
    {
    }

    void addWords(std::initializer_list<std::string_view> words)
    {
        for (const std::string_view word : words) {
            if (!m_isQuotedName && !m_isQuotedText && beginsLike(word, m_word))
                m_list.emplace_back(word);
        }
    }

    void addColumns(const std::vector<std::string>& columns)
    {
        for (const std::string& column : columns) {
            if (m_isQuotedText || !beginsLike(column, m_word))
                continue;
            appendName(column, m_list.emplace_back());
        }
    }

    void addTexts(const std::vector<std::string>& texts)
    {
        for (const std::string& text : texts) {
            if (!m_isQuotedName && beginsLike(text, m_word))
                appendQuoted(text, '\'', m_list.emplace_back());
        }
    }

    std::vector<std::string> list() { return std::move(m_list); }

private:
    std::string_view m_word;
    bool m_isQuotedName, m_isQuotedText;
    std::vector<std::string> m_list;
};

void addOperands(Candidates& candidates, const FilterNames& names)
{
    candidates.addColumns(names.columns);
    for (const FilterFact& fact : kFilterFacts)
        candidates.addWords({fact.name});
    candidates.addWords({"before.", "after.", "changed(", "sent(", "not", "("});
}

void addValues(Candidates& candidates, const FilterOperand& operand, const FilterNames& names)
{
    switch (operand.kind) {
    case FilterOperand::Kind::Op:
        for (const std::string_view op : kFilterOps)
            candidates.addWords({op});
        return;
    case FilterOperand::Kind::Table:
        return candidates.addTexts(names.tables);
    case FilterOperand::Kind::Shard:
        return candidates.addTexts(names.shards);
    case FilterOperand::Kind::Keyspace:
        return candidates.addTexts(names.keyspaces);
    case FilterOperand::Kind::Column:
        if (const auto labels = names.labels.find(operand.name); labels != names.labels.end() && !operand.hasPath)
            candidates.addTexts(labels->second);
        return;
    default:
        return;
    }
}

void addExpected(Candidates& candidates, const Context& context, const FilterNames& names)
{
    switch (context.expected()) {
    case Expected::Operand:
        return addOperands(candidates, names);
    case Expected::Column:
    case Expected::CallColumn:
        return candidates.addColumns(names.columns);
    case Expected::Dot:
        return candidates.addWords({"."});
    case Expected::CallOpen:
    case Expected::ListOpen:
        return candidates.addWords({"("});
    case Expected::CallClose:
        return candidates.addWords({")"});
    case Expected::Operator:
        return candidates.addWords({"=", "!=", "<", "<=", ">", ">=", "~", "in (", "not in (", "like", "not like",
                                    "contains", "not contains", "is null", "is not null"});
    case Expected::BehindNot:
        return candidates.addWords({"in (", "like", "contains"});
    case Expected::BehindIs:
        return candidates.addWords({"null", "not null"});
    case Expected::Null:
        return candidates.addWords({"null"});
    case Expected::Value:
    case Expected::ListValue:
        return addValues(candidates, context.operand(), names);
    case Expected::ListJoint:
        return candidates.addWords({",", ")"});
    case Expected::Joint:
        candidates.addWords({"and", "or"});
        if (context.isInBrackets())
            candidates.addWords({")"});
        return;
    case Expected::Path:
        return;
    }
}

// Whether the cursor stands in or behind it as in a word that is being typed.
bool isTypedAt(const Token& token, std::size_t cursor)
{
    if (token.at >= cursor || token.at + token.length < cursor)
        return false;
    const bool isSign = token.kind == Token::Kind::Sign || token.kind == Token::Kind::Punctuation;
    return !isSign && token.kind != Token::Kind::End;
}

} // namespace

Completion completeFilter(std::string_view text, std::size_t cursor, const FilterNames& names)
{
    cursor = std::min(cursor, text.size());
    Context context;
    FilterLexer lexer(text);
    Token token = lexer.next();
    while (token.kind != Token::Kind::End && token.at + token.length <= cursor && !isTypedAt(token, cursor)) {
        context.take(token);
        token = lexer.next();
    }
    Completion completion{cursor, 0, {}};
    std::string_view word;
    bool isQuotedName = false, isQuotedText = false;
    if (isTypedAt(token, cursor)) {
        const char first = text[token.at];
        isQuotedName = first == '`';
        isQuotedText = first == '\'' || first == '"';
        // A quote that does not end would take all that follows.
        const std::size_t end = token.isUnfinished ? cursor : token.at + token.length;
        completion.at = token.at;
        completion.length = end - token.at;
        word = text.substr(token.at, cursor - token.at);
        if (isQuotedName || isQuotedText)
            word.remove_prefix(1);
        const bool isClosed = !token.isUnfinished && cursor == end;
        if ((isQuotedName || isQuotedText) && isClosed && !word.empty())
            word.remove_suffix(1);
    }
    Candidates candidates(word, isQuotedName, isQuotedText);
    addExpected(candidates, context, names);
    completion.candidates = candidates.list();
    return completion;
}

} // namespace vtscope
