// A password that is typed into the window is found nowhere afterwards: in no file, on no label, in nothing that a
// screen reader is told or the log says.
#include "tests/window/desk.h"
#include "ui/connect/connectdialog.h"
#include "ui/connect/connectform.h"
#include "ui/stream/streamview.h"
#include "ui/style/theme.h"

using namespace vtscope;
using namespace vtscope::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kPassword("window_pw_geheim");

QString s_log;

void keepLog(QtMsgType, const QMessageLogContext&, const QString& words)
{
    s_log += words + u'\n';
}

QByteArrayList forms()
{
    const QString text = QString::fromUtf8(kPassword);
    return {kPassword, ("zoe:" + kPassword).toBase64(), kPassword.toPercentEncoding(),
            QByteArray(static_cast<const char*>(static_cast<const void*>(text.utf16())), text.size() * 2)};
}

bool isIn(const QByteArray& bytes)
{
    const QByteArrayList all = forms();
    return std::any_of(all.begin(), all.end(), [&bytes](const QByteArray& form) { return bytes.contains(form); });
}

// What can be seen of the widgets, and what is told of them.
QString shownBy(const QWidget& window)
{
    QString shown;
    for (QWidget* widget : window.findChildren<QWidget*>()) {
        shown += widget->toolTip() + widget->accessibleName() + widget->accessibleDescription() + u'\n';
        if (const auto* label = qobject_cast<QLabel*>(widget))
            shown += label->text() + u'\n';
        if (const auto* line = qobject_cast<QLineEdit*>(widget))
            shown += line->displayText() + u'\n';
        if (QAccessibleInterface* told = QAccessible::queryAccessibleInterface(widget)) {
            shown += told->text(QAccessible::Value) + told->text(QAccessible::Name) + u'\n';
            if (const auto* text = told->textInterface())
                shown += text->text(0, text->characterCount()) + u'\n';
        }
    }
    return shown;
}

void type(ConnectDialog& dialog, const QString& hostPort, const QByteArray& password)
{
    dialog.findChild<ConnectForm*>()->setPlaintext(true);
    for (auto* line : dialog.findChildren<QLineEdit*>()) {
        if (line->accessibleName().startsWith(u"Host"))
            line->setText(hostPort);
        if (line->accessibleName().startsWith(u"User"))
            line->setText(u"zoe"_s);
        if (line->accessibleName().startsWith(u"Password"))
            QTest::keyClicks(line, QString::fromUtf8(password));
    }
    for (auto* box : dialog.findChildren<QCheckBox*>()) {
        if (box->text().contains(u"encryption"))
            box->setChecked(true);
    }
}

} // namespace

class SecretsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void typedPasswordStaysOut_data();
    void typedPasswordStaysOut();
};

void SecretsTest::typedPasswordStaysOut_data()
{
    QTest::addColumn<QStringList>("services");
    QTest::newRow("Basic") << QStringList();
    QTest::newRow("static") << QStringList{u"--services"_s, u"vtgate"_s};
}

void SecretsTest::typedPasswordStaysOut()
{
    QFETCH(QStringList, services);
    const QTemporaryDir home, kept;
    for (const auto& [variable, folder] : {std::pair{"XDG_DATA_HOME", "/data"},
                                           {"XDG_STATE_HOME", "/state"},
                                           {"XDG_CONFIG_HOME", "/config"},
                                           {"XDG_CACHE_HOME", "/cache"},
                                           {"HOME", ""}})
        qputenv(variable, (home.path() + QLatin1String(folder)).toLocal8Bit());
    for (const QSettings::Format format : {QSettings::NativeFormat, QSettings::IniFormat})
        QSettings::setPath(format, QSettings::UserScope, home.filePath(u"config"_s));
    Theme::instance().install(Theme::Choice::Light);
    QFile file(kept.filePath(u"password"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(kPassword) > 0);
    file.close();
    const LocalBranch branch(services + QStringList{u"--user"_s, u"zoe"_s, u"--password-file"_s, file.fileName()});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    const QtMessageHandler before = qInstallMessageHandler(keepLog);
    const auto restore = qScopeGuard([before] { qInstallMessageHandler(before); });

    QString shown;
    {
        Desk desk;
        QVERIFY(desk.isReady());
        {
            Answer<ConnectDialog> refused([&](ConnectDialog& dialog) {
                type(dialog, branch.hostPort(), kPassword + "x");
                QVERIFY(clickOn(dialog, u"Test"_s));
                QTRY_VERIFY_WITH_TIMEOUT(shownBy(dialog).contains(u"refused"), kPatience);
                shown += shownBy(dialog);
                dialog.reject();
            });
            desk.press(Qt::Key_N);
            QVERIFY(refused.came());
        }
        Answer<ConnectDialog> accepted([&](ConnectDialog& dialog) {
            type(dialog, branch.hostPort(), kPassword);
            shown += shownBy(dialog);
            QVERIFY(clickOn(dialog, u"Connect"_s));
        });
        desk.press(Qt::Key_N);
        QVERIFY(accepted.came());
        QTRY_VERIFY_WITH_TIMEOUT(!desk.navigator().branch().keyspaces.empty(), kPatience);
        desk.openByName(u"orders"_s);
        QTRY_COMPARE_WITH_TIMEOUT(desk.tabs().count(), 1, kPatience);
        auto* stream = desk.tab<StreamView>(0);
        QTRY_VERIFY_WITH_TIMEOUT(stream->model().rowCount() > 0, kPatience);
        desk.press(Qt::Key_E);
        shown += shownBy(desk.window) + desk.window.windowTitle();

        int files = 0;
        bool hasConnection = false;
        QDirIterator all(home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (all.hasNext()) {
            QFile left(all.next());
            QVERIFY(left.open(QIODevice::ReadOnly));
            const QByteArray bytes = left.readAll();
            ++files;
            hasConnection |= bytes.contains("zoe");
            QVERIFY2(!isIn(bytes), qPrintable(left.fileName()));
        }
        QVERIFY2(files >= 2 && hasConnection, qPrintable(QString::number(files)));
    }
    QVERIFY(shown.contains(branch.hostPort()));
    QVERIFY(!isIn(shown.toUtf8()));
    QVERIFY2(!isIn(s_log.toUtf8()), qPrintable(s_log));
}

QTEST_MAIN(SecretsTest)
#include "tst_secrets.moc"
