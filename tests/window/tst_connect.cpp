#include "streamcore/connection/store.h"
#include "tests/support/certificates.h"
#include "tests/support/rawserver.h"
#include "tests/support/scriptedserver.h"
#include "ui/connect/connectdialog.h"
#include "ui/connect/connectform.h"
#include "ui/connect/connector.h"
#include "ui/connect/tagpicker.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"
#include "ui/style/tickrail.h"

#include "psdb.pb.h"

#include <grpcpp/grpcpp.h>

#include <QtTest>
#include <QtWidgets>

using namespace vtscope;
using namespace Qt::StringLiterals;
using vtscope::test::Script;
using vtscope::test::ScriptedServer;

namespace {

constexpr int kWait = 15'000;
constexpr auto kPassword = "pscale_pw_4711";
const QString kEnv =
    u"DATABASE_HOST=aws-eu-west-1.connect.psdb.cloud\nDATABASE=shop\nDATABASE_USERNAME=q7v0\nDATABASE_PASSWORD=pscale_pw_4711\n"_s;

// Answers as a branch at PlanetScale does, so far as a connection test looks.
void playBranch(ScriptedServer& server)
{
    psdb::v1alpha1::CreateSessionResponse session;
    session.set_branch("main");
    server.on("/psdb.v1alpha1.Database/CreateSession", Script().send(session.SerializeAsString()));
    server.on("/vtgateservice.Vitess/VStream", Script().finish(grpc::StatusCode::INVALID_ARGUMENT, "no vgtid"));
}

QPushButton* buttonOf(QWidget& widget, const QString& words)
{
    for (QPushButton* button : widget.findChildren<QPushButton*>())
        if (QString(button->text()).remove(u'&').startsWith(words) && !button->isHidden())
            return button;
    return nullptr;
}

template <typename Field> Field* fieldOf(QWidget& widget, const QString& name)
{
    for (Field* field : widget.findChildren<Field*>())
        if (field->accessibleName().startsWith(name))
            return field;
    return nullptr;
}

constexpr auto lineOf = &fieldOf<QLineEdit>;

bool isSaying(QWidget& widget, const QString& words)
{
    for (const QLabel* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget) && label->text().contains(words))
            return true;
    return false;
}

TickRail::State tickOf(QWidget& widget, int index)
{
    return widget.findChild<TickRail*>()->state(index);
}

SavedConnection savedAt(int port)
{
    SavedConnection saved;
    saved.settings.id = saved.settings.name = "it";
    saved.settings.host = "127.0.0.1";
    saved.settings.port = port;
    saved.settings.username = "shop";
    return saved;
}

} // namespace

/// The connection dialog, and connecting without one.
class TestConnect : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(Theme::Choice::Light); }
    void init();

    void aHostWithoutPortIsAnsweredAsItIsTyped();
    void pasteFillsTheFormAndUndoes();
    void ordinaryPasteStaysInItsField();
    void badHostIsSaidBesideIt();
    void refusedPortOffersTheHost();
    void otherServiceOffersTheHost();
    void plaintextPortNeedsAClick();
    void passwordInClearNeedsASecondYes();
    void refusedLoginIsNotRetried();
    void closedDialogStopsTheTest();
    void workingConnectionIsSaved();
    void passwordIsKeptOnlyIfWanted();
    void passwordCanComeFromElsewhere_data();
    void passwordCanComeFromElsewhere();
    void failingPasswordCommandIsSaid();
    void sameLoginUpdatesTheSavedOne();
    void editingLoadsThePassword();
    void tabletFollowsTheTagUntilChosen();
    void privateAuthorityConnects();

    void connectorConnects();
    void connectorAsksForThePassword();
    void canceledConnectorIsSilent();

private:
    void typeLogin(ConnectDialog& dialog, const std::string& hostPort, bool isPlaintext);
    void waitUntilTested(ConnectDialog& dialog);

    QTemporaryDir m_folder;
    std::string m_path;
    std::unique_ptr<ConnectionStore> m_store;
    std::unique_ptr<SecretStore> m_secrets;
};

void TestConnect::init()
{
    m_path = m_folder.filePath(u"connections.json"_s).toStdString();
    QFile::remove(QString::fromStdString(m_path));
    m_store = std::make_unique<ConnectionStore>(m_path);
    m_secrets = SecretStore::inMemory();
}

void TestConnect::typeLogin(ConnectDialog& dialog, const std::string& hostPort, bool isPlaintext)
{
    lineOf(dialog, u"Host"_s)->setText(QString::fromStdString(hostPort));
    lineOf(dialog, u"User"_s)->setText(u"shop"_s);
    lineOf(dialog, u"Password"_s)->setText(QString::fromLatin1(kPassword));
    auto* form = dialog.findChild<ConnectForm*>();
    form->setPlaintext(isPlaintext);
    for (QCheckBox* box : form->findChildren<QCheckBox*>())
        if (box->text().contains(u"encryption"))
            box->setChecked(isPlaintext);
}

void TestConnect::waitUntilTested(ConnectDialog& dialog)
{
    QTRY_VERIFY_WITH_TIMEOUT(!buttonOf(dialog, u"Stop"_s), kWait);
}

void TestConnect::aHostWithoutPortIsAnsweredAsItIsTyped()
{
    for (const auto& [host, said] : {std::pair("::1", "[::1]:15991"), {"localhost", " localhost:15991"}}) {
        const auto parsed = parseHost(host);
        QVERIFY(!parsed);
        QVERIFY2(parsed.error().message.find(said) != std::string::npos, parsed.error().message.c_str());
    }
    QCOMPARE(parseHost("[::1]:15991").value(), std::pair(std::string("::1"), 15991));
}

void TestConnect::pasteFillsTheFormAndUndoes()
{
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QLineEdit* host = lineOf(dialog, u"Host"_s);
    host->setText(u"old.example"_s);
    host->setFocus();
    QGuiApplication::clipboard()->setText(kEnv);
    QTest::keySequence(host, QKeySequence::Paste);
    QCOMPARE(host->text(), u"aws-eu-west-1.connect.psdb.cloud"_s);
    QCOMPARE(lineOf(dialog, u"Database"_s)->text(), u"shop"_s);
    QCOMPARE(lineOf(dialog, u"Password"_s)->text(), QString::fromLatin1(kPassword));
    QCOMPARE(lineOf(dialog, u"Name"_s)->placeholderText(), u"aws-eu-west-1"_s);
    QVERIFY(isSaying(dialog, u"Filled from the clipboard: .env with 4 values"_s));
    buttonOf(dialog, u"Undo"_s)->click();
    QTRY_COMPARE(host->text(), u"old.example"_s);
    QCOMPARE(lineOf(dialog, u"Password"_s)->text(), QString());
}

void TestConnect::ordinaryPasteStaysInItsField()
{
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    QLineEdit* password = lineOf(dialog, u"Password"_s);
    QGuiApplication::clipboard()->setText(u"a=b://c"_s);
    QTest::keySequence(password, QKeySequence::Paste);
    QCOMPARE(password->text(), u"a=b://c"_s);
}

void TestConnect::badHostIsSaidBesideIt()
{
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    QLineEdit* host = lineOf(dialog, u"Host"_s);
    host->setFocus();
    QTest::keyClicks(host, u"db.example:99999"_s);
    QCOMPARE(validityOf(host), Validity::Neutral);
    QTRY_COMPARE(validityOf(host), Validity::Invalid);
    QVERIFY(isSaying(dialog, u"is not a port"_s));
    QTest::keyClick(host, Qt::Key_Return);
    QVERIFY(!buttonOf(dialog, u"Stop"_s));
    QTest::keyClick(host, Qt::Key_Backspace);
    QCOMPARE(validityOf(host), Validity::Neutral);
}

void TestConnect::refusedPortOffersTheHost()
{
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    typeLogin(dialog, "127.0.0.1:1", false);
    QTest::keyClick(lineOf(dialog, u"Host"_s), Qt::Key_Return);
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 0), TickRail::State::Ok);
    QCOMPARE(tickOf(dialog, 1), TickRail::State::Failed);
    QCOMPARE(tickOf(dialog, 2), TickRail::State::NotTried);
    QCOMPARE(validityOf(lineOf(dialog, u"Host"_s)), Validity::Invalid);
    QVERIFY(buttonOf(dialog, u"Change the host"_s));
    QVERIFY(buttonOf(dialog, u"Test again"_s)->isEnabled());
    QVERIFY(dialog.isVisible());
    QVERIFY(!dialog.connection());
    QVERIFY(m_store->all().empty());
}

void TestConnect::otherServiceOffersTheHost()
{
    test::RawServer server(test::RawServer::http1());
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    buttonOf(dialog, u"Test"_s)->click();
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 3), TickRail::State::Failed);
    QVERIFY(isSaying(dialog, u"but not as a branch does"_s));
    QCOMPARE(validityOf(lineOf(dialog, u"Host"_s)), Validity::Invalid);
}

void TestConnect::plaintextPortNeedsAClick()
{
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    lineOf(dialog, u"Host"_s)->setText(QString::fromStdString(server.hostPort()));
    buttonOf(dialog, u"Connect"_s)->click();
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 2), TickRail::State::Failed);
    QVERIFY(server.calls().empty());
    QPushButton* fix = buttonOf(dialog, u"Connect without encryption"_s);
    QVERIFY(fix);
    fix->click();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.connection(), kWait);
    QCOMPARE(dialog.result(), static_cast<int>(QDialog::Accepted));
    QVERIFY(dialog.saved().settings.isPlaintext);
}

void TestConnect::passwordInClearNeedsASecondYes()
{
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    QCheckBox* yes = nullptr;
    for (QCheckBox* box : dialog.findChildren<QCheckBox*>())
        if (box->text().contains(u"encryption"))
            yes = box;
    QVERIFY(yes && yes->isVisible());
    yes->setChecked(false);
    buttonOf(dialog, u"Test"_s)->click();
    QVERIFY(!buttonOf(dialog, u"Stop"_s));
    QVERIFY(isSaying(dialog, u"anybody on the way can read the password"_s));
    QVERIFY(server.calls().empty());
    yes->setChecked(true);
    buttonOf(dialog, u"Test"_s)->click();
    waitUntilTested(dialog);
    QVERIFY(isSaying(dialog, u"It works, not encrypted"_s));
    QCOMPARE(tickOf(dialog, 2), TickRail::State::Grey);
}

void TestConnect::refusedLoginIsNotRetried()
{
    ScriptedServer server;
    server.on("/psdb.v1alpha1.Database/CreateSession",
              Script().finish(grpc::StatusCode::UNAUTHENTICATED, "access denied"));
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    typeLogin(dialog, server.hostPort(), true);
    buttonOf(dialog, u"Connect"_s)->click();
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 3), TickRail::State::Failed);
    QLineEdit* password = lineOf(dialog, u"Password"_s);
    QCOMPARE(validityOf(password), Validity::Invalid);
    QVERIFY(password->hasFocus());
    QVERIFY(isSaying(dialog, u"Nothing will be tried again until you change it"_s));
    QVERIFY(!buttonOf(dialog, u"Test again"_s)->isEnabled());
    QVERIFY(!buttonOf(dialog, u"Connect"_s)->isEnabled());
    const auto calls = server.calls().size();
    QTest::keyClick(password, Qt::Key_Return);
    // A tag is no change of the login.
    for (QRadioButton* tag : dialog.findChildren<QRadioButton*>())
        if (tag->text() == u"Production")
            tag->click();
    QVERIFY(!buttonOf(dialog, u"Connect"_s)->isEnabled());
    QTest::qWait(100);
    QCOMPARE(server.calls().size(), calls);
    for (const QWidget* widget : dialog.findChildren<QWidget*>())
        QVERIFY(!(widget->accessibleName() + widget->accessibleDescription()).contains(QLatin1StringView(kPassword)));
    password->setText(u"another"_s);
    QVERIFY(buttonOf(dialog, u"Connect"_s)->isEnabled());
    QCOMPARE(validityOf(password), Validity::Neutral);
}

void TestConnect::closedDialogStopsTheTest()
{
    ScriptedServer server;
    server.on("/psdb.v1alpha1.Database/CreateSession", Script().staySilent());
    {
        ConnectDialog dialog(*m_store, *m_secrets);
        dialog.show();
        typeLogin(dialog, server.hostPort(), true);
        buttonOf(dialog, u"Connect"_s)->click();
        QVERIFY(server.waitForCalls(1));
        QTest::keyClick(&dialog, Qt::Key_Escape);
        QVERIFY(!dialog.isVisible());
        QVERIFY(!dialog.connection());
    }
    QVERIFY(server.waitForCancelled(1));
    QCoreApplication::processEvents();
}

void TestConnect::workingConnectionIsSaved()
{
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    lineOf(dialog, u"Name"_s)->setText(u"my branch"_s);
    QTest::keyClick(lineOf(dialog, u"User"_s), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(dialog.result(), static_cast<int>(QDialog::Accepted), kWait);
    QVERIFY(dialog.connection());
    QCOMPARE(dialog.connection()->settings(), dialog.saved().settings);
    QCOMPARE(m_store->all().size(), 1u);
    QCOMPARE(m_store->all().front().settings.name, std::string("my branch"));
    QCOMPARE(m_store->all().front().branch, std::string("main"));
    QVERIFY(m_store->all().front().lastUsed > 0);
    QFile file(QString::fromStdString(m_path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(kPassword));
    QCOMPARE(lineOf(dialog, u"Password"_s)->text(), QString());
    std::string kept;
    m_secrets->read(dialog.saved().settings.id,
                    [&kept](const std::optional<Secret>& secret) { kept = secret ? secret->reveal() : ""; });
    QCOMPARE(kept, std::string(kPassword));
}

void TestConnect::passwordIsKeptOnlyIfWanted()
{
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    dialog.findChild<ConnectForm*>()->setKeepsPassword(false);
    buttonOf(dialog, u"Connect"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(dialog.result(), static_cast<int>(QDialog::Accepted), kWait);
    bool isThere = true;
    m_secrets->read(dialog.saved().settings.id,
                    [&isThere](const std::optional<Secret>& secret) { isThere = secret.has_value(); });
    QVERIFY(!isThere);
}

void TestConnect::passwordCanComeFromElsewhere_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("place");
    QFile file(m_folder.filePath(u"password"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(kPassword);
    qputenv("VTSCOPE_TEST_PASSWORD", kPassword);
    QTest::newRow("file") << u"File"_s << file.fileName();
    QTest::newRow("variable") << u"Variable"_s << u"VTSCOPE_TEST_PASSWORD"_s;
    QTest::newRow("command") << u"Command"_s << u"cat "_s + file.fileName();
}

void TestConnect::passwordCanComeFromElsewhere()
{
    QFETCH(QString, from);
    QFETCH(QString, place);
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    auto* sources = fieldOf<QComboBox>(dialog, u"Where the password comes from"_s);
    QTest::keyClicks(sources, from);
    QCOMPARE(sources->currentText(), from);
    QVERIFY(!lineOf(dialog, u"Password"_s)->isVisible());
    auto* line = qobject_cast<QLineEdit*>(sources->parentWidget()->focusProxy());
    QVERIFY(line);
    line->setText(place);
    buttonOf(dialog, u"Connect"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(dialog.result(), static_cast<int>(QDialog::Accepted), kWait);

    // Sent, kept nowhere, and found again by a connection without the dialog.
    const QByteArray basic = "Basic " + (QByteArray("shop:") + kPassword).toBase64();
    const auto sent = [&server] {
        const auto calls = server.calls("/psdb.v1alpha1.Database/CreateSession");
        const auto found = calls.back().metadata.find("authorization");
        return found == calls.back().metadata.end() ? QByteArray() : QByteArray::fromStdString(found->second);
    };
    QCOMPARE(sent(), basic);
    QFile file(QString::fromStdString(m_path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(kPassword));
    bool isKept = false;
    m_secrets->read(dialog.saved().settings.id,
                    [&isKept](const std::optional<Secret>& secret) { isKept = secret.has_value(); });
    QVERIFY(!isKept);
    const ConnectionStore reopened(m_path);
    Connector connector(*m_secrets);
    QSignalSpy connected(&connector, &Connector::connected);
    connector.start(reopened.all().front());
    QVERIFY(connected.wait(kWait));
    QCOMPARE(sent(), basic);

    // Changed later, it is still there.
    ConnectDialog again(*m_store, *m_secrets);
    again.edit(reopened.all().front());
    again.show();
    QCOMPARE(fieldOf<QComboBox>(again, u"Where the password comes from"_s)->currentText(), from);
}

void TestConnect::failingPasswordCommandIsSaid()
{
    ScriptedServer server;
    playBranch(server);
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    QTest::keyClicks(fieldOf<QComboBox>(dialog, u"Where the password comes from"_s), u"Command"_s);
    QVERIFY(isSaying(dialog, u"put no secret into it"_s));
    buttonOf(dialog, u"Connect"_s)->click();
    QVERIFY(isSaying(dialog, u"Say where the password is"_s));
    QLineEdit* command = lineOf(dialog, u"Command that prints"_s);
    command->setText(u"echo 'not signed in' >&2; exit 1"_s);
    buttonOf(dialog, u"Connect"_s)->click();
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 3), TickRail::State::Failed);
    QVERIFY(isSaying(dialog, u"failed with exit code 1"_s));
    QCOMPARE(dialog.focusWidget(), command);
    QCOMPARE(validityOf(command), Validity::Invalid);
    QVERIFY(server.calls("/psdb.v1alpha1.Database/CreateSession").empty());
    // It may succeed the next time: nothing has to be changed first.
    QVERIFY(buttonOf(dialog, u"Connect"_s)->isEnabled());
}

void TestConnect::sameLoginUpdatesTheSavedOne()
{
    ScriptedServer server;
    playBranch(server);
    SavedConnection known = savedAt(server.port());
    known.settings.name = "prod-eu";
    known.settings.tag = Tag::Production;
    QVERIFY(m_store->save(known));
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), true);
    QVERIFY(isSaying(dialog, u"Saved already as prod-eu"_s));
    QCOMPARE(dialog.findChild<TagPicker*>()->tag(), Tag::Production);
    buttonOf(dialog, u"Connect"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(dialog.result(), static_cast<int>(QDialog::Accepted), kWait);
    QCOMPARE(m_store->all().size(), 1u);
    QCOMPARE(m_store->all().front().settings.name, std::string("prod-eu"));
}

void TestConnect::editingLoadsThePassword()
{
    SavedConnection saved = savedAt(1);
    saved.settings.host = "db.example";
    m_secrets->write("it", Secret(kPassword), [](bool) {});
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.edit(saved);
    dialog.show();
    QCOMPARE(lineOf(dialog, u"Password"_s)->text(), QString::fromLatin1(kPassword));
    QCOMPARE(lineOf(dialog, u"Password"_s)->echoMode(), QLineEdit::Password);
    QCOMPARE(lineOf(dialog, u"Host"_s)->text(), u"db.example:1"_s);
    dialog.reject();
    QCOMPARE(lineOf(dialog, u"Password"_s)->text(), QString());
}

void TestConnect::tabletFollowsTheTagUntilChosen()
{
    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    auto* form = dialog.findChild<ConnectForm*>();
    const auto pick = [&form](const QString& name) {
        for (QRadioButton* tag : form->findChildren<QRadioButton*>())
            if (tag->accessibleName() == name)
                tag->click();
    };
    QCOMPARE(form->tabletType(), TabletType::Primary);
    pick(u"Production"_s);
    QCOMPARE(form->tabletType(), TabletType::Replica);
    pick(u"Staging"_s);
    QCOMPARE(form->tabletType(), TabletType::Primary);
    form->setMoreShown(true);
    QComboBox* tablet = fieldOf<QComboBox>(dialog, u"Source tablet"_s);
    tablet->setFocus();
    QTest::keyClick(tablet, Qt::Key_Down);
    QTest::keyClick(tablet, Qt::Key_Down);
    QCOMPARE(form->tabletType(), TabletType::Rdonly);
    pick(u"Production"_s);
    QCOMPARE(form->tabletType(), TabletType::Rdonly);
}

void TestConnect::privateAuthorityConnects()
{
    const test::Certificates certificates = test::makeCertificates();
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({certificates.serverKey, certificates.server});
    ScriptedServer server(grpc::SslServerCredentials(options));
    playBranch(server);
    QFile ca(m_folder.filePath(u"ca.pem"_s));
    QVERIFY(ca.open(QIODevice::WriteOnly));
    ca.write(QByteArray::fromStdString(certificates.authority));
    ca.close();

    ConnectDialog dialog(*m_store, *m_secrets);
    dialog.show();
    typeLogin(dialog, server.hostPort(), false);
    buttonOf(dialog, u"Test"_s)->click();
    waitUntilTested(dialog);
    QCOMPARE(tickOf(dialog, 2), TickRail::State::Failed);
    QVERIFY(buttonOf(dialog, u"Choose a CA file"_s));
    QVERIFY(!buttonOf(dialog, u"Connect without encryption"_s));
    QLineEdit* file = lineOf(dialog, u"CA file"_s);
    QVERIFY(file->isVisible());
    file->setText(ca.fileName());
    buttonOf(dialog, u"Connect"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(dialog.result(), static_cast<int>(QDialog::Accepted), kWait);
    QCOMPARE(tickOf(dialog, 2), TickRail::State::Ok);
}

void TestConnect::connectorConnects()
{
    ScriptedServer server;
    playBranch(server);
    SavedConnection saved = savedAt(server.port());
    saved.settings.isPlaintext = saved.settings.allowsCleartextPassword = true;
    m_secrets->write("it", Secret(kPassword), [](bool) {});
    Connector connector(*m_secrets);
    std::shared_ptr<Connection> got;
    int ticks = 0;
    connect(&connector, &Connector::connected, this,
            [&got](const std::shared_ptr<Connection>& connection) { got = connection; });
    connect(&connector, &Connector::tick, this, [&ticks] { ++ticks; });
    connector.start(saved);
    QVERIFY(connector.isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(got, kWait);
    QVERIFY(!connector.isRunning());
    QCOMPARE(ticks, 10); // each of the five begins and ends
    QCOMPARE(connector.saved().branch, std::string("main"));
}

void TestConnect::connectorAsksForThePassword()
{
    Connector connector(*m_secrets);
    QSignalSpy asked(&connector, &Connector::passwordNeeded);
    connector.start(savedAt(1));
    QTRY_COMPARE(asked.size(), 1);
    QVERIFY(!connector.isRunning());
}

void TestConnect::canceledConnectorIsSilent()
{
    ScriptedServer server;
    server.on("/psdb.v1alpha1.Database/CreateSession", Script().staySilent());
    Connector connector(*m_secrets);
    int answers = 0;
    connect(&connector, &Connector::connected, this, [&answers] { ++answers; });
    connect(&connector, &Connector::failed, this, [&answers] { ++answers; });
    ConnectionSettings settings = savedAt(server.port()).settings;
    settings.isPlaintext = true;
    connector.start(settings, Secret());
    QVERIFY(server.waitForCalls(1));
    connector.cancel();
    QVERIFY(server.waitForCancelled(1));
    QTest::qWait(50);
    QCOMPARE(answers, 0);
}

QTEST_MAIN(TestConnect)
#include "tst_connect.moc"
