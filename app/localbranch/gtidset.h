// Sets of MySQL transaction numbers per server, as positions are written. Not shared between threads.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localbranch {

/// A position that cannot be read; `isPersistent` marks those that a vtgate tries three times before it gives up.
class PositionError : public std::runtime_error
{
public:
    PositionError(const std::string& text, bool isPersistent) : std::runtime_error(text), m_isPersistent(isPersistent)
    {
    }
    bool isPersistent() const { return m_isPersistent; }

private:
    bool m_isPersistent;
};

class GtidSet
{
public:
    using Interval = std::pair<uint64_t, uint64_t>;

    GtidSet() = default;
    GtidSet(const std::string& uuid, uint64_t last);

    /// Takes `uuid:1-5:7,…`, without flavor.
    static GtidSet parse(std::string_view text);
    /// Takes `MySQL56/…`. Throws PositionError. Flavors of other servers give a set that no tablet has.
    static GtidSet parsePosition(std::string_view text);

    void add(const std::string& uuid, uint64_t number);
    bool contains(const std::string& uuid, uint64_t number) const;
    bool contains(const GtidSet& other) const;
    std::string text() const;
    std::string position() const { return "MySQL56/" + text(); }

private:
    void addInterval(const std::string& uuid, Interval interval);

    std::map<std::string, std::vector<Interval>> m_servers;
};

} // namespace localbranch
