#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QTimer>

namespace vtscope {

class GridView;
struct GridColumn;

/// The user's columns of a grid: which are shown, in which order, how wide, and which stay while the others scroll.
/// Kept for each table in the program's settings. GUI thread.
class ColumnLayout : public QObject
{
    Q_OBJECT

public:
    /// One column, by its place from left to right.
    struct Column
    {
        QString name;     ///< unique in its grid
        QString title;    ///< as the header shows it
        double chars = 0; ///< its width, in characters of the data font
        bool isShown = true;
        bool isPinned = false; ///< before all that are not
        bool isMasked = false;
        bool canBeMasked = false; ///< it is the table's own
    };

    /// Owned by the grid, whose model is set.
    explicit ColumnLayout(GridView* grid);
    ~ColumnLayout() override;

    /// The table that the grid shows now ("shop.orders"; empty: several, of which nothing is kept). To be called when
    /// the model was reset: what the user chose is applied; columns that came meanwhile stand beside their neighbour.
    void setTable(const QString& table);

    /// All columns, also the hidden ones, as they stand.
    QList<Column> columns() const;
    /// Takes over order, visibility and pins, and widths where there are any; asks for masks.
    void setColumns(const QList<Column>& columns);
    /// Every column shown, none pinned, in the model's order and with its first width; nothing is kept.
    void reset();

    /// Lets the user choose.
    void openDialog();
    void openMenu(const QPoint& globalPosition, int logical);

Q_SIGNALS:
    /// The values of this column of the table ("shop.orders") are to be hidden, or shown again.
    void maskRequested(const QString& table, const QString& column, bool isMasked);

private:
    void apply();
    void load();
    void save();
    void noteChange();
    void keep(QList<Column> columns);
    bool canBeMasked(const GridColumn& column) const;

    GridView* m_grid;
    QString m_table;
    QList<Column> m_chosen; // empty: the user changed nothing
    QTimer m_saveSoon;
    bool m_isApplying = false;
};

} // namespace vtscope
