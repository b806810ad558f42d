// Exact decimal numbers as text: what MySQL computes exactly and doubles would round. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localbranch {

/// A number as sign, digits before and after the point. Zero is never negative.
struct Decimal
{
    bool negative = false;
    std::string whole;    ///< without leading zeros; empty for values below one
    std::string fraction; ///< as long as the scale

    /// Takes `-12.50`, `.5`, `1e3`; nothing else may follow.
    static std::optional<Decimal> parse(std::string_view text);

    std::string toText() const;
    bool isZero() const;
    /// Rounds half away from zero, as MySQL does, and pads to the scale.
    Decimal rounded(size_t scale) const;

    static int compare(const Decimal& left, const Decimal& right);
    static Decimal add(const Decimal& left, const Decimal& right);
    static Decimal subtract(const Decimal& left, const Decimal& right);
    static Decimal multiply(const Decimal& left, const Decimal& right);
};

} // namespace localbranch
