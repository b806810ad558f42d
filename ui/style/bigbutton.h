#pragma once

#include "ui/style/icons.h"

#include <QAbstractButton>

namespace vtscope {

/// A button of the start page: icon, title, one line below, key at the right. GUI thread.
class BigButton : public QAbstractButton
{
    Q_OBJECT

public:
    explicit BigButton(IconName icon, const QString& title, const QString& subtitle, QWidget* parent = nullptr);

    /// Filled with the accent; at most one on a page.
    void setPrimary(bool on);
    void setSubtitle(const QString& subtitle);
    /// The key that does the same, shown as a chip ("Ctrl+N"). Only shown: the action owns the shortcut.
    void setKey(const QKeySequence& key);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    IconName m_icon;
    QString m_subtitle;
    QString m_key;
    bool m_primary = false;
};

} // namespace vtscope
