#include "streamcore/output/valuetext.h"

#include <QDateTime>

#include "streamcore/clock.h"

namespace vtscope {

namespace {

void appendBase64(std::string_view bytes, std::string& out)
{
    const QByteArray text = QByteArray::fromRawData(bytes.data(), static_cast<qsizetype>(bytes.size())).toBase64();
    out.append(text.constData(), static_cast<std::size_t>(text.size()));
}

} // namespace

bool goesOutAsSent(const Column& column)
{
    return (column.charset == Charset::Utf8 || column.charset == Charset::Binary) && !column.isBytes() &&
           !column.hasNumericMembers;
}

std::string_view ValueText::of(const Cell& cell, Exactness& exactness)
{
    if (goesOutAsSent(*cell.column) && isUtf8(cell.bytes)) {
        exactness = Exactness::Text;
        return cell.bytes;
    }
    m_text.clear();
    exactness = appendExact(cell, m_text);
    if (exactness != Exactness::Text && m_binary == FormatOptions::Binary::Base64) {
        m_text.clear();
        appendBase64(cell.bytes, m_text);
    }
    return m_text;
}

TimeText::TimeText(const FormatOptions& options)
    : m_format(options.time),
      m_zone(options.zone.empty() ? QTimeZone() : QTimeZone(QByteArray::fromStdString(options.zone)))
{
}

void TimeText::append(std::int64_t ns, std::string& out)
{
    if (m_format != FormatOptions::Time::Iso) {
        out += std::to_string(m_format == FormatOptions::Time::UnixNs ? ns : ns / 1'000'000);
        return;
    }
    const std::int64_t second = ns / kSecond - (ns % kSecond < 0);
    if (second != m_second)
        beginSecond(second);
    std::int64_t micros = (ns - second * kSecond) / 1000;
    for (std::size_t digit = kMicros + 6; digit-- > kMicros; micros /= 10)
        m_text[digit] = static_cast<char>('0' + micros % 10);
    out += m_text;
}

void TimeText::beginSecond(std::int64_t second)
{
    m_second = second;
    m_text.clear();
    if (!m_zone.isValid()) {
        appendTime(second * kSecond, m_text);
        return;
    }
    const int offset = m_zone.offsetFromUtc(QDateTime::fromSecsSinceEpoch(second, Qt::UTC));
    appendTime((second + offset) * kSecond, m_text);
    m_text.pop_back(); // the Z
    const int minutes = std::abs(offset) / 60;
    m_text += offset < 0 ? '-' : '+';
    for (const int digit : {minutes / 600, minutes / 60 % 10, minutes % 60 / 10, minutes % 10}) {
        m_text += static_cast<char>('0' + digit);
        if (m_text.size() == kMicros + 9)
            m_text += ':';
    }
}

void appendFault(const ChangeView& change, const FormatOptions& options, std::string& out)
{
    out.append("row: ").append(faultText(change.fault())).append(": ");
    if (options.masked.isEmpty())
        appendHex(change.raw(), out);
    else
        out += kMask;
}

} // namespace vtscope
