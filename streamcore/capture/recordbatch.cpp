#include "streamcore/capture/recordbatch.h"

#include <algorithm>
#include <cstring>

namespace vtscope {

char* RecordBatch::add(RecordType type, std::size_t size, std::int64_t received)
{
    const std::size_t start = m_size;
    const std::size_t payload = start + sizeof(RecordHead);
    const std::size_t end = alignRecord(payload + size);
    if (end > m_room) {
        const std::size_t room = std::max(end, 2 * m_room);
        auto bytes = std::make_unique_for_overwrite<char[]>(room);
        if (m_size > 0)
            std::memcpy(bytes.get(), m_bytes.get(), m_size);
        m_bytes = std::move(bytes);
        m_room = room;
    }
    m_starts.push_back(start);
    m_size = end;
    setHead(m_starts.size() - 1, {static_cast<std::uint32_t>(size), static_cast<std::uint16_t>(type), 0, received, 0});
    std::memset(m_bytes.get() + payload + size, 0, end - payload - size);
    return m_bytes.get() + payload;
}

void RecordBatch::add(RecordType type, std::string_view message, std::int64_t received)
{
    char* const room = add(type, message.size(), received);
    if (!message.empty())
        std::memcpy(room, message.data(), message.size());
}

void RecordBatch::clear()
{
    m_starts.clear();
    m_size = 0;
    if (m_room > kKeptSize) {
        m_bytes.reset();
        m_room = 0;
    }
}

RecordHead RecordBatch::head(std::size_t record) const
{
    RecordHead head;
    std::memcpy(&head, m_bytes.get() + m_starts[record], sizeof head);
    return head;
}

void RecordBatch::setHead(std::size_t record, const RecordHead& head)
{
    std::memcpy(m_bytes.get() + m_starts[record], &head, sizeof head);
}

std::string_view RecordBatch::payload(std::size_t record) const
{
    return {m_bytes.get() + m_starts[record] + sizeof(RecordHead), head(record).length};
}

std::string_view RecordBatch::bytes(std::size_t first, std::size_t end) const
{
    const char* const from = m_bytes.get() + m_starts[first];
    const std::string_view last = payload(end - 1);
    return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
}

} // namespace vtscope
