#pragma once

#include <QVariantAnimation>
#include <QWidget>

namespace vtscope {

/// The place at the bottom of a view from which a sheet rises. GUI thread. Takes its height from the view above, so
/// that rows stay reachable; holds one sheet at a time, in 120 ms or at once with reduce motion.
class SheetSlot : public QWidget
{
    Q_OBJECT

public:
    explicit SheetSlot(QWidget* parent = nullptr);

    /// Shows the sheet, which the slot owns from now on; one that was there is deleted.
    void raiseSheet(QWidget* sheet);
    /// Deletes the sheet.
    void drop();
    QWidget* sheet() const { return m_sheet; }

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    int wantedHeight() const;
    void settle();

    QWidget* m_sheet = nullptr;
    QVariantAnimation m_motion;
};

} // namespace vtscope
