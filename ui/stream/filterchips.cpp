#include "ui/stream/filterchips.h"

#include <QActionGroup>
#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QTextDocument>

#include <algorithm>

#include "streamcore/names.h"
#include "ui/capture/celltext.h"
#include "ui/style/chip.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

// How much of a term is shown: less, before a chip has no room at all.
constexpr int kMostUnits[] = {90, 50, 28};

bool isInverted(const Filter& filter)
{
    return filter.root()->kind == FilterNode::Kind::Not;
}

QString stateOf(const Filter& filter, bool isOn)
{
    return !isOn ? FilterChips::tr("off") : isInverted(filter) ? FilterChips::tr("inverted") : FilterChips::tr("on");
}

} // namespace

FilterChips::FilterChips(QWidget* parent) : QWidget(parent), m_rest(new Chip({}, this))
{
    setAccessibleName(tr("Terms of the filter"));
    m_rest->setInteractive(true);
    m_rest->setData(false);
    m_rest->installEventFilter(this);
    connect(m_rest, &Chip::clicked, this, &FilterChips::openRest);
    m_chips << newChip();
    connect(&Theme::instance(), &Theme::changed, this, &FilterChips::arrange);
    arrange();
}

void FilterChips::setApplied(const Filter& filter)
{
    std::vector<Term> terms;
    std::vector<std::string> texts;
    for (const Filter& term : termsOf(filter)) {
        terms.push_back({term, true});
        texts.push_back(term.text());
    }
    std::erase_if(m_terms, [&](const Term& term) { return !term.isOn && isAmong(texts, term.filter.text()); });
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (!m_terms[i].isOn)
            terms.insert(terms.begin() + static_cast<std::ptrdiff_t>(std::min(i, terms.size())), m_terms[i]);
    }
    m_terms = std::move(terms);
    arrange();
}

void FilterChips::forgetOff(const std::function<bool(const Filter&)>& isGone)
{
    std::erase_if(m_terms, [&](const Term& term) { return !term.isOn && isGone(term.filter); });
    arrange();
}

Filter FilterChips::applied() const
{
    std::vector<Filter> terms;
    for (const Term& term : m_terms) {
        if (term.isOn)
            terms.push_back(term.filter);
    }
    return allOf(terms);
}

void FilterChips::act(std::size_t term, Act act)
{
    // A menu may have been opened for more terms than there are now.
    if (term >= m_terms.size())
        return;
    const std::string before = applied().text();
    m_current = term;
    switch (act) {
    case Act::On:
    case Act::Off:
        m_terms[term].isOn = act == Act::On;
        break;
    case Act::Invert:
        m_terms[term].filter = negated(m_terms[term].filter);
        break;
    case Act::Only:
        for (std::size_t i = 0; i < m_terms.size(); ++i)
            m_terms[i].isOn = i == term;
        break;
    case Act::Remove:
        m_terms.erase(m_terms.begin() + static_cast<std::ptrdiff_t>(term));
        break;
    }
    const Filter now = applied();
    setApplied(now);
    if (now.text() != before)
        Q_EMIT chosen(now);
}

void FilterChips::arrange()
{
    setFixedHeight(metrics().chipHeight());
    while (m_chips.size() < static_cast<qsizetype>(m_terms.size()))
        m_chips << newChip();
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        const Term& term = m_terms[i];
        const Filter shown = term.isOn && isInverted(term.filter) ? negated(term.filter) : term.filter;
        const QString words = text(shown.text()), state = stateOf(term.filter, term.isOn);
        Chip* chip = chipOf(i);
        // Said aloud, and only when it is something else.
        if (const QString name = tr("%1, %2").arg(words, state); chip->accessibleName() != name)
            chip->setAccessibleName(name);
        chip->setText(words);
        chip->setShortcut({}); // an & is no mnemonic here
        chip->setToolTip(Qt::convertFromPlainText(words, Qt::WhiteSpaceNormal));
        chip->setOutlined(!term.isOn);
        chip->setPrefix(!term.isOn                ? tr("off")
                        : isInverted(term.filter) ? tr("not")
                                                  : QString(),
                        term.isOn ? Tone::Update : Tone::Text2);
    }
    const bool isWanted =
        m_terms.size() > 1 || std::any_of(m_terms.begin(), m_terms.end(), [](const Term& term) { return !term.isOn; });
    m_current = std::min(m_current, m_terms.empty() ? 0 : m_terms.size() - 1);
    if (!isWanted && isAncestorOf(QApplication::focusWidget()))
        Q_EMIT vanished();
    setVisible(isWanted);
    settle();
}

void FilterChips::settle()
{
    const bool hasFocusInside = isAncestorOf(QApplication::focusWidget());
    fit();
    if (hasFocusInside)
        goTo(m_current);
    else
        place();
}

// As many chips as have room, and how much of their terms they show.
void FilterChips::fit()
{
    const int gap = metrics().space(1.5);
    for (const int units : kMostUnits) {
        int wide = -gap;
        m_fitting = 0;
        for (std::size_t i = 0; i < m_terms.size(); ++i) {
            chipOf(i)->setMostText(metrics().space(units));
            wide += gap + chipOf(i)->sizeHint().width();
            m_fitting += wide <= width();
        }
        if (m_fitting == m_terms.size())
            return;
    }
    m_rest->setText(u'+' + QString::number(m_terms.size()));
    const int room = width() - m_rest->sizeHint().width();
    int wide = 0;
    m_fitting = 0;
    while (m_fitting + 1 < m_terms.size() && (wide += chipOf(m_fitting)->sizeHint().width() + gap) <= room)
        ++m_fitting;
    m_rest->setText(u'+' + QString::number(m_terms.size() - m_fitting));
    m_rest->setAccessibleName(tr("More terms: %1").arg(m_terms.size() - m_fitting));
}

void FilterChips::place()
{
    const int gap = metrics().space(1.5);
    int x = 0;
    const auto put = [&](Chip* chip, bool isShown) {
        if (isShown) {
            chip->setGeometry(QRect(QPoint(x, 0), chip->sizeHint()));
            x += chip->width() + gap;
        }
        chip->setVisible(isShown);
    };
    for (qsizetype i = 0; i < m_chips.size(); ++i)
        put(m_chips[i], static_cast<std::size_t>(i) < m_fitting);
    put(m_rest, m_fitting < m_terms.size());
    for (Chip* chip : std::as_const(m_chips))
        chip->setFocusPolicy(chip == chipOf(m_current) ? Qt::TabFocus : Qt::NoFocus);
    m_rest->setFocusPolicy(m_current < m_fitting ? Qt::NoFocus : Qt::TabFocus);
}

Chip* FilterChips::newChip()
{
    auto* chip = new Chip({}, this);
    chip->setInteractive(true);
    chip->setClosable(true);
    chip->setAccessibleDescription(tr("Space turns it off or on, Delete removes it"));
    chip->hide();
    chip->installEventFilter(this);
    const auto term = [this, chip] { return static_cast<std::size_t>(m_chips.indexOf(chip)); };
    connect(chip, &Chip::clicked, this, [this, term] { act(term(), m_terms[term()].isOn ? Act::Off : Act::On); });
    connect(chip, &Chip::closeRequested, this, [this, term] { act(term(), Act::Remove); });
    // Beside its like, where Tab looks for it.
    setTabOrder(m_rest, chip);
    return chip;
}

Chip* FilterChips::chipOf(std::size_t term) const
{
    return m_chips[static_cast<qsizetype>(term)];
}

// The focus goes to its chip, or to the one that stands for those without room.
void FilterChips::goTo(std::size_t term)
{
    m_current = term;
    Chip* chip = term < m_fitting ? chipOf(term) : m_rest;
    chip->setVisible(true);
    chip->setFocus(Qt::TabFocusReason);
    place();
}

void FilterChips::fillMenu(QMenu* menu, std::size_t term)
{
    auto* states = new QActionGroup(menu);
    const auto add = [&](const QString& words, Act what) {
        return menu->addAction(words, this, [this, term, what] { act(term, what); });
    };
    for (const auto& [words, what] : {std::pair(tr("&On"), Act::On), std::pair(tr("O&ff"), Act::Off)}) {
        QAction* state = add(words, what);
        state->setCheckable(true);
        state->setChecked(m_terms[term].isOn == (what == Act::On));
        states->addAction(state);
    }
    add(tr("&Invert"), Act::Invert);
    menu->addSeparator();
    add(tr("Only &This"), Act::Only);
    add(tr("&Remove\tDel"), Act::Remove);
}

void FilterChips::openMenu(std::size_t term, const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillMenu(menu, term);
    menu->popup(at);
}

// What has no room: each term with its own menu.
void FilterChips::openRest()
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (std::size_t i = m_fitting; i < m_terms.size(); ++i) {
        const QString words = chipOf(i)->accessibleName();
        QMenu* one = menu->addMenu(menu->fontMetrics()
                                       .elidedText(words, Qt::ElideMiddle, metrics().space(kMostUnits[0]))
                                       .replace(u'&', QStringLiteral("&&")));
        fillMenu(one, i);
    }
    menu->popup(m_rest->mapToGlobal(QPoint(0, m_rest->height())));
}

void FilterChips::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    settle();
}

bool FilterChips::eventFilter(QObject* watched, QEvent* event)
{
    auto* chip = static_cast<Chip*>(watched);
    const std::size_t term = chip == m_rest ? m_fitting : static_cast<std::size_t>(m_chips.indexOf(chip));
    if (event->type() == QEvent::ContextMenu) {
        const auto* menu = static_cast<QContextMenuEvent*>(event);
        if (chip == m_rest)
            openRest();
        else
            openMenu(term, menu->reason() == QContextMenuEvent::Mouse ? menu->globalPos()
                                                                      : chip->mapToGlobal(QPoint(0, chip->height())));
        return true;
    }
    if (event->type() == QEvent::FocusIn)
        m_current = term;
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const std::size_t last = std::min(m_fitting, m_terms.size() - 1);
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Left:
        goTo(term > 0 ? term - 1 : 0);
        return true;
    case Qt::Key_Right:
        goTo(std::min(term + 1, last));
        return true;
    case Qt::Key_Home:
        goTo(0);
        return true;
    case Qt::Key_End:
        goTo(last);
        return true;
    case Qt::Key_Escape:
        Q_EMIT left();
        return true;
    default:
        return QWidget::eventFilter(watched, event);
    }
}

} // namespace vtscope
