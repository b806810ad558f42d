// Where a stream can be taken up again without losing anything: the positions seen so far, minus those that would skip
// the rest of a copy. During a copy a position without a last key looks like progress but ends the copy when it is
// resumed from, so each shard keeps its last entry that had one (or its start) until its own copy is complete. One
// thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "streamcore/decode/scanner.h"

namespace vtscope {

class SafePosition
{
public:
    enum class Form : unsigned char { Vgtid, Cursor };

    // start: the serialised VGtid or TableCursor that the stream was opened with.
    SafePosition(Form form, std::string start);

    // A VGTID or cursor that came.
    void note(Bytes position);
    // The copy of this shard is complete.
    void completeCopy(const std::string& keyspace, const std::string& shard);

    // The serialised VGtid or TableCursor to go on from.
    std::string resume() const;

private:
    struct CopyingShard
    {
        std::string keyspace;
        std::string shard;
        std::string entry; // serialised ShardGtid
    };

    Form m_form;
    std::string m_start;
    std::string m_newest;
    std::vector<CopyingShard> m_copying;
    std::string m_copyCursor;
    bool m_isCursorCopying = false;
};

} // namespace vtscope
