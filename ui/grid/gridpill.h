#pragma once

#include <QAbstractButton>

namespace vtscope {

/// "1,204 new · Follow [F]": floats over the bottom of a GridView. GUI thread. Its width only grows while it is shown.
class GridPill : public QAbstractButton
{
    Q_OBJECT

public:
    explicit GridPill(QWidget* parent);

    /// Shows the pill with that count, or hides it for 0. `area` is the viewport in the parent's coordinates.
    void showCount(qint64 count, const QRect& area);
    qint64 count() const { return m_count; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString countText() const;

    qint64 m_count = 0;
    int m_widest = 0;
};

} // namespace vtscope
