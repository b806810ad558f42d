// A bound SELECT over rows that somebody feeds in: projection, order, limit, aggregates. Not shared between threads.
#pragma once

#include <string>
#include <vector>

#include "app/localbranch/evaluator.h"
#include "query.pb.h"

namespace localbranch {

class Selection
{
public:
    /// `table` may be null for a SELECT without FROM. `statement` must outlive the selection and is bound to the table.
    Selection(SelectStatement& statement, const Table* table, FieldStyle style, const std::string& database,
              const EvaluationContext& context);

    const std::vector<query::Field>& fields() const { return m_fields; }
    bool hasAggregates() const { return m_hasAggregates; }
    /// True if rows in key order of one shard come out as they go in.
    bool isKeyOrdered() const;
    bool isUnordered() const { return m_statement.order.empty(); }
    /// Rows that are enough when they come in the right order; nothing: all.
    std::optional<uint64_t> enough() const;

    /// A row that meets the condition.
    void add(const RowView& row);
    uint64_t added() const { return m_added; }
    std::vector<std::string> finish();
    /// One output row, for streaming without order.
    std::string projected(const RowView& row) const;

private:
    struct Output
    {
        std::vector<std::string> sortKeys;
        std::string row;
    };
    struct Total
    {
        uint64_t count = 0;
        Value value;
    };

    void expandItems(FieldStyle style, const std::string& database);
    void bindOrder();
    void addToTotals(const RowView& row);
    std::string totalsRow() const;

    SelectStatement& m_statement;
    const Table* m_table;
    const EvaluationContext& m_context;
    std::vector<query::Field> m_fields;
    std::vector<Expression> m_items;
    bool m_hasAggregates = false;
    std::vector<Total> m_totals;
    std::vector<Output> m_output;
    uint64_t m_added = 0;
};

} // namespace localbranch
