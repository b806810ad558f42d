#include "streamcore/select/keyindex.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/hash.h"
#include "streamcore/decode/fields.h"
#include "streamcore/select/lineblocks.h"
#include "streamcore/select/linereader.h"
#include "streamcore/select/valuetext.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using KeysOfTables = std::unordered_map<std::string, std::vector<std::string>>;

std::string nameOf(const Layout& layout)
{
    return layout.keyspace + '\0' + layout.table;
}

// Sync sends deletes by their key columns alone.
bool isTellingKey(const Entry& entry)
{
    return entry.op() == Op::Delete && entry.images() == Images::Rows;
}

std::vector<std::string> namesOf(const Schema* schema)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i)
        names.push_back(schema->columns[i].name);
    return names;
}

// The columns of the last key in the cursor of a SyncResponse, while it copies. Some servers name all columns there,
// beside the values of the key alone: these tell nothing.
std::shared_ptr<const Schema> lastKeyOf(Bytes message)
{
    constexpr std::uint32_t kCursor = 2, kLastKey = 4, kFields = 1, kRows = 4;
    const auto fieldOf = [](Bytes bytes, std::uint32_t field) {
        Scanner scanner(bytes);
        while (scanner.next()) {
            if (scanner.isBytes(field))
                return scanner.bytes();
        }
        return Bytes();
    };
    const Bytes result = fieldOf(fieldOf(message, kCursor), kLastKey);
    auto schema = schemaOf(result, kFields, false);
    std::vector<CellSpan> cells;
    splitRow(fieldOf(result, kRows), cells);
    return cells.size() == schema->columns.size() ? schema : nullptr;
}

// The keys of lines: as text in which equal values are equal bytes. Not shared between threads.
class KeyReader
{
public:
    KeyReader(const Snapshot& snapshot, const KeysOfTables& toldKeys) : m_snapshot(snapshot), m_toldKeys(toldKeys) {}

    void read(std::uint64_t number)
    {
        m_line.read(m_snapshot, number);
        m_hasKey = m_hasKeyBefore = false;
        if (!m_line.isChange() || m_line.entry().fault() != RowFault::None)
            return;
        findColumns();
        if (m_places.empty())
            return;
        m_hasKey = readKey(m_key, false);
        if (m_line.hasBefore() && m_line.hasAfter())
            m_hasKeyBefore = readKey(m_keyBefore, true) && (!m_hasKey || m_keyBefore != m_key);
    }

    // Of the row as it is after the change, and as it was before, where that is another.
    bool hasKey() const { return m_hasKey; }
    bool hasKeyBefore() const { return m_hasKeyBefore; }
    const std::string& key() const { return m_key; }
    const std::string& keyBefore() const { return m_keyBefore; }
    std::uint32_t hashOfKey() const { return hashFrom(m_key); }
    std::uint32_t hashOfKeyBefore() const { return hashFrom(m_keyBefore); }
    bool isSameTable(const std::string& table, const std::vector<std::string>& names) const
    {
        return table == m_table && names == m_names;
    }
    const std::string& table() const { return m_table; }
    const std::vector<std::string>& names() const { return m_names; }

private:
    std::uint32_t hashFrom(const std::string& key) const
    {
        const auto hash = static_cast<std::uint32_t>(hashOf(key, m_seed));
        return hash != 0 ? hash : 1;
    }

    // The key's columns in the line's schema, by their names.
    void findColumns()
    {
        const Schema* const schema = m_line.schema();
        if (&m_line.layout() == m_layout && schema == m_schema && isTellingKey(m_line.entry()) == m_isTellingKey)
            return;
        m_layout = &m_line.layout();
        m_schema = schema;
        m_isTellingKey = isTellingKey(m_line.entry());
        m_table = nameOf(*m_layout);
        m_names.clear();
        m_places.clear();
        if (!schema)
            return;
        for (const Column& column : schema->columns) {
            if (column.isKey || m_isTellingKey)
                m_names.push_back(column.name);
        }
        if (m_names.empty()) {
            if (const auto known = m_toldKeys.find(m_table); known != m_toldKeys.end())
                m_names = known->second;
        }
        std::sort(m_names.begin(), m_names.end());
        for (const std::string& name : m_names) {
            const int place = schema->indexOf(name);
            if (place < 0) {
                m_places.clear();
                return;
            }
            m_places.push_back(static_cast<std::size_t>(place));
        }
        std::string all = m_table;
        for (const std::string& name : m_names)
            all.append(1, '\0').append(name);
        m_seed = hashOf(all, 0);
    }

    // What the after image leaves out is as before.
    bool readKey(std::string& key, bool isBefore)
    {
        key.clear();
        for (const std::size_t place : m_places) {
            Cell cell = isBefore || !m_line.hasAfter() ? m_line.before(place) : m_line.after(place);
            if (!cell.hasValue() && cell.state != Cell::State::Null && !isBefore)
                cell = m_line.before(place);
            if (!cell.hasValue())
                return false;
            if (m_places.size() > 1) {
                appendValue(cell, m_part);
                const auto size = static_cast<std::uint32_t>(m_part.size());
                key.append(reinterpret_cast<const char*>(&size), sizeof size).append(m_part);
            } else {
                appendValue(cell, key);
            }
        }
        return true;
    }

    // In place of what is in `text`.
    void appendValue(const Cell& cell, std::string& text)
    {
        text.assign(textOf(cell, m_scratch));
        if (cell.column->isNumber())
            normalizeNumber(text);
    }

    const Snapshot& m_snapshot;
    const KeysOfTables& m_toldKeys;
    LineReader m_line;
    const Layout* m_layout = nullptr;
    const Schema* m_schema = nullptr;
    bool m_isTellingKey = false;
    std::string m_table;
    std::vector<std::string> m_names;
    std::vector<std::size_t> m_places;
    std::uint64_t m_seed = 0;
    bool m_hasKey = false, m_hasKeyBefore = false;
    std::string m_key, m_keyBefore, m_part, m_scratch;
};

// Among the hashes told for lines, one for the key before, behind the line's own.
constexpr std::uint64_t kIsBefore = std::uint64_t{1} << 32;

Result<void> canceled()
{
    return failure(ErrorKind::Canceled, "This was stopped.");
}

std::string reasonWithoutKey(const Snapshot& snapshot, std::uint64_t number, const KeyReader& reader)
{
    const Entry& entry = snapshot.entry(number);
    if (!isChange(entry.op()))
        return "An event belongs to no row.";
    if (entry.fault() != RowFault::None)
        return "This row does not add up, so it is not known which one it is.";
    if (!reader.names().empty())
        return "The key of this row was not sent.";
    if (entry.images() == Images::Rows)
        return "The server has not told the key of this table; with Sync it does so while it copies, and with a "
               "delete.";
    return "This table has no primary key, so its rows cannot be told apart.";
}

} // namespace

KeyIndex::KeyIndex() = default;
KeyIndex::~KeyIndex() = default;

Result<void> KeyIndex::extend(const Snapshot& snapshot, const std::stop_token& stop)
{
    const std::lock_guard lock(m_mutex);
    return takeIn(snapshot, stop);
}

// A key that is told is good for the lines before it too.
Result<void> KeyIndex::noteKeys(const Snapshot& snapshot, const std::stop_token& stop)
{
    const Layout* known = nullptr;
    std::uint64_t lastRecord = 0;
    for (m_keysNoted = std::max(m_keysNoted, snapshot.first()); m_keysNoted < snapshot.count(); ++m_keysNoted) {
        constexpr std::uint64_t kLinesBetweenLooks = 65'536;
        if (m_keysNoted % kLinesBetweenLooks == 0 && stop.stop_requested())
            return canceled();
        const Entry& entry = snapshot.entry(m_keysNoted);
        const Layout& layout = snapshot.layoutOf(entry);
        if (entry.images() != Images::Rows || entry.op() == Op::Row || &layout == known)
            continue;
        if (m_keys.contains(nameOf(layout))) {
            known = &layout;
            continue;
        }
        std::vector<std::string> names;
        if (isTellingKey(entry))
            names = namesOf(layout.before.get());
        else if (entry.record() != lastRecord)
            names = namesOf(lastKeyOf(snapshot.payload(entry.record())).get());
        lastRecord = entry.record();
        if (names.empty())
            continue;
        m_keys.try_emplace(nameOf(layout), std::move(names));
        m_hashes->cut(0);
        m_moved.clear();
        m_count = 0;
    }
    return {};
}

Result<void> KeyIndex::takeIn(const Snapshot& snapshot, const std::stop_token& stop)
{
    if (!m_hashes) {
        const int file = openUnnamed(temporaryFolder());
        if (file < 0)
            return tl::unexpected(systemError("No temporary file can be made for the history of rows", errno));
        auto hashes = std::make_unique<AppendFile>();
        if (auto adopted = hashes->adopt(file, 0); !adopted)
            return adopted;
        m_hashes = std::move(hashes);
    }
    if (auto noted = noteKeys(snapshot, stop); !noted)
        return noted;
    if (m_count >= snapshot.count())
        return {};
    // What a ring dropped stays a hole in the file: lines without a key.
    m_count = std::max(m_count, snapshot.first());
    Result<void> written;
    std::vector<std::uint32_t> hashes;
    const auto makeAsker = [&]() -> BlockAsker {
        return [reader = std::make_shared<KeyReader>(snapshot, m_keys)](std::uint64_t from, std::uint64_t to,
                                                                        std::vector<std::uint64_t>& answers) {
            for (std::uint64_t number = from; number < to; ++number) {
                reader->read(number);
                const bool hasBoth = reader->hasKey() && reader->hasKeyBefore();
                answers.push_back(reader->hasKey()         ? reader->hashOfKey()
                                  : reader->hasKeyBefore() ? reader->hashOfKeyBefore()
                                                           : 0);
                if (hasBoth)
                    answers.push_back(kIsBefore | reader->hashOfKeyBefore());
            }
        };
    };
    const bool isDone = askInBlocks(
        m_count, snapshot.count(), makeAsker, stop, [&](std::span<const std::uint64_t> answers, std::uint64_t through) {
            const std::size_t moved = m_moved.size();
            hashes.clear();
            for (const std::uint64_t answer : answers) {
                const auto hash = static_cast<std::uint32_t>(answer);
                if (answer & kIsBefore)
                    m_moved.push_back({hash, m_count + hashes.size() - 1});
                else
                    hashes.push_back(hash);
            }
            written = m_hashes->writeAt(m_count * sizeof hashes[0], {reinterpret_cast<const char*>(hashes.data()),
                                                                     hashes.size() * sizeof hashes[0]});
            if (written)
                m_count = through;
            else
                m_moved.resize(moved);
            return written.has_value();
        });
    if (!written)
        return written;
    return isDone ? Result<void>() : canceled();
}

Result<RowSet> linesOfKey(const Snapshot& snapshot, KeyIndex& index, std::uint64_t number, const std::stop_token& stop)
{
    const std::lock_guard lock(index.m_mutex);
    if (auto taken = index.takeIn(snapshot, stop); !taken)
        return tl::unexpected(taken.error());
    KeyReader asked(snapshot, index.m_keys);
    asked.read(number);
    if (!asked.hasKey() && !asked.hasKeyBefore())
        return failure(ErrorKind::Usage, reasonWithoutKey(snapshot, number, asked));
    // Of a line that changed the key, both rows.
    const std::uint32_t hash = asked.hasKey() ? asked.hashOfKey() : asked.hashOfKeyBefore();
    const std::uint32_t otherHash = asked.hasKeyBefore() ? asked.hashOfKeyBefore() : hash;
    const auto isAsked = [&asked](const std::string& key) {
        return (asked.hasKey() && key == asked.key()) || (asked.hasKeyBefore() && key == asked.keyBefore());
    };
    const auto isSameRow = [&](KeyReader& reader, std::uint64_t line) {
        reader.read(line);
        return reader.isSameTable(asked.table(), asked.names()) &&
               ((reader.hasKey() && isAsked(reader.key())) || (reader.hasKeyBefore() && isAsked(reader.keyBefore())));
    };
    const auto makeAsker = [&]() -> BlockAsker {
        return [&, reader = std::make_shared<KeyReader>(snapshot, index.m_keys)](std::uint64_t from, std::uint64_t to,
                                                                                 std::vector<std::uint64_t>& answers) {
            constexpr std::uint64_t kAtOnce = 64;
            const auto* const hashes = reinterpret_cast<const std::uint32_t*>(index.m_hashes->base());
            for (std::uint64_t at = from; at < to; at += kAtOnce) {
                const std::uint64_t end = std::min(at + kAtOnce, to);
                std::uint32_t hits = 0;
                for (std::uint64_t line = at; line < end; ++line)
                    hits |= static_cast<std::uint32_t>(hashes[line] == hash) |
                            static_cast<std::uint32_t>(hashes[line] == otherHash);
                for (std::uint64_t line = at; hits != 0 && line < end; ++line) {
                    if ((hashes[line] == hash || hashes[line] == otherHash) && isSameRow(*reader, line))
                        answers.push_back(line);
                }
            }
        };
    };
    std::vector<std::uint64_t> lines;
    const bool isDone = askInBlocks(snapshot.first(), snapshot.count(), makeAsker, stop,
                                    [&](std::span<const std::uint64_t> found, std::uint64_t) {
                                        lines.insert(lines.end(), found.begin(), found.end());
                                        return true;
                                    });
    if (!isDone)
        return tl::unexpected(canceled().error());
    const std::size_t found = lines.size();
    KeyReader reader(snapshot, index.m_keys);
    for (const auto& moved : index.m_moved) {
        if ((moved.hash == hash || moved.hash == otherHash) && moved.number >= snapshot.first() &&
            moved.number < snapshot.count() && isSameRow(reader, moved.number))
            lines.push_back(moved.number);
    }
    std::inplace_merge(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(found), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    return RowSet::of(lines);
}

} // namespace vtscope
