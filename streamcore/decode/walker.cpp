#include "streamcore/decode/walker.h"

#include <algorithm>

#include "streamcore/decode/fields.h"
#include "streamcore/decode/resultwalker.h"
#include "streamcore/decode/vstreamwalker.h"
#include "streamcore/value/cell.h"

namespace vtscope {

std::unique_ptr<Walker> Walker::make(WalkerSource source, Layouts& layouts)
{
    if (source.api == Api::VStream)
        return std::make_unique<VStreamWalker>(std::move(source), layouts);
    return std::make_unique<ResultWalker>(std::move(source), layouts);
}

Walker::Walker(WalkerSource source, Layouts& layouts) : m_source(std::move(source)), m_layouts(layouts) {}

Walker::~Walker() = default;

WalkResult Walker::walk(Bytes message, std::int64_t received, std::uint32_t& transaction, std::vector<Entry>& out)
{
    m_message = message;
    m_received = received;
    m_transaction = &transaction;
    m_out = &out;
    m_result = {};
    walkMessage();
    return m_result;
}

void Walker::goOn(Bytes context, std::uint32_t transaction)
{
    m_source.beginsCopy = false;
    std::vector<Entry> ignored;
    std::uint32_t counter = 0;
    walk(context, 0, counter, ignored);
    m_own = transaction;
}

const char* Walker::afterFields(const char* start, const char* end, const FieldList& list)
{
    const Bytes rest(start, static_cast<std::size_t>(end - start));
    if (!list.isKnown || !rest.starts_with(list.bytes))
        return nullptr;
    // A longer list begins like this one. Tags are compared by their first byte: these numbers fit into one.
    const char* const after = start + list.bytes.size();
    return after != end && *after == *start ? nullptr : after;
}

void Walker::noteFields(FieldList& list, Bytes message, std::uint32_t number, Layout layout, bool hasNumericMembers)
{
    if (list.isKnown && sameFields(message, number, list.bytes))
        return;
    m_result.isContext = true;
    collectFields(message, number, list.bytes);
    layout.before = layout.after = schemaOf(message, number, hasNumericMembers);
    const auto& columns = layout.after->columns;
    list.columns = columns.size();
    list.isKnown = true;
    const bool differs =
        std::any_of(columns.begin(), columns.end(), [](const Column& column) { return column.hasNumericMembers; });
    list.layout = list.copyLayout = m_layouts.add(layout);
    if (differs) {
        layout.before = layout.after = schemaOf(message, number, false);
        list.copyLayout = m_layouts.add(std::move(layout));
    }
}

std::uint32_t Walker::streamLayout(Bytes keyspace, Bytes shard)
{
    std::string key = std::string(keyspace) + '\0' + std::string(shard);
    if (const auto found = m_streamLayouts.find(key); found != m_streamLayouts.end())
        return found->second;
    const std::uint32_t number = m_layouts.add({nameOf(keyspace), nameOf(shard), {}, {}, {}, {}});
    m_streamLayouts.emplace(std::move(key), number);
    return number;
}

std::string Walker::nameOf(Bytes bytes)
{
    std::string name;
    if (isUtf8(bytes))
        name = bytes;
    else
        appendHex(bytes, name);
    return name;
}

void Walker::addEvent(Op op, std::uint32_t first, std::uint32_t layout, std::int64_t time, bool isReceiptTime)
{
    Entry entry = Entry::make(op, Images::Event);
    entry.first = first;
    entry.layout = layout;
    entry.time = time;
    if (isReceiptTime)
        entry.setReceiptTime();
    m_out->push_back(entry);
}

void Walker::addUndecodable(std::uint32_t first, std::uint32_t layout)
{
    addEvent(Op::Undecodable, first, layout, m_received, true);
    ++m_result.faults;
}

} // namespace vtscope
