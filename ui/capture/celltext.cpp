#include "ui/capture/celltext.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace vtscope {

namespace {

// The value part of a cell: its kind, text and whether it is cut.
CellKind fillValue(const Cell& cell, QString& text, GridCell& out)
{
    switch (cell.state) {
    case Cell::State::Absent:
        return CellKind::Absent;
    case Cell::State::NotSent:
        return CellKind::NotSent;
    case Cell::State::Null:
        return CellKind::Null;
    case Cell::State::Value:
        break;
    }
    if (cell.bytes.empty())
        return CellKind::Empty;
    EyeText eye = eyeText(cell, GridCell::kTextLimit);
    text = std::move(eye.text);
    out.ascii = eye.isAscii;
    if (eye.isHex) {
        out.size = static_cast<qint64>(eye.size);
        return CellKind::Binary;
    }
    if (eye.isTruncated) {
        out.truncated = true;
        out.size = static_cast<qint64>(eye.size);
    }
    return CellKind::Value;
}

int widthOf(const Column& column)
{
    switch (column.kind) {
    case ValueKind::Integer:
        return column.typeName().starts_with("bigint") || column.type == 265 || column.type == 778 ? 20 : 10;
    case ValueKind::Decimal:
    case ValueKind::Float:
        return 12;
    case ValueKind::Year:
        return 6;
    case ValueKind::Date:
        return 12;
    case ValueKind::Time:
        return 12;
    case ValueKind::DateTime:
    case ValueKind::Timestamp:
        return 27;
    case ValueKind::Bit:
        return 8;
    case ValueKind::Enum:
    case ValueKind::Set:
        return 20;
    case ValueKind::Json:
        return 40;
    case ValueKind::Text:
    case ValueKind::Binary:
    case ValueKind::Geometry:
    case ValueKind::Vector:
    case ValueKind::Unknown:
        return 22;
    }
    return 20;
}

} // namespace

void fillCell(const Cell& cell, GridCell& out)
{
    out.kind = fillValue(cell, out.text, out);
    if (cell.column) {
        out.json = cell.column->kind == ValueKind::Json && out.kind == CellKind::Value;
    }
}

void fillChangedCell(const Cell& before, const Cell& after, GridCell& out)
{
    out.changed = true;
    GridCell old;
    out.oldKind = fillValue(before, out.oldText, old);
    out.kind = fillValue(after, out.text, out);
    out.ascii = (out.ascii || out.kind != CellKind::Value) && (old.ascii || out.oldKind != CellKind::Value);
}

GridColumn gridColumnOf(const Column& column)
{
    GridColumn out;
    out.title = text(column.name);
    out.typeName = text(column.typeName());
    out.rightAligned = column.isNumber() || column.kind == ValueKind::Bit;
    out.key = column.isKey;
    out.widthChars = std::max(widthOf(column), static_cast<int>(column.name.size()) + 3);
    return out;
}

QString plainText(const Cell& cell, int limit)
{
    switch (cell.state) {
    case Cell::State::Absent:
        return {};
    case Cell::State::NotSent:
        return QStringLiteral("not sent");
    case Cell::State::Null:
        return QStringLiteral("NULL");
    case Cell::State::Value:
        break;
    }
    return cell.bytes.empty() ? QStringLiteral("empty") : eyeText(cell, limit).text;
}

QString exactText(const Cell& cell)
{
    if (!cell.hasValue())
        return {};
    std::string exact;
    appendExact(cell, exact);
    return text(exact);
}

QString clockText(std::int64_t ns)
{
    return QDateTime::fromMSecsSinceEpoch(ns / 1'000'000, Qt::UTC).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString timeText(std::int64_t ns)
{
    return QDateTime::fromMSecsSinceEpoch(ns / 1'000'000, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz")) +
           QStringLiteral(" UTC");
}

QString numberText(std::uint64_t number)
{
    return QLocale().toString(static_cast<qulonglong>(number));
}

QString sizeText(std::uint64_t bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

} // namespace vtscope
