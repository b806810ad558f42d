#include "streamcore/select/lineblocks.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace vtscope {

namespace {

// Small at first, so that the first answers come at once; larger ones cost fewer meetings.
constexpr std::uint64_t kFirstBlock = 4096, kLargestBlock = 32'768, kBlocksOfOneSize = 4;
// Between two looks at whether to stop.
constexpr std::uint64_t kPiece = 8192;

struct Block
{
    std::uint64_t from = 0, to = 0;
    bool isAsked = false;
    std::vector<std::uint64_t> answers;
};

// The blocks under way, from the one that is told next.
class Blocks
{
public:
    Blocks(std::uint64_t from, std::uint64_t to, std::stop_token stop) : m_next(from), m_to(to), m_stop(std::move(stop))
    {
    }

    // Asks blocks until there are none left; afterEach is called between them.
    template <typename AfterEach> void work(const BlockAsker& ask, AfterEach afterEach)
    {
        while (Block* const block = take()) {
            for (std::uint64_t at = block->from; at < block->to && !isEnded(); at += kPiece)
                ask(at, std::min(at + kPiece, block->to), block->answers);
            {
                const std::lock_guard lock(m_mutex);
                block->isAsked = true;
            }
            m_changed.notify_one();
            afterEach();
        }
    }

    // The next block in order, once it is asked. Nothing: not yet, or with isWaiting there are no more.
    std::optional<Block> nextAsked(bool isWaiting)
    {
        std::unique_lock lock(m_mutex);
        if (isWaiting)
            m_changed.wait(lock, [this] { return m_blocks.empty() || m_blocks.front().isAsked; });
        if (m_blocks.empty() || !m_blocks.front().isAsked)
            return std::nullopt;
        Block block = std::move(m_blocks.front());
        m_blocks.pop_front();
        return block;
    }

    void end() { m_isEnded.store(true, std::memory_order_relaxed); }
    bool isEnded() const { return m_isEnded.load(std::memory_order_relaxed) || m_stop.stop_requested(); }

private:
    Block* take()
    {
        const std::lock_guard lock(m_mutex);
        if (m_next == m_to || isEnded())
            return nullptr;
        const std::uint64_t size = kFirstBlock << std::min<std::uint64_t>(m_taken++ / kBlocksOfOneSize, 16);
        Block& block = m_blocks.emplace_back();
        block.from = m_next;
        block.to = m_next += std::min({size, kLargestBlock, m_to - m_next});
        return &block;
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Block> m_blocks; // those in it do not move
    std::uint64_t m_next, m_to, m_taken = 0;
    std::stop_token m_stop;
    std::atomic<bool> m_isEnded{false};
};

} // namespace

bool askInBlocks(std::uint64_t from, std::uint64_t to, const std::function<BlockAsker()>& makeAsker,
                 const std::stop_token& stop,
                 const std::function<bool(std::span<const std::uint64_t>, std::uint64_t)>& told)
{
    Blocks blocks(from, to, stop);
    const auto tell = [&](bool isWaiting) {
        while (const auto block = blocks.nextAsked(isWaiting)) {
            if (!blocks.isEnded() && !told(block->answers, block->to))
                blocks.end();
        }
    };
    std::vector<std::jthread> others;
    const std::uint64_t most = (to - from + kFirstBlock - 1) / kFirstBlock;
    for (std::uint64_t i = 1; i < std::min<std::uint64_t>(std::thread::hardware_concurrency(), most); ++i)
        others.emplace_back([&] { blocks.work(makeAsker(), [] {}); });
    blocks.work(makeAsker(), [&] { tell(false); });
    tell(true);
    return !blocks.isEnded();
}

} // namespace vtscope
