// The text of a position: refused with a reason, or written out and read again as the same; and sets that keep the laws
// of sets. Input: the text; behind a NUL a second one.
#include "streamcore/position/cursorfile.h"
#include "streamcore/position/gtidset.h"
#include "streamcore/position/positiontext.h"
#include "tests/fuzz/require.h"

#include <string_view>

using namespace vtscope;

namespace {

void tryPosition(const std::string& text)
{
    const auto positions = parsePosition(text);
    if (!positions) {
        test::require(positions.error().kind == ErrorKind::PositionInvalid, "a text is refused as a position");
        test::require(positions.error().message.size() > 10, "with a reason");
        return;
    }
    test::require(!positions->empty(), "a position is of a shard");
    const std::string written = positionText(*positions);
    const auto again = parsePosition(written);
    test::require(again.has_value(), "a position that was written out can be read");
    test::require(positionText(*again) == written, "and has one way to be written");
    // A shard alone is written without its name.
    if (positions->size() > 1)
        test::require(vgtidOf(*again) == vgtidOf(*positions), "and is the same");
    (void)tablesToCopy(*positions, {"a", "b"});
    if (const auto file = CursorFile::parse(text)) {
        const auto same = CursorFile::parse(file->text());
        test::require(same && *same == *file, "a cursor file comes back as it was");
    }
}

void trySets(std::string_view one, std::string_view other)
{
    const auto a = GtidSet::parse(one), b = GtidSet::parse(other);
    for (const auto* set : {&a, &b}) {
        if (!*set)
            continue;
        const auto again = GtidSet::parse((*set)->text());
        test::require(again && *again == **set && again->text() == (*set)->text(), "a set comes back as it was");
    }
    if (!a || !b)
        return;
    GtidSet both = *a, rest = *a;
    rest.subtract(*b);
    test::require(a->contains(rest), "a difference is a part");
    if (!both.unite(*b)) {
        test::require(both == *a && !a->contains(*b), "sets that do not go together are left alone");
        return;
    }
    test::require(both.contains(*a) && both.contains(*b), "a union has both");
    test::require(a->contains(*b) == (both == *a), "a set contains what adds nothing to it");
    if (!a->count() || !b->count())
        return;
    GtidSet common = *a;
    common.subtract(rest);
    test::require(b->contains(common), "what a difference took away was in the other");
    constexpr std::uint64_t kSmall = std::uint64_t{1} << 60;
    if (*a->count() < kSmall && *b->count() < kSmall) {
        test::require(*a->count() == *rest.count() + *common.count(), "nothing is counted twice");
        test::require(*both.count() == *rest.count() + *b->count(), "nothing is left out");
    }
    test::require(rest.unite(common) && rest == *a, "parts make the whole");
    if (const auto gtid = Gtid::parse(other)) {
        const bool isIn = a->contains(*gtid);
        GtidSet grown = *a;
        grown.add(*gtid);
        test::require((grown == *a) == isIn || gtid->flavor != a->flavor(), "a transaction is added once");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = text.find('\0');
    if (cut == std::string::npos)
        tryPosition(text);
    else
        trySets(std::string_view(text).substr(0, cut), std::string_view(text).substr(cut + 1));
    return 0;
}
