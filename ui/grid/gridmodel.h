#pragma once

#include "ui/style/icons.h"
#include "ui/style/tokens.h"

#include <QAbstractTableModel>
#include <QString>
#include <QVarLengthArray>

#include <array>

namespace vtscope {

/// What a column of the grid is for; decides how its cells are painted when the cell does not say otherwise.
enum class ColumnRole : quint8 {
    Data,   ///< a column of the table, or any text in the data font
    Number, ///< `#`: the absolute number of the change
    Time,
    Shard,
    Operation, ///< painted from GridRow::op, its cell is only asked for by data()
    Words,     ///< vtscope's own words, in the UI font (state, reason)
    Tick       ///< a box to tick; the whole cell is the target
};

/// One column as the header and the painter see it. Owned by the model; constant until columns change or a reset.
struct GridColumn
{
    QString title;
    QString typeName; ///< tool tip and accessible description, e.g. `varchar(255)`
    ColumnRole role = ColumnRole::Data;
    bool rightAligned = false; ///< numbers, decimals, keys of number type
    bool key = false;          ///< part of the key: values 700, key icon in the header
    int widthChars = 12;       ///< first width, in characters of the data font; later widths are the user's
    bool masked = false;       ///< its values are hidden: shield in the header
};

/// What kind of thing a whole row is. All kinds but Change are painted across all columns.
enum class RowKind : quint8 { Change, SchemaChange, Gap, NotDecodable, Error, CopyFinished, Notice };

enum class RowOp : quint8 { None, Insert, Update, Delete };

/// Where a row stands in its transaction; None for transactions of one row.
enum class Bracket : quint8 { None, First, Middle, Last };

/// A piece of a full-width row, drawn left to right with a gap between.
struct GridText
{
    enum class Voice : quint8 { Strong, Plain, Quiet, Data }; ///< the first two and Quiet in the UI font
    QString text;
    Voice voice = Voice::Plain;
};

/// One row as the painter sees it. The painter reuses one object: a model fills what is not default and keeps the
/// capacity of the strings (reset() is called before).
struct GridRow
{
    RowKind kind = RowKind::Change;
    RowOp op = RowOp::None;
    Bracket bracket = Bracket::None;
    quint8 rule = 0;       ///< colour rule 1 to 6, 0 for none: a stripe beside `#` and a tint
    quint32 band = 0;      ///< running number of the transaction; its lowest bit chooses the band
    bool marked = false;   ///< ribbon in the gutter
    QString note;          ///< of the mark, for those who do not see the ribbon
    bool copied = false;   ///< a row of the copy phase: "copy" sign beside the operation
    int sentenceFrom = -1; ///< first column (logical) covered by `sentence`, -1 for none
    QString sentence;      ///< for a delete without earlier image, instead of its cells
    int partCount = 0;     ///< for full-width rows
    std::array<GridText, 6> parts;

    void reset();
    /// Appends a part to a full-width row; more than six are dropped.
    void add(GridText::Voice voice, QStringView text);
};

/// What stands in a cell.
enum class CellKind : quint8 {
    Value,
    Null,
    Empty, ///< a string of length 0
    NotSent,
    Absent, ///< the column did not exist for this row: nothing is drawn
    Binary, ///< `text` is hex ("25 50 44"), `size` the true length
    Masked, ///< hidden: nothing else of the cell is filled
    Tick    ///< `ticked`
};

/// What was searched or filtered for inside the text of a cell, in UTF-16 units.
struct GridHit
{
    int start = 0;
    int length = 0;
    bool inOld = false; ///< in the old text instead of the new one
    bool current = false;
    bool filter = false; ///< why the row passes the filter: underlined; else found: also on a tint
};

/// One cell as the painter sees it. Reused like GridRow. Texts are cut by the model at kTextLimit characters.
struct GridCell
{
    static constexpr int kTextLimit = 256;

    CellKind kind = CellKind::Value;
    CellKind oldKind = CellKind::Value; ///< of the old value, when `changed`
    bool changed = false;               ///< paint `oldText → text` on the tint of a changed cell
    bool ascii = false;                 ///< every text of this cell is printable ASCII: cut by count, not shaped
    bool json = false;                  ///< quiet keys and marks
    bool truncated = false;             ///< the text is only the beginning: chip with `size`
    bool stale = false;                 ///< known from earlier in this capture: italic, dotted underline
    bool quiet = false;                 ///< text2 (a time that is only the time of receipt)
    bool words = false;                 ///< UI font even in a data column
    bool matched = false;               ///< the whole value is why the row passes the filter: underlined
    bool oldMatched = false;            ///< the old value is, when `changed`
    bool ticked = false;
    Tone tone = Tone::Text;         ///< of icon and text in columns of words
    IconName icon = IconName::None; ///< before the text
    qint64 size = -1;               ///< true length in bytes, for the chip of binary and truncated values
    int quietFrom = -1;             ///< characters from here on are text2 (milliseconds)
    int more = 0;                   ///< further changed JSON paths: `+2`
    double bandFrom = -1;           ///< a small range bar at the right of the cell, 0 to 1; -1 for none
    double bandTo = -1;
    QString text;
    QString oldText;
    QString path; ///< changed JSON path, e.g. `.coupon`
    QVarLengthArray<GridHit, 4> hits;

    void reset();
};

/// The table that a GridView shows. GUI thread.
///
/// The painter asks row() and cell() for what is visible, once per painted cell; both must be cheap, must not emit
/// anything, and may be asked for any row below rowCount(). Rows are inserted at the end with one
/// beginInsertRows/endInsertRows per batch; rows may be removed at the front. Rows fit int, as the item models have it.
class GridModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    /// Roles of data() beside DisplayRole, AccessibleTextRole, TextAlignmentRole and CheckStateRole.
    enum Role { OldTextRole = Qt::UserRole + 1, CellKindRole, RowKindRole };

    virtual void row(qint64 row, GridRow& out) const = 0;
    virtual void cell(qint64 row, int column, GridCell& out) const = 0;
    virtual const GridColumn& gridColumn(int column) const = 0;

    /// What a click on a tick cell or Space does; false if nothing happened.
    virtual bool setTicked(qint64 row, int column, bool on);

    /// For accessibility and tests: DisplayRole is the text as painted, without chips; AccessibleTextRole a short
    /// phrase such as "paid, was new", "NULL", "not sent", "12 391 bytes, 25 50 44".
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
};

} // namespace vtscope
