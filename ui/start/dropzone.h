#pragma once

#include <QWidget>

namespace vtscope {

/// The dashed box that says what can be dropped or pasted on the page. The page itself takes the drop. GUI thread.
class DropZone : public QWidget
{
    Q_OBJECT

public:
    explicit DropZone(QWidget* parent = nullptr);

    /// While something that can be dropped is over the page.
    void setHot(bool on);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_first;
    QString m_second;
    bool m_isHot = false;
};

} // namespace vtscope
