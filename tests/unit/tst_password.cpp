// Passwords that are read where the user keeps them.
#include <QtTest>

#include "streamcore/connection/password.h"

#include <csignal>
#include <thread>

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 20'000;

Result<Secret> run(const QString& command, const std::stop_token& stop = {})
{
    return readPassword({PasswordFrom::Command, command.toStdString()}, stop);
}

std::string revealed(const Result<Secret>& secret)
{
    return secret ? std::string(secret->reveal()) : "error: " + secret.error().message;
}

} // namespace

class PasswordTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void firstLineIsThePassword_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("password");
        QTest::newRow("alone") << QByteArray("geheim") << QByteArray("geheim");
        QTest::newRow("unix") << QByteArray("geheim\nnot this\n") << QByteArray("geheim");
        QTest::newRow("windows") << QByteArray("geheim\r\nnot this") << QByteArray("geheim");
        QTest::newRow("blanks") << QByteArray(" ge heim \n") << QByteArray(" ge heim ");
        QTest::newRow("unicode") << QByteArray("gehëim🔑\n") << QByteArray("gehëim🔑");
    }
    void firstLineIsThePassword()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, password);
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(text);
        file.close();
        const std::string path = file.fileName().toStdString();
        QCOMPARE(revealed(readPassword({PasswordFrom::File, path}, {})), password.toStdString());
        QCOMPARE(revealed(run(u"cat "_s + file.fileName())), password.toStdString());
        qputenv("VTSCOPE_TEST_PASSWORD", text);
        QCOMPARE(revealed(readPassword({PasswordFrom::Variable, "VTSCOPE_TEST_PASSWORD"}, {})), password.toStdString());
        qunsetenv("VTSCOPE_TEST_PASSWORD");
    }

    void whatIsNotThereIsSaid_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<QString>("place");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, PasswordFrom from, const QString& place, ErrorKind kind,
                            const QString& words) {
            QTest::newRow(name) << static_cast<int>(from) << place << static_cast<int>(kind) << words;
        };
        row("no file", PasswordFrom::File, u"/nonexistent"_s, ErrorKind::Usage, u"/nonexistent cannot be read"_s);
        row("a folder", PasswordFrom::File, u"/"_s, ErrorKind::Usage, u"cannot be read"_s);
        row("empty file", PasswordFrom::File, u"/dev/null"_s, ErrorKind::Login, u"first line of /dev/null"_s);
        row("no variable", PasswordFrom::Variable, u"VTSCOPE_TEST_NOT_SET"_s, ErrorKind::Usage,
            u"no variable VTSCOPE_TEST_NOT_SET"_s);
        row("failing command", PasswordFrom::Command, u"echo geheim; exit 3"_s, ErrorKind::Login, u"exit code 3"_s);
        row("silent command", PasswordFrom::Command, u"true"_s, ErrorKind::Login, u"no password"_s);
        row("crashing command", PasswordFrom::Command, u"kill -9 $$"_s, ErrorKind::Login, u"crashed"_s);
    }
    void whatIsNotThereIsSaid()
    {
        QFETCH(int, from);
        QFETCH(QString, place);
        QFETCH(int, kind);
        QFETCH(QString, words);
        const auto secret = readPassword({static_cast<PasswordFrom>(from), place.toStdString()}, {});
        QVERIFY(!secret);
        QCOMPARE(static_cast<int>(secret.error().kind), kind);
        QVERIFY2(QString::fromStdString(secret.error().message).contains(words), secret.error().message.c_str());
    }

    void commandsOwnWordsAreKept()
    {
        const auto secret = run(u"echo 'not signed in' >&2; exit 1"_s);
        QVERIFY(!secret);
        QCOMPARE(secret.error().detail, std::string("not signed in"));
    }

    void stopEndsTheCommand()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(u"pid"_s);
        std::stop_source stop;
        Result<Secret> secret = failure(ErrorKind::Server, "not read yet");
        std::thread reader(
            [&] { secret = run(u"echo $$ > %1.new; mv %1.new %1; exec sleep 1000"_s.arg(file), stop.get_token()); });
        const bool hasBegun = QTest::qWaitFor([&] { return QFile::exists(file); }, kPatience);
        stop.request_stop();
        reader.join();
        QVERIFY(hasBegun);
        QVERIFY(!secret);
        QVERIFY(secret.error().kind == ErrorKind::Canceled);
        QFile pid(file);
        QVERIFY(pid.open(QIODevice::ReadOnly));
        QCOMPARE(::kill(pid.readAll().trimmed().toInt(), 0), -1);
    }
};

QTEST_GUILESS_MAIN(PasswordTest)
#include "tst_password.moc"
