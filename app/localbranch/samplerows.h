// Believable rows of the sample shop, the same for the same seed. Not shared between threads.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "app/localbranch/rowcodec.h"

namespace localbranch {

class SampleRows
{
public:
    explicit SampleRows(uint64_t seed) : m_random(seed) {}

    static constexpr const char* kStates[] = {"new", "paid", "packed", "shipped", "delivered", "cancelled"};
    static constexpr size_t kDelivered = 4;
    static constexpr size_t kCancelled = 5;

    // Columns as in the schema of the sample.
    Row customer(uint64_t id, int64_t now);
    Row order(uint64_t id, uint64_t customer, size_t state, int64_t now);
    Row item(uint64_t order, uint32_t line);
    Row mail(uint64_t id, uint64_t order, const char* kind, int64_t now);
    Row upload(uint64_t id, int64_t now);
    Row thumbnail(uint64_t id, uint64_t upload, int64_t now);

    /// What an order becomes on its way; columns by their place in the schema.
    void advance(Row& order, size_t state, int64_t now);

    uint64_t below(uint64_t limit) { return limit == 0 ? 0 : m_random() % limit; }
    bool chance(double probability) { return std::uniform_real_distribution<double>(0, 1)(m_random) < probability; }

    static constexpr size_t kOrderStatus = 2;
    static constexpr size_t kOrderPayload = 7;
    static constexpr size_t kOrderUpdated = 11;

private:
    std::string price(uint64_t mostCents);
    std::string longText();
    std::string bytes(size_t count);
    template <size_t Count> const char* oneOf(const char* const (&words)[Count]);

    std::mt19937_64 m_random;
};

} // namespace localbranch
