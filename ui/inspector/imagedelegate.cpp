#include "ui/inspector/imagedelegate.h"

#include <QPainter>
#include <QTextLayout>
#include <QTreeView>

#include <algorithm>

#include "ui/style/icons.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kMostLines = 6;
constexpr int kBesideFrom = 85; // units: the inspector is 480 px wide then

int lineHeight()
{
    return QFontMetrics(metrics().data()).height();
}

int valueWidth(const QStyleOptionViewItem& option)
{
    const auto* view = qobject_cast<const QTreeView*>(option.widget);
    return view ? view->columnWidth(1) : option.rect.width();
}

struct Value
{
    QString text;
    bool isWords = false;  // "NULL", not a value
    bool isReason = false; // underlined
};

// A line of a value, and where it begins in it.
struct Line
{
    QString text;
    int start = 0;
};

QFont fontOf(const Value& value, bool isKey)
{
    return value.isWords ? metrics().uiItalic() : isKey ? metrics().dataStrong() : metrics().data();
}

// As they are shown, none wider than this; the last one ends in an ellipsis when there is more.
QList<Line> linesOf(const Value& value, const QFont& font, int width)
{
    QString text = value.text;
    text.replace(u'\n', QChar(QChar::LineSeparator));
    QTextOption wrap;
    wrap.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    QTextLayout layout(text, font);
    layout.setTextOption(wrap);
    layout.beginLayout();
    QList<Line> lines;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        if (lines.size() == kMostLines) {
            lines.back().text = QFontMetrics(font).elidedText(lines.back().text + QStringLiteral("\u2026\u2026\u2026"),
                                                              Qt::ElideRight, width);
            break;
        }
        QString piece = text.mid(line.textStart(), line.textLength());
        if (piece.endsWith(QChar(QChar::LineSeparator)))
            piece.chop(1);
        lines << Line{piece, line.textStart()};
    }
    layout.endLayout();
    return lines;
}

int heightOf(const QList<Line>& lines)
{
    return std::max(1, static_cast<int>(lines.size())) * lineHeight();
}

// Old and new beside each other where both have room, else above each other.
bool isBeside(int valueWidth)
{
    return valueWidth >= metrics().space(kBesideFrom);
}

// Of the text, without the sign before it and what surrounds it.
int textWidth(int valueWidth, bool isChanged)
{
    if (isChanged && isBeside(valueWidth))
        valueWidth = valueWidth / 2;
    return std::max(metrics().space(4), valueWidth - 5 * metrics().u() - (isChanged ? metrics().space(3) : 0));
}

Value nowOf(const QModelIndex& index)
{
    return {index.data(Qt::DisplayRole).toString(), index.data(ImageDelegate::IsWordsRole).toBool(),
            index.data(ImageDelegate::IsReasonRole).toBool()};
}

Value oldOf(const QModelIndex& index)
{
    return {index.data(ImageDelegate::OldRole).toString(), index.data(ImageDelegate::IsOldWordsRole).toBool(),
            index.data(ImageDelegate::IsOldReasonRole).toBool()};
}

// Behind the text of a line: what is wanted, as far as it lies in it.
void paintHits(QPainter& painter, const QRect& rect, const Line& line, const Value& value, const QStringList& wanted)
{
    const QFontMetrics fm(painter.font());
    const auto underline = [&](int x, int width) {
        painter.fillRect(QRectF(x, rect.top() + (rect.height() + fm.ascent() - fm.descent()) / 2.0 + 2, width, 1.5),
                         tokens().accentText);
    };
    const auto end = line.start + static_cast<int>(line.text.size());
    for (const QString& each : wanted) {
        for (qsizetype at = value.text.indexOf(each, 0, Qt::CaseInsensitive); at >= 0 && at < end && !value.isWords;
             at = value.text.indexOf(each, at + each.size(), Qt::CaseInsensitive)) {
            const qsizetype from = std::max<qsizetype>(at, line.start), to = std::min<qsizetype>(at + each.size(), end);
            if (from >= to)
                continue;
            const int x = rect.left() + fm.horizontalAdvance(line.text.left(from - line.start));
            const int width = fm.horizontalAdvance(line.text.mid(from - line.start, to - from));
            painter.fillRect(QRect(x, rect.top() + 1, width, rect.height() - 2), tokens().hit);
            underline(x, width);
        }
    }
    if (value.isReason)
        underline(rect.left(), fm.horizontalAdvance(line.text));
}

} // namespace

QSize ImageDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const int u = metrics().u();
    if (index.data(IsHeadingRole).toBool())
        return {10, metrics().space(7)};
    if (index.column() == 0) {
        const QModelIndex value = index.siblingAtColumn(1);
        const int height = sizeHint(option, value).height();
        return {10, height};
    }
    const bool isChanged = index.data(IsChangedRole).toBool(), isKey = index.data(IsKeyRole).toBool();
    const int width = textWidth(valueWidth(option), isChanged);
    const auto needed = [&](const Value& value) {
        return heightOf(linesOf(value, fontOf(value, isKey), width)) + 2 * u;
    };
    const int now = needed(nowOf(index)), old = isChanged ? needed(oldOf(index)) : 0;
    const int values = isBeside(valueWidth(option)) ? std::max(now, old) : now + old;
    // Beside a change stands the type too, below the name.
    const int names =
        isChanged ? 2 * QFontMetrics(metrics().uiStrong()).height() + u : static_cast<int>(metrics().space(6));
    return {10, std::max(values, names)};
}

void ImageDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Tokens& color = tokens();
    const int u = metrics().u();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    if (isSelected)
        painter->fillRect(option.rect, option.state.testFlag(QStyle::State_Active) ? color.selA : color.selI);
    QRect rect = option.rect.adjusted(2 * u, 0, -u, 0);
    if (index.data(IsHeadingRole).toBool()) {
        painter->setFont(metrics().heading());
        painter->setPen(color.text2);
        painter->drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, index.data(Qt::DisplayRole).toString());
        painter->restore();
        return;
    }
    if (index.column() == 0) {
        painter->setFont(index.data(IsChangedRole).toBool() || index.data(IsKeyRole).toBool() ? metrics().uiStrong()
                                                                                              : metrics().ui());
        painter->setPen(color.text);
        const QFontMetrics names(painter->font());
        QRect line(rect.left(), rect.top() + u, rect.width(), names.height());
        if (index.data(IsKeyRole).toBool()) {
            drawIcon(*painter,
                     QRect(line.left() - metrics().space(0.5), line.top(), metrics().smallIcon() + u, line.height()),
                     IconName::Key, color.text2, metrics().smallIcon());
            line.setLeft(line.left() + metrics().smallIcon() + u);
        }
        painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                          names.elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, line.width()));
        if (index.data(IsChangedRole).toBool()) {
            painter->setFont(metrics().small());
            painter->setPen(color.text2);
            line.translate(0, line.height());
            painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                              QFontMetrics(metrics().small())
                                  .elidedText(index.data(TypeRole).toString(), Qt::ElideRight, line.width()));
        }
        painter->restore();
        return;
    }
    const bool isChanged = index.data(IsChangedRole).toBool(), isKey = index.data(IsKeyRole).toBool();
    const int width = textWidth(valueWidth(option), isChanged);
    const QStringList wanted = index.data(WantedRole).toStringList();
    const auto draw = [&](const Value& value, const QList<Line>& lines, QRect box, const QColor& tint,
                          const QColor& mark, const QString& sign) {
        if (!sign.isEmpty()) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(tint);
            painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::kRadiusCell,
                                     Metrics::kRadiusCell);
            painter->setPen(mark);
            painter->setFont(metrics().dataStrong());
            painter->drawText(box.adjusted(u, u, 0, 0), Qt::AlignLeft | Qt::AlignTop, sign);
            box.setLeft(box.left() + metrics().space(3));
        }
        painter->setFont(fontOf(value, isKey));
        painter->setPen(value.isWords ? color.text2 : color.text);
        QRect line(box.left() + u, box.top() + u, width, lineHeight());
        for (const Line& each : lines) {
            paintHits(*painter, line, each, value, wanted);
            painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, each.text);
            line.translate(0, lineHeight());
        }
    };
    const Value now = nowOf(index);
    const QList<Line> nowLines = linesOf(now, fontOf(now, isKey), width);
    if (!isChanged) {
        draw(now, nowLines, rect, {}, {}, {});
    } else {
        const Value old = oldOf(index);
        const QList<Line> oldLines = linesOf(old, fontOf(old, isKey), width);
        QRect before = rect.adjusted(0, 1, 0, -1), after = before;
        if (isBeside(valueWidth(option))) {
            before.setWidth(rect.width() / 2 - 1);
            after.setLeft(before.right() + 3);
        } else {
            before.setHeight(heightOf(oldLines) + 2 * u - 2);
            after.setTop(before.bottom() + 2);
        }
        draw(old, oldLines, before, color.delT, color.del, QStringLiteral("−"));
        draw(now, nowLines, after, color.insT, color.ins, QStringLiteral("+"));
    }
    painter->restore();
}

} // namespace vtscope
