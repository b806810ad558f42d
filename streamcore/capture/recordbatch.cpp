#include "streamcore/capture/recordbatch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace vtscope {

void RecordBatch::Free::operator()(char* bytes) const
{
    std::free(bytes);
}

char* RecordBatch::add(RecordType type, std::size_t size, std::int64_t received)
{
    const std::size_t start = m_size;
    const std::size_t payload = start + sizeof(RecordHead);
    const std::size_t end = alignRecord(payload + size);
    if (m_inPage + end > m_room)
        grow(m_inPage + end);
    m_starts.push_back(start);
    m_size = end;
    setHead(m_starts.size() - 1, {static_cast<std::uint32_t>(size), static_cast<std::uint16_t>(type), 0, received, 0});
    std::memset(begin() + payload + size, 0, end - payload - size);
    return begin() + payload;
}

void RecordBatch::add(RecordType type, std::string_view message, std::int64_t received)
{
    char* const room = add(type, message.size(), received);
    if (!message.empty())
        std::memcpy(room, message.data(), message.size());
}

void RecordBatch::grow(std::size_t least)
{
    const std::size_t room = (std::max(least, 2 * m_room) + kPageSize - 1) / kPageSize * kPageSize;
    std::unique_ptr<char, Free> pages(static_cast<char*>(std::aligned_alloc(kPageSize, room)));
    if (!pages)
        throw std::bad_alloc();
    if (m_size > 0)
        std::memcpy(pages.get() + m_inPage, begin(), m_size);
    m_pages = std::move(pages);
    m_room = room;
}

void RecordBatch::clear(std::uint64_t at)
{
    m_starts.clear();
    m_size = 0;
    m_inPage = at % kPageSize;
    if (m_room > kKeptSize) {
        m_pages.reset();
        m_room = 0;
    }
}

RecordHead RecordBatch::head(std::size_t record) const
{
    RecordHead head;
    std::memcpy(&head, begin() + m_starts[record], sizeof head);
    return head;
}

void RecordBatch::setHead(std::size_t record, const RecordHead& head)
{
    std::memcpy(begin() + m_starts[record], &head, sizeof head);
}

std::string_view RecordBatch::payload(std::size_t record) const
{
    return {begin() + m_starts[record] + sizeof(RecordHead), head(record).length};
}

std::string_view RecordBatch::bytes(std::size_t first, std::size_t end) const
{
    const char* const from = begin() + m_starts[first];
    const std::string_view last = payload(end - 1);
    return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
}

} // namespace vtscope
