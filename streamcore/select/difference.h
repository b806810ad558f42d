// Which changes of two captures only one of them has. Blocks, and works on all cores; belongs on a worker thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "streamcore/capture/changekey.h"
#include "streamcore/result.h"
#include "streamcore/select/capturelines.h"

namespace vtscope {

struct Difference
{
    // Of one capture against the other.
    struct Side
    {
        RowSet lines;             // the changes that it has alone, as they came
        std::uint64_t missed = 0; // of them, those of transactions that the other one had to have, by its own account …
        std::uint64_t outside = 0; // … and those of transactions that lie outside of what it recorded; else unknown
        std::uint64_t damaged = 0; // changes not compared, because their bytes are not those that were captured
    };

    std::array<Side, 2> sides; // in the order of the captures
    std::uint64_t shared = 0;  // changes that both have
};

// By transaction, a change is the same one in the same table of the same shard, in the same transaction, with the same
// bytes; where no transaction is named (Sync, Vitess before 24, copied rows) it is that without. By values, it is the
// same in tables of the same name, whenever and wherever it was made. Equal ones count as often as they came. Events
// are passed over. Told by hashes of 64 bits: of 20 million changes one difference is overlooked with a chance of
// 1 : 100,000. Takes 16 bytes a change. Error kinds: Usage when one capture is of Sync and the other of VStream, whose
// bytes cannot be compared; Canceled. `told` is called on the calling thread with the changes gone through.
Result<Difference> differenceOf(const CaptureLines& first, const CaptureLines& second, KeyOf by,
                                const std::stop_token& stop = {},
                                const std::function<void(std::uint64_t lines)>& told = {});

} // namespace vtscope
