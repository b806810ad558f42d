// The history of rows: which lines of a capture are about the row that has this key.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/result.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

class AppendFile;

// A number of each line of one capture, from keyspace, table and the values of the key: 4 bytes a line in a temporary
// file without a name, and 16 bytes of memory for each update that changed a key. What a table's key is, the columns'
// flags say (VStream); where they do not (Sync), its first delete or the cursor of its copy. When these come late, the
// index is made anew. Lines that a ring had dropped when they were to be taken in are left out, so snapshots are given
// in the order in which they were made. Any thread, one at a time inside.
class KeyIndex
{
public:
    KeyIndex();
    ~KeyIndex();
    KeyIndex(const KeyIndex&) = delete;
    KeyIndex& operator=(const KeyIndex&) = delete;

    // Takes in the lines that are new in this snapshot, on all cores. Blocks; belongs on a worker thread. Error kinds
    // Output, and Canceled; what was taken in until then stays.
    Result<void> extend(const Snapshot& snapshot, const std::stop_token& stop);

private:
    friend Result<RowSet> linesOfKey(const Snapshot&, KeyIndex&, std::uint64_t, const std::stop_token&);

    struct MovedRow
    {
        std::uint32_t hash; // of the key before
        std::uint64_t number;
    };

    // With m_mutex held.
    Result<void> takeIn(const Snapshot& snapshot, const std::stop_token& stop);
    Result<void> noteKeys(const Snapshot& snapshot, const std::stop_token& stop);

    std::mutex m_mutex;
    std::unique_ptr<AppendFile> m_hashes; // of each line, 0 for those without a key
    std::uint64_t m_count = 0;
    std::vector<MovedRow> m_moved;
    std::uint64_t m_keysNoted = 0; // lines that were looked through for keys that are told otherwise than by flags
    std::unordered_map<std::string, std::vector<std::string>> m_keys; // these, by keyspace and table
};

// The lines of the snapshot, in order, that are about the row of this line: those with the same keyspace, table and
// values of the key, compared exactly (numbers by their value, text by its bytes). An update that changes the key is
// about both rows. Takes in new lines first. Blocks; belongs on a worker thread. Error kinds Usage, with the reason why
// this line has no history; Output; Canceled.
Result<RowSet> linesOfKey(const Snapshot& snapshot, KeyIndex& index, std::uint64_t number, const std::stop_token& stop);

} // namespace vtscope
