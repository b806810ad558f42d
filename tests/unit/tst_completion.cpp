// What is offered while a filter is typed.
#include <QtTest>

#include "streamcore/select/completion.h"
#include "streamcore/select/filter.h"

#include <random>

using namespace vtscope;

namespace {

FilterNames someNames()
{
    return {{"id", "status", "order date", "op", "größe", "in_stock"},
            {"orders", "order_items", "it's"},
            {"-80", "80-"},
            {"shop"},
            {{"status", {"new", "paid", "packed"}}}};
}

} // namespace

class CompletionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void offersWhatFits_data()
    {
        QTest::addColumn<QByteArray>("text"); // | is the cursor
        QTest::addColumn<QByteArray>("replaced");
        QTest::addColumn<QStringList>("candidates");
        const auto row = [](const char* text, const char* replaced, const char* candidates) {
            const QString all = QString::fromUtf8(candidates);
            QTest::newRow(text) << QByteArray(text) << QByteArray(replaced)
                                << (all.isEmpty() ? QStringList() : all.split(u';'));
        };
        const char* const operands =
            "id;status;`order date`;`op`;größe;in_stock;op;table;shard;keyspace;time;position;txn;"
            "pk;before.;after.;changed(;sent(;not;(";
        const char* const operators =
            "=;!=;<;<=;>;>=;~;in (;not in (;like;not like;contains;not contains;is null;is not null";
        row("|", "", operands);
        row("st|", "st", "status");
        row("ST|", "ST", "status");
        row("o|", "o", "`order date`;`op`;op");
        row("`o|", "`o", "`order date`;`op`");
        row("`order d|ate`", "`order date`", "`order date`");
        row("gr|", "gr", "größe");
        row("not s|", "s", "status;shard;sent(");
        row("(|", "", operands);
        row("status |", "", operators);
        row("status n|", "n", "not in (;not like;not contains");
        row("status !|", "!", "!=");
        row("status not |", "", "in (;like;contains");
        row("status is |", "", "null;not null");
        row("status is not |", "", "null");
        row("status is no|", "no", "not null");
        row("status =|", "", "'new';'paid';'packed'");
        row("status = |", "", "'new';'paid';'packed'");
        row("status = 'pa|", "'pa", "'paid';'packed'");
        row("status = pa|", "pa", "'paid';'packed'");
        row("status = \"pa|", "\"pa", "'paid';'packed'");
        row("status in (|", "", "'new';'paid';'packed'");
        row("status in ('new', p|", "p", "'paid';'packed'");
        row("status in ('new'|, 'paid')", "'new'", "'new'");
        row("status in ('new' |", "", ",;)");
        row("op = |", "", "insert;update;delete;row;event");
        row("op = up|date and id = 1", "update", "update");
        row("op != D|", "D", "delete");
        row("op in (insert, |", "", "insert;update;delete;row;event");
        row("table = |", "", "'orders';'order_items';'it''s'");
        row("table = 'order_|", "'order_", "'order_items'");
        row("table = o| and id = 1", "o", "'orders';'order_items'");
        row("shard = -|", "-", "'-80'");
        row("keyspace = 'S|", "'S", "'shop'");
        row("id = |", "", "");
        row("id = 5 |", "", "and;or");
        row("id = 5 a|", "a", "and");
        row("(id = 5 |", "", "and;or;)");
        row("(id = 5) |", "", "and;or");
        row("id = 5 and |", "", operands);
        row("id = 5 and status = n|", "n", "'new'");
        row("before.|", "", "id;status;`order date`;`op`;größe;in_stock");
        row("after.s|", "s", "status");
        row("bef|", "bef", "before.");
        row("changed(|", "", "id;status;`order date`;`op`;größe;in_stock");
        row("changed(i|", "i", "id;in_stock");
        row("changed(id|)", "id", "id");
        row("changed(id) |", "", "and;or");
        row("status:|", "", "");
        row("status:$.a |", "", operators);
        // Wrong before the cursor.
        row("id == 5 and st|", "st", "status");
        row("id 7 7 7 and op = u|", "u", "update");
        row(") and s|", "s", "status;shard;sent(");
        row("status ? and |", "", operands);
    }
    void offersWhatFits()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, replaced);
        QFETCH(QStringList, candidates);
        const auto cursor = static_cast<std::size_t>(text.indexOf('|'));
        const std::string typed = text.replace("|", "").toStdString();
        const Completion completion = completeFilter(typed, cursor, someNames());
        QCOMPARE(QByteArray::fromStdString(typed.substr(completion.at, completion.length)), replaced);
        QStringList is;
        for (const std::string& candidate : completion.candidates)
            is << QString::fromStdString(candidate);
        QCOMPARE(is, candidates);
    }

    // Wherever the cursor stands: a range of the text around it, and each candidate begins like the word there.
    void anyTextIsCompleted()
    {
        std::mt19937 random(5);
        const std::vector<std::string> pieces{
            "status",  "`order date`", "op", "update", "=",      "!",   "<=", "and",  "or",   "not",  "(",
            ")",       "in",           ",",  "'pa",    "'paid'", "\"n", "12", "is",   "null", "like", "~",
            "changed", "before",       ".",  ":",      "$.a",    "`",   "$",  "\xff", "table"};
        const FilterNames names = someNames();
        std::size_t offered = 0;
        for (int run = 0; run < 100'000; ++run) {
            std::string text;
            for (auto count = random() % 9; count > 0; --count)
                text += pieces[random() % pieces.size()] + (random() % 4 ? " " : "");
            const std::size_t cursor = random() % (text.size() + 3);
            const Completion completion = completeFilter(text, cursor, names);
            QVERIFY(completion.at <= cursor && completion.at + completion.length <= text.size());
            QVERIFY(completion.at + completion.length >= std::min(cursor, text.size()));
            offered += completion.candidates.size();
        }
        QVERIFY(offered > 100'000);
    }

    // Whoever takes what is offered, again and again, gets a filter.
    void whatIsOfferedIsAFilter()
    {
        std::mt19937 random(6);
        const FilterNames names = someNames();
        int filters = 0;
        for (int run = 0; run < 20'000; ++run) {
            std::string text;
            for (int step = 0; step < 14; ++step) {
                const Completion completion = completeFilter(text, text.size(), names);
                if (completion.candidates.empty())
                    text += "7 ";
                else
                    text += completion.candidates[random() % completion.candidates.size()] + " ";
                const auto filter = Filter::parse(text);
                // "time = 7" and "op ~ insert" may be refused for their values alone.
                if (!filter && !filter.error().isUnfinished) {
                    QVERIFY2(filter.error().sentence.find("expected") == std::string::npos,
                             (text + ": " + filter.error().sentence).c_str());
                    break;
                }
                filters += filter.has_value();
            }
        }
        QVERIFY(filters > 5000);
    }
};

QTEST_GUILESS_MAIN(CompletionTest)
#include "tst_completion.moc"
