// Messages on their way into a capture, laid out as they will stand in its log: room for a record's head, the message,
// zeros up to the next record. So that many small messages that are there at once cost one write(2). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "streamcore/capture/record.h"

namespace vtscope {

class RecordBatch
{
public:
    // Larger writes gain nothing, and so much stays in the processor's cache until it is written.
    static constexpr std::size_t kFullSize = std::size_t{256} << 10;

    // Room for a message of this size; the caller fills it before the next call.
    char* add(RecordType type, std::size_t size, std::int64_t received);
    void add(RecordType type, std::string_view message, std::int64_t received);
    // at: where in the log the next ones will probably lie. They lie in memory as they will in the log's pages, so that
    // the kernel copies whole lines of the cache, which is up to four times as fast.
    void clear(std::uint64_t at = 0);

    bool isFull() const { return m_size >= kFullSize; }
    bool isEmpty() const { return m_starts.empty(); }
    std::size_t count() const { return m_starts.size(); }
    std::size_t offset(std::size_t record) const { return m_starts[record]; } // of its head, in the batch
    RecordHead head(std::size_t record) const;
    void setHead(std::size_t record, const RecordHead& head);
    std::string_view payload(std::size_t record) const;
    // The records from `first` up to, without, `end`, as they stand in the log; ends with the last one's payload.
    std::string_view bytes(std::size_t first, std::size_t end) const;

private:
    // A single huge message does not keep its memory for ever.
    static constexpr std::size_t kKeptSize = std::size_t{4} << 20;

    struct Free
    {
        void operator()(char* bytes) const;
    };

    char* begin() const { return m_pages.get() + m_inPage; }
    void grow(std::size_t least);

    std::unique_ptr<char, Free> m_pages;
    std::size_t m_room = 0;   // of these
    std::size_t m_inPage = 0; // where the first record begins
    std::size_t m_size = 0;
    std::vector<std::size_t> m_starts;
};

} // namespace vtscope
