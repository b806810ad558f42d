// Follows the positions that came in a capture while its lines are used, in their order, by somebody who wants to go on
// from there later, or to end at a position. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/position/position.h"

namespace vtscope {

class StreamProgress
{
public:
    // streams: how many of them the session opens, as readers of this capture from that one on; those before it are of
    // streams that are over, unless these go on with them. stop: text for parsePosition that prepare() has taken, or
    // empty.
    StreamProgress(std::shared_ptr<const Capture> capture, std::size_t streams, std::string stop, ReaderId from = 0);
    ~StreamProgress();

    // Looks for the next position. False: none has come by now; the next call looks on from there.
    bool find(const Snapshot& snapshot);
    // The first line of the capture behind the position that was found.
    std::uint64_t line() const { return m_line; }
    // Those before line() have been dealt with: goes on to the next position.
    void take(const Snapshot& snapshot);

    // Whether a stream that is opened at positions() brings exactly the changes from line() on, as far as VStream can
    // promise it; Sync may bring some before it once more.
    bool isSafe() const;
    // In VStream one a shard; in Sync one a table and shard, with its table and cursor.
    std::vector<ShardPosition> positions() const;
    // Whether the shard of this line, from line() on, had reached the stop before it came.
    bool isBehindStop(const Snapshot& snapshot, std::uint64_t line) const;

private:
    struct Reader;
    Reader* readerOf(std::uint16_t id);
    void openReaders();
    void takeLine(const Snapshot& snapshot, std::uint64_t line);

    std::shared_ptr<const Capture> m_capture;
    std::size_t m_expected;
    std::string m_stop;
    ReaderId m_from;
    std::vector<std::unique_ptr<Reader>> m_streams;
    std::vector<Reader*> m_readers; // by their number in the capture: those that a stream was opened with again are
                                    // one, and none those that are over
    std::uint64_t m_record = 0; // where the search goes on; 0: at the first
    std::uint32_t m_offset = 0; // in it
    std::uint64_t m_taken = 0;  // lines before it are dealt with
    std::uint64_t m_line = 0;
    std::uint64_t m_found = 0; // record of the position that was found; 0: none
};

} // namespace vtscope
