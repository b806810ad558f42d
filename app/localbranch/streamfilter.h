// What a VStream lets through: rules by table name, and what a rule makes of one table. Not shared between threads.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/localbranch/evaluator.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/vindex.h"
#include "binlogdata.pb.h"

namespace localbranch {

/// A rule that does not fit. `isCoded` errors carry their code in the text while streaming.
class FilterError : public SqlError
{
public:
    FilterError(vtrpc::Code code, const std::string& text, bool isCoded) : SqlError(code, text), m_isCoded(isCoded) {}
    bool isCoded() const { return m_isCoded; }

private:
    bool m_isCoded;
};

class StreamFilter
{
public:
    explicit StreamFilter(const binlogdata::Filter& filter);

    /// The first rule that names the table or whose expression is found in its name; null if none. Broken expressions
    /// match nothing.
    const binlogdata::Rule* ruleFor(const std::string& table) const;
    /// Plain names that rules ask for, in their order.
    std::vector<std::string> plainNames() const;
    /// Throws FilterError if an expression is broken.
    void checkExpressions() const;

private:
    static bool isExpression(const binlogdata::Rule& rule);

    binlogdata::Filter m_filter;
};

/// A rule applied to one table: which columns, which rows.
class TablePlan
{
public:
    /// Throws FilterError. A copy takes an empty filter for all columns; live changes do so only where the rule is an
    /// expression.
    TablePlan(const binlogdata::Rule& rule, TablePtr table, std::optional<size_t> shardingColumn, bool isCopy);

    const TablePtr& table() const { return m_table; }
    const std::vector<size_t>& columns() const { return m_columns; }
    void addFields(google::protobuf::RepeatedPtrField<query::Field>* fields, const std::string& database) const;

    /// Puts the images that pass into the change; false if none does.
    bool fill(const std::optional<std::string>& before, const std::optional<std::string>& after,
              binlogdata::RowChange& change) const;

private:
    void readSelect(const std::string& sql, std::optional<size_t> shardingColumn);
    void readCondition(const Expression& condition, std::optional<size_t> shardingColumn);
    bool meetsConditions(const RowView& row) const;
    bool isInRanges(const RowView& row) const;
    void setImage(const std::string& bytes, const RowView& row, query::Row& image) const;

    TablePtr m_table;
    std::vector<size_t> m_columns;
    bool m_isWhole = true;
    std::vector<Expression> m_conditions;
    std::vector<KeyRange> m_ranges;
    size_t m_rangeColumn = 0;
};

} // namespace localbranch
