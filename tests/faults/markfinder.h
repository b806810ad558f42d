// Has a watcher seen the last rows that were written?
#pragma once

#include <set>
#include <string>

#include "tests/contract/watcher.h"
#include "tests/faults/writer.h"

namespace vtscope::test {

class MarkFinder
{
public:
    // From that line of the capture on.
    explicit MarkFinder(const Capture& capture, std::uint64_t first = 0) : m_capture(capture), m_next(first) {}

    bool isDone()
    {
        const Snapshot snapshot = m_capture.snapshot();
        for (; m_next < snapshot.count(); ++m_next) {
            if (!isChange(snapshot.entry(m_next).op()))
                continue;
            m_change.read(snapshot, m_next);
            if (!m_change.hasAfter())
                continue;
            const std::string id = imageOf(m_change, false).at("id");
            if (isMark(id))
                m_seen.insert(m_change.layout().table + id);
        }
        return m_seen.size() == Writer::kMarks * faultTables().size();
    }

private:
    const Capture& m_capture;
    ChangeView m_change;
    std::uint64_t m_next;
    std::set<std::string> m_seen;
};

} // namespace vtscope::test
