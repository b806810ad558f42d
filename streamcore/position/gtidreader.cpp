// The text of GTID sets.
#include <algorithm>
#include <charconv>
#include <limits>

#include "streamcore/position/gtidset.h"

namespace vtscope {

namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kLongestTag = 32;
// MySQL's numbers are signed ones.
constexpr std::uint64_t kMostMySql = std::numeric_limits<std::int64_t>::max();
constexpr const char* kUuidExample = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

constexpr bool isBlank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool isTagStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::uint8_t kNoHex = 16;
constexpr auto kHexValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoHex);
    for (std::uint8_t i = 0; i < 10; ++i)
        values[std::size_t{'0'} + i] = i;
    for (std::uint8_t i = 10; i < 16; ++i)
        values[std::size_t{'a'} + i - 10] = values[std::size_t{'A'} + i - 10] = i;
    return values;
}();

bool readUuid(std::string_view text, GtidSource& uuid)
{
    if (text.size() != kUuidLength)
        return false;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
            return false;
        const unsigned high = kHexValues[static_cast<unsigned char>(text[at])],
                       low = kHexValues[static_cast<unsigned char>(text[at + 1])];
        if (high == kNoHex || low == kNoHex)
            return false;
        uuid[i] = static_cast<std::uint8_t>(high << 4 | low);
        at += 2;
    }
    return true;
}

template <typename Number> bool readWhole(std::string_view text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

GtidSource sourceOf(std::uint32_t domain)
{
    return {static_cast<std::uint8_t>(domain >> 24), static_cast<std::uint8_t>(domain >> 16),
            static_cast<std::uint8_t>(domain >> 8), static_cast<std::uint8_t>(domain)};
}

std::optional<GtidFlavor> takeFlavor(std::string_view& text)
{
    constexpr std::string_view kNames[] = {"mysql56/", "mariadb/", "filepos/"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
        const std::string_view start = text.substr(0, kNames[i].size());
        // ORing 32 makes a letter lower, and leaves the digits and the stroke as they are.
        if (std::equal(start.begin(), start.end(), kNames[i].begin(), kNames[i].end(),
                       [](char a, char b) { return (a | 32) == (b | 32); })) {
            text.remove_prefix(start.size());
            return static_cast<GtidFlavor>(i);
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Gtid> Gtid::parse(std::string_view text)
{
    Gtid gtid;
    const auto flavor = takeFlavor(text);
    if (flavor == GtidFlavor::File)
        return std::nullopt;
    if (text.size() > kUuidLength && text[kUuidLength] == ':' && flavor != GtidFlavor::MariaDb) {
        if (!readUuid(text.substr(0, kUuidLength), gtid.source))
            return std::nullopt;
        text.remove_prefix(kUuidLength + 1);
        if (!text.empty() && isTagStart(text.front())) {
            gtid.tag = text.substr(0, text.find(':'));
            if (gtid.tag.size() > kLongestTag ||
                !std::all_of(gtid.tag.begin(), gtid.tag.end(), [](char c) { return isTagStart(c) || isDigit(c); }))
                return std::nullopt;
            text.remove_prefix(std::min(gtid.tag.size() + 1, text.size()));
        }
        const bool isNumber = readWhole(text, gtid.number) && gtid.number > 0 && gtid.number <= kMostMySql;
        return isNumber ? std::optional(gtid) : std::nullopt;
    }
    if (flavor == GtidFlavor::MySql)
        return std::nullopt;
    gtid.flavor = GtidFlavor::MariaDb;
    const std::size_t first = text.find('-'), second = text.find('-', first + 1);
    std::uint32_t domain = 0;
    if (second == std::string_view::npos || !readWhole(text.substr(0, first), domain) ||
        !readWhole(text.substr(first + 1, second - first - 1), gtid.server) ||
        !readWhole(text.substr(second + 1), gtid.number) || gtid.number == 0)
        return std::nullopt;
    gtid.source = sourceOf(domain);
    return gtid;
}

// Goes through the text part by part; the first thing that is wrong ends it.
class GtidSet::Reader
{
public:
    explicit Reader(std::string_view text) : m_text(text) {}

    Result<GtidSet> read()
    {
        skipBlanks();
        std::string_view rest = m_text.substr(m_at);
        const auto flavor = takeFlavor(rest);
        m_at = m_text.size() - rest.size();
        m_set.m_flavor = flavor.value_or(guessFlavor());
        bool isRead = true;
        if (m_set.m_flavor == GtidFlavor::File)
            isRead = readFile();
        else
            isRead = readList();
        if (!isRead)
            return failure(ErrorKind::PositionInvalid, m_problem);
        std::erase_if(m_set.m_servers, [](const Server& server) { return server.intervals.empty(); });
        m_set.m_newest = 0;
        return std::move(m_set);
    }

private:
    // By the first part of what has no flavor.
    GtidFlavor guessFlavor() const
    {
        const std::string_view part = m_text.substr(m_at, m_text.find(',', m_at) - m_at);
        const std::string_view name = part.substr(0, part.find(':'));
        if (std::count(name.begin(), name.end(), '-') == 2 &&
            std::all_of(name.begin(), name.end(), [](char c) { return isDigit(c) || isBlank(c) || c == '-'; }))
            return GtidFlavor::MariaDb;
        const std::size_t dot = name.rfind('.');
        return dot != std::string_view::npos && dot + 1 < name.size() && isDigit(name[dot + 1]) ? GtidFlavor::File
                                                                                                : GtidFlavor::MySql;
    }

    bool readList()
    {
        for (;;) {
            skipBlanks();
            while (take(','))
                skipBlanks();
            if (m_at == m_text.size())
                return true;
            if (!(m_set.m_flavor == GtidFlavor::MySql ? readServer() : readDomain()))
                return false;
            skipBlanks();
            if (m_at < m_text.size() && m_text[m_at] != ',')
                return refuse(" does not belong there; a comma stands between servers.");
        }
    }

    bool readServer()
    {
        GtidSource uuid{};
        if (!readUuid(m_text.substr(m_at, kUuidLength), uuid))
            return refuse(std::string(" is no UUID such as ") + kUuidExample + ".");
        m_at += kUuidLength;
        skipBlanks();
        if (!take(':'))
            return refuse(" stands where a colon and transactions such as 1-5 should.");
        std::string_view tag;
        bool hasInterval = false;
        do {
            skipBlanks();
            if (m_at < m_text.size() && isTagStart(m_text[m_at])) {
                if (!readTag(tag))
                    return false;
                hasInterval = false;
                continue;
            }
            Interval interval;
            if (!readNumber(interval.first, kMostMySql))
                return false;
            if (interval.first == 0)
                return refuseAt(m_numberAt, "0", " is no transaction; they are numbered from 1.");
            interval.last = interval.first;
            skipBlanks();
            if (take('-')) {
                skipBlanks();
                if (!readNumber(interval.last, kMostMySql))
                    return false;
                skipBlanks();
            }
            if (interval.first <= interval.last)
                insert(m_set.at(uuid, tag).intervals, interval);
            hasInterval = true;
        } while (take(':'));
        return hasInterval || refuse(" stands where a colon and transactions such as 1-5 should.");
    }

    bool readTag(std::string_view& tag)
    {
        const std::size_t start = m_at;
        while (m_at < m_text.size() && (isTagStart(m_text[m_at]) || isDigit(m_text[m_at])))
            ++m_at;
        tag = m_text.substr(start, m_at - start);
        if (tag.size() > kLongestTag)
            return refuseAt(start, tag, " is too long for a tag.");
        skipBlanks();
        return true;
    }

    bool readDomain()
    {
        constexpr std::uint64_t kMostId = std::numeric_limits<std::uint32_t>::max();
        std::uint64_t domain = 0, server = 0;
        Interval interval{1, 0};
        if (!readNumber(domain, kMostId) || !takeDash() || !readNumber(server, kMostId) || !takeDash() ||
            !readNumber(interval.last, std::numeric_limits<std::uint64_t>::max()))
            return false;
        if (take(':')) {
            interval.first = std::max<std::uint64_t>(1, interval.last);
            if (!readNumber(interval.last, std::numeric_limits<std::uint64_t>::max()))
                return false;
        }
        Server& own = m_set.at(sourceOf(static_cast<std::uint32_t>(domain)), {});
        if (own.intervals.empty() || own.intervals.back().last < interval.last)
            own.number = static_cast<std::uint32_t>(server);
        if (interval.first <= interval.last)
            insert(own.intervals, interval);
        return true;
    }

    bool readFile()
    {
        std::size_t end = m_text.size();
        while (end > m_at && isBlank(m_text[end - 1]))
            --end;
        if (m_at == end)
            return true;
        const std::size_t colon = m_text.substr(0, end).rfind(':');
        const bool hasName = colon != std::string_view::npos && colon > m_at;
        const std::string_view name = hasName ? m_text.substr(m_at, colon - m_at) : std::string_view();
        if (!hasName || std::any_of(name.begin(), name.end(), [](char c) { return isBlank(c) || c == ':'; }))
            return refuse(" is no place in a log file, which looks like binlog.000003:154.");
        m_at = colon + 1;
        if (!readNumber(m_set.m_offset, std::numeric_limits<std::uint64_t>::max()))
            return false;
        if (m_at != end)
            return refuse(" does not belong there.");
        m_set.m_file = name;
        return true;
    }

    bool readNumber(std::uint64_t& number, std::uint64_t most)
    {
        m_numberAt = m_at;
        const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), number);
        const std::string_view digits(m_text.data() + m_at, static_cast<std::size_t>(end - m_text.data()) - m_at);
        if (digits.empty())
            return refuse(" stands where a number should.");
        if (error != std::errc() || number > most)
            return refuseAt(m_at, digits, " is too large; the largest number is " + std::to_string(most) + ".");
        m_at += digits.size();
        return true;
    }

    bool takeDash() { return take('-') || refuse(" stands where a dash should, as in 0-1-100."); }

    bool take(char c)
    {
        if (m_at == m_text.size() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }

    void skipBlanks()
    {
        while (m_at < m_text.size() && isBlank(m_text[m_at]))
            ++m_at;
    }

    // What stands here, up to where the next part could begin.
    bool refuse(const std::string& why)
    {
        const std::size_t length = std::min(m_text.find_first_of(":, \t\r\n", m_at), m_text.size()) - m_at;
        return refuseAt(m_at, m_text.substr(m_at, std::max<std::size_t>(length, m_at < m_text.size() ? 1 : 0)), why);
    }

    bool refuseAt(std::size_t at, std::string_view what, const std::string& why)
    {
        constexpr std::size_t kMostShown = 40;
        std::string shown(what.substr(0, kMostShown));
        std::replace_if(
            shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
        if (what.size() > kMostShown)
            shown += "…";
        m_problem = "This is not a position: " + (shown.empty() ? "its end" : '"' + shown + '"') +
                    (shown.empty() ? "" : " at character " + std::to_string(at + 1)) + why;
        return false;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_numberAt = 0;
    GtidSet m_set;
    std::string m_problem;
};

Result<GtidSet> GtidSet::parse(std::string_view text)
{
    return Reader(text).read();
}

} // namespace vtscope
