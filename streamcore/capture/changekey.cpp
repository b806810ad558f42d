#include "streamcore/capture/changekey.h"

#include "streamcore/capture/hash.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "streamcore/decode/wirewriter.h"

namespace vtscope {

namespace {

using namespace field;

Bytes delimitedIn(Bytes message, std::uint32_t offset)
{
    return offset == 0 ? Bytes() : delimitedAt(message.data() + offset, message.data() + message.size());
}

std::uint64_t kindOf(Op op, bool isCopied)
{
    return static_cast<std::uint64_t>(op) << 1 | (isCopied ? 1 : 0);
}

} // namespace

std::uint64_t keyOf(const Entry& entry, const Layout& layout, std::string_view message, KeyOf what)
{
    std::uint64_t key = hashOf(layout.table, kindOf(entry.op(), entry.isCopied()));
    switch (entry.images()) {
    case Images::RowChange:
        if (what == KeyOf::Transaction)
            key = hashOf(fieldIn(delimitedIn(message, entry.second), vevent::kGtid), key);
        return hashOf(delimitedIn(message, entry.first), key);
    case Images::Rows:
        key = hashOf(delimitedIn(message, entry.first), key);
        return hashOf(delimitedIn(message, entry.second), key + 1);
    case Images::Event:
        break;
    }
    const Bytes event = delimitedIn(message, entry.first);
    for (const std::uint32_t number : {vevent::kGtid, vevent::kStatement, vevent::kJournal, vevent::kDml}) {
        if (number != vevent::kGtid || what == KeyOf::Transaction)
            key = hashOf(fieldIn(event, number), key + 1);
    }
    return key;
}

std::optional<std::uint64_t> copiedKeyOf(const Entry& entry, const Layout& layout, std::string_view message)
{
    if (entry.isCopied() || entry.images() != Images::RowChange ||
        (entry.op() != Op::Insert && entry.op() != Op::Update))
        return std::nullopt;
    std::string change;
    appendBytesField(rowchange::kAfter, fieldIn(delimitedIn(message, entry.first), rowchange::kAfter), change);
    return hashOf(change, hashOf({}, hashOf(layout.table, kindOf(Op::Insert, true))));
}

std::optional<Gtid> gtidOf(const Entry& entry, std::string_view message)
{
    return entry.images() == Images::RowChange ? Gtid::parse(fieldIn(delimitedIn(message, entry.second), vevent::kGtid))
                                               : std::nullopt;
}

} // namespace vtscope
