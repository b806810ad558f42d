#include "streamcore/select/linereader.h"

#include <algorithm>

#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"

namespace vtscope {

namespace {

Bytes fieldAt(Bytes payload, std::uint32_t offset)
{
    return delimitedAt(payload.data() + std::min<std::size_t>(offset, payload.size()), payload.data() + payload.size());
}

// The bytes of a value. Nothing when it has none, and when the row is written in a way that servers do not use.
std::optional<Bytes> valueIn(Bytes row, std::size_t column)
{
    constexpr char kPackedLengths = 0x0A, kValues = 0x12;
    const char* at = row.data();
    const char* const end = at + row.size();
    if (row.empty() || *at++ != kPackedLengths)
        return std::nullopt;
    const Bytes lengths = delimitedAt(at, end);
    at = lengths.data() + lengths.size();
    if (lengths.empty() || at == end || *at++ != kValues)
        return std::nullopt;
    const Bytes values = delimitedAt(at, end);
    if (values.empty() || values.data() + values.size() != end)
        return std::nullopt;
    std::uint64_t offset = 0, zigzag = 0;
    at = lengths.data();
    const char* const lengthsEnd = at + lengths.size();
    for (std::size_t i = 0;; ++i) {
        if (at == lengthsEnd || !Scanner::readVarint(at, lengthsEnd, zigzag))
            return std::nullopt;
        if (i == column)
            break;
        if ((zigzag & 1) == 0)
            offset += zigzag >> 1;
    }
    const std::uint64_t length = zigzag >> 1;
    if ((zigzag & 1) != 0 || offset > values.size() || length > values.size() - offset)
        return std::nullopt;
    return values.substr(offset, length);
}

} // namespace

void LineReader::read(const Snapshot& snapshot, std::uint64_t number)
{
    m_snapshot = &snapshot;
    m_number = number;
    m_entry = &snapshot.entry(number);
    m_layout = &snapshot.layoutOf(*m_entry);
    m_areImagesKnown = m_isWhole = false;
}

const LineReader::Images& LineReader::images()
{
    if (!m_areImagesKnown)
        findImages();
    m_areImagesKnown = true;
    return m_images;
}

void LineReader::findImages()
{
    m_images = {};
    const Bytes payload = m_snapshot->payload(m_entry->record());
    m_images.isPlain = m_entry->fault() == RowFault::None;
    if (m_entry->images() == vtscope::Images::Rows) {
        m_images.hasBefore = m_entry->first != 0;
        m_images.hasAfter = m_entry->second != 0;
        if (m_images.hasBefore)
            m_images.before = fieldAt(payload, m_entry->first);
        if (m_images.hasAfter)
            m_images.after = fieldAt(payload, m_entry->second);
    } else if (m_entry->images() == vtscope::Images::RowChange) {
        Scanner scanner(fieldAt(payload, m_entry->first));
        while (scanner.next()) {
            if (scanner.isBytes(field::rowchange::kBefore)) {
                m_images.before = scanner.bytes();
                m_images.hasBefore = true;
            } else if (scanner.isBytes(field::rowchange::kAfter)) {
                m_images.after = scanner.bytes();
                m_images.hasAfter = true;
            } else if (scanner.isBytes(field::rowchange::kJsonPartial)) {
                m_images.isPlain = false; // its after image may hold parts of JSON documents
            }
        }
    }
}

const ChangeView& LineReader::whole()
{
    if (!m_isWhole)
        m_change.read(*m_snapshot, m_number);
    m_isWhole = true;
    return m_change;
}

const Schema* LineReader::schema()
{
    return images().hasAfter || !images().hasBefore ? m_layout->after.get() : m_layout->before.get();
}

// A value that lies there plainly is taken from its place; of all else ChangeView knows what it is.
Cell LineReader::cellOf(bool isBefore, std::size_t column)
{
    if (isBefore ? !images().hasBefore : !images().hasAfter)
        return {};
    const bool isMapped = isBefore && m_images.hasAfter && !m_layout->beforeOfAfter.empty();
    const int own = isMapped ? m_layout->beforeOfAfter[column] : static_cast<int>(column);
    const Schema* const schema = isBefore ? m_layout->before.get() : m_layout->after.get();
    const auto place = static_cast<std::size_t>(own);
    if (m_images.isPlain && own >= 0 && schema && place < schema->columns.size()) {
        if (const auto bytes = valueIn(isBefore ? m_images.before : m_images.after, place))
            return {&schema->columns[place], *bytes, Cell::State::Value, false};
    }
    return isBefore ? whole().before(column) : whole().after(column);
}

bool LineReader::isChanged(std::size_t column)
{
    if (m_entry->op() != Op::Update)
        return false;
    const Cell now = after(column), was = before(column);
    return now.hasValue() && was.hasValue() ? now.bytes != was.bytes : whole().isChanged(column);
}

} // namespace vtscope
