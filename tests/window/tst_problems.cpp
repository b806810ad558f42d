// What goes wrong is said in place, with what can be done, and nothing is lost by it.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/connection/store.h"
#include "tests/support/localbranch.h"
#include "tests/window/settingsfolder.h"
#include "ui/connect/connectdialog.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"
#include "ui/style/cardbutton.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"
#include "ui/window/gotodialog.h"
#include "ui/window/mainwindow.h"

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30'000;

// The banner that is shown, if one is.
QString bannerOf(const QWidget& window)
{
    for (const Banner* banner : window.findChildren<Banner*>())
        if (banner->isVisible())
            return banner->accessibleName() + u'\n' + banner->accessibleDescription();
    return {};
}

template <typename Button = QPushButton> Button* buttonOf(const QWidget& window, const QString& words)
{
    for (auto* button : window.findChildren<Button*>())
        if (button->isVisible() && QString(button->text()).remove(u'&').startsWith(words))
            return button;
    return nullptr;
}

QAction* actionOf(const QWidget& window, const QString& words)
{
    for (QAction* action : window.actions())
        if (QString(action->text()).remove(u'&') == words)
            return action;
    return nullptr;
}

QTabWidget* tabsOf(const QWidget& window)
{
    for (auto* tabs : window.findChildren<QTabWidget*>())
        if (tabs->accessibleName() == u"Tabs"_s)
            return tabs;
    return nullptr;
}

// Acts on the next modal dialog of this kind.
template <typename Dialog> void onNext(QTimer& timer, std::function<void(Dialog&)> act)
{
    timer.setInterval(20);
    QObject::connect(&timer, &QTimer::timeout, &timer, [&timer, act = std::move(act)] {
        auto* dialog = qobject_cast<Dialog*>(QApplication::activeModalWidget());
        if (dialog && dialog->isVisible()) {
            timer.stop();
            act(*dialog);
        }
    });
    timer.start();
}

ConnectionSettings settingsOf(const QString& hostPort)
{
    ConnectionSettings settings;
    std::tie(settings.host, settings.port) = parseHost(hostPort.toStdString()).value();
    settings.name = "here";
    settings.isPlaintext = settings.isOnThisMachine = true;
    return settings;
}

} // namespace

class TestProblems : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        for (const auto& [name, folder] : {std::pair("XDG_CONFIG_HOME", u"/config"_s), {"XDG_DATA_HOME", u"/data"_s}})
            qputenv(name, (m_home.path() + folder).toUtf8());
        test::useSettingsIn(m_home.path());
        m_branch = std::make_unique<test::LocalBranch>();
        QVERIFY2(m_branch->isReady(), qPrintable(m_branch->why()));
    }

    void failedConnectionOffersToEditIt()
    {
        ConnectionStore store((m_home.path() + u"/failing.json"_s).toStdString());
        QVERIFY(store.save({settingsOf(u"127.0.0.1:1"_s), 0, {}}));
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        window.show();
        window.findChild<CardButton*>()->click();
        QTRY_VERIFY_WITH_TIMEOUT(bannerOf(window).startsWith(u"Error"_s), kPatience);
        QVERIFY2(bannerOf(window).contains(u"gRPC port"_s), qPrintable(bannerOf(window)));
        QString said;
        QTimer timer;
        onNext<ConnectDialog>(timer, [&](ConnectDialog& dialog) {
            for (const QLabel* label : dialog.findChildren<QLabel*>())
                if (label->isVisible())
                    said += label->text() + u'\n';
            dialog.reject();
        });
        QVERIFY(buttonOf(window, u"Edit here"_s));
        buttonOf(window, u"Edit here"_s)->click();
        QTRY_VERIFY_WITH_TIMEOUT(!said.isEmpty(), kPatience);
        QVERIFY2(said.contains(u"gRPC port"_s), qPrintable(said));
    }

    void pastedNonsenseIsSaid()
    {
        ConnectionStore store((m_home.path() + u"/none.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        window.show();
        Q_EMIT window.findChild<StartPage*>()->textPasted(u"what is this"_s);
        QVERIFY(bannerOf(window).startsWith(u"Error"_s));
        QVERIFY(!QApplication::activeModalWidget());
    }

    void goingToAChangeNeedsItsNumber()
    {
        GoToDialog dialog(1204, nullptr);
        dialog.show();
        auto* field = dialog.findChild<QLineEdit*>();
        QTest::keyClicks(field, u"1205"_s);
        QCOMPARE(dialog.number(), 0u);
        QVERIFY(!buttonOf(dialog, u"Go"_s)->isEnabled());
        QVERIFY(!field->accessibleDescription().isEmpty());
        field->clear();
        QTest::keyClicks(field, QLocale().toString(1204));
        QCOMPARE(dialog.number(), 1204u);
        QVERIFY(field->accessibleDescription().isEmpty());
        QVERIFY(buttonOf(dialog, u"Go"_s)->isEnabled());
    }

    void changesThatComeLeaveTheActionsAlone()
    {
        ConnectionStore store((m_home.path() + u"/live.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        StreamView* stream = open(window);
        QVERIFY(stream);
        const QAction* stop = actionOf(window, u"Stop"_s);
        QVERIFY(stop->isEnabled());
        QSignalSpy changed(stop, &QAction::changed);
        const auto before = stream->session().capture()->changes();
        QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > static_cast<int>(before) + 10, kPatience);
        QCOMPARE(changed.count(), 0);
        stream->session().stop();
        QVERIFY(changed.count() > 0);
        QVERIFY(actionOf(window, u"Start"_s));
    }

    // The inspector shows what is current in the tab that is shown.
    void inspectorGoesWithTheTab()
    {
        ConnectionStore store((m_home.path() + u"/live.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        StreamView* stream = open(window);
        QVERIFY(stream);
        const auto isEmpty = [&] {
            const auto* state = window.findChild<Inspector*>()->findChild<EmptyState*>();
            return state->isVisible();
        };
        QVERIFY(isEmpty());
        stream->grid().goToRow(1);
        QVERIFY(!isEmpty());
        stream->session().stop();
        const QString path = m_home.path() + u"/other.vtcap"_s;
        QVERIFY(stream->session().capture()->saveTo(path.toStdString()));
        auto* tabs = tabsOf(window);
        window.openCapture(path);
        QTRY_COMPARE_WITH_TIMEOUT(tabs->count(), 2, kPatience);
        QVERIFY(isEmpty());
        tabs->setCurrentIndex(0);
        QVERIFY(!isEmpty());
    }

    // All files that are named are opened, not only the last.
    void everyNamedCaptureIsOpened()
    {
        ConnectionStore store((m_home.path() + u"/live.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        window.show();
        const QString path = m_home.path() + u"/other.vtcap"_s;
        window.openCapture(path);
        window.openCapture(path);
        QTRY_COMPARE_WITH_TIMEOUT(window.findChildren<CaptureView*>().size(), 2, kPatience);
    }

    // Closing with Save, where it cannot be saved: window, tab and capture stay, and it says why.
    void closingStaysWhenItCannotSave()
    {
        ConnectionStore store((m_home.path() + u"/live.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        StreamView* stream = open(window);
        QVERIFY(stream);
        QTimer question, where;
        onNext<QMessageBox>(question, [](QMessageBox& box) { box.button(QMessageBox::Save)->click(); });
        onNext<QFileDialog>(where, [](QFileDialog& dialog) {
            auto* name = dialog.findChild<QLineEdit*>(u"fileNameEdit"_s);
            name->setText(u"/proc/no.vtcap"_s);
            QTest::keyClick(name, Qt::Key_Return);
        });
        QVERIFY(!window.close());
        QTRY_VERIFY_WITH_TIMEOUT(bannerOf(window).contains(u"no.vtcap was not saved"_s), kPatience);
        QVERIFY(window.isVisible());
        QVERIFY(QFile::exists(QString::fromStdString(stream->session().capture()->path())));
    }

    // Saving that is canceled leaves the file that was there, and nothing half.
    void canceledSavingLeavesNothing()
    {
        const QString path = m_home.path() + u"/other.vtcap"_s;
        const auto capture = Capture::open(path.toStdString()).value();
        const QString target = m_home.path() + u"/canceled.vtcap"_s;
        std::stop_source stop;
        stop.request_stop();
        const auto saved = capture->saveTo(target.toStdString(), stop.get_token());
        QVERIFY(!saved && saved.error().kind == ErrorKind::Canceled);
        QCOMPARE(QDir(m_home.path()).entryList({u"canceled*"_s}), QStringList());
        std::uint64_t copied = 0;
        QVERIFY(capture->saveTo(target.toStdString(), {}, [&](std::uint64_t bytes) { copied = bytes; }));
        QCOMPARE(copied, capture->size());
    }

    // What is saved when the window closes is all that came, and the window closes when it is done.
    void closingSavesFirst()
    {
        ConnectionStore store((m_home.path() + u"/live.json"_s).toStdString());
        const auto secrets = SecretStore::inMemory();
        MainWindow window(store, *secrets);
        StreamView* stream = open(window);
        QVERIFY(stream);
        const auto capture = stream->session().capture();
        const QString path = m_home.path() + u"/saved.vtcap"_s;
        QTimer question, where;
        onNext<QMessageBox>(question, [](QMessageBox& box) { box.button(QMessageBox::Save)->click(); });
        onNext<QFileDialog>(where, [&](QFileDialog& dialog) {
            auto* name = dialog.findChild<QLineEdit*>(u"fileNameEdit"_s);
            name->setText(path);
            QTest::keyClick(name, Qt::Key_Return);
        });
        window.close();
        QTRY_VERIFY_WITH_TIMEOUT(!window.isVisible(), kPatience);
        const auto saved = Capture::open(path.toStdString());
        QVERIFY(saved);
        QCOMPARE((*saved)->count(), capture->count());
        QVERIFY(!QFile::exists(QString::fromStdString(capture->path())));
    }

private:
    // Watches the orders of the branch until some changes came.
    StreamView* open(MainWindow& window)
    {
        window.show();
        window.openLocalBranch(settingsOf(m_branch->hostPort()), Secret());
        StreamView* stream = nullptr;
        const bool isThere = QTest::qWaitFor(
            [&] {
                stream = window.findChild<StreamView*>();
                return stream && stream->model().rowCount() > 3;
            },
            kPatience);
        return isThere ? stream : nullptr;
    }

    QTemporaryDir m_home;
    std::unique_ptr<test::LocalBranch> m_branch;
};

QTEST_MAIN(TestProblems)
#include "tst_problems.moc"
