// The first look at lines: at the bytes of whole messages, which tells quickly which lines have none of some texts.
// Lines that come in their order cost the least. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/select/needle.h"

namespace vtscope {

class FirstLook
{
public:
    // isTold: whether a change of this layout that has one of the texts in a value has it in its bytes too.
    FirstLook(std::vector<Needle> needles, std::function<bool(const Layout&)> isTold);

    // Lines from `from` up to, without, `to` come next, in their order.
    void begin(const Snapshot& snapshot, std::uint64_t from, std::uint64_t to);
    // Any lines come next.
    void begin(const Snapshot& snapshot);
    // Whether this change can have one of the texts. Not for events.
    bool isLikely(std::uint64_t number);

private:
    // Where a needle stands: nowhere from `from` on before `hit`.
    struct Cursor
    {
        const char* from = nullptr;
        const char* hit = nullptr;
    };
    enum class Telling : std::uint8_t { NotAsked, Yes, No };

    bool isTold(const Entry& entry);
    bool isIn(std::string_view bytes);

    std::vector<Needle> m_needles;
    std::function<bool(const Layout&)> m_isTold;
    std::vector<Cursor> m_cursors;
    std::vector<Telling> m_tellings; // by layout
    Snapshot m_snapshot;
    const Layout* m_firstLayout = nullptr;
    const char* m_end = nullptr; // of the bytes of the lines that come; null: they come in any order
    std::uint64_t m_from = 0;
    std::uint64_t m_record = ~std::uint64_t{0};
    std::string_view m_payload; // of that record
    bool m_isLikely = false;    // a line of that record
};

} // namespace vtscope
