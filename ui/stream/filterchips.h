// The terms of the filter that is on, and those that were turned off: a chip for each, in one row. Shown while there is
// more than one term, or one that is off. The row is one stop for Tab: Left and Right go through it. GUI thread.
#pragma once

#include <QWidget>

#include <functional>
#include <vector>

#include "streamcore/select/filter.h"

class QMenu;

namespace vtscope {

class Chip;

class FilterChips : public QWidget
{
    Q_OBJECT

public:
    explicit FilterChips(QWidget* parent = nullptr);

    // What is on now. What is off stays where it was, but for what is on again.
    void setApplied(const Filter& filter);
    // Of the terms that are off, those for which it is true go.
    void forgetOff(const std::function<bool(const Filter&)>& isGone);

Q_SIGNALS:
    // The user turned terms on, off or round: this shall be on.
    void chosen(const vtscope::Filter& filter);
    // Escape.
    void left();
    // The chip that had the focus is gone, and the row with it.
    void vanished();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum class Act { On, Off, Invert, Only, Remove };

    struct Term
    {
        Filter filter;
        bool isOn;
    };

    Filter applied() const;
    void act(std::size_t term, Act act);
    void arrange();
    void settle();
    void fit();
    void place();
    Chip* newChip();
    Chip* chipOf(std::size_t term) const;
    void fillMenu(QMenu* menu, std::size_t term);
    void openMenu(std::size_t term, const QPoint& at);
    void openRest();
    void goTo(std::size_t term);

    std::vector<Term> m_terms;
    QList<Chip*> m_chips; // one for each term, at least one; those without a term are hidden
    Chip* m_rest;         // stands for the terms from m_fitting on
    std::size_t m_fitting = 0;
    std::size_t m_current = 0;
};

} // namespace vtscope
