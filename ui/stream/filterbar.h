// One line in which a filter is typed: checked with every letter, applied when it is right and typing rests. What is
// only unfinished is no mistake: the last right filter stays on. Below it, chips of its terms; at its end, the star
// that saves it. GUI thread.
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>
#include <optional>
#include <string>

#include "streamcore/select/completion.h"
#include "streamcore/select/filter.h"

class QAction;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace vtscope {

class FilterChips;
class FilterCompleter;

class FilterBar : public QWidget
{
    Q_OBJECT

public:
    // names: what a filter can name now; no columns: nothing is known yet, and any is taken.
    explicit FilterBar(std::function<FilterNames()> names, QWidget* parent = nullptr);

    void focusText();
    // Puts it there and applies it.
    void setFilter(const Filter& filter);
    // Puts it there as one that is applied already.
    void showFilter(const Filter& filter);
    // No filter, and no term that is off.
    void clear();
    // Terms that are off and ask for what is masked now go.
    void forgetMasked();
    // Why what is typed cannot be saved; empty when it can.
    QString reasonNotToSave() const;
    // Saves what is typed, or takes it off the saved ones.
    void toggleSaved();
    // Beside the text: how many of how many are shown.
    void setCount(const QString& words);
    // Another filter's answer is awaited.
    void setBusy();
    // A button that leads back to this; none when empty.
    void setBack(const QString& words);
    // A button that says how much came since the list was sorted, and sorts it again; none when empty.
    void setSortAgain(const QString& words);
    bool isSortAgainShown() const;

Q_SIGNALS:
    // An empty filter when the text is blank.
    void applied(const vtscope::Filter& filter);
    // Escape, or Return in a filter that is right.
    void left();
    void backRequested();
    void sortAgainRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum class Look { Off, On, Unfinished, Wrong };

    void check();
    void apply();
    void showSaved();
    void showLook(Look look, const QString& sentence);
    void restyle();
    void placeSentence();

    std::function<FilterNames()> m_names;
    QLineEdit* m_text;
    FilterCompleter* m_completer;
    QAction* m_sign;
    QToolButton* m_save;
    FilterChips* m_chips;
    QLabel* m_count;
    QPushButton* m_back;
    QPushButton* m_sortAgain;
    QLabel* m_sentence; // lies over what is below: nothing moves while somebody types
    QTimer m_rest;
    Look m_look = Look::Off;
    std::optional<Filter> m_right; // what the text says, when it is right
    Filter m_applied;
};

} // namespace vtscope
