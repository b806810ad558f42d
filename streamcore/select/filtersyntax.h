// The words and signs of the filter language, and a filter's text as tokens. Any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "streamcore/select/filter.h"

namespace vtscope {

// What stands in a filter for a fact of the change.
struct FilterFact
{
    const char* name;
    FilterOperand::Kind kind;
};
inline constexpr std::array kFilterFacts = {
    FilterFact{"op", FilterOperand::Kind::Op},           FilterFact{"table", FilterOperand::Kind::Table},
    FilterFact{"shard", FilterOperand::Kind::Shard},     FilterFact{"keyspace", FilterOperand::Kind::Keyspace},
    FilterFact{"time", FilterOperand::Kind::Time},       FilterFact{"position", FilterOperand::Kind::Position},
    FilterFact{"txn", FilterOperand::Kind::Transaction}, FilterFact{"pk", FilterOperand::Kind::Key},
};

struct FilterSign
{
    std::string_view text;
    FilterNode::Kind kind;
};
// The longer ones first.
inline constexpr std::array kFilterSigns = {
    FilterSign{"!=", FilterNode::Kind::NotEqual},  FilterSign{"<>", FilterNode::Kind::NotEqual},
    FilterSign{"<=", FilterNode::Kind::LessEqual}, FilterSign{">=", FilterNode::Kind::GreaterEqual},
    FilterSign{"=", FilterNode::Kind::Equal},      FilterSign{"<", FilterNode::Kind::Less},
    FilterSign{">", FilterNode::Kind::Greater},    FilterSign{"~", FilterNode::Kind::Matches},
};

inline constexpr std::array<std::string_view, 5> kFilterOps = {"insert", "update", "delete", "row", "event"};

// Words that stand for themselves only in quotes.
bool isReserved(std::string_view text);
// Without case; `word` is in small letters.
bool isSame(std::string_view text, std::string_view word);

// A name as it stands in a filter: in back quotes where it must.
void appendName(std::string_view name, std::string& out);
void appendQuoted(std::string_view text, char quote, std::string& out);

struct FilterToken
{
    enum class Kind : std::uint8_t { End, Name, QuotedName, String, Bare, Sign, Punctuation, Path, Wrong };

    Kind kind = Kind::End;
    std::size_t at = 0;
    std::size_t length = 0;
    std::string text;          // quotes taken off
    bool isUnfinished = false; // of Wrong: a quote that does not end yet
    FilterNode::Kind sign = FilterNode::Kind::And;
};

// The text must outlive it.
class FilterLexer
{
public:
    explicit FilterLexer(std::string_view text) : m_text(text) {}

    FilterToken next();

private:
    void readWhile(FilterToken& token, FilterToken::Kind kind, bool (*isPart)(char));
    void readQuoted(FilterToken& token, char quote);
    void readPath(FilterToken& token);
    void readOne(FilterToken& token);
    void readSign(FilterToken& token);

    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace vtscope
