// The terms of a filter as chips below its line, and the filters that are saved.
#include <QtTest>
#include <QtWidgets>

#include "tests/window/settingsfolder.h"
#include "ui/stream/filterbar.h"
#include "ui/stream/filterchips.h"
#include "ui/stream/keptfilters.h"
#include "ui/style/chip.h"

#include <random>

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 10'000;

// A filter bar above a list, as in a window.
class Desk : public QWidget
{
public:
    Desk() : m_bar(new FilterBar([this] { return names; })), m_list(new QListWidget)
    {
        auto* layout = new QVBoxLayout(this);
        layout->addWidget(m_bar);
        layout->addWidget(m_list);
        resize(1200, 400);
        connect(m_bar, &FilterBar::applied, this, [this](const Filter& filter) { m_applied = filter; });
        connect(m_bar, &FilterBar::left, this, [this] { m_list->setFocus(); });
        show();
        activateWindow();
        if (!QTest::qWaitForWindowActive(this))
            qFatal("the window is not active");
    }

    FilterBar& bar() { return *m_bar; }
    QWidget& list() { return *m_list; }
    QLineEdit& line() { return *m_bar->findChild<QLineEdit*>(); }
    QToolButton& star() { return *m_bar->findChild<QToolButton*>(); }
    FilterChips& chips() { return *m_bar->findChild<FilterChips*>(); }
    QString applied() const { return QString::fromStdString(m_applied.text()); }

    void type(const QString& filter)
    {
        line().setText(filter);
        QTest::keyClick(&line(), Qt::Key_Return);
    }

    // Those that are seen, from left to right.
    QList<Chip*> shown()
    {
        QList<Chip*> found;
        for (Chip* chip : chips().findChildren<Chip*>()) {
            if (chip->isVisible())
                found << chip;
        }
        std::sort(found.begin(), found.end(), [](Chip* a, Chip* b) { return a->x() < b->x(); });
        return found;
    }

    QStringList said()
    {
        QStringList words;
        for (Chip* chip : shown())
            words << chip->accessibleName();
        return words;
    }

    // By the menu of a chip, which the menu key opens.
    void choose(Chip* chip, const QString& words)
    {
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(), QPoint());
        QApplication::sendEvent(chip, &event);
        chooseInMenu(qobject_cast<QMenu*>(QApplication::activePopupWidget()), words);
    }

    void chooseInMenu(QMenu* menu, const QString& words)
    {
        QVERIFY(menu);
        const QList<QAction*> actions = menu->actions();
        const auto found = std::find_if(actions.begin(), actions.end(), [&](const QAction* action) {
            return action->text().section(u'\t', 0, 0).remove(u'&') == words;
        });
        QVERIFY2(found != actions.end(), qPrintable(words));
        (*found)->trigger();
        while (QWidget* popup = QApplication::activePopupWidget())
            popup->close();
    }

    FilterNames names;

private:
    FilterBar* m_bar;
    QWidget* m_list;
    Filter m_applied;
};

QStringList keptTexts()
{
    QStringList texts;
    for (const SavedFilter& saved : SavedFilters::instance().all())
        texts << saved.filter;
    return texts;
}

} // namespace

class TestFilterChips : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_config.isValid());
        test::useSettingsIn(m_config.path());
    }

    void cleanup()
    {
        for (const QString& filter : keptTexts())
            SavedFilters::instance().remove(filter);
        QTRY_VERIFY_WITH_TIMEOUT(QSettings().value(u"filters/saved"_s).toStringList().isEmpty(), kPatience);
    }

    void aChipForEachTerm()
    {
        Desk desk;
        const int height = desk.bar().height();
        for (const QString& single : {u""_s, u"status = paid"_s, u"a = 1 or b = 2"_s, u"not (a = 1 and b = 2)"_s}) {
            desk.type(single);
            QVERIFY(desk.said().isEmpty());
            QCoreApplication::processEvents();
            QCOMPARE(desk.bar().height(), height);
        }
        desk.type(u"status = paid and (a = 1 or b = 2) and not changed(note)"_s);
        QCOMPARE(desk.said(),
                 QStringList({u"status = 'paid', on"_s, u"a = 1 or b = 2, on"_s, u"changed(note), inverted"_s}));
        // A part of it that is only being typed changes nothing.
        desk.type(u"status = paid and"_s);
        QCOMPARE(desk.said().size(), 3);
        desk.type(u"status = paid"_s);
        QVERIFY(desk.said().isEmpty());
    }

    void offOnAndTurnedRound()
    {
        Desk desk;
        const QString whole = u"status = 'paid' and (a = 1 or b = 2) and not changed(note)"_s;
        desk.type(whole);
        QTest::mouseClick(desk.shown()[1], Qt::LeftButton, {}, QPoint(6, 6));
        QCOMPARE(desk.applied(), u"status = 'paid' and not changed(note)"_s);
        QCOMPARE(desk.line().text(), desk.applied());
        QCOMPARE(desk.said(),
                 QStringList({u"status = 'paid', on"_s, u"a = 1 or b = 2, off"_s, u"changed(note), inverted"_s}));
        // What is typed now leaves it where it is.
        desk.type(u"status = 'paid' and total > 5"_s);
        QCOMPARE(desk.said(), QStringList({u"status = 'paid', on"_s, u"a = 1 or b = 2, off"_s, u"total > 5, on"_s}));
        desk.type({});
        QCOMPARE(desk.said(), QStringList({u"a = 1 or b = 2, off"_s}));
        QTest::mouseClick(desk.shown()[0], Qt::LeftButton, {}, QPoint(6, 6));
        QCOMPARE(desk.applied(), u"a = 1 or b = 2"_s);
        QVERIFY(desk.said().isEmpty());

        desk.type(whole);
        desk.choose(desk.shown()[0], u"Invert"_s);
        QCOMPARE(desk.applied(), u"not status = 'paid' and (a = 1 or b = 2) and not changed(note)"_s);
        QCOMPARE(desk.said()[0], u"status = 'paid', inverted"_s);
        desk.choose(desk.shown()[1], u"Invert"_s);
        QCOMPARE(desk.applied(), u"not status = 'paid' and not (a = 1 or b = 2) and not changed(note)"_s);
        for (Chip* chip : desk.shown().mid(0, 2))
            desk.choose(chip, u"Invert"_s);
        QCOMPARE(desk.applied(), whole);
        desk.choose(desk.shown()[2], u"Only This"_s);
        QCOMPARE(desk.applied(), u"not changed(note)"_s);
        QCOMPARE(desk.said(),
                 QStringList({u"status = 'paid', off"_s, u"a = 1 or b = 2, off"_s, u"changed(note), inverted"_s}));
        desk.choose(desk.shown()[2], u"Off"_s);
        QCOMPARE(desk.applied(), QString());
        QCOMPARE(desk.said()[2], u"not changed(note), off"_s);
        desk.choose(desk.shown()[0], u"On"_s);
        QCOMPARE(desk.applied(), u"status = 'paid'"_s);
        desk.choose(desk.shown()[1], u"Remove"_s);
        QCOMPARE(desk.said(), QStringList({u"status = 'paid', on"_s, u"not changed(note), off"_s}));
    }

    // Whatever is done, the chips are the terms of the text and those that were turned off.
    void chipsFollowAPlainList()
    {
        std::mt19937 random(3);
        struct Term
        {
            QString text;
            bool isInverted, isOn;
        };
        Desk desk;
        QList<Term> terms;
        int changes = 0;
        for (int run = 0; run < 400; ++run) {
            const QList<Chip*> chips = desk.shown();
            const auto at =
                terms.isEmpty() ? 0 : static_cast<qsizetype>(random() % static_cast<unsigned>(terms.size()));
            if (chips.isEmpty() || random() % 6 == 0) {
                QList<Term> typed;
                for (int i = 0; i < 5; ++i) {
                    if (random() % 2)
                        typed.append({u"c%1 = %1"_s.arg(i), random() % 3 == 0, true});
                }
                QStringList texts;
                for (const Term& term : typed)
                    texts << (term.isInverted ? u"not "_s : u""_s) + term.text;
                desk.type(texts.join(u" and "_s));
                terms.removeIf([&](const Term& term) {
                    return !term.isOn && texts.contains((term.isInverted ? u"not "_s : u""_s) + term.text);
                });
                for (qsizetype i = 0; i < terms.size(); ++i) {
                    if (!terms[i].isOn)
                        typed.insert(std::min(i, typed.size()), terms[i]);
                }
                terms = typed;
            } else {
                switch (random() % 4) {
                case 0:
                    QTest::keyClick(chips[at], Qt::Key_Space);
                    terms[at].isOn = !terms[at].isOn;
                    break;
                case 1:
                    QTest::keyClick(chips[at], Qt::Key_Delete);
                    terms.removeAt(at);
                    break;
                case 2:
                    desk.choose(chips[at], u"Invert"_s);
                    terms[at].isInverted = !terms[at].isInverted;
                    break;
                default:
                    desk.choose(chips[at], u"Only This"_s);
                    for (qsizetype i = 0; i < terms.size(); ++i)
                        terms[i].isOn = i == at;
                    break;
                }
                // One that is on drops its like that is off.
                QStringList on;
                for (const Term& term : terms) {
                    if (term.isOn)
                        on << term.text + QString::number(term.isInverted);
                }
                terms.removeIf([&](const Term& term) {
                    return !term.isOn && on.contains(term.text + QString::number(term.isInverted));
                });
                ++changes;
            }
            QStringList on, said;
            for (const Term& term : terms) {
                const QString whole = (term.isInverted ? u"not "_s : u""_s) + term.text;
                if (term.isOn)
                    on << whole;
                said << (term.isOn ? term.text + (term.isInverted ? u", inverted"_s : u", on"_s) : whole + u", off"_s);
            }
            QCOMPARE(desk.applied(), on.join(u" and "_s));
            QCOMPARE(desk.line().text(), desk.applied());
            if (terms.size() < 2 && on.size() == terms.size())
                said.clear();
            QCOMPARE(desk.said(), said);
        }
        QVERIFY(changes > 100);
    }

    void byTheKeyboardAlone()
    {
        Desk desk;
        desk.type(u"a = 1 and b = 2 and c = 3"_s);
        desk.line().setFocus();
        QTest::keyClick(&desk.line(), Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), &desk.star());
        QTest::keyClick(&desk.star(), Qt::Key_Tab);
        const auto focused = [] { return QApplication::focusWidget(); };
        QCOMPARE(focused(), desk.shown()[0]);
        QTest::keyClick(focused(), Qt::Key_Left);
        QCOMPARE(focused(), desk.shown()[0]);
        QTest::keyClick(focused(), Qt::Key_Right);
        QCOMPARE(focused(), desk.shown()[1]);
        QTest::keyClick(focused(), Qt::Key_Space);
        QCOMPARE(desk.applied(), u"a = 1 and c = 3"_s);
        QCOMPARE(focused()->accessibleName(), u"b = 2, off"_s);
        // One stop: away and back to the same.
        QTest::keyClick(focused(), Qt::Key_Tab);
        QCOMPARE(focused(), &desk.list());
        QTest::keyClick(focused(), Qt::Key_Backtab, Qt::ShiftModifier);
        QCOMPARE(focused()->accessibleName(), u"b = 2, off"_s);
        QTest::keyClick(focused(), Qt::Key_End);
        QCOMPARE(focused()->accessibleName(), u"c = 3, on"_s);
        QTest::keyClick(focused(), Qt::Key_Delete);
        QCOMPARE(desk.applied(), u"a = 1"_s);
        QCOMPARE(focused()->accessibleName(), u"b = 2, off"_s);
        QTest::keyClick(focused(), Qt::Key_Home);
        QCOMPARE(focused()->accessibleName(), u"a = 1, on"_s);
        QTest::keyClick(focused(), Qt::Key_Backtab, Qt::ShiftModifier);
        QCOMPARE(focused(), &desk.star());
        QTest::keyClick(focused(), Qt::Key_Tab);
        QTest::keyClick(focused(), Qt::Key_Escape);
        QCOMPARE(focused(), &desk.list());
        // The row goes with its last reason; who was in it goes on in the line.
        desk.shown()[1]->setFocus();
        QTest::keyClick(focused(), Qt::Key_Delete);
        QVERIFY(desk.said().isEmpty());
        QCOMPARE(focused(), &desk.line());
    }

    void whatHasNoRoomIsInAMenu()
    {
        Desk desk;
        desk.resize(500, 300);
        QStringList terms;
        for (int i = 0; i < 9; ++i)
            terms << u"column_%1 contains '%2'"_s.arg(i).arg(QString(80, QChar(u'a' + i)));
        desk.type(terms.join(u" and "_s));
        const QList<Chip*> shown = desk.shown();
        QVERIFY(shown.size() > 1 && shown.size() < 9);
        for (Chip* chip : shown)
            QVERIFY(chip->geometry().right() < desk.chips().width());
        const auto rest = 9 - (shown.size() - 1);
        QCOMPARE(shown.last()->text(), u'+' + QString::number(rest));
        QCOMPARE(shown.last()->accessibleName(), u"More terms: %1"_s.arg(rest));
        QCOMPARE(shown[0]->accessibleName(), terms[0] + u", on"_s);
        shown[0]->setFocus();
        QTest::keyClick(shown[0], Qt::Key_End);
        QCOMPARE(QApplication::focusWidget(), shown.last());
        QTest::keyClick(shown.last(), Qt::Key_Space);
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        QCOMPARE(menu->actions().size(), rest);
        desk.chooseInMenu(menu->actions().last()->menu(), u"Off"_s);
        QCOMPARE(desk.applied(), terms.mid(0, 8).join(u" and "_s));
        // Wide enough, all are there, with more of their text.
        desk.resize(4000, 300);
        QTRY_COMPARE_WITH_TIMEOUT(desk.shown().size(), 9, kPatience);
        QCOMPARE(desk.said().last(), terms[8] + u", off"_s);
        for (Chip* chip : desk.shown())
            QVERIFY(chip->geometry().right() < desk.chips().width());
    }

    void clearingTakesAll()
    {
        Desk desk;
        desk.type(u"a = 1 and b = 2 and c = 3"_s);
        QTest::keyClick(desk.shown()[0], Qt::Key_Space);
        desk.bar().clear();
        QCOMPARE(desk.applied(), QString());
        QVERIFY(desk.said().isEmpty());
        desk.type(u"a = 1 and b = 2"_s);
        desk.choose(desk.shown()[0], u"Only This"_s);
        QTest::keyClick(desk.shown()[0], Qt::Key_Space);
        QCOMPARE(desk.said().size(), 2);
        QCOMPARE(desk.applied(), QString());
        desk.bar().clear();
        QVERIFY(desk.said().isEmpty());
    }

    void masksTakeTermsThatAreOff()
    {
        Desk desk;
        desk.type(u"card = '4711' and b = 2 and c = 3"_s);
        QTest::keyClick(desk.shown()[0], Qt::Key_Space);
        QTest::keyClick(desk.shown()[1], Qt::Key_Space);
        desk.names.masked.columns = {"card"};
        desk.bar().forgetMasked();
        QCOMPARE(desk.said(), QStringList({u"b = 2, off"_s, u"c = 3, on"_s}));
    }

    // A letter after & is no key, and a tag in a value no tag.
    void valuesAreShownAsTheyAre()
    {
        Desk desk;
        desk.type(u"note contains '&x' and note contains '<b>x</b>'"_s);
        QVERIFY(desk.shown()[0]->shortcut().isEmpty());
        QTextDocument tip;
        tip.setHtml(desk.shown()[1]->toolTip());
        QCOMPARE(tip.toPlainText(), u"note contains '<b>x</b>'"_s);
    }

    void theStarSaves()
    {
        Desk desk;
        QVERIFY(!desk.star().isEnabled() && desk.star().toolTip().contains(u"type one first"_s));
        desk.type(u"a ="_s);
        QVERIFY(!desk.star().isEnabled() && desk.star().toolTip().contains(u"not right yet"_s));
        desk.names.masked.columns = {"card"};
        desk.type(u"card = 4711"_s);
        QVERIFY(!desk.star().isEnabled() && !desk.star().isChecked());
        desk.type(u"a=1"_s);
        QVERIFY(desk.star().isEnabled() && !desk.star().isChecked());
        desk.star().click();
        QCOMPARE(keptTexts(), QStringList({u"a = 1"_s}));
        QVERIFY(desk.star().isChecked());
        Desk other;
        other.type(u"a = 1"_s);
        QVERIFY(other.star().isChecked());
        other.type(u"a = 2"_s);
        QVERIFY(!other.star().isChecked());
        other.star().click();
        // It outlives the program.
        const auto written = [] { return QSettings().value(u"filters/saved"_s).toStringList(); };
        QTRY_COMPARE_WITH_TIMEOUT(written(), QStringList({u"a = 1"_s, u"a = 1"_s, u"a = 2"_s, u"a = 2"_s}), kPatience);
        desk.bar().toggleSaved();
        QVERIFY(!desk.star().isChecked());
        QCOMPARE(keptTexts(), QStringList({u"a = 2"_s}));
        QTRY_COMPARE_WITH_TIMEOUT(written(), QStringList({u"a = 2"_s, u"a = 2"_s}), kPatience);
    }

    void savedOnesAreOfferedFirst()
    {
        Desk desk;
        for (const QString& filter : {u"a = 1"_s, u"b = 2"_s, u"card = 3"_s})
            desk.type(filter);
        QTRY_COMPARE_WITH_TIMEOUT(recentFilters().mid(0, 3), QStringList({u"card = 3"_s, u"b = 2"_s, u"a = 1"_s}),
                                  kPatience);
        SavedFilters::instance().save(u"a = 1"_s, u"a = 1"_s);
        SavedFilters::instance().save(u"card = 4"_s, u"card = 4"_s);
        SavedFilters::instance().save(u"d = 4 and e = 5"_s, u"Late ones"_s);
        desk.names.masked.columns = {"card"};
        desk.type({});
        desk.line().setFocus();
        QTest::keyClick(&desk.line(), Qt::Key_Down);
        auto* popup = desk.findChild<QCompleter*>()->popup();
        QTRY_VERIFY_WITH_TIMEOUT(popup->isVisible(), kPatience);
        QStringList offered;
        for (int i = 0; i < popup->model()->rowCount(); ++i)
            offered << popup->model()->index(i, 0).data().toString();
        QCOMPARE(offered.mid(0, 3), QStringList({u"a = 1"_s, u"Late ones"_s, u"b = 2"_s}));
        QCOMPARE(offered.count(u"a = 1"_s), 1);
        for (const QString& words : std::as_const(offered))
            QVERIFY(!words.contains(u"card"_s));
        QCOMPARE(popup->model()->index(1, 0).data(Qt::AccessibleTextRole).toString(), u"Saved: Late ones"_s);
        QTest::keyClick(popup, Qt::Key_Down);
        QTest::keyClick(popup, Qt::Key_Down);
        QTest::keyClick(popup, Qt::Key_Return);
        QCOMPARE(desk.line().text(), u"d = 4 and e = 5"_s);
    }

    void fiftyAreTheMost()
    {
        Desk desk;
        for (int i = 0; i < 50; ++i)
            SavedFilters::instance().save(u"a = %1"_s.arg(i), u"a = %1"_s.arg(i));
        SavedFilters::instance().save(u"b = 1"_s, u"b = 1"_s);
        QCOMPARE(keptTexts().size(), 50);
        QVERIFY(!keptTexts().contains(u"b = 1"_s));
        desk.type(u"b = 1"_s);
        QVERIFY(!desk.star().isEnabled() && desk.star().toolTip().contains(u"50 filters are saved"_s));
        desk.type(u"a = 7"_s);
        QVERIFY(desk.star().isEnabled() && desk.star().isChecked());
        // Another name for one that is there needs no room.
        SavedFilters::instance().save(u"a = 7"_s, u"Seven"_s);
        QCOMPARE(SavedFilters::instance().all().last().name, u"Seven"_s);
        QCOMPARE(keptTexts().count(u"a = 7"_s), 1);
        desk.star().click();
        desk.type(u"b = 1"_s);
        QVERIFY(desk.star().isEnabled());
    }

private:
    QTemporaryDir m_config;
};

QTEST_MAIN(TestFilterChips)
#include "tst_filterchips.moc"
