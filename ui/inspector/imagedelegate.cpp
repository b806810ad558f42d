#include "ui/inspector/imagedelegate.h"

#include <QPainter>
#include <QTreeView>

#include <algorithm>

#include "ui/style/icons.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kMostLines = 6;

int lineHeight()
{
    return QFontMetrics(metrics().data()).height();
}

int valueWidth(const QStyleOptionViewItem& option)
{
    const auto* view = qobject_cast<const QTreeView*>(option.widget);
    return view ? view->columnWidth(1) : option.rect.width();
}

} // namespace

int ImageDelegate::linesOf(const QString& text, int width) const
{
    const int perLine = std::max(4, static_cast<int>((width - metrics().space(7)) / metrics().dataAdvance()));
    int lines = 0;
    for (const QString& line : text.split(u'\n'))
        lines += std::max(1, static_cast<int>((line.size() + perLine - 1) / perLine));
    return std::clamp(lines, 1, kMostLines);
}

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
    const int width = valueWidth(option);
    int height = linesOf(index.data(Qt::DisplayRole).toString(), width) * lineHeight() + 2 * u;
    if (index.data(IsChangedRole).toBool())
        height += linesOf(index.data(OldRole).toString(), width) * lineHeight() + 2 * u;
    return {10, std::max(height, metrics().space(6))};
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
    const auto draw = [&](const QString& text, bool isWords, QRect box, const QColor& tint, const QColor& mark,
                          const QString& sign) {
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
        painter->setFont(isWords                          ? metrics().uiItalic()
                         : index.data(IsKeyRole).toBool() ? metrics().dataStrong()
                                                          : metrics().data());
        painter->setPen(isWords ? color.text2 : color.text);
        QTextOption wrap(Qt::AlignLeft | Qt::AlignTop);
        wrap.setWrapMode(QTextOption::WrapAnywhere);
        painter->setClipRect(box.adjusted(0, 0, 0, -u / 2));
        painter->drawText(QRectF(box.adjusted(u, u, -u, 0)), text, wrap);
        painter->setClipping(false);
    };
    const QString now = index.data(Qt::DisplayRole).toString();
    if (!index.data(IsChangedRole).toBool()) {
        draw(now, index.data(IsWordsRole).toBool(), rect, {}, {}, {});
    } else {
        const QString old = index.data(OldRole).toString();
        const int oldHeight = linesOf(old, valueWidth(option)) * lineHeight() + 2 * u - 2;
        draw(old, index.data(IsOldWordsRole).toBool(), QRect(rect.left(), rect.top() + 1, rect.width(), oldHeight),
             color.delT, color.del, QStringLiteral("−"));
        draw(now, index.data(IsWordsRole).toBool(),
             QRect(rect.left(), rect.top() + oldHeight + 2, rect.width(), rect.height() - oldHeight - 3), color.insT,
             color.ins, QStringLiteral("+"));
    }
    painter->restore();
}

} // namespace vtscope
