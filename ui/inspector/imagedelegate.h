// Paints a column of a change: one value, or the old one over the new one with minus and plus. GUI thread.
#pragma once

#include <QStyledItemDelegate>

namespace vtscope {

class ImageDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    enum Role {
        OldRole = Qt::UserRole + 1,
        IsChangedRole,
        IsWordsRole,
        IsOldWordsRole,
        TypeRole,
        IsHeadingRole,
        IsKeyRole,
        WantedRole,   // texts that are marked in both values
        IsReasonRole, // the value as a whole is marked
        IsOldReasonRole
    };

    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace vtscope
