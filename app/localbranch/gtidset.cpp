#include "app/localbranch/gtidset.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "app/localbranch/sqllexer.h"

namespace localbranch {

namespace {

constexpr size_t kUuidLength = 36;

bool isUuid(std::string_view text)
{
    if (text.size() != kUuidLength)
        return false;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool isDash = i == 8 || i == 13 || i == 18 || i == 23;
        if (isDash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
            return false;
    }
    return true;
}

uint64_t numberOf(std::string_view text, std::string_view whole, std::string_view interval)
{
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        throw PositionError("invalid MySQL 5.6 GTID set (\"" + std::string(whole) + "\"): invalid interval (\"" +
                                std::string(interval) + "\"): strconv.ParseUint: parsing \"" + std::string(text) +
                                "\": invalid syntax",
                            true);
    return number;
}

} // namespace

GtidSet::GtidSet(const std::string& uuid, uint64_t last)
{
    if (last > 0)
        m_servers[uuid].emplace_back(1, last);
}

GtidSet GtidSet::parse(std::string_view text)
{
    GtidSet set;
    std::string compact;
    for (const char c : text) {
        if (std::isspace(static_cast<unsigned char>(c)) == 0)
            compact += c;
    }
    std::string_view rest = compact;
    while (!rest.empty()) {
        const size_t comma = rest.find(',');
        std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        if (part.empty())
            continue;
        const size_t colon = part.find(':');
        if (colon == std::string_view::npos || !isUuid(part.substr(0, colon)))
            throw PositionError("invalid MySQL 5.6 GTID set (\"" + compact + "\"): expected uuid:interval", false);
        const std::string uuid = lowered(part.substr(0, colon));
        part = part.substr(colon + 1);
        while (!part.empty()) {
            const size_t next = part.find(':');
            const std::string_view interval = part.substr(0, next);
            part = next == std::string_view::npos ? std::string_view() : part.substr(next + 1);
            const size_t dash = interval.find('-');
            const uint64_t first = numberOf(interval.substr(0, dash), compact, interval);
            const uint64_t last =
                dash == std::string_view::npos ? first : numberOf(interval.substr(dash + 1), compact, interval);
            if (first >= 1 && last >= first)
                set.addInterval(uuid, {first, last});
        }
    }
    return set;
}

GtidSet GtidSet::parsePosition(std::string_view text)
{
    const size_t slash = text.find('/');
    const std::string_view flavor = slash == std::string_view::npos ? std::string_view() : text.substr(0, slash);
    if (flavor == "MariaDB" || flavor == "FilePos")
        return parse("00000000-0000-0000-0000-000000000000:1");
    if (flavor != "MySQL56")
        throw PositionError("parse error: unknown GTIDSet flavor \"" + std::string(flavor) + "\"", false);
    return parse(text.substr(slash + 1));
}

void GtidSet::addInterval(const std::string& uuid, Interval interval)
{
    auto& intervals = m_servers[uuid];
    const auto at = std::lower_bound(intervals.begin(), intervals.end(), interval);
    auto inserted = intervals.insert(at, interval);
    if (inserted != intervals.begin() && std::prev(inserted)->second + 1 >= inserted->first)
        --inserted;
    for (auto next = std::next(inserted); next != intervals.end() && next->first <= inserted->second + 1;
         next = intervals.erase(next))
        inserted->second = std::max(inserted->second, next->second);
}

void GtidSet::add(const std::string& uuid, uint64_t number)
{
    auto& intervals = m_servers[uuid];
    if (!intervals.empty() && intervals.back().second + 1 == number)
        ++intervals.back().second;
    else if (!contains(uuid, number))
        addInterval(uuid, {number, number});
}

bool GtidSet::contains(const std::string& uuid, uint64_t number) const
{
    const auto server = m_servers.find(uuid);
    return server != m_servers.end() &&
           std::any_of(server->second.begin(), server->second.end(), [number](const Interval& interval) {
               return interval.first <= number && number <= interval.second;
           });
}

bool GtidSet::contains(const GtidSet& other) const
{
    return std::all_of(other.m_servers.begin(), other.m_servers.end(), [this](const auto& entry) {
        const auto own = m_servers.find(entry.first);
        return std::all_of(entry.second.begin(), entry.second.end(), [this, &own](const Interval& wanted) {
            return own != m_servers.end() &&
                   std::any_of(own->second.begin(), own->second.end(), [&wanted](const Interval& interval) {
                       return interval.first <= wanted.first && wanted.second <= interval.second;
                   });
        });
    });
}

std::string GtidSet::text() const
{
    std::string text;
    for (const auto& [uuid, intervals] : m_servers) {
        text += (text.empty() ? "" : ",") + uuid;
        for (const Interval& interval : intervals) {
            text += ":" + std::to_string(interval.first);
            if (interval.second != interval.first)
                text += "-" + std::to_string(interval.second);
        }
    }
    return text;
}

} // namespace localbranch
