#include "ui/grid/gridaccessible.h"

#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>

namespace vtscope {

namespace {

constexpr int kHeaderRow = -1;

QString sortWords(const GridHeader& header, int column)
{
    if (!header.isSortIndicatorShown() || header.sortIndicatorSection() != column)
        return {};
    return header.sortIndicatorOrder() == Qt::AscendingOrder ? GridView::tr(", sorted ascending")
                                                             : GridView::tr(", sorted descending");
}

// One cell, or one header cell (row kHeaderRow). Owned by QAccessible's cache once it is registered.
class CellAccessible final : public QAccessibleInterface,
                             public QAccessibleTableCellInterface,
                             public QAccessibleActionInterface
{
public:
    CellAccessible(GridView* view, int row, int column) : m_view(view), m_row(row), m_column(column) {}

    bool isHeader() const { return m_row == kHeaderRow; }
    int rowNumber() const { return m_row; }
    int columnNumber() const { return m_column; }

    // QAccessibleInterface
    bool isValid() const override
    {
        return m_view && m_view->gridModel() && m_column < m_view->gridModel()->columnCount() &&
               (isHeader() || m_row < m_view->shownRows());
    }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_view ? m_view->window()->windowHandle() : nullptr; }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    void setText(QAccessible::Text, const QString&) override {}
    QAccessible::Role role() const override { return isHeader() ? QAccessible::ColumnHeader : QAccessible::Cell; }
    QColor foregroundColor() const override { return {}; }
    QColor backgroundColor() const override { return {}; }

    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        const GridModel* model = m_view->gridModel();
        if (isHeader()) {
            const int role = kind == QAccessible::Description ? Qt::AccessibleDescriptionRole : Qt::AccessibleTextRole;
            if (kind != QAccessible::Name && kind != QAccessible::Description)
                return {};
            const QString words = model->headerData(m_column, Qt::Horizontal, role).toString();
            return kind == QAccessible::Name ? words + sortWords(*m_view->header(), m_column) : words;
        }
        const QModelIndex index = model->index(m_row, m_column);
        if (kind == QAccessible::Name)
            return model->data(index, Qt::AccessibleTextRole).toString();
        // What changed since the last cell is said by the reader; the column's name is the description.
        return kind == QAccessible::Description
                   ? model->headerData(m_column, Qt::Horizontal, Qt::DisplayRole).toString()
                   : QString();
    }

    QRect rect() const override
    {
        if (!isValid())
            return {};
        if (isHeader()) {
            const GridHeader* header = m_view->header();
            const QRect local(header->sectionX(m_column), 0, header->sectionSize(m_column), header->height());
            return {header->viewport()->mapToGlobal(local.topLeft()), local.size()};
        }
        const QRect local =
            m_view->visualRect(m_view->gridModel()->index(m_row, m_column)) & m_view->viewport()->rect();
        return local.isEmpty() ? QRect() : QRect(m_view->viewport()->mapToGlobal(local.topLeft()), local.size());
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        if (isHeader())
            return state;
        state.selectable = true;
        state.focusable = true;
        state.selected = m_view->isRowSelected(m_row);
        const QModelIndex current = m_view->currentIndex();
        state.focused = m_view->hasFocus() && current.row() == m_row && current.column() == m_column;
        state.offscreen = rect().isEmpty();
        const QVariant tick =
            m_view->gridModel()->data(m_view->gridModel()->index(m_row, m_column), Qt::CheckStateRole);
        if (tick.isValid()) {
            state.checkable = true;
            state.checked = tick.toInt() == Qt::Checked;
        }
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::TableCellInterface)
            return static_cast<QAccessibleTableCellInterface*>(this);
        if (type == QAccessible::ActionInterface)
            return static_cast<QAccessibleActionInterface*>(this);
        return nullptr;
    }

    // QAccessibleTableCellInterface
    bool isSelected() const override { return state().selected; }
    int rowIndex() const override { return m_row; }
    int columnIndex() const override { return m_column; }
    int rowExtent() const override { return 1; }
    int columnExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
    QList<QAccessibleInterface*> columnHeaderCells() const override;

    // QAccessibleActionInterface
    QStringList actionNames() const override
    {
        return isHeader() ? QStringList() : QStringList{setFocusAction(), toggleAction()};
    }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }
    void doAction(const QString& name) override
    {
        if (!isValid() || isHeader())
            return;
        if (name == setFocusAction()) {
            m_view->goToRow(m_row, m_column);
            m_view->setFocus();
        } else if (name == toggleAction()) {
            GridModel* model = m_view->gridModel();
            const QVariant tick = model->data(model->index(m_row, m_column), Qt::CheckStateRole);
            if (tick.isValid())
                model->setTicked(m_row, m_column, tick.toInt() != Qt::Checked);
        }
    }

private:
    QPointer<GridView> m_view;
    int m_row;
    int m_column;
};

} // namespace

/// The grid as a table. Children are the header cells of the visible columns, then the cells of the visible rows; the
/// table interface gives any cell by row and column, because rows times columns do not fit the numbers of children.
class GridAccessible final : public QAccessibleWidget, public QAccessibleTableInterface
{
public:
    explicit GridAccessible(GridView* view) : QAccessibleWidget(view, QAccessible::Table) {}
    ~GridAccessible() override { forget(); }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::TableInterface)
            return static_cast<QAccessibleTableInterface*>(this);
        return QAccessibleWidget::interface_cast(type);
    }

    int childCount() const override { return columns() * (1 + visibleCount()); }

    QAccessibleInterface* child(int index) const override
    {
        if (index < 0 || index >= childCount())
            return nullptr;
        const int line = index / columns();
        const int column = index % columns();
        return line == 0 ? cell(kHeaderRow, column) : cell(view()->visibleRows().first + line - 1, column);
    }

    int indexOfChild(const QAccessibleInterface* child) const override
    {
        const auto* wanted = dynamic_cast<const CellAccessible*>(child);
        if (!wanted)
            return -1;
        if (wanted->isHeader())
            return wanted->columnNumber();
        const GridRange rows = view()->visibleRows();
        if (wanted->rowNumber() < rows.first || wanted->rowNumber() > rows.last)
            return -1;
        return (wanted->rowNumber() - rows.first + 1) * columns() + wanted->columnNumber();
    }

    QAccessibleInterface* childAt(int x, int y) const override
    {
        const QPoint point = view()->viewport()->mapFromGlobal(QPoint(x, y));
        if (point.y() < 0) {
            const int column =
                view()->header()->logicalIndexAt(view()->header()->viewport()->mapFromGlobal(QPoint(x, y)));
            return column < 0 ? nullptr : cell(kHeaderRow, column);
        }
        const QModelIndex index = view()->indexAt(point);
        return index.isValid() ? cell(index.row(), index.column()) : nullptr;
    }

    QAccessibleInterface* focusChild() const override
    {
        const QModelIndex current = view()->currentIndex();
        return current.isValid() && view()->hasFocus() ? cell(current.row(), current.column()) : nullptr;
    }

    // QAccessibleTableInterface
    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override
    {
        return row >= 0 && row < rowCount() && column >= 0 && column < columns() ? cell(row, column) : nullptr;
    }
    int selectedCellCount() const override { return bounded(view()->selectedRowCount() * columns()); }
    QList<QAccessibleInterface*> selectedCells() const override
    {
        // Only what can be seen: a selection may have a hundred million rows.
        QList<QAccessibleInterface*> result;
        const GridRange rows = view()->visibleRows();
        for (int row = rows.first; row <= rows.last; ++row)
            if (view()->isRowSelected(row))
                for (int column = 0; column < columns(); ++column)
                    result.append(cell(row, column));
        return result;
    }
    QString columnDescription(int column) const override
    {
        return model() ? model()->headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString() +
                             sortWords(*view()->header(), column)
                       : QString();
    }
    QString rowDescription(int row) const override { return QString::number(row + 1); }
    int selectedColumnCount() const override { return 0; }
    int selectedRowCount() const override { return bounded(view()->selectedRowCount()); }
    int columnCount() const override { return columns(); }
    int rowCount() const override { return view()->shownRows(); }
    QList<int> selectedColumns() const override { return {}; }
    QList<int> selectedRows() const override
    {
        constexpr qsizetype kMost = 10'000;
        QList<int> result;
        for (const GridRange& range : view()->selectedRanges())
            for (int row = range.first; row <= range.last && result.size() < kMost; ++row)
                result.append(row);
        return result;
    }
    bool isColumnSelected(int) const override { return false; }
    bool isRowSelected(int row) const override { return view()->isRowSelected(row); }
    bool selectRow(int row) override
    {
        if (row < 0 || row >= rowCount())
            return false;
        view()->goToRow(row);
        return true;
    }
    bool selectColumn(int) override { return false; }
    bool unselectRow(int row) override
    {
        if (!isRowSelected(row))
            return false;
        view()->selectionModel()->select(QItemSelection(model()->index(row, 0), model()->index(row, columns() - 1)),
                                         QItemSelectionModel::Deselect);
        return true;
    }
    bool unselectColumn(int) override { return false; }

    void modelChange(QAccessibleTableModelChangeEvent* event) override
    {
        // Rows only come at the end; when they go, or all is new, cells get other numbers.
        const auto type = event->modelChangeType();
        if (type != QAccessibleTableModelChangeEvent::RowsInserted &&
            type != QAccessibleTableModelChangeEvent::DataChanged)
            forget();
    }

    QAccessibleInterface* cell(int row, int column) const
    {
        const quint64 key = static_cast<quint64>(static_cast<quint32>(row)) << 32 | static_cast<quint32>(column);
        const auto found = m_cells.constFind(key);
        if (found != m_cells.constEnd())
            return QAccessible::accessibleInterface(*found);
        // A reader that walks down the table asks for ever new cells.
        constexpr qsizetype kMost = 20'000;
        if (m_cells.size() > kMost)
            forget();
        auto* made = new CellAccessible(view(), row, column);
        m_cells.insert(key, QAccessible::registerAccessibleInterface(made));
        return made;
    }

private:
    static int bounded(qint64 value)
    {
        return static_cast<int>(std::min<qint64>(value, std::numeric_limits<int>::max()));
    }
    GridView* view() const { return static_cast<GridView*>(widget()); }
    GridModel* model() const { return view()->gridModel(); }
    int columns() const { return model() ? model()->columnCount() : 0; }
    int visibleCount() const
    {
        const GridRange rows = view()->visibleRows();
        return std::max(0, rows.last - rows.first + 1);
    }
    void forget() const
    {
        for (const QAccessible::Id id : std::as_const(m_cells))
            QAccessible::deleteAccessibleInterface(id);
        m_cells.clear();
    }

    mutable QHash<quint64, QAccessible::Id> m_cells;
};

namespace {

QList<QAccessibleInterface*> headerOf(QAccessibleInterface* table, int column)
{
    const auto* grid = dynamic_cast<GridAccessible*>(table);
    return grid ? QList<QAccessibleInterface*>{grid->cell(kHeaderRow, column)} : QList<QAccessibleInterface*>();
}

QAccessibleInterface* makeInterface(const QString& className, QObject* object)
{
    Q_UNUSED(className)
    auto* view = qobject_cast<GridView*>(object);
    return view ? new GridAccessible(view) : nullptr;
}

} // namespace

QList<QAccessibleInterface*> CellAccessible::columnHeaderCells() const
{
    return isHeader() ? QList<QAccessibleInterface*>() : headerOf(table(), m_column);
}

void installGridAccessibility()
{
    static const bool installed = [] {
        QAccessible::installFactory(makeInterface);
        return true;
    }();
    Q_UNUSED(installed)
}

void announceCurrentCell(GridView* view)
{
    if (!QAccessible::isActive() || !view->hasFocus())
        return;
    auto* grid = dynamic_cast<GridAccessible*>(QAccessible::queryAccessibleInterface(view));
    const QModelIndex current = view->currentIndex();
    if (!grid || !current.isValid())
        return;
    QAccessibleEvent event(grid->cell(current.row(), current.column()), QAccessible::Focus);
    QAccessible::updateAccessibility(&event);
}

} // namespace vtscope
