// GTID sets against a plain oracle: the set of their single transactions, over small ranges and at the ends of 64 bits.
#include <QtTest>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "streamcore/position/gtidset.h"

using namespace vtscope;

namespace {

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::string kOther = "97257a80-3e14-11ef-b24b-2eaacc019d10";
const std::vector<std::string> kSources{kUuid, kUuid + ":backup", kUuid + ":trim_1", kOther};
constexpr std::uint64_t kMostMySql = std::numeric_limits<std::int64_t>::max();

GtidSet setOf(const std::string& text)
{
    auto set = GtidSet::parse(text);
    if (!set)
        throw std::runtime_error(text + ": " + set.error().message);
    return std::move(*set);
}

// Single transactions: which of kSources, and the number above a base.
using Plain = std::set<std::pair<std::size_t, int>>;

constexpr int kRange = 24;

// Near both ends of the numbers that MySQL has.
std::uint64_t numberOf(int small, bool isHigh)
{
    return isHigh ? kMostMySql - static_cast<std::uint64_t>(kRange - small) : static_cast<std::uint64_t>(small);
}

struct Sample
{
    Plain plain;
    std::string text; // in any of the forms that stand for it
};

Sample randomSample(std::mt19937& random, bool isHigh)
{
    const auto pick = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
    const auto blank = [&] { return pick(0, 5) == 0 ? (pick(0, 1) == 0 ? " " : "\n ") : ""; };
    Sample sample;
    if (pick(0, 1) == 0)
        sample.text = pick(0, 2) == 0 ? "mysql56/" : "MySQL56/";
    const int parts = pick(0, 5);
    for (int part = 0; part < parts; ++part) {
        const auto source = static_cast<std::size_t>(pick(0, 3));
        std::string name = kSources[source];
        if (pick(0, 3) == 0)
            std::transform(name.begin(), name.end(), name.begin(), ::toupper);
        sample.text += (part == 0 ? "" : ",") + std::string(blank()) + name + blank();
        for (int interval = pick(1, 4); interval > 0; --interval) {
            const int first = pick(1, kRange),
                      last = pick(0, 3) == 0 ? pick(1, kRange) : std::min(kRange, first + pick(0, 5));
            for (int i = first; i <= last; ++i)
                sample.plain.insert({source, i});
            sample.text += std::string(":") + blank() + std::to_string(numberOf(first, isHigh));
            if (first != last || pick(0, 1) == 0)
                sample.text += std::string("-") + blank() + std::to_string(numberOf(last, isHigh));
        }
    }
    return sample;
}

// The one form, made by hand.
std::string canonical(const Plain& plain, bool isHigh)
{
    std::string text;
    std::size_t before = kSources.size();
    for (auto one = plain.begin(); one != plain.end();) {
        const std::size_t source = one->first;
        int last = one->second;
        const int first = last;
        for (++one; one != plain.end() && *one == std::pair(source, last + 1); ++one)
            ++last;
        const std::string uuid = kSources[source].substr(0, 36), tag = kSources[source].substr(36);
        if (source != before)
            text += before < kSources.size() && kSources[before].starts_with(uuid)
                        ? tag
                        : (text.empty() ? "" : ",") + uuid + tag;
        before = source;
        text += ":" + std::to_string(numberOf(first, isHigh));
        if (last != first)
            text += "-" + std::to_string(numberOf(last, isHigh));
    }
    return text;
}

} // namespace

class GtidSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void equalsThePlainSet_data();
    void equalsThePlainSet();
    void grownOneByOne();
    void endsOfTheNumbers();
    void textForms_data();
    void textForms();
    void whatIsWrongAndWhere_data();
    void whatIsWrongAndWhere();
    void mariaDb();
    void placesInFiles();
    void flavorsDoNotMix();
    void singleTransactions();
};

void GtidSetTest::equalsThePlainSet_data()
{
    QTest::addColumn<bool>("isHigh");
    QTest::newRow("small numbers") << false;
    QTest::newRow("the largest numbers") << true;
}

void GtidSetTest::equalsThePlainSet()
{
    QFETCH(bool, isHigh);
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    for (int round = 0; round < 5000; ++round) {
        const Sample a = randomSample(random, isHigh), b = randomSample(random, isHigh);
        const GtidSet left = setOf(a.text), right = setOf(b.text);
        const std::string which = "seed " + std::to_string(seed) + ": " + a.text + " and " + b.text;
        const auto verify = [&](const GtidSet& set, const Plain& plain, const char* what) {
            const std::string text = canonical(plain, isHigh);
            QVERIFY2(set.textWithoutFlavor() == text, (which + ", " + what + ": " + set.text()).c_str());
            QCOMPARE(set.count().value(), std::uint64_t{plain.size()});
            QCOMPARE(set.isEmpty(), plain.empty());
            QCOMPARE(setOf(set.text()), set);
            QCOMPARE(setOf(set.text()).text(), set.text());
        };
        verify(left, a.plain, "read");
        Plain both = a.plain, rest;
        both.insert(b.plain.begin(), b.plain.end());
        std::set_difference(a.plain.begin(), a.plain.end(), b.plain.begin(), b.plain.end(),
                            std::inserter(rest, rest.end()));
        GtidSet united = left, difference = left;
        QVERIFY(united.unite(right));
        difference.subtract(right);
        verify(united, both, "united");
        verify(difference, rest, "difference");
        const bool isIn = std::includes(a.plain.begin(), a.plain.end(), b.plain.begin(), b.plain.end());
        QVERIFY2(left.contains(right) == isIn, which.c_str());
        QVERIFY2((left == right) == (a.plain == b.plain), which.c_str());
        QVERIFY(united.contains(left) && united.contains(right) && left.contains(difference));
        for (std::size_t source = 0; source < kSources.size(); ++source) {
            for (int i = 1; i <= kRange; ++i) {
                const std::string text = kSources[source] + ":" + std::to_string(numberOf(i, isHigh));
                QVERIFY2(left.contains(Gtid::parse(text).value()) == a.plain.contains({source, i}),
                         (which + ": " + text).c_str());
            }
        }
        if (QTest::currentTestFailed())
            return;
    }
}

void GtidSetTest::grownOneByOne()
{
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        GtidSet set;
        Plain plain;
        for (int i = 0; i < 40; ++i) {
            const std::size_t source = random() % kSources.size();
            const int number = 1 + static_cast<int>(random() % kRange);
            set.add(Gtid::parse(kSources[source] + ":" + std::to_string(number)).value());
            plain.insert({source, number});
        }
        QCOMPARE(set.textWithoutFlavor(), canonical(plain, false));
    }
}

void GtidSetTest::endsOfTheNumbers()
{
    const std::string most = std::to_string(kMostMySql);
    GtidSet set = setOf(kUuid + ":1-" + most);
    QCOMPARE(set.count().value(), kMostMySql);
    QCOMPARE(set.text(), "MySQL56/" + kUuid + ":1-" + most);
    set.add(Gtid::parse(kUuid + ":" + most).value());
    QCOMPARE(set.text(), "MySQL56/" + kUuid + ":1-" + most);
    set.subtract(setOf(kUuid + ":" + most));
    QCOMPARE(set.count().value(), kMostMySql - 1);
    set.subtract(setOf(kUuid + ":1"));
    QCOMPARE(set.textWithoutFlavor(), kUuid + ":2-" + std::to_string(kMostMySql - 1));
    // More than a number can hold stays at the largest.
    GtidSet many;
    for (char digit = '0'; digit <= '4'; ++digit)
        QVERIFY(many.unite(setOf(std::string(8, digit) + kUuid.substr(8) + ":1-" + most)));
    QCOMPARE(many.count().value(), std::numeric_limits<std::uint64_t>::max());
    const std::string most64 = std::to_string(std::numeric_limits<std::uint64_t>::max());
    GtidSet domain = setOf("MariaDB/0-1-" + most64);
    QCOMPARE(domain.count().value(), std::numeric_limits<std::uint64_t>::max());
    domain.add(Gtid::parse("0-1-" + most64).value());
    QCOMPARE(domain.text(), "MariaDB/0-1-" + most64);
    domain.subtract(setOf("0-1-1"));
    QCOMPARE(domain.text(), "MariaDB/0-1-2:" + most64);
}

void GtidSetTest::textForms_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("text");
    const QByteArray uuid = QByteArray::fromStdString(kUuid), other = QByteArray::fromStdString(kOther);
    const QByteArray five = "MySQL56/" + uuid + ":1-5";
    QTest::newRow("flavor") << five << five;
    QTest::newRow("none") << uuid + ":1-5" << five;
    QTest::newRow("case") << ("mysql56/" + uuid + ":1-5").toUpper() << five;
    QTest::newRow("blanks") << " \n" + uuid + " : 1 - 5 \r\n" << five;
    QTest::newRow("mysqld") << other + ":1-3,\n" + uuid + ":1-5" << five + "," + other + ":1-3";
    QTest::newRow("pieces") << uuid + ":3-5:1:2" << five;
    QTest::newRow("twice") << uuid + ":3-5," + uuid + ":1-4" << five;
    QTest::newRow("commas") << "," + uuid + ":1-5,," << five;
    QTest::newRow("end before start") << uuid + ":1-5:9-7" << five;
    QTest::newRow("nothing left") << uuid + ":9-7" << QByteArray();
    QTest::newRow("tags") << uuid + ":1-5:Trim:3:backup:1-2:4" << five + ":backup:1-2:4:trim:3";
    QTest::newRow("tag alone") << uuid + ":_x9:7"
                               << "MySQL56/" + uuid + ":_x9:7";
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("only a flavor") << QByteArray("MySQL56/") << QByteArray();
    QTest::newRow("zeros in front") << uuid + ":0001-05" << five;
}

void GtidSetTest::textForms()
{
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, text);
    const auto set = GtidSet::parse(given.toStdString());
    QVERIFY2(set, set ? "" : set.error().message.c_str());
    QCOMPARE(QByteArray::fromStdString(set->text()), text);
}

void GtidSetTest::whatIsWrongAndWhere_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("says");
    const QByteArray uuid = QByteArray::fromStdString(kUuid);
    QTest::newRow("word") << QByteArray("yesterday") << QByteArray("\"yesterday\" at character 1 is no UUID");
    QTest::newRow("short uuid") << QByteArray(" 3e11fa47:1-5") << QByteArray("\"3e11fa47\" at character 2 is no UUID");
    QTest::newRow("second uuid") << uuid + ":1-5,xy:3" << QByteArray("\"xy\" at character 42 is no UUID");
    QTest::newRow("no interval") << uuid << QByteArray("its end stands where a colon and transactions");
    QTest::newRow("no number") << uuid + ":" << QByteArray("its end stands where a number");
    QTest::newRow("no end") << uuid + ":1-" << QByteArray("its end stands where a number");
    QTest::newRow("zero") << uuid + ":0-5" << QByteArray("\"0\" at character 38 is no transaction");
    QTest::newRow("minus") << uuid + ":-5" << QByteArray("\"-5\" at character 38 stands where a number");
    QTest::newRow("too large") << uuid + ":1-9223372036854775808"
                               << QByteArray("\"9223372036854775808\" at character 40 is too large");
    QTest::newRow("far too large") << uuid + ":1-99999999999999999999999" << QByteArray("at character 40 is too large");
    QTest::newRow("blank in a number") << uuid + ":1-5 7" << QByteArray("\"7\" at character 42 does not belong there");
    QTest::newRow("tag without") << uuid + ":tag" << QByteArray("its end stands where a colon and transactions");
    QTest::newRow("long tag") << uuid + ":" + QByteArray(33, 'a') + ":1" << QByteArray("is too long for a tag");
    QTest::newRow("two dashes") << QByteArray("0-1") << QByteArray("at character 1 is no UUID");
    QTest::newRow("server too large") << QByteArray("0-4294967296-1")
                                      << QByteArray("\"4294967296\" at character 3 is too large");
    QTest::newRow("no sequence") << QByteArray("MariaDB/0-1-") << QByteArray("its end stands where a number");
    QTest::newRow("no offset") << QByteArray("FilePos/binlog.000003") << QByteArray("is no place in a log file");
    QTest::newRow("no file") << QByteArray("FilePos/:4") << QByteArray("is no place in a log file");
    QTest::newRow("offset") << QByteArray("binlog.000003:x")
                            << QByteArray("\"x\" at character 15 stands where a number");
}

void GtidSetTest::whatIsWrongAndWhere()
{
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, says);
    const auto set = GtidSet::parse(given.toStdString());
    QVERIFY(!set);
    QCOMPARE(set.error().kind, ErrorKind::PositionInvalid);
    QVERIFY2(QByteArray::fromStdString(set.error().message).contains(says), set.error().message.c_str());
}

void GtidSetTest::mariaDb()
{
    GtidSet set = setOf("mariadb/1-7-40,0-103-5");
    QCOMPARE(set.text(), std::string("MariaDB/0-103-5,1-7-40"));
    QCOMPARE(set.count().value(), std::uint64_t{45});
    QVERIFY(set.contains(setOf("0-99-4")));
    QVERIFY(!set.contains(setOf("0-103-6")));
    QVERIFY(set.contains(Gtid::parse("1-7-40").value()));
    QVERIFY(!set.contains(Gtid::parse("2-7-1").value()));
    set.add(Gtid::parse("0-104-6").value());
    QCOMPARE(set.text(), std::string("MariaDB/0-104-6,1-7-40"));
    set.subtract(setOf("0-103-4,1-7-40"));
    QCOMPARE(set.text(), std::string("MariaDB/0-104-5:6"));
    QCOMPARE(setOf(set.text()), set);
    QVERIFY(set.unite(setOf("0-1-4,1-7-40")));
    QCOMPARE(set.text(), std::string("MariaDB/0-104-6,1-7-40"));
}

void GtidSetTest::placesInFiles()
{
    GtidSet place = setOf("binlog.000009:154");
    QCOMPARE(place.text(), std::string("FilePos/binlog.000009:154"));
    QVERIFY(!place.count());
    QVERIFY(place.contains(setOf("FilePos/binlog.000009:154")) && place.contains(setOf("FilePos/binlog.000008:9999")));
    for (const char* later : {"FilePos/binlog.000009:155", "FilePos/binlog.000010:4", "FilePos/binlog.1000000:4"}) {
        QVERIFY2(!place.contains(setOf(later)), later);
        GtidSet united = place;
        QVERIFY(united.unite(setOf(later)));
        QCOMPARE(united, setOf(later));
    }
    GtidSet other = place;
    QVERIFY(!other.unite(setOf("FilePos/relay.000009:4")));
    QCOMPARE(other, place);
    other.subtract(setOf("FilePos/binlog.000009:100"));
    QCOMPARE(other, place);
    other.subtract(setOf("FilePos/binlog.000010:4"));
    QVERIFY(other.isEmpty());
}

void GtidSetTest::flavorsDoNotMix()
{
    const std::vector<GtidSet> sets{setOf(kUuid + ":1-5"), setOf("0-1-5"), setOf("FilePos/binlog.000001:4")};
    for (const GtidSet& one : sets) {
        for (const GtidSet& other : sets) {
            if (&one == &other)
                continue;
            GtidSet changed = one;
            QVERIFY(!changed.contains(other) && !(changed == other) && !changed.unite(other));
            changed.subtract(other);
            QCOMPARE(changed, one);
        }
        GtidSet none;
        QVERIFY(none.unite(one));
        QCOMPARE(none, one);
        QVERIFY(one.contains(GtidSet()) && !GtidSet().contains(one));
    }
}

void GtidSetTest::singleTransactions()
{
    const std::string tagged = "MySQL56/" + kUuid + ":Trim_1:7"; // the tag lies in it
    const auto gtid = Gtid::parse(tagged);
    QVERIFY(gtid);
    QCOMPARE(gtid->number, std::uint64_t{7});
    QVERIFY(setOf(kUuid + ":trim_1:7").contains(*gtid));
    for (const std::string& text :
         {std::string(), kUuid, kUuid + ":", kUuid + ":0", kUuid + ":1-5", kUuid + ":1:2", kUuid + ":tag",
          kUuid + ":ta-g:1", kUuid + ": 7", std::string("0-1"), std::string("0-1-0"), std::string("0-1-x"),
          std::string("MySQL56/0-1-5"), "MariaDB/" + kUuid + ":5", std::string("FilePos/binlog.000001:4")})
        QVERIFY2(!Gtid::parse(text), text.c_str());
}

QTEST_GUILESS_MAIN(GtidSetTest)
#include "tst_gtidset.moc"
