#pragma once

#include "ui/start/recent.h"

#include <QAbstractButton>

namespace vtscope {

/// One capture in a list: icon, name with its tables or folder, time with size. A capture that is not there any more
/// is grey and cannot be opened. GUI thread. Return, Space and a click open it, Delete takes it off the list.
class CaptureRow : public QAbstractButton
{
    Q_OBJECT

public:
    explicit CaptureRow(const RecentCapture& capture, QWidget* parent = nullptr);

    const RecentCapture& capture() const { return m_capture; }
    /// The time again, for the clock went on.
    void updateTime();
    /// Without the line below.
    void setLast(bool on);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void openRequested();
    void removeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    RecentCapture m_capture;
    QString m_detail;
    QString m_time;
    QString m_size;
    bool m_isLast = false;
};

} // namespace vtscope
