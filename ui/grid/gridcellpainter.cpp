#include "ui/grid/gridpainter.h"

#include "ui/grid/jsonruns.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QFontMetricsF>
#include <QTextLayout>

#include <cmath>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr QChar kEllipsis(0x2026);

// Characters that would be invisible, or would reorder the text around them: shown escaped in a chip.
bool isHidden(QChar c)
{
    const ushort code = c.unicode();
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

bool hasHidden(QStringView text)
{
    return std::any_of(text.begin(), text.end(), isHidden);
}

bool isLatin(QStringView text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x250; });
}

QString escaped(QChar c)
{
    switch (c.unicode()) {
    case 0:
        return u"\\0"_s;
    case '\n':
        return u"\\n"_s;
    case '\r':
        return u"\\r"_s;
    case '\t':
        return u"\\t"_s;
    default:
        break;
    }
    const int digits = c.unicode() < 0x100 ? 2 : 4;
    return (digits == 2 ? u"\\x"_s : u"U+"_s) + QString::number(c.unicode(), 16).toUpper().rightJustified(digits, u'0');
}

} // namespace

const QString& GridPainter::word(CellKind kind) const
{
    switch (kind) {
    case CellKind::Null:
        return m_wordNull;
    case CellKind::Empty:
        return m_wordEmpty;
    case CellKind::NotSent:
        return m_wordNotSent;
    case CellKind::Masked:
        return m_wordMasked;
    case CellKind::Value:
    case CellKind::Absent:
    case CellKind::Binary:
    case CellKind::Tick:
        break;
    }
    return m_noWord;
}

double GridPainter::textWidth(const QString& text, const QFont& font, bool ascii) const
{
    if (ascii)
        return static_cast<double>(text.size()) * m_advance;
    double width = QFontMetricsF(font).horizontalAdvance(text);
    if (hasHidden(text)) {
        for (const QChar c : text)
            if (isHidden(c))
                width += m_chipMetrics->horizontalAdvance(escaped(c)) + m_u;
    }
    return width;
}

// Of a word in what surrounds it: a box or a hatch.
int GridPainter::insetOf(CellKind kind) const
{
    return kind == CellKind::Empty || kind == CellKind::NotSent ? m_u : 0;
}

double GridPainter::wordWidth(CellKind kind) const
{
    return m_wordWidths[static_cast<std::size_t>(kind)];
}

GridPainter::Runs GridPainter::runsOf(const QString& text, const QColor& base, bool old) const
{
    const Tokens& t = *m_tokens;
    Runs runs;
    const int length = static_cast<int>(text.size());
    if (m_cell.json && !old && !m_cell.changed) {
        int at = 0;
        forEachJsonValue(text, [&](int start, int count) {
            if (start > at)
                runs.append({at, start - at, t.text2});
            runs.append({start, count, base});
            at = start + count;
        });
        if (at < length)
            runs.append({at, length - at, t.text2});
    } else if (m_cell.quietFrom > 0 && m_cell.quietFrom < length && !old) {
        runs.append({0, m_cell.quietFrom, base});
        runs.append({m_cell.quietFrom, length - m_cell.quietFrom, t.text2});
    } else {
        runs.append({0, length, base});
    }
    if (old ? m_cell.oldMatched : m_cell.matched) {
        for (Run& run : runs)
            run.underlined = true;
    }
    for (const GridHit& hit : m_cell.hits) {
        if (hit.inOld != old)
            continue;
        const int from = std::clamp(hit.start, 0, length);
        const int to = std::clamp(hit.start + hit.length, from, length);
        if (from == to)
            continue;
        Runs cut;
        for (const Run& run : runs) {
            const int end = run.start + run.length;
            if (run.start < from)
                cut.append(
                    {run.start, std::min(end, from) - run.start, run.color, run.behind, run.outlined, run.underlined});
            if (run.start <= from && from < end && hit.filter)
                cut.append({from, to - from, run.color, nullptr, false, true});
            else if (run.start <= from && from < end)
                cut.append({from, to - from, hit.current ? t.onHitCur : t.onHit, hit.current ? &t.hitCur : &t.hit,
                            hit.current, true});
            if (end > to) {
                const int start = std::max(run.start, to);
                cut.append({start, end - start, run.color, run.behind, run.outlined, run.underlined});
            }
        }
        runs = cut;
    }
    return runs;
}

// Relative to the top of a row, as the texts are.
void GridPainter::paintUnderline(QPainter& painter, double x, double width) const
{
    painter.fillRect(QRectF(x, m_baseline + 2, width, 1.5), m_tokens->accentText);
}

void GridPainter::paintHitBox(QPainter& painter, double x, double width, const Run& run) const
{
    const QRectF box(x - 1, 3, width + 2, m_rowHeight - 6);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(*run.behind);
    painter.setPen(run.outlined ? QPen(m_tokens->text, 1) : QPen(Qt::NoPen));
    painter.drawRoundedRect(run.outlined ? box.adjusted(-0.5, 0.5, 0.5, -0.5) : box, 2, 2);
    painter.restore();
}

double GridPainter::paintAscii(QPainter& painter, double x, double width, const QString& text, const QFont& font,
                               const Runs& runs)
{
    const auto fits = static_cast<int>((width + 0.01) / m_advance);
    int length = static_cast<int>(text.size());
    const bool cut = length > fits;
    if (cut)
        length = std::max(0, fits - 1);
    painter.setFont(font);
    constexpr int kFlags = Qt::TextForceLeftToRight | Qt::TextDontPrint;
    for (const Run& run : runs) {
        const int count = std::min(run.length, length - run.start);
        if (count <= 0)
            break;
        const double at = x + run.start * m_advance;
        if (run.behind)
            paintHitBox(painter, at, count * m_advance, run);
        if (run.underlined)
            paintUnderline(painter, at, count * m_advance);
        painter.setPen(run.color);
        if (run.start == 0 && count == text.size()) {
            painter.drawText(QPointF(at, m_baseline), text, kFlags, 0);
        } else {
            m_piece.resize(0);
            m_piece.append(QStringView(text).mid(run.start, count));
            painter.drawText(QPointF(at, m_baseline), m_piece, kFlags, 0);
        }
    }
    if (cut && fits > 0) {
        painter.setPen(runs.isEmpty() ? m_tokens->text2 : runs.last().color);
        painter.drawText(QPointF(x + length * m_advance, m_baseline), QString(kEllipsis), kFlags, 0);
        ++length;
    }
    return length * m_advance;
}

double GridPainter::paintShaped(QPainter& painter, double x, const QRect&, double width, const QString& text,
                                const QFont& font, const Runs& runs)
{
    // One layout, shaped once, both measures and draws; only text that is too wide is shaped again, elided.
    QTextLayout layout(text, font, painter.device());
    QTextOption option;
    option.setWrapMode(QTextOption::NoWrap);
    layout.setTextOption(option);
    layout.setCacheEnabled(true);
    const auto lay = [&layout] {
        layout.beginLayout();
        QTextLine line = layout.createLine();
        layout.endLayout();
        return line;
    };
    QTextLine line = lay();
    if (!line.isValid())
        return 0;
    if (line.horizontalAdvance() > width + 0.5) {
        layout.setText(QFontMetricsF(font).elidedText(text, Qt::ElideRight, width));
        line = lay();
        if (!line.isValid())
            return 0;
    }
    const int length = static_cast<int>(layout.text().size());
    const QPointF origin(x, m_baseline - line.ascent());
    if (runs.size() == 1 && !runs.first().behind && !runs.first().underlined) {
        painter.setPen(runs.first().color);
        line.draw(&painter, origin);
        return line.horizontalAdvance();
    }
    QList<QTextLayout::FormatRange> formats;
    formats.reserve(runs.size());
    for (const Run& run : runs) {
        const int count = std::min(run.length, length - run.start);
        if (count <= 0)
            break;
        if (run.behind || run.underlined) {
            const double from = line.cursorToX(run.start);
            const double to = line.cursorToX(run.start + count);
            if (run.behind)
                paintHitBox(painter, x + std::min(from, to), std::abs(to - from), run);
            if (run.underlined)
                paintUnderline(painter, x + std::min(from, to), std::abs(to - from));
        }
        QTextLayout::FormatRange range;
        range.start = run.start;
        range.length = count;
        range.format.setForeground(run.color);
        formats.append(range);
    }
    layout.setFormats(formats);
    line = lay();
    layout.draw(&painter, origin);
    return line.isValid() ? line.horizontalAdvance() : 0;
}

double GridPainter::paintEscaped(QPainter& painter, double x, const QRect& area, double width, const QString& text,
                                 const QFont& font, const Runs& runs)
{
    const Tokens& t = *m_tokens;
    const QColor color = runs.isEmpty() ? t.text : runs.first().color;
    const double start = x;
    const double end = x + width;
    qsizetype at = 0;
    // Escapes have no place in the runs: what is marked in such a text marks all of it.
    const bool isUnderlined = std::any_of(runs.begin(), runs.end(), [](const Run& run) { return run.underlined; });
    while (at < text.size() && x < end - 2) {
        if (isHidden(text[at])) {
            const QString sign = escaped(text[at]);
            const double chip = m_chipMetrics->horizontalAdvance(sign) + m_u;
            if (x + chip > end) {
                painter.setFont(font);
                painter.setPen(color);
                painter.drawText(QPointF(x, m_baseline), QString(kEllipsis));
                break;
            }
            painter.save();
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(t.chip);
            painter.drawRoundedRect(QRectF(x + 0.5, 4, chip - 1, m_rowHeight - 8), Metrics::kRadiusCell,
                                    Metrics::kRadiusCell);
            painter.restore();
            painter.setFont(m_chip);
            painter.setPen(t.onChip);
            painter.drawText(QPointF(x + m_u / 2.0, m_baseline), sign);
            x += chip;
            ++at;
            continue;
        }
        qsizetype stop = at;
        while (stop < text.size() && !isHidden(text[stop]))
            ++stop;
        const QString piece = text.mid(at, stop - at);
        Runs plain;
        plain.append({0, static_cast<int>(piece.size()), color});
        x += paintShaped(painter, x, area, end - x, piece, font, plain);
        at = stop;
    }
    if (isUnderlined)
        paintUnderline(painter, start, x - start);
    return x - start;
}

double GridPainter::paintText(QPainter& painter, double x, const QRect& area, double width, const QString& text,
                              const QFont& font, bool ascii, const Runs& runs)
{
    if (width < m_advance / 2 || text.isEmpty())
        return 0;
    painter.translate(0, area.y());
    double used = 0;
    if (ascii)
        used = paintAscii(painter, x, width, text, font, runs);
    else if (hasHidden(text))
        used = paintEscaped(painter, x, area, width, text, font, runs);
    else
        used = paintShaped(painter, x, area, width, text, font, runs);
    painter.translate(0, -area.y());
    return used;
}

int GridPainter::sizeChipWidth(qint64 bytes) const
{
    return static_cast<int>(std::ceil(m_chipMetrics->horizontalAdvance(gridSizeText(bytes)))) + 2 * m_u;
}

int GridPainter::paintSizeChip(QPainter& painter, const QRect& area, int x, qint64 bytes)
{
    const QString text = gridSizeText(bytes);
    const double textWidth = m_chipMetrics->horizontalAdvance(text);
    const int width = static_cast<int>(std::ceil(textWidth)) + 2 * m_u;
    const QRect box(x, area.y() + 3, width, m_rowHeight - 6);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_tokens->chip);
    painter.drawRoundedRect(QRectF(box), Metrics::kRadiusCell, Metrics::kRadiusCell);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setFont(m_chip);
    painter.setPen(m_tokens->onChip);
    painter.drawText(QPointF(x + (width - textWidth) / 2, area.y() + m_baseline), text);
    painter.restore();
    return width;
}

int GridPainter::paintWord(QPainter& painter, const QRect& area, CellKind kind, bool rightAligned, bool matched)
{
    const Tokens& t = *m_tokens;
    const int width = static_cast<int>(std::ceil(wordWidth(kind)));
    const int x = rightAligned ? std::max(area.x(), area.right() - width + 1) : area.x();
    const QRect box(x, area.y() + 4, std::min(width, area.right() - x + 1), m_rowHeight - 8);
    if (kind == CellKind::NotSent) {
        painter.drawTiledPixmap(box, m_hatch);
    } else if (kind == CellKind::Empty) {
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        QPen pen(t.borderStrong, 1);
        pen.setDashPattern({1.5, 1.5});
        painter.setPen(pen);
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::kRadiusCell, Metrics::kRadiusCell);
        painter.restore();
    }
    painter.setFont(m_uiItalic);
    painter.setPen(t.text2);
    const int inset = insetOf(kind);
    const QString& text = word(kind);
    painter.drawText(QPointF(x + inset, area.y() + m_baseline),
                     box.width() < width
                         ? QFontMetricsF(m_uiItalic).elidedText(text, Qt::ElideRight, box.width() - 2 * inset)
                         : text);
    if (matched)
        painter.fillRect(QRectF(x + inset, area.y() + m_baseline + 2, box.width() - 2 * inset, 1.5), t.accentText);
    return width;
}

void GridPainter::paintRangeBar(QPainter& painter, const QRect& area) const
{
    const Tokens& t = *m_tokens;
    const int width = std::min(m_u * 11, area.width() / 2);
    const QRectF track(area.right() - width + 1, area.y() + area.height() / 2.0 - 1, width, 2);
    const double from = std::clamp(m_cell.bandFrom, 0.0, 1.0);
    const double to = std::clamp(m_cell.bandTo, from, 1.0);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.border);
    painter.drawRoundedRect(track, 1, 1);
    painter.setBrush(t.accentText);
    painter.drawRoundedRect(QRectF(track.x() + from * width, track.y() - 1.5, std::max(4.0, (to - from) * width), 5), 2,
                            2);
    painter.restore();
}

void GridPainter::paintTick(QPainter& painter, const QRect& cell) const
{
    const int side = m_u * 7 / 2;
    const QRect box(cell.x() + (cell.width() - side) / 2, cell.y() + (cell.height() - side) / 2, side, side);
    painter.save();
    drawTickBox(painter, box, m_cell.ticked ? Qt::Checked : Qt::Unchecked, true, false);
    painter.restore();
}

void GridPainter::paintCell(QPainter& painter, const GridColumnSpan& span, const QRect& cell)
{
    if (m_cell.kind == CellKind::Tick) {
        paintTick(painter, cell);
        return;
    }
    const QRect area = cell.adjusted(m_padding, 0, -m_padding, 0);
    if (area.width() < 2)
        return;
    if (m_cell.changed)
        paintChanged(painter, span, area);
    else if (m_cell.kind == CellKind::Binary)
        paintBinary(painter, area);
    else if (m_cell.kind != CellKind::Value)
        paintWord(painter, area, m_cell.kind, span.info->rightAligned, m_cell.matched);
    else
        paintPlain(painter, span, area);
}

void GridPainter::paintBinary(QPainter& painter, const QRect& area)
{
    const int chip = paintSizeChip(painter, area, area.x(), m_cell.size);
    const int x = area.x() + chip + m_u * 3 / 2;
    paintText(painter, x, area, area.right() - x + 1, m_cell.text, m_data, true,
              runsOf(m_cell.text, m_tokens->text2, false));
}

void GridPainter::paintPlain(QPainter& painter, const GridColumnSpan& span, const QRect& area)
{
    const Tokens& t = *m_tokens;
    QRect room = area;
    if (m_cell.bandFrom >= 0) {
        paintRangeBar(painter, area);
        room.setRight(area.right() - std::min(m_u * 11, area.width() / 2) - m_u);
    }
    const bool words = m_cell.words || span.info->role == ColumnRole::Words;
    QColor color = t.tone(m_cell.tone);
    if (m_cell.icon != IconName::None) {
        const int size = metrics().rowIcon();
        drawIcon(painter, QRect(room.x(), room.y(), size, room.height()), m_cell.icon, color, size);
        room.setLeft(room.x() + size + m_u * 3 / 2);
    }
    const bool ascii = m_cell.ascii && !words;
    const QFont* font = ascii ? &m_data : &m_dataShaped;
    if (words)
        font = m_cell.icon != IconName::None ? &m_uiStrong : &m_ui;
    else if (m_cell.stale)
        // Few scripts have slanted letters: the others would become boxes. The dotted line says the same.
        font = ascii ? &m_dataItalic : isLatin(m_cell.text) ? &m_dataItalicShaped : &m_dataShaped;
    else if (span.info->key)
        font = ascii ? &m_dataStrong : &m_dataStrongShaped;
    if (m_cell.stale || m_cell.quiet || span.info->role == ColumnRole::Number || span.info->role == ColumnRole::Shard)
        color = t.text2;
    const int chip = m_cell.truncated ? sizeChipWidth(m_cell.size) + m_u : 0;
    const double available = room.width() - chip;
    double x = room.x();
    if (span.info->rightAligned)
        x += std::max(0.0, available - textWidth(m_cell.text, *font, ascii));
    const double used =
        paintText(painter, x, room, available, m_cell.text, *font, ascii, runsOf(m_cell.text, color, false));
    if (m_cell.stale && used > 0) {
        QPen pen(t.text2, 1);
        pen.setDashPattern({1, 2});
        painter.setPen(pen);
        const int y = room.y() + m_baseline + 2;
        painter.drawLine(QPointF(x, y + 0.5), QPointF(x + used, y + 0.5));
    }
    if (chip > 0)
        paintSizeChip(painter, room, static_cast<int>(x + used) + m_u, m_cell.size);
}

void GridPainter::paintChanged(QPainter& painter, const GridColumnSpan& span, const QRect& area)
{
    const Tokens& t = *m_tokens;
    const bool ascii = m_cell.ascii;
    const QFont& dataFont = ascii ? m_data : m_dataShaped;
    const QFont& strongFont = ascii ? m_dataStrong : m_dataStrongShaped;
    const auto partWidth = [&](CellKind kind, const QString& text, const QFont& font) {
        if (kind == CellKind::Value || kind == CellKind::Binary)
            return textWidth(text, font, ascii || kind == CellKind::Binary);
        return wordWidth(kind);
    };
    const int arrow = metrics().smallIcon();
    const double around = m_u; // on both sides of the arrow
    const double total = area.width();
    const double full = partWidth(m_cell.kind, m_cell.text, strongFont);
    const QString moreText = m_cell.more > 0 ? u"+%1"_s.arg(m_cell.more) : QString();
    double more = moreText.isEmpty() ? 0 : static_cast<double>(moreText.size()) * m_advance + 2 * m_u;
    double path = m_cell.path.isEmpty() ? 0 : textWidth(m_cell.path, dataFont, ascii) + 2 * m_u;
    double old = partWidth(m_cell.oldKind, m_cell.oldText, dataFont);
    const double oldFull = old;
    const double arrowPart = arrow + around;

    // Too narrow: the old value gives way first, then the JSON path, then the new value is cut.
    double spare = total - full - arrowPart - around - path - more;
    if (old > spare) {
        const double shortest = m_cell.oldKind == CellKind::Value ? 3 * m_advance : oldFull;
        old = spare >= shortest ? (m_cell.oldKind == CellKind::Value ? spare : oldFull) : 0;
    }
    if (old <= 0 && full + arrowPart + path + more > total)
        path = 0;
    const double oldPart = old > 0 ? old + around : 0;
    if (full + arrowPart + oldPart + path + more > total)
        more = 0;
    const double fresh = std::min(full, std::max(0.0, total - arrowPart - oldPart - path - more));

    double x = area.x();
    if (span.info->rightAligned)
        x = std::max(x, area.x() + total - (path + oldPart + arrowPart + fresh + more));
    if (path > 0) {
        Runs runs;
        runs.append({0, static_cast<int>(m_cell.path.size()), t.text2});
        paintText(painter, x, area, path - 2 * m_u, m_cell.path, dataFont, ascii, runs);
        x += path;
    }
    const double tintWidth = oldPart + arrowPart + fresh;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.updT);
    painter.drawRoundedRect(QRectF(x - m_u, area.y() + 2, tintWidth + 2 * m_u, m_rowHeight - 4), Metrics::kRadiusCell,
                            Metrics::kRadiusCell);
    painter.setRenderHint(QPainter::Antialiasing, false);

    const auto part = [&](double at, double width, CellKind kind, const QString& text, const QFont& font,
                          const QColor& color, bool isOld) {
        const QRect box(static_cast<int>(at), area.y(), static_cast<int>(std::ceil(width)), area.height());
        if (kind == CellKind::Value || kind == CellKind::Binary)
            paintText(painter, at, area, width, text, font, ascii || kind == CellKind::Binary,
                      runsOf(text, color, isOld));
        else
            paintWord(painter, box, kind, false, isOld ? m_cell.oldMatched : m_cell.matched);
    };
    if (old > 0) {
        part(x, old, m_cell.oldKind, m_cell.oldText, dataFont, t.text2, true);
        x += old + around;
    }
    drawIcon(painter, QRect(static_cast<int>(x), area.y(), arrow, area.height()), IconName::Changed, t.upd, arrow);
    x += arrowPart;
    part(x, fresh, m_cell.kind, m_cell.text, strongFont, t.text, false);
    x += fresh;
    if (more > 0) {
        m_scratch = moreText;
        Runs runs;
        runs.append({0, static_cast<int>(moreText.size()), t.text2});
        paintText(painter, x + 2 * m_u, area, more, m_scratch, m_data, true, runs);
    }
}

int GridPainter::neededWidth(const GridModel& model, int row, int column)
{
    const GridColumn& info = model.gridColumn(column);
    if (info.role == ColumnRole::Operation)
        return m_badgeSize.width() + 2 * m_padding;
    m_row.reset();
    model.row(row, m_row);
    if (m_row.kind != RowKind::Change || (m_row.sentenceFrom >= 0 && column >= m_row.sentenceFrom))
        return 0;
    m_cell.reset();
    model.cell(row, column, m_cell);
    const auto width = [&](CellKind kind, const QString& text) {
        if (kind == CellKind::Value || kind == CellKind::Binary)
            return textWidth(text, m_cell.words || info.role == ColumnRole::Words ? m_uiStrong : m_dataStrongShaped,
                             false);
        return wordWidth(kind);
    };
    double needed = width(m_cell.kind, m_cell.text);
    if (m_cell.changed)
        needed += width(m_cell.oldKind, m_cell.oldText) + 5 * m_u;
    if (!m_cell.path.isEmpty())
        needed += textWidth(m_cell.path, m_dataShaped, false) + 2 * m_u;
    if (m_cell.size >= 0)
        needed += sizeChipWidth(m_cell.size) + 2 * m_u;
    if (m_cell.icon != IconName::None)
        needed += metrics().rowIcon() + 2 * m_u;
    if (m_cell.bandFrom >= 0)
        needed += m_u * 12;
    return static_cast<int>(std::ceil(needed)) + 2 * m_padding;
}

} // namespace vtscope
