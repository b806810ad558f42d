// A table of every MySQL type on a real server: what we export is what mysql says, cell by cell.
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>

#include "streamcore/output/exporter.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"
#include "tests/support/samples.h"

namespace vtscope::test {

namespace {

// RFC 4180 as vtscope writes it: an unquoted empty field is NULL.
using Record = std::vector<std::optional<std::string>>;
std::vector<Record> recordsOf(const std::string& csv)
{
    std::vector<Record> records(1);
    std::size_t at = 0;
    while (at < csv.size()) {
        std::string field;
        bool isQuoted = csv[at] == '"';
        if (isQuoted) {
            for (++at; at < csv.size(); ++at) {
                if (csv[at] == '"' && (at + 1 == csv.size() || csv[at + 1] != '"'))
                    break;
                at += csv[at] == '"';
                field += csv[at];
            }
            ++at;
        } else {
            for (; at < csv.size() && csv[at] != ',' && csv[at] != '\r' && csv[at] != '\n'; ++at)
                field += csv[at];
        }
        records.back().push_back(field.empty() && !isQuoted ? std::nullopt : std::optional(field));
        if (at < csv.size() && csv[at] == ',') {
            ++at;
            continue;
        }
        at += at < csv.size() && csv[at] == '\r';
        at += at < csv.size() && csv[at] == '\n';
        if (at < csv.size())
            records.emplace_back();
    }
    return records;
}

// Rows by id, values by column, as they stand in the CSV.
using Table = std::map<std::string, std::map<std::string, std::optional<std::string>>>;
Table exported(const Watcher& watcher, QString path)
{
    const Snapshot snapshot = watcher.capture()->snapshot();
    const auto result =
        exportChanges(snapshot, RowSet::range(0, snapshot.count()), OutputFormat::Csv, {}, path.toStdString());
    Table table;
    if (!result)
        return table;
    const std::vector<Record> records = recordsOf(readFile(path.toStdString()));
    for (std::size_t i = 1; i < records.size(); ++i) {
        std::map<std::string, std::optional<std::string>> row;
        for (std::size_t c = 0; c < records[0].size(); ++c)
            row[records[0][c].value()] = c < records[i].size() ? records[i][c] : std::nullopt;
        table[row["id"].value()] = row;
    }
    return table;
}

struct TypedColumn
{
    std::string name;
    bool isBinary = false;
    bool isBit = false;
};

// What the CSV must say, by the mysql client.
Table toldByMysql(const std::vector<TypedColumn>& columns)
{
    QString list;
    for (const TypedColumn& column : columns) {
        const QString name = QString::fromStdString(column.name);
        // Always as hex of the text (or the bytes): the client's own escapes and its NULL stay out of it.
        const QString value = column.isBit
                                  ? QStringLiteral("hex(concat(%1))").arg(name) // hex() alone takes it for a number
                              : column.isBinary ? QStringLiteral("hex(%1)").arg(name)
                                                : QStringLiteral("hex(convert(%1 using utf8mb4))").arg(name);
        list += (list.isEmpty() ? QString() : QStringLiteral(",")) + QStringLiteral("ifnull(%1,'NULL')").arg(value);
    }
    QString error;
    const QString out = server().cluster().mysql(
        QStringLiteral("vt_solo_0"), QStringLiteral("set time_zone='+00:00'; select %1 from alltypes").arg(list),
        &error, true);
    if (!error.isEmpty())
        qWarning("%s", qPrintable(error));
    Table table;
    for (const QString& line : out.split(u'\n', Qt::SkipEmptyParts)) {
        const QStringList cells = line.split(u'\t');
        std::map<std::string, std::optional<std::string>> row;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const QString hex = cells.value(static_cast<qsizetype>(i));
            if (hex == u"NULL")
                row[columns[i].name] = std::nullopt;
            else
                row[columns[i].name] = columns[i].isBinary ? hex.toLower().toStdString()
                                                           : QByteArray::fromHex(hex.toLatin1()).toStdString();
        }
        table[row["id"].value()] = row;
    }
    return table;
}

std::vector<TypedColumn> columnsOfAllTypes()
{
    QString error;
    const QString out = server().cluster().mysql(
        QStringLiteral("vt_solo_0"),
        QStringLiteral("select column_name, data_type from information_schema.columns where table_schema = database() "
                       "and table_name = 'alltypes' order by ordinal_position"),
        &error, true);
    static const QStringList kBinary{
        QStringLiteral("bit"),   QStringLiteral("binary"),     QStringLiteral("varbinary"), QStringLiteral("tinyblob"),
        QStringLiteral("blob"),  QStringLiteral("mediumblob"), QStringLiteral("longblob"),  QStringLiteral("geometry"),
        QStringLiteral("point"), QStringLiteral("polygon"),    QStringLiteral("vector")};
    std::vector<TypedColumn> columns;
    for (const QString& line : out.split(u'\n', Qt::SkipEmptyParts))
        columns.push_back({line.section(u'\t', 0, 0).toStdString(), kBinary.contains(line.section(u'\t', 1, 1)),
                           line.section(u'\t', 1, 1) == u"bit"});
    return columns;
}

// How a live value may be spelled otherwise; the list stands in tests/samples/README.md.
bool isSameLive(const std::string& id, const std::string& column, const std::optional<std::string>& live,
                const std::optional<std::string>& told)
{
    if (live == told)
        return true;
    if (!live || !told)
        return false;
    if (column == "c_intz")
        return std::stoull(*live) == std::stoull(*told);
    // mysql shows a FLOAT with six digits, the log has all of it.
    if (column == "c_float")
        return QString::number(std::strtod(live->c_str(), nullptr), 'g', 6) ==
               QString::number(std::strtod(told->c_str(), nullptr), 'g', 6);
    if (column == "c_double")
        return std::strtod(live->c_str(), nullptr) == std::strtod(told->c_str(), nullptr);
    // The server itself breaks documents with binary values inside: such text is passed on as it came.
    if (column == "c_json")
        return id == "5" || QJsonDocument::fromJson("[" + QByteArray::fromStdString(*live) + "]") ==
                                QJsonDocument::fromJson("[" + QByteArray::fromStdString(*told) + "]");
    return false;
}

void insertAllTypes()
{
    QString error;
    server().cluster().mysql(QStringLiteral("vt_solo_0"),
                             QString::fromStdString(readFile(VTSCOPE_SOURCE_DIR "/tests/vitess/alltypes-insert.sql")),
                             &error, true);
    QVERIFY2(error.isEmpty(), qPrintable(error));
}

WatchRequest allTypes(WatchRequest::Start start)
{
    WatchRequest request;
    request.keyspace = "solo";
    request.tables = {"alltypes"};
    request.start = start;
    return request;
}

} // namespace

class TypesSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void liveRows();
    void copiedRows();
    void updatedAndDeletedRowsComeInFull();

private:
    QTemporaryDir m_folder;
    std::vector<TypedColumn> m_columns;
};

void TypesSuite::liveRows()
{
    m_columns = columnsOfAllTypes();
    QVERIFY(m_columns.size() > 50);
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(allTypes(WatchRequest::Start::Now)), watcher.story());
    insertAllTypes();
    QVERIFY2(watcher.waitForRows(9), watcher.story());
    const Table live = exported(watcher, m_folder.filePath(QStringLiteral("live.csv")));
    const Table told = toldByMysql(m_columns);
    QCOMPARE(live.size(), std::size_t{9});
    QCOMPARE(told.size(), std::size_t{9});
    for (const auto& [id, row] : told) {
        for (const TypedColumn& column : m_columns) {
            const auto& is = live.at(id).at(column.name);
            QVERIFY2(isSameLive(id, column.name, is, row.at(column.name)),
                     (id + " " + column.name + ": " + is.value_or("NULL") + " instead of " +
                      row.at(column.name).value_or("NULL"))
                         .c_str());
        }
        QCOMPARE(live.at(id).at("_not_sent"), std::nullopt);
        QCOMPARE(live.at(id).at("_raw"), std::nullopt);
    }
    QCOMPARE(watcher.capture()->faults(), std::uint64_t{0});
}

void TypesSuite::copiedRows()
{
    Watcher watcher(server().connect());
    watcher.session().start(allTypes(WatchRequest::Start::Copy));
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) >= 1; }), watcher.story());
    const Table copied = exported(watcher, m_folder.filePath(QStringLiteral("copied.csv")));
    const Table told = toldByMysql(m_columns);
    QCOMPARE(copied.size(), std::size_t{9});
    std::size_t cells = 0;
    for (const auto& [id, row] : told) {
        for (const TypedColumn& column : m_columns) {
            const auto& is = copied.at(id).at(column.name);
            QVERIFY2(is == row.at(column.name), (id + " " + column.name + ": " + is.value_or("NULL") + " instead of " +
                                                 row.at(column.name).value_or("NULL"))
                                                    .c_str());
            ++cells;
        }
    }
    QCOMPARE(cells, 9 * m_columns.size());
    qInfo("%zu cells of a copy equal what mysql says", cells);
}

void TypesSuite::updatedAndDeletedRowsComeInFull()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(allTypes(WatchRequest::Start::Now)), watcher.story());
    QString error;
    server().cluster().mysql(
        QStringLiteral("vt_solo_0"),
        QStringLiteral("set sql_mode=''; update alltypes set c_last = 'changed'; delete from alltypes"), &error, true);
    QVERIFY2(error.isEmpty(), qPrintable(error));
    QVERIFY2(watcher.waitForRows(18), watcher.story());
    const std::vector<Row> rows = watcher.rows();
    std::map<std::string, Image> updated;
    for (std::size_t i = 0; i < 9; ++i) {
        QCOMPARE(rows[i].op, Op::Update);
        Image before = rows[i].before, after = rows[i].after;
        QVERIFY(before.at("c_last") != after.at("c_last"));
        before.erase("c_last");
        after.erase("c_last");
        QCOMPARE(before, after); // nothing else changed, in any type
        updated[rows[i].after.at("id")] = rows[i].after;
    }
    for (std::size_t i = 9; i < 18; ++i) {
        QCOMPARE(rows[i].op, Op::Delete);
        QCOMPARE(rows[i].before, updated.at(rows[i].before.at("id")));
    }
}

std::unique_ptr<QObject> makeTypesSuite()
{
    return std::make_unique<TypesSuite>();
}

} // namespace vtscope::test

#include "tst_types.moc"
