#include "app/localbranch/streamfilter.h"

#include <algorithm>
#include <numeric>

#include "app/localbranch/pattern.h"

namespace localbranch {

namespace {

using Kind = Expression::Kind;

std::string expressionOf(const std::string& match)
{
    const size_t first = match.find_first_not_of('/');
    if (first == std::string::npos)
        return {};
    return match.substr(first, match.find_last_not_of('/') - first + 1);
}

const EvaluationContext& plainContext()
{
    static const EvaluationContext kContext{"", 0, [](const std::string&) { return Value::null(); }};
    return kContext;
}

std::string textOf(const Expression& expression)
{
    switch (expression.kind) {
    case Kind::Literal:
        return expression.value.kind == Value::Kind::Text ? quotedText(expression.value.text) : expression.value.text;
    case Kind::Column:
        return expression.name;
    case Kind::Function: {
        std::string text = expression.name + "(";
        for (size_t i = 0; i < expression.parts.size(); ++i)
            text += (i == 0 ? "" : ", ") + textOf(expression.parts[i]);
        return text + ")";
    }
    default:
        break;
    }
    if (expression.parts.size() == 2)
        return textOf(expression.parts[0]) + " " + expression.name + " " + textOf(expression.parts[1]);
    return expression.name;
}

} // namespace

StreamFilter::StreamFilter(const binlogdata::Filter& filter) : m_filter(filter)
{
    if (m_filter.rules_size() == 0)
        m_filter.add_rules()->set_match("/.*");
}

bool StreamFilter::isExpression(const binlogdata::Rule& rule)
{
    return rule.match().starts_with("/");
}

const binlogdata::Rule* StreamFilter::ruleFor(const std::string& table) const
{
    for (const binlogdata::Rule& rule : m_filter.rules()) {
        if (!isExpression(rule)) {
            if (rule.match() == table)
                return &rule;
            continue;
        }
        try {
            if (std::regex_search(table, compiledPattern(expressionOf(rule.match()))))
                return &rule;
        } catch (const std::regex_error&) {
            continue;
        }
    }
    return nullptr;
}

std::vector<std::string> StreamFilter::plainNames() const
{
    std::vector<std::string> names;
    for (const binlogdata::Rule& rule : m_filter.rules()) {
        if (!isExpression(rule))
            names.push_back(rule.match());
    }
    return names;
}

void StreamFilter::checkExpressions() const
{
    for (const binlogdata::Rule& rule : m_filter.rules()) {
        if (!isExpression(rule))
            continue;
        try {
            compiledPattern(expressionOf(rule.match()));
        } catch (const std::regex_error&) {
            throw FilterError(vtrpc::UNKNOWN,
                              "error parsing regexp: missing argument or bracket: `" + expressionOf(rule.match()) + "`",
                              false);
        }
    }
}

TablePlan::TablePlan(const binlogdata::Rule& rule, TablePtr table, std::optional<size_t> shardingColumn, bool isCopy)
    : m_table(std::move(table))
{
    m_columns.resize(m_table->columns.size());
    std::iota(m_columns.begin(), m_columns.end(), size_t{0});
    if (rule.filter().empty()) {
        if (!isCopy && !rule.match().starts_with("/"))
            throw FilterError(vtrpc::INVALID_ARGUMENT, "Query was empty", true);
        return;
    }
    readSelect(rule.filter(), shardingColumn);
}

void TablePlan::readSelect(const std::string& sql, std::optional<size_t> shardingColumn)
{
    SelectStatement select;
    try {
        select = parsedSelect(sql);
    } catch (const SqlError& error) {
        if (error.code() == vtrpc::UNIMPLEMENTED)
            throw FilterError(vtrpc::UNKNOWN, "unsupported: " + sql, false);
        throw FilterError(error.code(), error.what(), true);
    }
    if (!select.from || select.from->table != m_table->name)
        throw FilterError(vtrpc::UNKNOWN, "unsupported: select expression table doesn't match the table name: " + sql,
                          false);
    const bool isStar =
        std::any_of(select.items.begin(), select.items.end(), [](const SelectItem& item) { return item.isStar; });
    if (!isStar) {
        m_columns.clear();
        for (const SelectItem& item : select.items) {
            if (item.expression.kind == Kind::Function)
                throw FilterError(vtrpc::UNKNOWN, "unsupported function: " + textOf(item.expression), false);
            const auto column =
                item.expression.kind == Kind::Column ? m_table->columnIndex(item.expression.name) : std::nullopt;
            if (!column)
                throw FilterError(vtrpc::FAILED_PRECONDITION,
                                  "column " + textOf(item.expression) + " not found in table " + m_table->name, true);
            m_columns.push_back(*column);
        }
        m_isWhole = false;
    } else if (select.items.size() != 1) {
        throw FilterError(vtrpc::UNKNOWN, "unsupported: " + sql, false);
    }
    if (select.where)
        readCondition(*select.where, shardingColumn);
}

void TablePlan::readCondition(const Expression& condition, std::optional<size_t> shardingColumn)
{
    if (condition.kind == Kind::And) {
        for (const Expression& part : condition.parts)
            readCondition(part, shardingColumn);
        return;
    }
    if (condition.kind == Kind::Function && condition.name == "in_keyrange") {
        std::optional<size_t> column = shardingColumn;
        if (condition.parts.size() == 3)
            column = m_table->columnIndex(condition.parts[0].name);
        if (!column || condition.parts.empty())
            throw FilterError(vtrpc::INVALID_ARGUMENT, "table " + m_table->name + " has no vindex", true);
        const auto range = KeyRange::parse(condition.parts.back().value.text);
        if (!range)
            throw FilterError(vtrpc::INVALID_ARGUMENT,
                              "malformed spec: doesn't define a range: \"" + condition.parts.back().value.text + "\"",
                              true);
        m_ranges.push_back(*range);
        m_rangeColumn = *column;
        return;
    }
    const bool isColumnTest = !condition.parts.empty() && condition.parts[0].kind == Kind::Column &&
                              (condition.kind == Kind::Compare || condition.kind == Kind::In ||
                               condition.kind == Kind::IsNull || condition.kind == Kind::Between) &&
                              std::all_of(condition.parts.begin() + 1, condition.parts.end(),
                                          [](const Expression& part) { return part.kind == Kind::Literal; });
    if (!isColumnTest)
        throw FilterError(vtrpc::UNKNOWN, "unsupported constraint: " + textOf(condition), false);
    if (!m_table->columnIndex(condition.parts[0].name))
        throw FilterError(vtrpc::FAILED_PRECONDITION,
                          "column " + condition.parts[0].name + " not found in table " + m_table->name, true);
    m_conditions.push_back(condition);
    bindExpression(m_conditions.back(), m_table.get());
}

void TablePlan::addFields(google::protobuf::RepeatedPtrField<query::Field>* fields, const std::string& database) const
{
    for (const size_t column : m_columns)
        *fields->Add() = fieldOf(*m_table, column, FieldStyle::Stream, database);
}

bool TablePlan::meetsConditions(const RowView& row) const
{
    return std::all_of(m_conditions.begin(), m_conditions.end(), [&](const Expression& condition) {
        return evaluated(condition, row, m_table.get(), plainContext()).isTrue();
    });
}

bool TablePlan::isInRanges(const RowView& row) const
{
    const CellView& cell = row[m_rangeColumn];
    const auto id = cell ? keyspaceIdOf(*cell) : std::nullopt;
    return id &&
           std::all_of(m_ranges.begin(), m_ranges.end(), [&id](const KeyRange& range) { return range.contains(*id); });
}

void TablePlan::setImage(const std::string& bytes, const RowView& row, query::Row& image) const
{
    if (m_isWhole) {
        image.ParseFromString(bytes);
        return;
    }
    for (const size_t column : m_columns) {
        const CellView& cell = row[column];
        image.add_lengths(cell ? static_cast<int64_t>(cell->size()) : -1);
        if (cell)
            image.mutable_values()->append(*cell);
    }
}

bool TablePlan::fill(const std::optional<std::string>& before, const std::optional<std::string>& after,
                     binlogdata::RowChange& change) const
{
    if (m_isWhole && m_conditions.empty() && m_ranges.empty()) {
        if (before)
            change.mutable_before()->ParseFromString(*before);
        if (after)
            change.mutable_after()->ParseFromString(*after);
        return true;
    }
    RowView beforeRow;
    RowView afterRow;
    if (before)
        readRow(*before, beforeRow);
    if (after)
        readRow(*after, afterRow);
    bool sendsBefore = before && meetsConditions(beforeRow);
    bool sendsAfter = after && meetsConditions(afterRow);
    if (m_ranges.empty()) {
        // One image that passes brings the other along.
        const bool passes = sendsBefore || sendsAfter;
        sendsBefore = before && passes;
        sendsAfter = after && passes;
    } else {
        sendsBefore = sendsBefore && isInRanges(beforeRow);
        sendsAfter = sendsAfter && isInRanges(afterRow);
    }
    if (sendsBefore)
        setImage(*before, beforeRow, *change.mutable_before());
    if (sendsAfter)
        setImage(*after, afterRow, *change.mutable_after());
    return sendsBefore || sendsAfter;
}

} // namespace localbranch
