#include "ui/stream/filterbar.h"

#include <QAbstractItemView>
#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

#include "streamcore/branch/branch.h"
#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/stream/filterchips.h"
#include "ui/stream/filtercompleter.h"
#include "ui/stream/keptfilters.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kRestMs = 300;

} // namespace

FilterBar::FilterBar(std::function<FilterNames()> names, QWidget* parent)
    : QWidget(parent), m_names(std::move(names)), m_text(new QLineEdit),
      m_completer(new FilterCompleter(m_text, [this] { return m_names(); })), m_save(new QToolButton),
      m_chips(new FilterChips), m_count(new QLabel), m_back(new QPushButton), m_sortAgain(new QPushButton),
      m_sentence(new QLabel(this))
{
    m_text->setPlaceholderText(tr("Filter, such as op = update and after.total > 100 and changed(status)"));
    m_text->setAccessibleName(tr("Filter"));
    m_text->setClearButtonEnabled(true);
    m_text->installEventFilter(this);
    m_sign = m_text->addAction(icon(IconName::Filter), QLineEdit::LeadingPosition);
    m_count->setAccessibleName(tr("Shown of all"));
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setWordWrap(true);
    m_sentence->setAutoFillBackground(true);
    m_sentence->setProperty("vtSurface", QStringLiteral("card"));
    m_sentence->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_sentence->hide();
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(metrics().panelPadding(), 0, metrics().panelPadding(), metrics().space(1.5));
    layout->setSpacing(metrics().space(1.5));
    auto* line = new QHBoxLayout;
    line->setSpacing(metrics().space(3));
    line->addWidget(m_back);
    auto* typed = new QHBoxLayout;
    typed->setSpacing(metrics().space(1));
    typed->addWidget(m_text, 1);
    typed->addWidget(m_save);
    line->addLayout(typed, 1);
    line->addWidget(m_count);
    line->addWidget(m_sortAgain);
    layout->addLayout(line);
    layout->addWidget(m_chips);
    m_save->setCheckable(true);
    m_save->setAutoRaise(true);
    m_save->setFocusPolicy(Qt::TabFocus);
    m_save->setAccessibleName(tr("Save this filter"));
    connect(m_save, &QToolButton::clicked, this, &FilterBar::toggleSaved);
    connect(&SavedFilters::instance(), &SavedFilters::changed, this, &FilterBar::showSaved);
    connect(m_chips, &FilterChips::chosen, this, [this](const Filter& filter) {
        setFilter(filter);
        m_chips->setApplied(m_applied); // when it was not taken too
    });
    connect(m_chips, &FilterChips::vanished, this, [this] { m_text->setFocus(); });
    connect(m_chips, &FilterChips::left, this, &FilterBar::left);
    m_back->setIcon(icon(IconName::ChevronLeft));
    m_sortAgain->setIcon(icon(IconName::Refresh));
    for (QPushButton* button : {m_back, m_sortAgain}) {
        button->setAutoDefault(false);
        button->hide();
    }
    connect(m_back, &QPushButton::clicked, this, &FilterBar::backRequested);
    connect(m_sortAgain, &QPushButton::clicked, this, &FilterBar::sortAgainRequested);

    connect(m_text, &QLineEdit::textChanged, this, [this] {
        check();
        m_rest.start();
    });
    connect(m_text, &QLineEdit::textEdited, this, [this] {
        m_completer->offer(false);
        placeSentence();
    });
    m_completer->popup()->installEventFilter(this);
    connect(&m_rest, &QTimer::timeout, this, &FilterBar::apply);
    connect(m_text, &QLineEdit::returnPressed, this, [this] {
        apply();
        if (m_right)
            Q_EMIT left();
    });
    connect(&Theme::instance(), &Theme::changed, this, &FilterBar::restyle);
    restyle();
    showSaved();
}

void FilterBar::focusText()
{
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void FilterBar::setFilter(const Filter& filter)
{
    m_text->setText(text(filter.text()));
    apply();
}

void FilterBar::showFilter(const Filter& filter)
{
    m_applied = filter;
    m_chips->setApplied(filter);
    m_text->setText(text(filter.text()));
    m_rest.stop();
}

void FilterBar::clear()
{
    m_chips->forgetOff([](const Filter&) { return true; });
    setFilter({});
}

void FilterBar::forgetMasked()
{
    m_chips->forgetOff([masked = m_names().masked](const Filter& term) { return masked.askedBy(term).has_value(); });
}

QString FilterBar::reasonNotToSave() const
{
    const SavedFilters& saved = SavedFilters::instance();
    if (m_text->text().trimmed().isEmpty())
        return tr("There is no filter: type one first.");
    if (!m_right)
        return tr("The filter is not right yet.");
    if (saved.isFull() && !saved.contains(text(m_right->text())))
        return tr("%1 filters are saved, which is the most. Remove one first: Analyze, Saved Filters.")
            .arg(SavedFilters::kMost);
    return {};
}

void FilterBar::toggleSaved()
{
    if (reasonNotToSave().isEmpty()) {
        const QString filter = text(m_right->text());
        SavedFilters& saved = SavedFilters::instance();
        saved.contains(filter) ? saved.remove(filter) : saved.save(filter, filter);
    }
    showSaved();
}

void FilterBar::setCount(const QString& words)
{
    m_count->setText(words);
    m_count->setAccessibleName(words.isEmpty() ? tr("Shown of all") : tr("Shown of all: %1").arg(words));
}

void FilterBar::setBusy()
{
    setCount(tr("filtering\u2026"));
}

void FilterBar::setBack(const QString& words)
{
    constexpr int kMostUnits = 50;
    const QString all = tr("Back to %1").arg(words);
    m_back->setText(m_back->fontMetrics()
                        .elidedText(all, Qt::ElideRight, metrics().space(kMostUnits))
                        .replace(u'&', QStringLiteral("&&")));
    m_back->setToolTip(tr("%1 (Alt+Left)").arg(all));
    m_back->setAccessibleName(all);
    m_back->setVisible(!words.isEmpty());
}

void FilterBar::setSortAgain(const QString& words)
{
    m_sortAgain->setText(words);
    m_sortAgain->setToolTip(tr("%1 (Ctrl+Alt+Shift+O)").arg(words));
    m_sortAgain->setVisible(!words.isEmpty());
}

bool FilterBar::isSortAgainShown() const
{
    return !m_sortAgain->isHidden();
}

void FilterBar::check()
{
    auto filter = Filter::parse(m_text->text().toStdString());
    m_right.reset();
    if (!filter) {
        const FilterProblem& problem = filter.error();
        const QString at = text(m_text->text().toStdString().substr(problem.at, problem.length));
        showLook(problem.isUnfinished ? Look::Unfinished : Look::Wrong,
                 at.isEmpty() || problem.isUnfinished ? text(problem.sentence)
                                                      : tr("At %1: %2").arg(at, text(problem.sentence)));
        return;
    }
    if (const auto column = m_names().masked.askedBy(*filter)) {
        showLook(Look::Wrong, maskedSentence(text(*column)) + u' ' + tr("Unmask the column to filter by it."));
        return;
    }
    const std::vector<std::string> known = m_names().columns;
    if (const auto column = filter->columnNotIn(known); column && !known.empty()) {
        // The name may still be growing.
        const bool isBegun =
            m_text->text().endsWith(text(*column)) &&
            std::any_of(known.begin(), known.end(), [&](const std::string& name) { return name.starts_with(*column); });
        showLook(isBegun ? Look::Unfinished : Look::Wrong, text(unknownName("column", *column, {}, known).message));
        return;
    }
    m_right = std::move(*filter);
    showLook(m_right->isEmpty() ? Look::Off : Look::On, {});
}

void FilterBar::apply()
{
    m_rest.stop();
    check();
    if (!m_right || m_right->text() == m_applied.text())
        return;
    m_applied = *m_right;
    m_chips->setApplied(m_applied);
    Q_EMIT applied(m_applied);
    // Writes to the disk, meanwhile lines are asked already.
    if (!m_applied.isEmpty())
        noteRecentFilter(text(m_applied.text()));
}

void FilterBar::showLook(Look look, const QString& sentence)
{
    m_look = look;
    m_sentence->setText(look == Look::Unfinished ? tr("Not finished: %1").arg(sentence) : sentence);
    m_text->setAccessibleDescription(m_sentence->text());
    setValidity(m_text, look == Look::Wrong ? Validity::Invalid : Validity::Neutral);
    restyle();
    placeSentence();
    showSaved();
}

void FilterBar::showSaved()
{
    const QString reason = reasonNotToSave();
    const bool isSaved = m_right && SavedFilters::instance().contains(text(m_right->text()));
    m_save->setEnabled(reason.isEmpty());
    m_save->setChecked(isSaved);
    m_save->setIcon(icon(isSaved ? IconName::FilterSaved : IconName::SaveFilter));
    m_save->setToolTip(!reason.isEmpty() ? tr("Save this filter: %1").arg(reason)
                       : isSaved         ? tr("Saved. Take it off the saved filters (Ctrl+D)")
                                         : tr("Save this filter (Ctrl+D)"));
    m_save->setAccessibleDescription(reason);
}

void FilterBar::restyle()
{
    m_text->setFont(metrics().data());
    m_count->setFont(metrics().data());
    m_sentence->setFont(metrics().small());
    const bool isWrong = m_look == Look::Wrong;
    m_sentence->setProperty("vtText", isWrong ? QStringLiteral("error") : QStringLiteral("secondary"));
    m_sentence->style()->unpolish(m_sentence);
    m_sentence->style()->polish(m_sentence);
    m_sign->setIcon(m_look == Look::Unfinished ? icon(IconName::Update, Tone::Warning)
                    : isWrong                  ? icon(IconName::Error, Tone::Error)
                                               : icon(IconName::Filter, m_look == Look::On ? Tone::Ok : Tone::Text2));
    m_sign->setToolTip(m_look == Look::On           ? tr("Applied")
                       : m_look == Look::Unfinished ? tr("Not finished: the filter before stays on")
                       : isWrong                    ? tr("Wrong: the filter before stays on")
                                                    : tr("No filter"));
}

void FilterBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeSentence();
}

void FilterBar::placeSentence()
{
    if (m_sentence->parentWidget() != parentWidget())
        m_sentence->setParent(parentWidget());
    // What is offered stands in the same place and says more.
    const bool isOffered = m_look == Look::Unfinished && m_completer->popup()->isVisible();
    m_sentence->setVisible(!m_sentence->text().isEmpty() && !isOffered);
    m_sentence->setMargin(metrics().space(1.5));
    m_sentence->setFixedWidth(m_text->width());
    m_sentence->adjustSize();
    m_sentence->move(mapTo(parentWidget(), QPoint(m_text->x(), m_text->geometry().bottom() + 1)));
    m_sentence->raise();
}

bool FilterBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_completer->popup()) {
        if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Tab) {
            m_completer->takeCurrent();
            return true;
        }
        if (event->type() == QEvent::Hide && m_text->hasFocus())
            QTimer::singleShot(0, this, &FilterBar::placeSentence);
        return QWidget::eventFilter(watched, event);
    }
    // Elsewhere nobody is asking; the frame and the sign stay.
    if (event->type() == QEvent::FocusOut)
        m_sentence->hide();
    if (event->type() == QEvent::FocusIn)
        placeSentence();
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Escape) {
            // What stands there is what is on.
            m_text->setText(text(m_applied.text()));
            m_rest.stop();
            Q_EMIT left();
            return true;
        }
        if (key->key() == Qt::Key_Down || (key->key() == Qt::Key_Space && key->modifiers() == Qt::ControlModifier)) {
            m_completer->offer(true);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace vtscope
