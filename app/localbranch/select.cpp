#include "app/localbranch/select.h"

#include <algorithm>
#include <limits>

#include "app/localbranch/decimal.h"
#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

bool isAggregate(const Expression& expression)
{
    return expression.kind == Expression::Kind::Function &&
           (expression.name == "count(*)" || expression.name == "count" || expression.name == "min" ||
            expression.name == "max" || expression.name == "sum");
}

Cell cellOf(const Value& value)
{
    return value.isNull() ? Cell() : Cell(value.text);
}

/// The row number where the limit ends.
uint64_t endOf(const SelectStatement& statement)
{
    if (!statement.limit || *statement.limit > std::numeric_limits<uint64_t>::max() - statement.offset)
        return std::numeric_limits<uint64_t>::max();
    return statement.offset + *statement.limit;
}

/// Some value as bytes that sort like it.
std::string sortKeyOf(const Value& value)
{
    ColumnType type;
    if (value.kind == Value::Kind::Number)
        type.type = query::DECIMAL;
    else if (value.kind == Value::Kind::Real)
        type.type = query::FLOAT64;
    else
        type.type = value.kind == Value::Kind::Bytes ? query::VARBINARY : query::VARCHAR;
    std::string key;
    appendKeyPart(key, type, value.isNull() ? CellView() : CellView(value.text));
    return key;
}

} // namespace

Selection::Selection(SelectStatement& statement, const Table* table, FieldStyle style, const std::string& database,
                     const EvaluationContext& context)
    : m_statement(statement), m_table(table), m_context(context)
{
    expandItems(style, database);
    if (m_statement.where)
        bindExpression(*m_statement.where, m_table);
    bindOrder();
    m_totals.resize(m_items.size());
}

void Selection::expandItems(FieldStyle style, const std::string& database)
{
    for (SelectItem& item : m_statement.items) {
        if (!item.isStar) {
            bindExpression(item.expression, m_table);
            if (item.expression.kind == Expression::Kind::Variable)
                item.expression = [&] {
                    // A variable is constant for the statement, and its value tells its type.
                    Expression constant;
                    constant.value = m_context.variable(item.expression.name);
                    return constant;
                }();
            query::Field field = fieldOfExpression(item.expression, m_table, style, database);
            if (item.expression.kind == Expression::Kind::Column && equalsIgnoringCase(item.label, field.name()))
                item.label = field.name();
            field.set_name(item.label);
            m_hasAggregates = m_hasAggregates || isAggregate(item.expression);
            m_fields.push_back(std::move(field));
            m_items.push_back(item.expression);
            continue;
        }
        if (m_table == nullptr)
            throw MysqlError(vtrpc::INVALID_ARGUMENT, "No tables used", 1096, "HY000");
        for (size_t i = 0; i < m_table->columns.size(); ++i) {
            if (m_table->columns[i].isInvisible)
                continue;
            Expression column;
            column.kind = Expression::Kind::Column;
            column.name = m_table->columns[i].name;
            column.column = i;
            m_fields.push_back(fieldOf(*m_table, i, style, database));
            m_items.push_back(std::move(column));
        }
    }
    const bool mixes = m_hasAggregates && !std::all_of(m_items.begin(), m_items.end(), isAggregate);
    if (mixes)
        throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: columns beside aggregates without group by");
}

void Selection::bindOrder()
{
    for (OrderItem& item : m_statement.order) {
        Expression& expression = item.expression;
        for (size_t i = 0; i < m_fields.size() && expression.kind == Expression::Kind::Column; ++i) {
            const bool isOwnColumn = m_table != nullptr && m_table->columnIndex(expression.name).has_value();
            if (!isOwnColumn && equalsIgnoringCase(m_fields[i].name(), expression.name)) {
                expression = m_items[i];
                break;
            }
        }
        if (!isAggregate(expression))
            bindExpression(expression, m_table);
    }
}

bool Selection::isKeyOrdered() const
{
    if (m_table == nullptr || m_statement.order.size() > m_table->key.size())
        return false;
    for (size_t i = 0; i < m_statement.order.size(); ++i) {
        const OrderItem& item = m_statement.order[i];
        if (item.isDescending || item.expression.kind != Expression::Kind::Column ||
            item.expression.column != m_table->key[i])
            return false;
    }
    return true;
}

std::optional<uint64_t> Selection::enough() const
{
    if (!m_statement.limit || m_hasAggregates)
        return std::nullopt;
    return endOf(m_statement);
}

std::string Selection::projected(const RowView& row) const
{
    Row cells;
    cells.reserve(m_items.size());
    for (const Expression& item : m_items) {
        if (item.kind == Expression::Kind::Column)
            cells.push_back(row[item.column] ? Cell(std::string(*row[item.column])) : std::nullopt);
        else
            cells.push_back(cellOf(evaluated(item, row, m_table, m_context)));
    }
    return packedRow(cells);
}

void Selection::addToTotals(const RowView& row)
{
    for (size_t i = 0; i < m_items.size(); ++i) {
        Total& total = m_totals[i];
        if (m_items[i].name == "count(*)") {
            ++total.count;
            continue;
        }
        const Value value = evaluated(m_items[i].parts[0], row, m_table, m_context);
        if (value.isNull())
            continue;
        ++total.count;
        if (m_items[i].name == "sum") {
            const auto sum = Decimal::parse(total.value.isNull() ? "0" : total.value.text);
            const auto more = Decimal::parse(value.text);
            if (sum && more)
                total.value = Value::number(Decimal::add(*sum, *more).toText());
        } else if (m_items[i].name != "count") {
            const bool isBetter =
                total.value.isNull() || (compareValues(value, total.value, false) < 0) == (m_items[i].name == "min");
            if (isBetter)
                total.value = value;
        }
    }
}

std::string Selection::totalsRow() const
{
    Row cells;
    for (size_t i = 0; i < m_items.size(); ++i) {
        const bool counts = m_items[i].name.starts_with("count");
        cells.push_back(counts ? Cell(std::to_string(m_totals[i].count)) : cellOf(m_totals[i].value));
    }
    return packedRow(cells);
}

void Selection::add(const RowView& row)
{
    ++m_added;
    if (m_hasAggregates) {
        addToTotals(row);
        return;
    }
    Output output;
    for (const OrderItem& item : m_statement.order) {
        std::string key;
        if (item.expression.kind == Expression::Kind::Column)
            appendKeyPart(key, m_table->columns[item.expression.column].type, row[item.expression.column]);
        else
            key = sortKeyOf(evaluated(item.expression, row, m_table, m_context));
        output.sortKeys.push_back(std::move(key));
    }
    output.row = projected(row);
    m_output.push_back(std::move(output));
}

std::vector<std::string> Selection::finish()
{
    std::vector<std::string> rows;
    if (m_hasAggregates) {
        if (!m_statement.limit || *m_statement.limit > 0)
            rows.push_back(totalsRow());
        return rows;
    }
    const auto& order = m_statement.order;
    if (!order.empty()) {
        std::stable_sort(m_output.begin(), m_output.end(), [&order](const Output& left, const Output& right) {
            for (size_t i = 0; i < order.size(); ++i) {
                const int sign = left.sortKeys[i].compare(right.sortKeys[i]);
                if (sign != 0)
                    return order[i].isDescending ? sign > 0 : sign < 0;
            }
            return false;
        });
    }
    const uint64_t end = std::min<uint64_t>(m_output.size(), endOf(m_statement));
    for (uint64_t i = m_statement.offset; i < end; ++i)
        rows.push_back(std::move(m_output[i].row));
    return rows;
}

} // namespace localbranch
