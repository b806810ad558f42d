// Cursor files: what is written is read again, whatever happens in between; what is not ours is refused.
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "streamcore/position/cursorfile.h"
#include "streamcore/position/positiontext.h"

using namespace vtscope;

namespace {

const std::string kGtid = "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77";

CursorFile vstreamFile()
{
    CursorFile file;
    file.keyspace = "shop";
    file.shards = {"-80"};
    file.tables = {"orders", "orders 2", "Zo\xc3\xab"};
    file.positions = {{"shop", "-80", kGtid}, {"shop", "80-", ""}};
    file.out = "/data/out.csv.gz";
    file.format = "csv";
    file.columns = {"id", "a\"b"};
    file.fileNumber = 7;
    file.length = 9'007'199'254'740'993;
    return file;
}

CursorFile syncFile()
{
    CursorFile file;
    file.isSync = true;
    file.keyspace = "shop";
    file.tables = {"b", "a"};
    for (const char* table : {"b", "a"}) {
        for (const char* shard : {"-80", "80-"}) {
            file.positions.push_back(positionIn(cursorOf({"shop", shard, kGtid})));
            file.positions.back().table = table;
        }
    }
    return file;
}

// Of several keyspaces.
CursorFile withOthers(CursorFile file)
{
    file.others = {{"billing", {"invoices", "a.b"}}, {"log", {"lines"}}};
    for (const KeyspaceTables& other : file.others) {
        if (!file.isSync) {
            file.positions.push_back({other.keyspace, "-", kGtid});
            continue;
        }
        for (const std::string& table : other.tables) {
            file.positions.push_back(positionIn(cursorOf({other.keyspace, "-", kGtid})));
            file.positions.back().table = table;
        }
    }
    return file;
}

void writeText(const QString& path, const QByteArray& text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class CursorFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void comesBackAsItWas();
    void isPrivateAndReplacedWhole();
    void isAPosition();
    void whatIsNotOursIsRefused_data();
    void whatIsNotOursIsRefused();
    void cursorsForEachTableAndShard();
    void whatCannotBeReadOrWritten();

private:
    QTemporaryDir m_folder;
};

void CursorFileTest::comesBackAsItWas()
{
    for (const CursorFile& file : {vstreamFile(), syncFile(), withOthers(vstreamFile()), withOthers(syncFile())}) {
        const auto parsed = CursorFile::parse(file.text());
        QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
        QVERIFY2(*parsed == file, parsed->text().c_str());
    }
}

void CursorFileTest::isPrivateAndReplacedWhole()
{
    const QString path = m_folder.filePath(QStringLiteral("cursor"));
    CursorFile file = vstreamFile();
    for (const std::uint64_t length : {1u, 22u, 3u}) {
        file.length = length;
        // Left by a program that was killed.
        writeText(path + QStringLiteral(".new"), QByteArray(100'000, 'x'));
        QVERIFY(file.write(path.toStdString()));
        const auto read = CursorFile::read(path.toStdString());
        QVERIFY(read && *read);
        QVERIFY(**read == file);
        struct stat facts
        {
        };
        QCOMPARE(::stat(path.toLocal8Bit().constData(), &facts), 0);
        QCOMPARE(facts.st_mode & 0777u, 0600u);
        QVERIFY(!QFile::exists(path + QStringLiteral(".new")));
    }
}

void CursorFileTest::isAPosition()
{
    for (const CursorFile& file : {vstreamFile(), syncFile()}) {
        const auto positions = parsePosition(file.text());
        QVERIFY(positions);
        QVERIFY(*positions == file.positions);
    }
}

void CursorFileTest::whatIsNotOursIsRefused_data()
{
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("newer version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 3")
                                   << QByteArray("version 3, which this vtscope does not know");
    QTest::newRow("no version") << QByteArray("\"version\"") << QByteArray("\"ver\"") << QByteArray("no cursor file");
    QTest::newRow("cut") << QByteArray("}\n") << QByteArray() << QByteArray("no cursor file");
    QTest::newRow("source") << QByteArray("vstream") << QByteArray("kafka") << QByteArray("damaged");
    QTest::newRow("no length") << QByteArray("\"length\"") << QByteArray("\"len\"") << QByteArray("damaged");
    QTest::newRow("negative length") << QByteArray("\"length\": ") << QByteArray("\"length\": -")
                                     << QByteArray("damaged");
    QTest::newRow("length of text") << QByteArray("9007199254740993") << QByteArray("\"9\"") << QByteArray("damaged");
    QTest::newRow("no tables") << QByteArray("\"tables\"") << QByteArray("\"tab\"") << QByteArray("damaged");
    QTest::newRow("bad set") << QByteArray(":1-77") << QByteArray(":1-x")
                             << QByteArray("Shard -80: This is not a position");
    QTest::newRow("no shards") << QByteArray("shardGtids") << QByteArray("shards2") << QByteArray("holds no shards");
}

void CursorFileTest::whatIsNotOursIsRefused()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QFETCH(QByteArray, says);
    QByteArray text = QByteArray::fromStdString(vstreamFile().text());
    QVERIFY(text.contains(from));
    const auto parsed = CursorFile::parse(text.replace(from, to).toStdString());
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().kind, ErrorKind::PositionInvalid);
    QVERIFY2(QByteArray::fromStdString(parsed.error().message).contains(says), parsed.error().message.c_str());
}

void CursorFileTest::cursorsForEachTableAndShard()
{
    for (const CursorFile& whole : {syncFile(), withOthers(syncFile())}) {
        for (std::size_t i = 0; i < whole.positions.size(); ++i) {
            CursorFile file = whole;
            file.positions.erase(file.positions.begin() + static_cast<std::ptrdiff_t>(i));
            QVERIFY2(!CursorFile::parse(file.text()), file.text().c_str());
            file = whole;
            file.positions[i].table = "another";
            QVERIFY2(!CursorFile::parse(file.text()), file.text().c_str());
        }
        CursorFile turned = whole;
        std::reverse(turned.positions.begin(), turned.positions.end());
        const auto parsed = CursorFile::parse(turned.text());
        QVERIFY(parsed);
        QVERIFY(parsed->positions.front().table == whole.positions.front().table);
        QVERIFY(parsed->positions.back().table == whole.positions.back().table);
    }
}

void CursorFileTest::whatCannotBeReadOrWritten()
{
    const auto none = CursorFile::read(m_folder.filePath(QStringLiteral("none")).toStdString());
    QVERIFY(none && !*none);
    const auto folder = CursorFile::read(m_folder.path().toStdString());
    QVERIFY(!folder);
    QCOMPARE(folder.error().kind, ErrorKind::Usage);
    const QString path = m_folder.filePath(QStringLiteral("damaged"));
    writeText(path, "{}");
    const auto damaged = CursorFile::read(path.toStdString());
    QVERIFY(!damaged);
    QVERIFY(damaged.error().message.starts_with(path.toStdString() + ": "));
    const auto written = vstreamFile().write(m_folder.filePath(QStringLiteral("no/such/folder")).toStdString());
    QVERIFY(!written);
    QCOMPARE(written.error().kind, ErrorKind::Output);
}

QTEST_GUILESS_MAIN(CursorFileTest)
#include "tst_cursorfile.moc"
