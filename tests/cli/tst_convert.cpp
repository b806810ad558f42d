// Rings, and captures put into captures.
#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

namespace vtscope::test {

class ConvertSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { server().sql("delete from items"); }
    void aRingKeepsTheNewest();
    void aRingThatIsNone_data();
    void aRingThatIsNone();
    void whatIsConvertedIsReadAsBefore();
    void severalInOne();
    void whatCannotBeConverted();
    void whatOnlyOneHas();
    void whatCannotBeCompared();

private:
    // Captures so many inserts into items and returns what was printed of them, with a header.
    QList<QByteArray> capture(const QString& path, int count, const QStringList& options = {},
                              const QString& table = QStringLiteral("items"));
    QList<QByteArray> exported(const QString& path, const QStringList& options = {});
    QString path(const QString& name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    int m_id = 1;
};

QList<QByteArray> ConvertSuite::capture(const QString& path, int count, const QStringList& options,
                                        const QString& table)
{
    Program program(
        at(QStringList{QStringLiteral("watch"), QStringLiteral("--keyspace"), QStringLiteral("commerce"),
                       QStringLiteral("--table"), table, QStringLiteral("--format"), QStringLiteral("csv"),
                       QStringLiteral("--count"), QString::number(count), QStringLiteral("--capture"), path} +
           options));
    const int code = program.waitWhile([&] {
        const std::string id = std::to_string(m_id++);
        if (table == u"parts")
            server().sql("insert into parts (id, n, txt) values (" + id + ", 1, '" + std::string(60'000, 'x') + "')");
        else
            server().sql("insert into items (id, name) values (" + id + ", 'n" + id + "')");
    });
    if (code != 0)
        qWarning("%s", program.err().constData());
    return code == 0 ? linesOf(program.out()) : QList<QByteArray>();
}

QList<QByteArray> ConvertSuite::exported(const QString& path, const QStringList& options)
{
    Program program(QStringList{QStringLiteral("export"), path} + options);
    return program.wait() == 0 ? linesOf(program.out()) : QList<QByteArray>{program.err()};
}

void ConvertSuite::aRingKeepsTheNewest()
{
    const QString ring = path(QStringLiteral("ring.vtcap"));
    server().sql("delete from parts");
    const QList<QByteArray> printed =
        capture(ring, 120, {QStringLiteral("--ring"), QStringLiteral("changes:40,size:1G")}, QStringLiteral("parts"));
    QCOMPARE(printed.size(), 121);
    const QList<QByteArray> kept = exported(ring);
    QVERIFY2(kept.size() > 40 && kept.size() <= 80, QByteArray::number(kept.size()));
    // Some more may have come than were printed.
    const auto first = printed.indexOf(kept[1]);
    QVERIFY(first > 1);
    for (qsizetype i = 1; i < kept.size() && first + i - 1 < printed.size(); ++i)
        QCOMPARE(kept[i], printed[first + i - 1]);

    // As a file of its own it has what is kept alone, under the same numbers.
    const QString saved = path(QStringLiteral("saved.vtcap"));
    Program convert({QStringLiteral("convert"), ring, QStringLiteral("--out"), saved});
    QCOMPARE(convert.wait(), 0);
    QVERIFY2(convert.err().contains("lines in "), convert.err());
    QCOMPARE(exported(saved), kept);
}

void ConvertSuite::aRingThatIsNone_data()
{
    QTest::addColumn<QString>("ring");
    for (const char* text : {"", "size", "size:", "size:0", "size:-1", "size:1X", "size:1G,size:2G", "changes:1K",
                             "time:9999999999999d", "size:99999999999999999999", "colour:1", "size:1G;time:1h", ","})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void ConvertSuite::aRingThatIsNone()
{
    QFETCH(QString, ring);
    const QString file = path(QStringLiteral("none.vtcap"));
    Program program(at({QStringLiteral("watch"), QStringLiteral("--keyspace"), QStringLiteral("commerce"),
                        QStringLiteral("--table"), QStringLiteral("items"), QStringLiteral("--capture"), file,
                        QStringLiteral("--ring"), ring}));
    QCOMPARE(program.wait(), 2);
    QVERIFY2(program.err().contains("--ring"), program.err());
    QVERIFY(!QFile::exists(file));
}

void ConvertSuite::whatIsConvertedIsReadAsBefore()
{
    const QString file = path(QStringLiteral("some.vtcap")), out = path(QStringLiteral("out.vtcap"));
    QVERIFY(!capture(file, 30).isEmpty());
    const QList<QByteArray> all = exported(file);
    // Torn, as a crash leaves it.
    QFile whole(file);
    QVERIFY(whole.open(QIODevice::ReadWrite));
    QVERIFY(whole.resize(whole.size() - 40));
    Program convert({QStringLiteral("convert"), file, QStringLiteral("--out"), out});
    QCOMPARE(convert.wait(), 0);
    QVERIFY2(convert.err().contains("left out"), convert.err());
    QCOMPARE(exported(out), all);

    const QString some = path(QStringLiteral("filtered.vtcap"));
    Program filtered({QStringLiteral("convert"), out, QStringLiteral("--out"), some, QStringLiteral("--filter"),
                      QStringLiteral("name like '%5'")});
    QCOMPARE(filtered.wait(), 0);
    QCOMPARE(exported(some), exported(out, {QStringLiteral("--filter"), QStringLiteral("name like '%5'")}));
    QVERIFY(exported(some).size() >= 3);

    // No line of it is marked.
    const QString none = path(QStringLiteral("marked.vtcap"));
    Program marked({QStringLiteral("convert"), out, QStringLiteral("--out"), none, QStringLiteral("--marked")});
    QCOMPARE(marked.wait(), 0);
    QCOMPARE(exported(none).size(), 1);
}

void ConvertSuite::severalInOne()
{
    const QString one = path(QStringLiteral("one.vtcap")), two = path(QStringLiteral("two.vtcap")),
                  both = path(QStringLiteral("both.vtcap"));
    QVERIFY(!capture(one, 10).isEmpty());
    QVERIFY(!capture(two, 10).isEmpty());
    // The later one first: the time of receipt decides.
    Program convert({QStringLiteral("convert"), two, one, QStringLiteral("--out"), both});
    QCOMPARE(convert.wait(), 0);
    QCOMPARE(exported(both), exported(one) + exported(two).mid(1));
}

void ConvertSuite::whatCannotBeConverted()
{
    const QString file = path(QStringLiteral("good.vtcap"));
    QVERIFY(!capture(file, 5).isEmpty());
    const auto codeOf = [](const QStringList& arguments, const char* words) {
        Program program(QStringList{QStringLiteral("convert")} + arguments);
        const int code = program.wait();
        return program.err().contains(words) ? code : -1;
    };
    const QString out = QStringLiteral("--out"), other = path(QStringLiteral("other.vtcap"));
    QCOMPARE(codeOf({file}, "--out"), 2);
    QCOMPARE(codeOf({out, other}, "a file is missing"), 2);
    QCOMPARE(codeOf({file, out, file}, "exists already"), 2);
    QCOMPARE(codeOf({path(QStringLiteral("nowhere")), out, other}, "cannot be opened"), 9);
    QCOMPARE(codeOf({file, out, other, QStringLiteral("--filter"), QStringLiteral("nonesuch = 1")}, "nonesuch"), 2);
    QCOMPARE(codeOf({file, out, path(QStringLiteral("no/such/folder.vtcap"))}, "cannot be"), 8);
    QVERIFY(!QFile::exists(other));
    // What a killed save may have left is not in its way.
    const QString part = path(QStringLiteral("good.vtcap.part"));
    QVERIFY(QFile::copy(file, part));
    QVERIFY(QFile::remove(file));
    QCOMPARE(codeOf({part, out, file}, "lines in "), 0);
    QCOMPARE(exported(part), exported(file));
    QVERIFY(!QFile::exists(other + QStringLiteral(".part")));
}

void ConvertSuite::whatOnlyOneHas()
{
    const QString both = path(QStringLiteral("both sides.vtcap")), early = path(QStringLiteral("early.vtcap")),
                  late = path(QStringLiteral("late.vtcap"));
    QVERIFY(!capture(both, 20).isEmpty());
    const auto part = [&](const QString& out, const QString& filter) {
        Program convert(
            {QStringLiteral("convert"), both, QStringLiteral("--out"), out, QStringLiteral("--filter"), filter});
        return convert.wait() == 0;
    };
    const QList<QByteArray> rows = exported(both);
    const int last = rows.back().split(',')[rows.front().split(',').indexOf("id")].toInt();
    QVERIFY(last > 0);
    QVERIFY(part(early, QStringLiteral("id < %1").arg(last - 3)));
    QVERIFY(part(late, QStringLiteral("id > %1").arg(last - 10)));
    const qsizetype early0 = exported(early).size() - 1, late0 = exported(late).size() - 1,
                    all = exported(both).size() - 1;
    const qsizetype shared = early0 + late0 - all;
    QVERIFY(shared > 0 && early0 > shared && late0 > shared);

    Program same({QStringLiteral("diff"), both, both});
    QCOMPARE(same.wait(), 0);
    QVERIFY(same.out().isEmpty());

    const QString onlyFirst = path(QStringLiteral("only first.vtcap"));
    Program diff({QStringLiteral("diff"), early, late, QStringLiteral("--first"), onlyFirst});
    QCOMPARE(diff.wait(), 7);
    QVERIFY2(diff.err().contains(QByteArray::number(shared) + " changes are in both, " +
                                 QByteArray::number(early0 - shared) + " only in early.vtcap, " +
                                 QByteArray::number(late0 - shared) + " only in late.vtcap."),
             diff.err());
    const QList<QByteArray> lines = linesOf(diff.out());
    const auto count = [&](const char* sign) {
        return std::count_if(lines.begin(), lines.end(), [&](const QByteArray& line) { return line.startsWith(sign); });
    };
    QCOMPARE(count("< "), early0 - shared);
    QCOMPARE(count("> "), late0 - shared);
    QVERIFY(lines.front().contains("insert  items  id="));
    QCOMPARE(exported(onlyFirst), exported(early).mid(0, 1 + early0 - shared));

    Program csv({QStringLiteral("diff"), early, late, QStringLiteral("--format"), QStringLiteral("csv"),
                 QStringLiteral("--bom"), QStringLiteral("--delimiter"), QStringLiteral(";")});
    QCOMPARE(csv.wait(), 7);
    const QList<QByteArray> table = linesOf(csv.out());
    QVERIFY2(table.front().startsWith("\xef\xbb\xbfonly_in;"), table.front());
    QCOMPARE(table.size(), lines.size() + 1);
    for (const QByteArray& one : table)
        QCOMPARE(one.count(';'), table.front().count(';'));
    QVERIFY(table[1].startsWith("first;") && table.back().startsWith("second;"));

    Program json({QStringLiteral("diff"), early, late, QStringLiteral("--format"), QStringLiteral("ndjson"),
                  QStringLiteral("--filter"), QStringLiteral("id > %1").arg(last - 2), QStringLiteral("--mask"),
                  QStringLiteral("name")});
    QCOMPARE(json.wait(), 7);
    const QList<QByteArray> objects = linesOf(json.out());
    QCOMPARE(objects.size(), 2);
    for (const QByteArray& one : objects) {
        const QJsonObject object = QJsonDocument::fromJson(one).object();
        QCOMPARE(object.value(u"only_in").toString(), QStringLiteral("second"));
        QCOMPARE(object.value(u"after").toObject().value(u"name").toString(), QStringLiteral("***"));
    }
}

void ConvertSuite::whatCannotBeCompared()
{
    const QString file = path(QStringLiteral("compared.vtcap"));
    QVERIFY(!capture(file, 3).isEmpty());
    const auto codeOf = [](const QStringList& arguments, const char* words) {
        Program program(QStringList{QStringLiteral("diff")} + arguments);
        const int code = program.wait();
        return program.err().contains(words) ? code : -1;
    };
    QCOMPARE(codeOf({file}, "a file is missing"), 2);
    QCOMPARE(codeOf({file, path(QStringLiteral("nowhere"))}, "cannot be opened"), 9);
    QCOMPARE(codeOf({file, file, QStringLiteral("--by"), QStringLiteral("luck")}, "--by"), 2);
    QCOMPARE(codeOf({file, file, QStringLiteral("--format"), QStringLiteral("redo")}, "--format"), 2);
    QCOMPARE(codeOf({file, file, QStringLiteral("--filter"), QStringLiteral("nonesuch = 1")}, "nonesuch"), 2);
    QCOMPARE(codeOf({file, file, QStringLiteral("--mask"), QStringLiteral("name"), QStringLiteral("--first"),
                     path(QStringLiteral("masked.vtcap"))},
                    "--mask"),
             2);
    QCOMPARE(codeOf({file, file, QStringLiteral("--first"), file}, "exists already"), 2);
    QCOMPARE(
        codeOf({file, file, QStringLiteral("--second"), path(QStringLiteral("no/such/folder.vtcap"))}, "cannot be"), 8);
}

std::unique_ptr<QObject> makeConvertSuite()
{
    return std::make_unique<ConvertSuite>();
}

} // namespace vtscope::test

#include "tst_convert.moc"
