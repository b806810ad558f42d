// Redo and undo SQL, carried out: redo makes of an empty table what the changes made, undo gives back what was there
// before, byte for byte.
#include <QTemporaryDir>
#include <QtTest>

#include <random>

#include "streamcore/output/exporter.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"
#include "tests/support/samples.h"

namespace vtscope::test {

namespace {

struct Script
{
    std::string text;
    std::uint64_t refused = 0;
};

// Of the changes from this line of the capture on.
Script scriptOf(const Watcher& watcher, OutputFormat format, std::uint64_t first = 0)
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("script.sql")).toStdString();
    const Snapshot snapshot = watcher.capture()->snapshot();
    FormatOptions options;
    options.generated = {"c_gv", "c_gs"};
    const auto result = exportChanges(snapshot, RowSet::range(first, snapshot.count() - first), format, options, path);
    if (!result)
        throw std::runtime_error(result.error().message);
    return {readFile(path), result->refused};
}

// A script as another program would send it, over the server's own API. Settings of the session are those of a server
// already.
void run(const std::string& script)
{
    std::vector<std::string> statements;
    for (const QString& line : QString::fromStdString(script).split(u'\n')) {
        if (!line.isEmpty() && !line.startsWith(u"-- ") && !line.startsWith(u"SET "))
            statements.push_back(line.chopped(1).toStdString());
    }
    (void)server().sqlAt("commerce", statements);
}

using Rows = std::vector<std::vector<std::optional<std::string>>>;

Rows orders()
{
    return server().sql("select id, customer, status, total, doc, created from orders order by id").rows;
}

// Of a table of every type: a literal that is right for the column, seldom NULL.
class RandomValues
{
public:
    explicit RandomValues(unsigned seed) : m_random(seed) {}

    std::uint64_t below(std::uint64_t limit)
    {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(m_random);
    }
    bool isSometimes(unsigned one) { return below(one) == 0; }

    QString literal(const QString& column)
    {
        if (isSometimes(9))
            return QStringLiteral("null");
        const auto kind = column.mid(2);
        const auto bits = [this](int count) { return m_random() >> (64 - count); };
        const auto integer = [&](int count, bool isUnsigned) {
            const std::uint64_t number = bits(count - (isUnsigned ? 0 : 1));
            return (isUnsigned || isSometimes(2) ? QString() : QStringLiteral("-")) + QString::number(number);
        };
        if (kind == u"tiny" || kind == u"bool")
            return integer(8, false);
        if (kind == u"tinyu")
            return integer(8, true);
        if (kind == u"small" || kind == u"smallu")
            return integer(16, kind.endsWith(u'u'));
        if (kind == u"med" || kind == u"medu")
            return integer(24, kind.endsWith(u'u'));
        if (kind == u"int" || kind == u"inv")
            return integer(31, false);
        if (kind == u"intu" || kind == u"intz")
            return integer(32, true);
        if (kind == u"big" || kind == u"bigu")
            return integer(64, kind.endsWith(u'u'));
        if (kind == u"dec")
            return integer(64, false) + u'.' + QString::number(bits(60));
        if (kind == u"dec2")
            return integer(32, false) + QStringLiteral(".0%1").arg(below(10));
        if (kind == u"dec3")
            return QStringLiteral("-0.%1").arg(below(1000), 3, 10, QLatin1Char('0'));
        if (kind == u"float")
            return QString::number(static_cast<double>(static_cast<float>(number())), 'g', 9);
        if (kind == u"double")
            return QString::number(number(), 'e', 16);
        if (kind == u"bit1")
            return QString::number(bits(1));
        if (kind == u"bit10")
            return QString::number(bits(10));
        if (kind == u"bit64")
            return QString::number(bits(64));
        if (kind == u"year")
            return QString::number(isSometimes(5) ? 0 : 1901 + below(255));
        if (kind == u"date")
            return quoted(isSometimes(5) ? one({"0000-00-00", "2024-05-00", "9999-12-31", "1000-01-01"}) : date());
        if (kind == u"time")
            return quoted(one({"-838:59:59", "838:59:59", "00:00:00", "-00:00:01", "12:34:56"}));
        if (kind == u"time6")
            return quoted(one({"-00:00:00.000001", "838:59:59.000000", "10:11:12.130000"}));
        if (kind == u"dt" || kind == u"dt3" || kind == u"dt6")
            return quoted(isSometimes(5) ? one({"0000-00-00 00:00:00", "2024-05-00 01:02:03"}) : date() + clock());
        if (kind == u"ts" || kind == u"ts6")
            return quoted(isSometimes(5) ? QStringLiteral("0000-00-00 00:00:00") : date() + clock());
        if (kind == u"latin1" || kind == u"charl1" || kind == u"textl1")
            return quoted(one({"café", "€uro’s", "naïve\\\\", "", "x''y", "plain"}));
        if (kind == u"bin4" || kind == u"vbin" || kind.endsWith(u"blob"))
            return QStringLiteral("x'%1'").arg(bytes(kind == u"bin4" ? 4 : 12));
        if (kind == u"enum")
            return quoted(one({"new", "it''s", "a,b", "1"}));
        if (kind == u"enumbin")
            return quoted(one({"x", "y"}));
        if (kind == u"set")
            return quoted(one({"", "a", "a,b", "c d,2", "a,b,c d,2", "2"}));
        if (kind == u"json")
            return QStringLiteral("'%1'").arg(json());
        if (kind == u"geom" || kind == u"poly" || kind == u"point")
            return shape(kind);
        if (kind == u"vec")
            return QStringLiteral("string_to_vector('[%1,-2.5,1e-10]')").arg(below(1000));
        return quoted(text());
    }

private:
    static QString quoted(const QString& text) { return u'\'' + text + u'\''; }
    QString one(std::initializer_list<const char*> texts)
    {
        return QString::fromUtf8(*(texts.begin() + below(texts.size())));
    }
    double number()
    {
        const auto mantissa = static_cast<double>(m_random()) / 1e19 - 0.9;
        return isSometimes(6) ? one({"0", "-0", "1", "0.1", "1e15", "-1e-30"}).toDouble()
                              : std::ldexp(mantissa, static_cast<int>(below(200)) - 100);
    }
    QString date()
    {
        return QStringLiteral("%1-%2-%3")
            .arg(1990 + below(40))
            .arg(1 + below(12), 2, 10, QLatin1Char('0'))
            .arg(1 + below(28), 2, 10, QLatin1Char('0'));
    }
    QString clock()
    {
        return QStringLiteral(" %1:%2:%3.%4")
            .arg(below(24), 2, 10, QLatin1Char('0'))
            .arg(below(60), 2, 10, QLatin1Char('0'))
            .arg(below(60), 2, 10, QLatin1Char('0'))
            .arg(below(1'000'000), 6, 10, QLatin1Char('0'));
    }
    QString bytes(std::size_t most)
    {
        QByteArray bytes;
        for (std::uint64_t left = below(most + 1); left > 0; --left)
            bytes.append(static_cast<char>(m_random()));
        return QString::fromLatin1(bytes.toHex());
    }
    // As it stands between quotes.
    QString text()
    {
        QString text;
        for (std::uint64_t left = below(6); left > 0; --left)
            text += one(
                {"a", "B", "\\'", "''", "\\\\", "\\0", "\\n", "\\r", "\\Z", "\"", "%", "é", "😀", " ", "`", ";", "-- "});
        return text;
    }
    QString json(int depth = 0)
    {
        switch (below(depth < 2 ? 8 : 6)) {
        case 0:
            return one({"null", "true", "false"});
        case 1:
            return QString::number(static_cast<qint64>(m_random()));
        case 2:
            return one({"0.1", "2.5", "1e100", "-1.25", "18446744073709551615", "12345678901234567890123"});
        case 3:
            return one({"{}", "[]", "0", "\"\""});
        case 4:
        case 5:
            return one({"\"é😀\"", "\"it\\'s\"", "\"q\\\\\"b\\\\\\\\s\"", "\"a b\"", "\"\\\\u0001\\\\n\""});
        case 6:
            return QStringLiteral("[%1, %2]").arg(json(depth + 1), json(depth + 1));
        default:
            return QStringLiteral("{\"k\": %1, \"longer key\": %2, \"é\": 1}").arg(json(depth + 1), json(depth + 1));
        }
    }
    QString shape(const QString& kind)
    {
        const QString x = QString::number(below(90)), y = QString::number(below(90));
        if (kind == u"point")
            return QStringLiteral("st_geomfromtext('POINT(%1 %2)', 4326)").arg(x, y);
        if (kind == u"poly")
            return QStringLiteral("st_geomfromtext('POLYGON((0 0,0 1,1 %1,0 0))')").arg(y);
        return QStringLiteral("st_geomfromtext('LINESTRING(0 0,%1 %2,2 3)')").arg(x, y);
    }

    std::mt19937_64 m_random;
};

// Changes of rows with few different keys, some of them in transactions.
class RandomChanges
{
public:
    RandomChanges(QStringList columns, unsigned seed) : m_columns(std::move(columns)), m_random(seed) {}

    std::size_t count() const { return m_count; }

    // So many changes more, as SQL.
    QString more(int changes)
    {
        QString sql =
            QStringLiteral("set names utf8mb4; set time_zone='+00:00'; set sql_mode='NO_AUTO_VALUE_ON_ZERO';\n");
        bool isOpen = false;
        for (int i = 0; i < changes; ++i) {
            if (!isOpen && m_random.isSometimes(3)) {
                sql += QStringLiteral("begin;\n");
                isOpen = true;
            }
            sql += next();
            ++m_count;
            if (isOpen && m_random.isSometimes(4)) {
                sql += QStringLiteral("commit;\n");
                isOpen = false;
            }
        }
        return sql + QStringLiteral("commit;\n");
    }

private:
    static constexpr int kKeys = 30;

    QString next()
    {
        const int key = static_cast<int>(m_random.below(kKeys)), other = static_cast<int>(m_random.below(kKeys));
        QString values;
        if (m_keys.insert(key).second) {
            for (const QString& column : m_columns)
                values += QStringLiteral(", ") + m_random.literal(column);
            return QStringLiteral("insert into alltypes (id, %1) values (%2%3);\n")
                .arg(m_columns.join(u','))
                .arg(key)
                .arg(values);
        }
        if (m_random.isSometimes(5)) {
            m_keys.erase(key);
            return QStringLiteral("delete from alltypes where id = %1;\n").arg(key);
        }
        for (const QString& column : m_columns) {
            if (m_random.isSometimes(6))
                values += QStringLiteral("%1 = %2, ").arg(column, m_random.literal(column));
        }
        const bool isMoved = !m_keys.contains(other) && m_random.isSometimes(3);
        if (isMoved) {
            m_keys.erase(key);
            m_keys.insert(other);
        }
        // So that each of them changes something.
        return QStringLiteral("update alltypes set %1c_last = '%2', id = %3 where id = %4;\n")
            .arg(values)
            .arg(m_count)
            .arg(isMoved ? other : key)
            .arg(key);
    }

    QStringList m_columns;
    RandomValues m_random;
    std::set<int> m_keys;
    std::size_t m_count = 0;
};

} // namespace

class SqlScriptSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redoAndUndoThroughTheBranch();
    void everyType();

private:
    // On mysqld itself.
    QString mysqld(const QString& database, const QString& sql);
    QString dumpOf(const QString& database);

    QStringList m_columns;
};

void SqlScriptSuite::redoAndUndoThroughTheBranch()
{
    server().sql("delete from orders");
    // Deletes of Sync are their key alone: nothing can bring such a row back.
    const bool hasRows = !server().isSync();
    if (hasRows)
        server().sql("insert into orders (id, customer, status, total) values (1, 'it''s', 'new', 0.10), (2, 'b\\\\s', "
                     "'paid', null), (3, '', 'shipped', -5)");
    const Rows before = orders();
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders"})), watcher.story());
    std::mt19937 random(7);
    std::size_t changes = 0;
    for (int i = 10; i < 40; ++i) {
        const std::string id = std::to_string(i), other = std::to_string(1 + random() % 3);
        server().sql("insert into orders (id, customer, total, doc, created) values (" + id + ", 'Zoë \"😀\"\\n" + id +
                     "', " + std::to_string(random() % 1000) + ".50, '{\"a\": [1, \"x\"]}', '2026-03-04 12:00:00.5')");
        server().sql("update orders set status = 'paid', customer = 'c' where id = " + id);
        changes += 2;
        if (hasRows && i % 3 == 0) {
            server().sqlAt("commerce", {"begin", "update orders set total = " + id + " where id = " + other,
                                        "update orders set customer = 'n" + id + "' where id = " + other, "commit"});
            changes += 2;
        }
        if (i % 4 == 0) {
            server().sql("delete from orders where id = " + std::to_string(hasRows ? i - 1 : i));
            changes += 1;
        }
    }
    if (hasRows) {
        server().sql("delete from orders where id = 2");
        changes += 1;
    }
    const Rows after = orders();
    QVERIFY2(watcher.waitForRows(changes), watcher.story());

    const Script undo = scriptOf(watcher, OutputFormat::Undo), redo = scriptOf(watcher, OutputFormat::Redo);
    if (hasRows) {
        QVERIFY2(undo.refused == 0, undo.text.c_str());
        run(undo.text);
        QCOMPARE(orders(), before);
    } else {
        QVERIFY(undo.refused > 0);
        server().sql("delete from orders");
    }
    QVERIFY2(redo.refused == 0, redo.text.c_str());
    run(redo.text);
    QCOMPARE(orders(), after);
}

QString SqlScriptSuite::mysqld(const QString& database, const QString& sql)
{
    QString error;
    const QString out = server().cluster().mysql(database, sql, &error, true);
    if (!error.isEmpty())
        throw std::runtime_error((error + QStringLiteral(": ") + sql.left(2000)).toStdString());
    return out;
}

QString SqlScriptSuite::dumpOf(const QString& database)
{
    QString list;
    for (const QString& column : m_columns) {
        const QString bytes =
            column == u"c_float" ? QStringLiteral("c_float + 0e0")
            : column == u"c_vec" || column.startsWith(u"c_bit") || column == u"c_geom" || column == u"c_point" ||
                    column == u"c_poly"
                ? QStringLiteral("hex(concat(%1))").arg(column == u"c_vec" ? QStringLiteral("hex(c_vec)") : column)
                : QStringLiteral("hex(cast(%1 as binary))").arg(column);
        list += QStringLiteral(", '%1=', ifnull(%2,'NULL'), '\\n'").arg(column, bytes);
    }
    return mysqld(database,
                  QStringLiteral("set time_zone='+00:00'; select concat(''%1) from alltypes order by id").arg(list)) +
           mysqld(database, QStringLiteral("checksum table alltypes")).section(u'\t', 1);
}

void SqlScriptSuite::everyType()
{
    if (!server().isVitess())
        QSKIP("only a real MySQL has every type");
    constexpr int kChanges = 300;
    const QString source = QStringLiteral("vt_solo_0"), copy = QStringLiteral("vtscope_copy");
    m_columns = mysqld(source, QStringLiteral("select column_name from information_schema.columns where table_schema = "
                                              "database() and table_name = 'alltypes' order by ordinal_position"))
                    .split(u'\n', Qt::SkipEmptyParts);
    QVERIFY(m_columns.size() > 50);
    mysqld(source, QStringLiteral("delete from alltypes; drop database if exists vtscope_copy; create database "
                                  "vtscope_copy; create table vtscope_copy.alltypes like alltypes"));
    QStringList written = m_columns;
    for (const char* name : {"id", "c_gv", "c_gs", "c_last"})
        written.removeAll(QLatin1String(name));
    RandomChanges changes(written, 20'261'122);

    Watcher watcher(server().connect());
    WatchRequest request;
    request.keyspace = "solo";
    request.tables = {"alltypes"};
    QVERIFY2(watcher.open(request), watcher.story());
    mysqld(source, changes.more(kChanges));
    QVERIFY2(watcher.waitForRows(changes.count()), watcher.story());
    const QString empty = dumpOf(copy), half = dumpOf(source);
    const std::uint64_t firstOfSecond = watcher.capture()->snapshot().count();
    const Script undoFirst = scriptOf(watcher, OutputFormat::Undo);
    mysqld(source, changes.more(kChanges));
    QVERIFY2(watcher.waitForRows(changes.count()), watcher.story());
    const QString whole = dumpOf(source);
    QVERIFY(half.count(u'\n') > 5 && half != whole && whole != empty);

    const Script redo = scriptOf(watcher, OutputFormat::Redo),
                 undoSecond = scriptOf(watcher, OutputFormat::Undo, firstOfSecond);
    for (const Script* script : {&redo, &undoFirst, &undoSecond})
        QVERIFY2(script->refused == 0, script->text.c_str());
    mysqld(copy, QString::fromStdString(redo.text));
    QCOMPARE(dumpOf(copy), whole);
    mysqld(copy, QString::fromStdString(undoSecond.text));
    QCOMPARE(dumpOf(copy), half);
    mysqld(copy, QString::fromStdString(undoFirst.text));
    QCOMPARE(dumpOf(copy), empty);
    mysqld(source, QStringLiteral("delete from alltypes; drop database vtscope_copy"));
}

std::unique_ptr<QObject> makeSqlScriptSuite()
{
    return std::make_unique<SqlScriptSuite>();
}

} // namespace vtscope::test

#include "tst_sqlscript.moc"
