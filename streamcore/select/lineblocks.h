// Asks many lines on all cores of the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace vtscope {

// Told on the calling thread, in order and as soon as they are known: the next ones that pass, and below which number
// all have been asked.
using LinesTold = std::function<void(std::span<const std::uint64_t> lines, std::uint64_t through)>;

// Puts its answers about [from, to) behind those that are there, mostly the numbers that pass.
using BlockAsker = std::function<void(std::uint64_t from, std::uint64_t to, std::vector<std::uint64_t>& answers)>;

// Asks about the numbers of [from, to), the first ones in small blocks. makeAsker makes one for each thread, on it; the
// calling thread is one of them, and is `told` the answers in order, which ends it by false. False when it ended early.
// Blocks.
bool askInBlocks(std::uint64_t from, std::uint64_t to, const std::function<BlockAsker()>& makeAsker,
                 const std::stop_token& stop,
                 const std::function<bool(std::span<const std::uint64_t> answers, std::uint64_t through)>& told);

} // namespace vtscope
