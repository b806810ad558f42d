#include "streamcore/select/needle.h"

#include <algorithm>
#include <bit>
#include <utility>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace vtscope {

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::size_t kWide = 32; // bytes looked at in one step

// How often a byte stands in what databases send, by its place: the most frequent first; all others are rarer.
constexpr std::string_view kFrequent("\0"
                                     "0123456789 eatoinsrlhdcumfpgbvwykxjqz-:\",._",
                                     45);

} // namespace

Needle::Needle(std::string text) : m_text(std::move(text))
{
    std::transform(m_text.begin(), m_text.end(), m_text.begin(), lowered);
    if (m_text.empty())
        return;
    const auto rarity = [this](std::size_t at) { return std::min(kFrequent.find(m_text[at]), kFrequent.size()); };
    std::size_t rare = 0, next = m_text.size() - 1;
    for (std::size_t at = 1; at < m_text.size(); ++at) {
        if (rarity(at) > rarity(rare))
            next = std::exchange(rare, at);
        else if (next == rare || rarity(at) > rarity(next))
            next = at;
    }
    m_rare = probeOf(m_text, rare);
    m_next = probeOf(m_text, next);
}

Needle::Probe Needle::probeOf(const std::string& text, std::size_t at)
{
    const char byte = text[at];
    return {at, byte, byte >= 'a' && byte <= 'z' ? ' ' : '\0'};
}

bool Needle::isAt(const char* at) const
{
    return std::equal(m_text.begin(), m_text.end(), at, [](char wanted, char is) { return lowered(is) == wanted; });
}

std::size_t Needle::findIn(std::string_view hay) const
{
    if (hay.size() < m_text.size())
        return kNowhere;
    if (m_text.empty())
        return 0;
#ifdef __x86_64__
    static const bool hasAvx2 = __builtin_cpu_supports("avx2");
    if (hasAvx2 && hay.size() - m_text.size() >= kWide)
        return findBroadly(hay);
#endif
    return findStepwise(hay);
}

// From one place where its rarest byte stands to the next.
std::size_t Needle::findStepwise(std::string_view hay) const
{
    const std::string_view places = hay.substr(m_rare.at, hay.size() - m_text.size() + 1);
    const char upper = m_rare.fold != 0 ? static_cast<char>(m_rare.byte - ' ') : m_rare.byte;
    std::size_t asLower = places.find(m_rare.byte);
    std::size_t asUpper = upper == m_rare.byte ? kNowhere : places.find(upper);
    while (asLower != kNowhere || asUpper != kNowhere) {
        std::size_t& at = asLower < asUpper ? asLower : asUpper;
        if (isAt(hay.data() + at))
            return at;
        at = places.find(places[at], at + 1);
    }
    return kNowhere;
}

#ifdef __x86_64__
__attribute__((target("avx2"))) std::size_t Needle::findBroadly(std::string_view hay) const
{
    const __m256i rare = _mm256_set1_epi8(m_rare.byte), rareFold = _mm256_set1_epi8(m_rare.fold);
    const __m256i next = _mm256_set1_epi8(m_next.byte), nextFold = _mm256_set1_epi8(m_next.fold);
    const std::size_t last = hay.size() - m_text.size() + 1 - kWide;
    for (std::size_t from = 0;; from = std::min(from + kWide, last)) {
        const char* const at = hay.data() + from;
        const __m256i rares = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + m_rare.at));
        const __m256i nexts = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + m_next.at));
        const __m256i isRare = _mm256_cmpeq_epi8(_mm256_or_si256(rares, rareFold), rare);
        const __m256i isNext = _mm256_cmpeq_epi8(_mm256_or_si256(nexts, nextFold), next);
        auto both = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_and_si256(isRare, isNext)));
        for (; both != 0; both &= both - 1) {
            const auto place = static_cast<std::size_t>(std::countr_zero(both));
            if (isAt(at + place))
                return from + place;
        }
        if (from == last)
            return kNowhere;
    }
}
#endif

} // namespace vtscope
