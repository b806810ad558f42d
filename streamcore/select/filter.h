// Which changes are meant, in one line of text:
//
//   op = update and after.total > 100 and not changed(status)
//
// Terms are joined by and, or, not and parentheses. A term has at its left one of
//   op table shard keyspace time position txn     facts of the change
//   name, before.name, after.name, `any name`     a column: of either image, or of one; pk is the key
//   name:$.user.id                                a place in a JSON column
// and then one of
//   = != < <= > >=      by the column's type: numbers, decimals and times exactly, ENUM by label, text by its bytes
//   in ('a', 'b')   like 'a%'   ~ 'regular expression' (RE2)   contains 'text' (ASCII letters without case)
//   is null   is not null
// or is changed(name) or sent(name). A comparison with NULL, with a value that was not sent, or with something of
// another type is false; not turns it round. A column without image in front is true when one of the images makes it
// so.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "streamcore/value/cell.h"
#include "streamcore/value/jsonpath.h"

namespace vtscope {

struct FilterNode;

// Why a text is no filter, and where.
struct FilterProblem
{
    bool isUnfinished = false; // right so far: more is expected
    std::size_t at = 0;        // byte offset and length of what is wrong
    std::size_t length = 0;
    std::string sentence;
};

class Filter
{
public:
    // Passed by every line, as one of blank text.
    Filter() = default;
    explicit Filter(std::shared_ptr<const FilterNode> root) : m_root(std::move(root)) {}

    static tl::expected<Filter, FilterProblem> parse(std::string_view text);

    bool isEmpty() const { return m_root == nullptr; }
    // The same filter, written in one way. Parsing it gives the same filter again.
    std::string text() const;
    // The columns that it names, each once, in their order.
    std::vector<std::string> columns() const;
    // The first of them that is not among these names.
    std::optional<std::string> columnNotIn(const std::vector<std::string>& names) const;

    const FilterNode* root() const { return m_root.get(); }
    const std::shared_ptr<const FilterNode>& shared() const { return m_root; }

private:
    std::shared_ptr<const FilterNode> m_root;
};

// What a term is about.
struct FilterOperand
{
    enum class Kind : std::uint8_t { Op, Table, Shard, Keyspace, Time, Position, Transaction, Key, Column };
    enum class Image : std::uint8_t { Either, Before, After };

    Kind kind = Kind::Column;
    Image image = Image::Either;
    std::string name;
    bool hasPath = false;
    JsonPath path;

    bool operator==(const FilterOperand&) const = default;
};

struct FilterLiteral
{
    std::string text;
    bool isNumber = false;
};

struct FilterNode
{
    enum class Kind : std::uint8_t {
        And,
        Or,
        Not,
        Equal,
        NotEqual,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        In,
        Like,
        Matches,
        Contains,
        IsNull,
        IsNotNull,
        Changed,
        Sent,
    };

    Kind kind = Kind::And;
    std::vector<std::shared_ptr<const FilterNode>> parts; // of And, Or (two or more) and Not (one)
    FilterOperand operand;                                // of all others
    std::vector<FilterLiteral> literals;                  // one; more for In
};

// The filter that this cell's value passes, or its NULL: "column = 'value'". Nothing for a cell that has neither.
std::optional<Filter> filterOf(std::string_view column, FilterOperand::Image image, const Cell& cell);
// "op = update", "table = 'orders'", "txn = 12".
Filter filterOf(FilterOperand::Kind fact, std::string_view value);

// Of two filters; an empty one is left out.
Filter both(const Filter& a, const Filter& b);
Filter either(const Filter& a, const Filter& b);
// Of all of them; "in" where they ask for values of one column.
Filter anyOf(const std::vector<Filter>& filters);
// Passed by what passes each of them.
Filter allOf(const std::vector<Filter>& filters);
// The terms that it joins by "and", in their order: itself where it joins none, none of an empty one. allOf() of them
// is the same filter.
std::vector<Filter> termsOf(const Filter& filter);
// An empty one stays empty. Twice is the same filter again, but for one that begins with "not not".
Filter negated(const Filter& filter);

} // namespace vtscope
