// The lines of a capture as the grid shows them: changes by the table's own columns when one table is shown, else by
// table, key and what changed; events across the whole row. GUI thread. Keeps nothing per row: cells are decoded when
// they are painted.
#pragma once

#include <QTimer>

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "streamcore/capture/change.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/select/masks.h"
#include "streamcore/select/rowset.h"
#include "streamcore/select/sort.h"
#include "ui/capture/linelist.h"
#include "ui/grid/gridmodel.h"

namespace vtscope {

class CaptureModel : public GridModel
{
    Q_OBJECT

public:
    explicit CaptureModel(std::shared_ptr<Capture> capture, QObject* parent = nullptr);

    // Takes in what the capture has beyond what is shown: one insert, and new columns if a table brought any.
    void takeNew();

    const std::shared_ptr<Capture>& capture() const { return m_capture; }
    const Snapshot& snapshot() const { return m_snapshot; }
    // The line of the capture that a row shows.
    std::uint64_t numberAt(qint64 row) const
    {
        const auto at = static_cast<std::uint64_t>(row);
        return m_isSorted ? m_sorted.at(at) : m_isFiltered ? m_passing.at(static_cast<std::size_t>(at)) : m_first + at;
    }
    // The first row that shows this line or one behind it; rowCount() for none.
    int rowFrom(std::uint64_t number) const;
    // The row that shows this line, or -1.
    int rowOf(std::uint64_t number) const;

    // Shows every line.
    void showAll();
    // Shows only lines that pass, none at first. Whoever asks them adds those that pass, in their order; after the last
    // ones the model itself asks those that come.
    void showFiltered(const Filter& filter);
    void addPassing(std::span<const std::uint64_t> lines, std::uint64_t through, bool isLast);
    bool isFiltered() const { return m_isFiltered; }
    // Shows these lines of the snapshot in this order, and nothing new until other lines are shown.
    void showSorted(const Snapshot& snapshot, const RowSet& lines);
    // What a click on the header of this column sorts by; nothing where there is no order.
    std::optional<SortKey> sortKeyOf(int column) const;
    bool isSorted() const { return m_isSorted; }
    // Lines that came since, which are not in the order.
    std::uint64_t linesBehindSort() const { return m_isSorted ? m_capture->count() - m_snapshot.count() : 0; }
    // Lines below it were asked, or need not be.
    std::uint64_t asked() const { return m_isFiltered ? m_asked : m_snapshot.count(); }
    // Lines that the snapshot has.
    std::uint64_t lineCount() const { return m_snapshot.count() - m_snapshot.first(); }
    // A line was marked, or is not any more.
    void noteMark(std::uint64_t number);
    // The first `rows` rows, as lines of the capture.
    RowSet lines(int rows) const;

    // Columns whose values are hidden: those of KeptMasks.
    const Masks& masks() const { return m_masks; }

    // What is searched for: marked in every painted cell. The current hit is the one in this row.
    void setFind(const QString& text, qint64 currentRow);

    // Why this line passes the filter; nothing when there is none, or it does not.
    const std::vector<MatchedCell>& reasonsOf(std::uint64_t line) const;
    // The columns of this row in which it stands, as far as they are the table's own.
    std::vector<int> hitColumns(qint64 row) const;

    // "keyspace.table" of the only table, empty when there are none or several.
    QString tableName() const;
    // The cell of the engine behind a cell of the grid; Absent for vtscope's own columns, NotSent for masked ones.
    // Valid until the next call on this model.
    Cell cellAt(qint64 row, int column, bool isBefore = false) const;
    // The exact value of a cell of the table, or what is painted in another, as the clipboard gets it.
    QString cellText(qint64 row, int column) const;
    // Those of a row, with tabs between them.
    QString rowText(qint64 row, const std::vector<int>& columns) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    void row(qint64 row, GridRow& out) const override;
    void cell(qint64 row, int column, GridCell& out) const override;
    const GridColumn& gridColumn(int column) const override { return m_columns[static_cast<std::size_t>(column)]; }

Q_SIGNALS:
    // A ring has dropped lines that are shown sorted: they take room on the disk until other lines are shown.
    void sortOutlived();
    // Lines came that a sorted list does not take.
    void linesHeldBack();

private:
    enum MetaColumn : int { NumberColumn, TimeColumn, ShardColumn, OpColumn, FirstDataColumn };
    // In a grid of several tables, in place of the table's columns.
    enum MixedColumn : int { TableColumn = FirstDataColumn, KeyColumn, SummaryColumn };

    void dropRows(int dropped);
    void takePassing();
    void noteLayouts();
    void rebuildColumns();
    void takeMasks();
    void maskColumns();
    void addColumnsOf(const Schema& schema);
    const ChangeView& change(qint64 row) const;
    int schemaColumn(const Schema* schema, int column) const;
    void fillMixed(const ChangeView& change, int column, GridCell& out) const;
    void fillData(const ChangeView& change, int column, GridCell& out) const;
    void markMatches(const ChangeView& change, int column, GridCell& out) const;
    void markHits(qint64 row, GridCell& out) const;
    QString keyText(const ChangeView& change) const;
    QString partText(const ChangeView& change, std::size_t column, const Cell& cell, int limit) const;

    std::shared_ptr<Capture> m_capture;
    Snapshot m_snapshot;
    std::uint64_t m_first = 0; // line of the first row, when all are shown
    int m_count = 0;           // of rows
    bool m_isFiltered = false;
    Filter m_filter;
    std::optional<FilterMatcher> m_matcher; // of lines that come; nothing while others are still asked
    LineList m_passing;
    std::uint64_t m_asked = 0; // lines below it were asked
    bool m_isSorted = false;
    RowSet m_sorted;
    QTimer m_catchUp;
    std::uint32_t m_layoutsSeen = 0;
    std::string m_table, m_keyspace;
    bool m_isMixed = false;
    std::vector<GridColumn> m_columns;
    std::vector<std::string> m_names; // of the data columns
    Masks m_masks;
    QString m_find;
    qint64 m_findRow = -1;
    mutable std::optional<FilterMatcher> m_explainer; // of the filter that is shown
    mutable std::vector<MatchedCell> m_reasons;
    mutable std::optional<std::uint64_t> m_reasonsLine;
    mutable ChangeView m_change;
    mutable qint64 m_changeRow = -1;
    mutable std::unordered_map<const Schema*, std::vector<int>> m_places; // data column → column of the schema
};

} // namespace vtscope
