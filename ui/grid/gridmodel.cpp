#include "ui/grid/gridmodel.h"

#include <QLocale>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

QString opWord(RowOp op)
{
    switch (op) {
    case RowOp::Insert:
        return GridModel::tr("insert");
    case RowOp::Update:
        return GridModel::tr("update");
    case RowOp::Delete:
        return GridModel::tr("delete");
    case RowOp::None:
        break;
    }
    return {};
}

QString sizeWords(qint64 bytes)
{
    return GridModel::tr("%1 bytes").arg(QLocale().toString(bytes));
}

QString fullRowText(const GridRow& row)
{
    QString text;
    for (int i = 0; i < row.partCount; ++i) {
        if (!text.isEmpty())
            text += u' ';
        text += row.parts[static_cast<std::size_t>(i)].text;
    }
    return text;
}

QString markWords(const GridRow& row)
{
    if (!row.marked)
        return {};
    return row.note.isEmpty() ? GridModel::tr(", marked") : GridModel::tr(", marked: %1").arg(row.note);
}

QString shownText(CellKind kind, const QString& text)
{
    switch (kind) {
    case CellKind::Null:
        return u"NULL"_s;
    case CellKind::Empty:
        return GridModel::tr("empty");
    case CellKind::NotSent:
        return GridModel::tr("not sent");
    case CellKind::Masked:
        return GridModel::tr("masked");
    case CellKind::Absent:
    case CellKind::Tick:
        return {};
    case CellKind::Value:
    case CellKind::Binary:
        break;
    }
    return text;
}

// Read aloud, the text "NULL" would be a NULL.
QString spokenValue(CellKind kind, const QString& text)
{
    return kind == CellKind::Value && text == u"NULL" ? GridModel::tr("the text NULL") : shownText(kind, text);
}

QString spokenText(const GridCell& cell)
{
    if (cell.kind == CellKind::Tick)
        return cell.ticked ? GridModel::tr("ticked") : GridModel::tr("not ticked");
    if (cell.kind == CellKind::Absent && !cell.changed)
        return GridModel::tr("no such column then");
    QString text = cell.kind == CellKind::Absent ? GridModel::tr("removed") : spokenValue(cell.kind, cell.text);
    if (cell.kind == CellKind::Binary)
        text = sizeWords(cell.size) + ", "_L1 + text;
    else if (cell.truncated)
        text += GridModel::tr(", first part of %1").arg(sizeWords(cell.size));
    if (!cell.path.isEmpty())
        text = cell.path + u' ' + text;
    if (cell.changed && cell.oldKind == CellKind::Absent)
        text += GridModel::tr(", added");
    else if (cell.changed)
        text += GridModel::tr(", was %1").arg(spokenValue(cell.oldKind, cell.oldText));
    if (cell.more > 0)
        text += GridModel::tr(", and %n more", nullptr, cell.more);
    if (cell.stale)
        text += GridModel::tr(", seen earlier, may be stale");
    const auto isOfFilter = [](const GridHit& hit) { return hit.filter; };
    if (cell.matched || cell.oldMatched || std::any_of(cell.hits.begin(), cell.hits.end(), isOfFilter))
        text += GridModel::tr(", matches the filter");
    if (!std::all_of(cell.hits.begin(), cell.hits.end(), isOfFilter))
        text += GridModel::tr(", found");
    return text;
}

} // namespace

void GridRow::reset()
{
    kind = RowKind::Change;
    op = RowOp::None;
    bracket = Bracket::None;
    rule = 0;
    band = 0;
    marked = false;
    note.resize(0);
    copied = false;
    sentenceFrom = -1;
    partCount = 0;
}

void GridRow::add(GridText::Voice voice, QStringView text)
{
    if (static_cast<std::size_t>(partCount) == parts.size())
        return;
    GridText& part = parts[static_cast<std::size_t>(partCount++)];
    part.voice = voice;
    part.text.resize(0);
    part.text.append(text);
}

void GridCell::reset()
{
    kind = CellKind::Value;
    oldKind = CellKind::Value;
    changed = ascii = json = truncated = stale = quiet = words = matched = oldMatched = ticked = false;
    tone = Tone::Text;
    icon = IconName::None;
    size = -1;
    quietFrom = -1;
    more = 0;
    bandFrom = bandTo = -1;
    text.resize(0);
    oldText.resize(0);
    path.resize(0);
    hits.clear();
}

bool GridModel::setTicked(qint64, int, bool)
{
    return false;
}

QVariant GridModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const int column = index.column();
    const GridColumn& info = gridColumn(column);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment(Qt::AlignVCenter | (info.rightAligned ? Qt::AlignRight : Qt::AlignLeft)));
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole && role != Qt::CheckStateRole &&
        role != OldTextRole && role != CellKindRole && role != RowKindRole)
        return {};

    GridRow rowInfo;
    row(index.row(), rowInfo);
    if (role == RowKindRole)
        return static_cast<int>(rowInfo.kind);
    const bool isText = role == Qt::DisplayRole || role == Qt::AccessibleTextRole;
    if (rowInfo.kind != RowKind::Change)
        return !isText || column != 0           ? QVariant()
               : role == Qt::AccessibleTextRole ? QVariant(fullRowText(rowInfo) + markWords(rowInfo))
                                                : QVariant(fullRowText(rowInfo));
    if (isText && rowInfo.sentenceFrom >= 0 && column >= rowInfo.sentenceFrom)
        return column == rowInfo.sentenceFrom ? QVariant(rowInfo.sentence) : QVariant();
    if (isText && info.role == ColumnRole::Operation)
        return rowInfo.copied ? tr("%1, copied").arg(opWord(rowInfo.op)) : opWord(rowInfo.op);

    GridCell content;
    cell(index.row(), column, content);
    switch (role) {
    case Qt::DisplayRole:
        return shownText(content.kind, content.text);
    case Qt::AccessibleTextRole:
        return column == 0 ? spokenText(content) + markWords(rowInfo) : spokenText(content);
    case Qt::CheckStateRole:
        return content.kind == CellKind::Tick ? QVariant(content.ticked ? Qt::Checked : Qt::Unchecked) : QVariant();
    case OldTextRole:
        return content.changed ? QVariant(shownText(content.oldKind, content.oldText)) : QVariant();
    case CellKindRole:
        return static_cast<int>(content.kind);
    default:
        return {};
    }
}

QVariant GridModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const GridColumn& info = gridColumn(section);
    switch (role) {
    case Qt::DisplayRole:
        return info.title;
    case Qt::ToolTipRole:
        return info.typeName.isEmpty() ? QVariant() : QVariant(info.title + u' ' + info.typeName);
    case Qt::AccessibleTextRole:
        return info.title + (info.key ? tr(", key") : QString()) + (info.masked ? tr(", masked") : QString());
    case Qt::AccessibleDescriptionRole:
        return info.typeName;
    default:
        return {};
    }
}

} // namespace vtscope
