#include "ui/start/clearbutton.h"
#include "ui/start/startpage.h"
#include "ui/style/bigbutton.h"
#include "ui/style/cardbutton.h"
#include "ui/style/theme.h"

#include <QtTest>
#include <QtWidgets>

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

const QString kEnv = u"DATABASE_HOST=aws-eu-west-1.connect.psdb.cloud\nDATABASE_PASSWORD=pscale_pw_4711\n"_s;

QPushButton* buttonOf(QWidget& widget, const QString& words)
{
    for (QPushButton* button : widget.findChildren<QPushButton*>())
        if (QString(button->text()).remove(u'&').startsWith(words) && !button->isHidden())
            return button;
    return nullptr;
}

bool isSaying(QWidget& widget, const QString& words)
{
    for (const QLabel* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget) && label->text().contains(words))
            return true;
    return false;
}

RecentConnection recent(const QString& id, int minutesAgo)
{
    RecentConnection connection;
    connection.id = id;
    connection.title = u"name of "_s + id;
    connection.lastUsed = QDateTime::currentDateTime().addSecs(-60 * minutesAgo);
    return connection;
}

} // namespace

/// The start page: what it shows, and what it asks for.
class TestStart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(Theme::Choice::Light); }
    void timesAreRelative();
    void newestConnectionConnectsOnReturn();
    void clearingAsksASecondTime();
    void removingIsConfirmedInPlace();
    void pasteReachesThePage();
    void busyPageOnlyCancels();
    void capturesAreGrouped();
    void titleIsLargerThanTheRest();
    void fitsSmallWindows_data();
    void fitsSmallWindows();
};

void TestStart::timesAreRelative()
{
    const QDateTime now(QDate(2026, 3, 5), QTime(12, 0));
    QCOMPARE(relativeTime(now.addSecs(-20), now), u"just now"_s);
    QCOMPARE(relativeTime(now.addSecs(-150), now), u"2 min ago"_s);
    QCOMPARE(relativeTime(now.addSecs(-3600 * 8), now), u"today, 04:00"_s);
    QCOMPARE(relativeTime(now.addSecs(-3600 * 20), now), u"yesterday, 16:00"_s);
    QCOMPARE(relativeTime(now.addYears(-1), now), u"2025-03-05"_s);
    QCOMPARE(relativeTime(now.addSecs(30), now), u"just now"_s);
    QCOMPARE(relativeTime({}, now), QString());
}

void TestStart::newestConnectionConnectsOnReturn()
{
    StartPage page;
    page.setConnections({recent(u"old"_s, 50), recent(u"new"_s, 2)});
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    QSignalSpy connects(&page, &StartPage::connectRequested);
    auto* card = qobject_cast<CardButton*>(QApplication::focusWidget());
    QVERIFY(card);
    QCOMPARE(card->text(), u"name of new"_s);
    QTest::keyClick(card, Qt::Key_Return);
    QCOMPARE(connects.size(), 1);
    QCOMPARE(connects.first().first().toString(), u"new"_s);

    // Another order keeps the focus on the same connection.
    page.setConnections({recent(u"old"_s, 0), recent(u"new"_s, 2)});
    QCOMPARE(qobject_cast<CardButton*>(QApplication::focusWidget())->text(), u"name of new"_s);
}

void TestStart::clearingAsksASecondTime()
{
    StartPage page;
    page.setConnections({recent(u"a"_s, 1), recent(u"b"_s, 2), recent(u"c"_s, 3)});
    page.show();
    QSignalSpy cleared(&page, &StartPage::clearConnectionsRequested);
    ClearButton* button = page.findChildren<ClearButton*>().first();
    button->click();
    QCOMPARE(button->text(), u"Really clear 3 connections?"_s);
    QTest::keyClick(button, Qt::Key_Escape);
    QCOMPARE(button->text(), u"Clear list"_s);
    button->click();
    QCOMPARE(cleared.size(), 0);
    button->click();
    QCOMPARE(cleared.size(), 1);
}

void TestStart::removingIsConfirmedInPlace()
{
    StartPage page;
    page.setConnections({recent(u"a"_s, 1)});
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    QSignalSpy removed(&page, &StartPage::removeRequested);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Delete);
    QCOMPARE(removed.size(), 0);
    QVERIFY(isSaying(page, u"Remove name of a?"_s));
    buttonOf(page, u"Remove"_s)->click();
    QTRY_COMPARE(removed.size(), 1);
}

void TestStart::pasteReachesThePage()
{
    StartPage page;
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    QSignalSpy texts(&page, &StartPage::textPasted);
    QSignalSpy files(&page, &StartPage::filesDropped);
    QGuiApplication::clipboard()->setText(kEnv);
    QTest::keySequence(QApplication::focusWidget(), QKeySequence::Paste);
    QCOMPARE(texts.size(), 1);
    QCOMPARE(texts.first().first().toString(), kEnv);
    auto* mime = new QMimeData;
    mime->setUrls({QUrl::fromLocalFile(u"/tmp/some.vtcap"_s)});
    QGuiApplication::clipboard()->setMimeData(mime);
    page.paste();
    QCOMPARE(files.size(), 1);
    QCOMPARE(files.first().first().toStringList(), QStringList{u"/tmp/some.vtcap"_s});
}

void TestStart::busyPageOnlyCancels()
{
    StartPage page;
    page.setConnections({recent(u"a"_s, 1)});
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    QSignalSpy canceled(&page, &StartPage::cancelRequested);
    page.setBusy(u"Connecting to a\u2026"_s);
    QVERIFY(!page.findChild<CardButton*>()->isEnabled());
    QVERIFY(!page.findChild<BigButton*>()->isEnabled());
    buttonOf(page, u"Cancel"_s)->click();
    QTRY_COMPARE(canceled.size(), 1);
    page.showProblem(u"It went wrong."_s, u"Try again."_s, u"E1"_s);
    QVERIFY(page.findChild<CardButton*>()->isEnabled());
    QVERIFY(isSaying(page, u"It went wrong."_s));
}

void TestStart::capturesAreGrouped()
{
    StartPage page;
    QVERIFY(!isSaying(page, u"Not saved"_s));
    RecentCapture there{u"/tmp/there.vtcap"_s, u"shop.orders"_s, 4096, QDateTime::currentDateTime(), true, false};
    RecentCapture gone{u"/tmp/gone.vtcap"_s, {}, 0, QDateTime::currentDateTime(), false, false};
    RecentCapture kept{u"/tmp/kept.vtcap"_s, {}, 4096, QDateTime::currentDateTime(), true, true};
    page.setCaptures({there, gone, kept});
    page.show();
    QSignalSpy opened(&page, &StartPage::captureRequested);
    QSignalSpy removed(&page, &StartPage::captureRemoved);
    QVERIFY(isSaying(page, u"Not saved"_s));
    const auto rowOf = [&page](const QString& name) {
        for (QAbstractButton* button : page.findChildren<QAbstractButton*>())
            if (button->text() == name)
                return button;
        return static_cast<QAbstractButton*>(nullptr);
    };
    QTest::keyClick(rowOf(u"there.vtcap"_s), Qt::Key_Return);
    QTest::keyClick(rowOf(u"gone.vtcap"_s), Qt::Key_Return);
    QCOMPARE(opened.size(), 1);
    QVERIFY(rowOf(u"gone.vtcap"_s)->accessibleDescription().contains(u"not found"));
    QTest::keyClick(rowOf(u"gone.vtcap"_s), Qt::Key_Delete);
    QCOMPARE(removed.size(), 1);
    page.setCaptures({there});
    QVERIFY(!isSaying(page, u"Not saved"_s));
}

void TestStart::titleIsLargerThanTheRest()
{
    StartPage page;
    page.show();
    for (const QLabel* label : page.findChildren<QLabel*>())
        if (label->text() == u"vtscope"_s)
            QVERIFY(label->fontMetrics().height() > page.fontMetrics().height() * 1.4);
}

void TestStart::fitsSmallWindows_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("smallest") << QSize(900, 600);
    QTest::newRow("narrow") << QSize(640, 600);
    QTest::newRow("large") << QSize(1920, 1200);
}

void TestStart::fitsSmallWindows()
{
    QFETCH(QSize, size);
    StartPage page;
    page.setConnections({recent(u"a"_s, 1), recent(u"b"_s, 2)});
    page.resize(size);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    auto* area = page.findChild<QScrollArea*>();
    QVERIFY(area->widget()->minimumSizeHint().width() <= area->viewport()->width());
    for (const QAbstractButton* button : page.findChildren<QAbstractButton*>()) {
        if (button->isVisible() && area->widget()->isAncestorOf(button)) {
            const QRect place(button->mapTo(area->widget(), QPoint()), button->size());
            QVERIFY2(area->widget()->rect().contains(place), qPrintable(button->text()));
        }
    }
}

QTEST_MAIN(TestStart)
#include "tst_start.moc"
