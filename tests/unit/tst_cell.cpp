// Values: exact for files, readable for the eye.
#include <QtTest>

#include "streamcore/value/cell.h"

using namespace vtscope;

namespace {

Column column(std::int32_t type, std::uint32_t collation = 255, const char* declared = "")
{
    Column made;
    made.name = "c";
    made.type = type;
    made.collation = collation;
    made.columnType = declared;
    interpretColumn(made);
    return made;
}

Cell cell(const Column& of, std::string_view bytes)
{
    return Cell{&of, bytes, Cell::State::Value, false};
}

std::string exact(const Column& of, std::string_view bytes, Exactness wanted = Exactness::Text)
{
    std::string out;
    const Exactness got = appendExact(cell(of, bytes), out);
    return got == wanted ? out : out + " (other exactness)";
}

constexpr std::int32_t kUint64 = 778, kVarchar = 6165, kVarbinary = 10262, kBlob = 10260, kBit = 2073, kEnum = 2074,
                       kSet = 2075, kVector = 2083, kDateTime = 2064, kTime = 2063, kBinary = 10264, kJson = 2078;

} // namespace

class CellTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // The TypeScript library that vtscope grew from rounded, re-spelled or lost each of these.
    void bigNumbersAreNotRounded()
    {
        QCOMPARE(exact(column(kUint64), "18446744073709551615"), std::string("18446744073709551615"));
        QCOMPARE(eyeText(cell(column(kUint64), "9007199254740993")).text, u"9007199254740993"_qs);
    }

    void timesAreNotParsed()
    {
        QCOMPARE(exact(column(kTime), "-838:59:59"), std::string("-838:59:59"));
        QCOMPARE(exact(column(kDateTime), "0000-00-00 00:00:00"), std::string("0000-00-00 00:00:00"));
    }

    void bytesAreNotText()
    {
        using namespace std::string_view_literals;
        QCOMPARE(exact(column(kBlob, 63), "\x89PNG\0"sv, Exactness::Hex), std::string("89504e4700"));
        QCOMPARE(exact(column(kBit, 63), "\x02\x01", Exactness::Hex), std::string("0201"));
        QCOMPARE(eyeText(cell(column(kBit, 63), "\x02\x01")).text, u"513"_qs);
    }

    void textWithABinaryCollationIsText()
    {
        QCOMPARE(exact(column(kVarbinary, 46), "abc"), std::string("abc"));
        QCOMPARE(exact(column(kVarbinary, 46, "varchar(32)"), "abc"), std::string("abc"));
        QCOMPARE(exact(column(kBinary, 46, "enum('x','y')"), "x"), std::string("x"));
        QCOMPARE(exact(column(kVarbinary, 63, "varbinary(32)"), "abc", Exactness::Hex), std::string("616263"));
    }

    void charsetsBecomeUtf8()
    {
        using namespace std::string_view_literals;
        QCOMPARE(exact(column(kVarchar, 8), "caf\xe9\x80"), std::string("café€"));
        QCOMPARE(exact(column(kVarchar, 54), "\0z\xd8\x3d\xde\x00"sv), std::string("z😀"));
        QCOMPARE(exact(column(kVarchar, 60), "\0\1\xf6\0"sv), std::string("😀"));
        QCOMPARE(exact(column(kVarchar, 255), "\xff\xfe", Exactness::Raw), std::string("fffe"));
        QCOMPARE(exact(column(kVarchar, 54), "\xd8\x3d", Exactness::Raw), std::string("d83d"));
    }

    void membersAreSplitAsMySqlWritesThem()
    {
        QCOMPARE(membersOf("enum('new','it''s','a,b','1','')"),
                 (std::vector<std::string>{"new", "it's", "a,b", "1", ""}));
        QCOMPARE(membersOf("SET('a\\','b')"), (std::vector<std::string>{"a\\", "b"}));
        QCOMPARE(membersOf("varchar(10)").size(), 0u);
    }

    void numericMembersOfOldServersBecomeLabels()
    {
        Column size = column(kEnum, 255, "enum('small','medium')"),
               hobbies = column(kSet, 255, "set('a','b','c','d','e')");
        size.hasNumericMembers = hobbies.hasNumericMembers = true;
        QCOMPARE(exact(size, "2"), std::string("medium"));
        QCOMPARE(exact(size, "0"), std::string(""));
        QCOMPARE(exact(size, "9"), std::string("9"));
        QCOMPARE(exact(hobbies, "19"), std::string("a,b,e"));
        QCOMPARE(exact(hobbies, "0"), std::string(""));
    }

    void longValuesAreCutAtCharacters()
    {
        const Column text = column(kVarchar);
        const std::string smiles = [] {
            std::string all;
            for (int i = 0; i < 5000; ++i)
                all += "😀";
            return all;
        }();
        const EyeText eye = eyeText(cell(text, smiles), 256);
        QVERIFY(eye.isTruncated);
        QCOMPARE(eye.size, smiles.size());
        QVERIFY(!eye.isHex);
        QCOMPARE(eye.text.size(), 256);
        QVERIFY(eyeText(cell(text, std::string(300, 'a')), 256).isTruncated);
        QVERIFY(!eyeText(cell(text, std::string(256, 'a')), 256).isTruncated);
        QVERIFY(eyeText(cell(text, "plain")).isAscii);
        QVERIFY(!eyeText(cell(text, "a\nb")).isAscii);
    }

    void utf8IsCheckedStrictly()
    {
        for (const char* good : {"", "a", "é", "€", "😀", "abcdefghijklmnopé"})
            QVERIFY(isUtf8(good));
        for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
                                "\xe2\x82", "abcdefgh\xff"})
            QVERIFY2(!isUtf8(bad), bad);
    }

    void vectorsAreNumbersForTheEyeAndHexInFiles()
    {
        using namespace std::string_view_literals;
        const Column vector = column(kVector, 63, "vector(3)");
        QCOMPARE(eyeText(cell(vector, "\0\0\x80\x3f\0\0\0\xc0"sv)).text, u"[1, -2]"_qs);
        QCOMPARE(exact(vector, "\0\0\x80\x3f"sv, Exactness::Hex), std::string("0000803f"));
    }

    void jsonIsLeftAlone()
    {
        QCOMPARE(exact(column(kJson), R"({"b": 1.0, "a": 18446744073709551615})"),
                 std::string(R"({"b": 1.0, "a": 18446744073709551615})"));
    }
};

QTEST_APPLESS_MAIN(CellTest)
#include "tst_cell.moc"
