#include "streamcore/position/gtidset.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

namespace vtscope {

namespace {

using Interval = GtidSet::Interval;

// A name with a number at its end, which grows from file to file.
struct LogFile
{
    std::string_view name;
    std::string_view number; // without zeros in front

    explicit LogFile(std::string_view file)
    {
        const std::size_t digits = file.find_last_not_of("0123456789") + 1;
        name = file.substr(0, digits);
        number = file.substr(digits);
        number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    }
    bool isBefore(const LogFile& other) const
    {
        return std::pair(number.size(), number) < std::pair(other.number.size(), other.number);
    }
};

// Tags are the same in both cases; those in a set are lower.
bool isSameTag(std::string_view own, std::string_view given)
{
    return std::equal(own.begin(), own.end(), given.begin(), given.end(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
    });
}

std::string lowered(std::string_view tag)
{
    std::string text(tag);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::vector<Interval> united(const std::vector<Interval>& a, const std::vector<Interval>& b)
{
    std::vector<Interval> result;
    result.reserve(a.size() + b.size());
    for (auto left = a.begin(), right = b.begin(); left != a.end() || right != b.end();) {
        const bool isLeft = right == b.end() || (left != a.end() && left->first < right->first);
        const Interval next = isLeft ? *left++ : *right++;
        if (!result.empty() && (next.first <= result.back().last || next.first - result.back().last == 1))
            result.back().last = std::max(result.back().last, next.last);
        else
            result.push_back(next);
    }
    return result;
}

std::vector<Interval> difference(const std::vector<Interval>& a, const std::vector<Interval>& b)
{
    std::vector<Interval> result;
    auto gone = b.begin();
    for (Interval rest : a) {
        while (gone != b.end() && gone->last < rest.first)
            ++gone;
        bool isLeft = true;
        for (auto cut = gone; isLeft && cut != b.end() && cut->first <= rest.last; ++cut) {
            if (cut->first > rest.first)
                result.push_back({rest.first, cut->first - 1});
            isLeft = cut->last < rest.last;
            rest.first = cut->last + (isLeft ? 1 : 0);
        }
        if (isLeft)
            result.push_back(rest);
    }
    return result;
}

bool hasAll(const std::vector<Interval>& intervals, const std::vector<Interval>& wanted)
{
    auto own = intervals.begin();
    return std::all_of(wanted.begin(), wanted.end(), [&](const Interval& one) {
        while (own != intervals.end() && own->last < one.first)
            ++own;
        return own != intervals.end() && own->first <= one.first && one.last <= own->last;
    });
}

void appendNumber(std::uint64_t number, std::string& out)
{
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void appendUuid(const GtidSource& uuid, std::string& out)
{
    constexpr char kDigits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out += '-';
        out += kDigits[uuid[i] >> 4];
        out += kDigits[uuid[i] & 15];
    }
}

std::uint32_t domainOf(const GtidSource& source)
{
    return std::uint32_t{source[0]} << 24 | std::uint32_t{source[1]} << 16 | std::uint32_t{source[2]} << 8 | source[3];
}

} // namespace

void GtidSet::insert(std::vector<Interval>& intervals, Interval added)
{
    // Those before it that it does not touch.
    const auto first = std::partition_point(intervals.begin(), intervals.end(), [&](const Interval& one) {
        return one.last < added.first && added.first - one.last > 1;
    });
    auto end = first;
    for (; end != intervals.end() && (end->first <= added.last || end->first - added.last == 1); ++end) {
        added.first = std::min(added.first, end->first);
        added.last = std::max(added.last, end->last);
    }
    if (first == end) {
        intervals.insert(first, added);
        return;
    }
    *first = added;
    intervals.erase(first + 1, end);
}

const GtidSet::Server* GtidSet::find(const GtidSource& source, std::string_view tag) const
{
    for (const Server& server : m_servers) {
        if (server.source == source && isSameTag(server.tag, tag))
            return &server;
    }
    return nullptr;
}

GtidSet::Server& GtidSet::at(const GtidSource& source, std::string_view tag)
{
    if (m_newest < m_servers.size() && m_servers[m_newest].source == source && isSameTag(m_servers[m_newest].tag, tag))
        return m_servers[m_newest];
    std::string name = lowered(tag);
    auto place = std::lower_bound(
        m_servers.begin(), m_servers.end(), std::tie(source, name),
        [](const Server& server, const auto& wanted) { return std::tie(server.source, server.tag) < wanted; });
    if (place == m_servers.end() || place->source != source || place->tag != name)
        place = m_servers.insert(place, Server{source, std::move(name), 0, {}});
    m_newest = static_cast<std::size_t>(place - m_servers.begin());
    return *place;
}

std::optional<std::uint64_t> GtidSet::count() const
{
    if (m_flavor == GtidFlavor::File && !isEmpty())
        return std::nullopt;
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t count = 0;
    for (const Server& server : m_servers) {
        for (const Interval& interval : server.intervals) {
            const std::uint64_t more = interval.last - interval.first;
            if (more >= kMost - count)
                return kMost;
            count += more + 1;
        }
    }
    return count;
}

bool GtidSet::contains(const Gtid& gtid) const
{
    const Server* server = gtid.flavor == m_flavor ? find(gtid.source, gtid.tag) : nullptr;
    if (!server)
        return false;
    const auto& intervals = server->intervals;
    const auto found = std::partition_point(intervals.begin(), intervals.end(),
                                            [&](const Interval& one) { return one.last < gtid.number; });
    return found != intervals.end() && found->first <= gtid.number;
}

bool GtidSet::contains(const GtidSet& other) const
{
    if (other.isEmpty())
        return true;
    if (other.m_flavor != m_flavor)
        return false;
    if (m_flavor == GtidFlavor::File) {
        const LogFile own(m_file), wanted(other.m_file);
        return own.name == wanted.name &&
               (wanted.isBefore(own) || (!own.isBefore(wanted) && other.m_offset <= m_offset));
    }
    return std::all_of(other.m_servers.begin(), other.m_servers.end(), [&](const Server& wanted) {
        const Server* server = find(wanted.source, wanted.tag);
        return server && hasAll(server->intervals, wanted.intervals);
    });
}

void GtidSet::add(const Gtid& gtid)
{
    if (isEmpty())
        m_flavor = gtid.flavor;
    if (gtid.flavor != m_flavor || gtid.number == 0)
        return;
    Server& server = at(gtid.source, gtid.tag);
    if (server.intervals.empty() || server.intervals.back().last < gtid.number)
        server.number = gtid.server;
    if (!server.intervals.empty() && server.intervals.back().last == gtid.number - 1)
        server.intervals.back().last = gtid.number;
    else
        insert(server.intervals, {gtid.number, gtid.number});
}

bool GtidSet::unite(const GtidSet& other)
{
    if (other.isEmpty())
        return true;
    if (isEmpty()) {
        *this = other;
        return true;
    }
    if (other.m_flavor != m_flavor)
        return false;
    if (m_flavor == GtidFlavor::File) {
        if (other.contains(*this))
            *this = other;
        return contains(other);
    }
    for (const Server& more : other.m_servers) {
        Server& server = at(more.source, more.tag);
        if (server.intervals.empty() || server.intervals.back().last < more.intervals.back().last)
            server.number = more.number;
        if (server.intervals.empty())
            server.intervals = more.intervals;
        else if (!hasAll(server.intervals, more.intervals))
            server.intervals = united(server.intervals, more.intervals);
    }
    return true;
}

void GtidSet::subtract(const GtidSet& other)
{
    if (other.m_flavor != m_flavor)
        return;
    if (m_flavor == GtidFlavor::File) {
        if (other.contains(*this))
            *this = {};
        return;
    }
    for (Server& server : m_servers) {
        if (const Server* gone = other.find(server.source, server.tag))
            server.intervals = difference(server.intervals, gone->intervals);
    }
    std::erase_if(m_servers, [](const Server& server) { return server.intervals.empty(); });
}

bool GtidSet::operator==(const GtidSet& other) const
{
    return contains(other) && other.contains(*this);
}

std::string GtidSet::text() const
{
    constexpr const char* kFlavors[] = {"MySQL56/", "MariaDB/", "FilePos/"};
    return isEmpty() ? std::string() : kFlavors[static_cast<std::size_t>(m_flavor)] + textWithoutFlavor();
}

std::string GtidSet::textWithoutFlavor() const
{
    if (!m_file.empty())
        return m_file + ':' + std::to_string(m_offset);
    std::string out;
    if (m_flavor == GtidFlavor::MariaDb) {
        for (const Server& server : m_servers) {
            const bool isWhole = server.intervals.size() == 1 && server.intervals.front().first == 1;
            for (const Interval& interval : server.intervals) {
                if (!out.empty())
                    out += ',';
                appendNumber(domainOf(server.source), out);
                appendNumber(server.number, out += '-');
                appendNumber(isWhole ? interval.last : interval.first, out += '-');
                if (!isWhole)
                    appendNumber(interval.last, out += ':');
            }
        }
        return out;
    }
    const Server* before = nullptr;
    for (const Server& server : m_servers) {
        if (!before || before->source != server.source) {
            if (before)
                out += ',';
            appendUuid(server.source, out);
        }
        before = &server;
        if (!server.tag.empty())
            out.append(1, ':').append(server.tag);
        for (const Interval& interval : server.intervals) {
            appendNumber(interval.first, out += ':');
            if (interval.last != interval.first)
                appendNumber(interval.last, out += '-');
        }
    }
    return out;
}

} // namespace vtscope
