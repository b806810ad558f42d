#pragma once

#include "ui/grid/gridmodel.h"

#include <QAbstractItemView>
#include <QTimer>

#include <memory>
#include <vector>

namespace vtscope {

class GridFade;
class GridHeader;
class GridPainter;
class GridPill;
struct GridColumnSpan;

/// Rows from `first` to `last`, both included.
struct GridRange
{
    int first = 0;
    int last = -1;
    qint64 count() const { return static_cast<qint64>(last) - first + 1; }
};

/// The grid of changes (and of messages of a queue): a view over a GridModel with fixed row height, whose cost does not
/// depend on the number of rows. GUI thread.
///
/// - The vertical scroll bar counts rows. Inserts never move the selection, the scroll position or a width.
/// - Selection is by rows, the current index is a cell. It is kept in ranges: read it with selectedRanges(), never with
///   selectedIndexes() or selectionModel()->selectedRows(), which make one index per row.
/// - follow: the last row stays at the bottom. It lets go when the user scrolls up or moves to another row, and comes
///   back with setFollow(true), Ctrl+End, or the pill "n new · Follow" that shows what came meanwhile.
/// - freeze: the view shows only the first n rows, whatever the model appends.
class GridView : public QAbstractItemView
{
    Q_OBJECT
    Q_PROPERTY(bool follow READ follow WRITE setFollow NOTIFY followChanged)

public:
    explicit GridView(QWidget* parent = nullptr);
    ~GridView() override;

    /// Only a GridModel (or null); anything else is refused by an assertion.
    void setModel(QAbstractItemModel* model) override;
    GridModel* gridModel() const { return m_grid; }

    /// The columns: movable, resizable, hideable. Use its saveState() and restoreState() to keep the user's layout.
    GridHeader* header() const { return m_header; }
    /// Sets a column to the width that its visible cells need, within 4 to 60 characters.
    void fitColumn(int column);
    /// Gives every column the width that it had at first.
    void resetColumnWidths();

    bool follow() const { return m_follow; }
    /// On: scrolls to the end and releases a frozen picture.
    void setFollow(bool on);

    /// Shows only the first `rows` rows from now on.
    void freeze(int rows);
    void freeze() { freeze(shownRows()); }
    void release();
    bool isFrozen() const { return m_frozen >= 0; }
    /// Rows that the model has beyond the frozen picture.
    qint64 heldBack() const;
    /// Rows that came since follow was let go (or the picture was frozen) and that were not on screen yet.
    qint64 newRows() const;

    /// Rows as the user sees them: of the model, or of the frozen picture.
    int shownRows() const;
    int rowHeight() const { return m_rowHeight; }
    /// First and last row that are at least partly visible; last < first if there are none.
    GridRange visibleRows() const;

    int currentRow() const { return currentIndex().isValid() ? currentIndex().row() : -1; }
    /// Moves the current cell (and the selection) there and scrolls as little as needed; column -1 keeps the column.
    void goToRow(int row, int column = -1);
    /// Letters that act while the grid has the focus (F follows, P asks for a pause), and Space. On at first; off
    /// for people who use other keys.
    void setLetterKeys(bool on) { m_letterKeys = on; }
    bool hasLetterKeys() const { return m_letterKeys; }
    /// Selected rows, ascending, not overlapping.
    std::vector<GridRange> selectedRanges() const;
    qint64 selectedRowCount() const;
    bool isRowSelected(int row) const;

    /// Scrolls so that `row` is the first one, as far as the end allows. Does not touch follow.
    void setTopRow(int row);
    int topRow() const { return m_top; }

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;
    void reset() override;
    void selectAll() override;
    void keyboardSearch(const QString& search) override;

Q_SIGNALS:
    void followChanged(bool on);
    void frozenChanged(bool on);
    /// The user chose something else: once per change, whatever its size.
    void selectedRowsChanged();
    /// Another row became current; -1 for none.
    void currentRowChanged(int row);
    void tickToggled(int row, int column, bool on);
    void pauseRequested();
    /// Space, where there is nothing to tick.
    void inspectRequested();

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override;
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex& index) const override;
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void updateGeometries() override;
    void scrollContentsBy(int dx, int dy) override;
    void verticalScrollbarValueChanged(int value) override;
    int sizeHintForRow(int row) const override;

    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void rowsInserted(const QModelIndex& parent, int start, int end) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>& roles) override;
    void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    friend class GridAccessible;

    void onThemeChanged();
    void onRowsRemoved(const QModelIndex& parent, int start, int end);
    void onModelReset();
    void layoutColumns();
    void updateBars();
    void updateRows(int first, int last);
    void updatePill();
    void noteSeen();
    void letGo();
    int fullRows() const;
    int maxTop() const;
    int bottomOffset() const;
    void place(int top, int offset);
    void scrollByPixels(qint64 pixels);
    void scrollToBottom();
    void userScrolled(bool up);
    void stepFade();
    std::vector<GridColumnSpan>& spansIn(int firstVisual, int endVisual, int right);
    void paintRows(QPainter& painter, const QRegion& region, const std::vector<GridColumnSpan>& spans);
    int rowAt(int y) const;
    int rowTop(int row) const;
    void moveTo(int row, int column, Qt::KeyboardModifiers modifiers);
    void selectRows(int anchor, int row, QItemSelectionModel::SelectionFlags flags);
    int stepColumn(int column, int step) const;
    bool toggleTick(int row, int column);
    void setHover(int row);
    void dragTo(const QPoint& position);

    GridModel* m_grid = nullptr;
    GridHeader* m_header = nullptr;
    QWidget* m_corner = nullptr;
    std::unique_ptr<GridPainter> m_painter;
    std::unique_ptr<GridFade> m_fade;
    GridPill* m_pill = nullptr;
    QTimer m_pillTimer;
    QTimer m_fadeTimer;
    QTimer m_dragTimer;
    std::vector<GridColumnSpan> m_spans;
    double m_lastAdvance = 0;
    QStringList m_columnTitles;
    int m_rowHeight = 23;
    int m_gutter = 28;
    int m_top = 0;
    int m_offset = 0; // pixels of the top row above the viewport
    int m_frozen = -1;
    int m_hover = -1;
    int m_anchor = -1;
    qint64 m_seen = 0;
    double m_wheelRest = 0;
    bool m_follow = false;
    bool m_dragging = false;
    bool m_settingBar = false;
    bool m_dragAdds = false;
    bool m_letterKeys = true;
};

} // namespace vtscope
