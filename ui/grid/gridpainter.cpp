#include "ui/grid/gridpainter.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

// Diagonal lines that meet at the tile's edges, drawn without antialiasing on whole device pixels.
QPixmap hatchTile(const QColor& color, qreal ratio, double step)
{
    const int side = std::max(4, static_cast<int>(std::lround(step * ratio)));
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const int thick = std::max(1, static_cast<int>(std::lround(ratio)));
    for (int y = 0; y < side; ++y)
        for (int i = 0; i < thick; ++i)
            image.setPixelColor((2 * side - 1 - y + i) % side, y, color);
    QPixmap tile = QPixmap::fromImage(image);
    tile.setDevicePixelRatio(ratio);
    return tile;
}

struct OpLook
{
    QChar letter;
    IconName icon;
    Tone tone;
};

OpLook lookOf(RowOp op)
{
    switch (op) {
    case RowOp::Insert:
        return {u'I', IconName::Insert, Tone::Insert};
    case RowOp::Update:
        return {u'U', IconName::Update, Tone::Update};
    case RowOp::Delete:
    case RowOp::None:
        break;
    }
    return {u'D', IconName::Delete, Tone::Delete};
}

struct FullLook
{
    IconName icon;
    Tone tone;
    bool lines;
};

FullLook lookOf(RowKind kind)
{
    switch (kind) {
    case RowKind::SchemaChange:
        return {IconName::Schema, Tone::Info, true};
    case RowKind::Gap:
        return {IconName::Gap, Tone::Warning, true};
    case RowKind::NotDecodable:
    case RowKind::Error:
        return {IconName::Error, Tone::Error, true};
    case RowKind::CopyFinished:
        return {IconName::OkRound, Tone::Ok, false};
    case RowKind::Notice:
    case RowKind::Change:
        break;
    }
    return {IconName::None, Tone::Text2, false};
}

} // namespace

QString gridSizeText(qint64 bytes)
{
    if (bytes < 1024)
        return QCoreApplication::translate("vtscope::GridPainter", "%1 B").arg(bytes);
    return QLocale().formattedDataSize(bytes, 1);
}

void GridPainter::setup(qreal devicePixelRatio, int rowHeight, int gutter)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    m_tokens = &t;
    m_ratio = devicePixelRatio;
    m_rowHeight = rowHeight;
    m_gutter = gutter;
    m_u = m.u();
    m_padding = m.space(2);
    m_advance = m.dataAdvance();
    m_data = m.data();
    m_dataStrong = m.dataStrong();
    m_dataItalic = m.dataItalic();
    m_ui = m.ui();
    m_uiStrong = m.uiStrong();
    // vtscope's own words must fit into a data row whatever the zoom of the data font.
    const double dataPart = m_data.pointSizeF() > 0 ? m_data.pointSizeF() : m_data.pixelSize();
    const double uiPart = m_ui.pointSizeF() > 0 ? m_ui.pointSizeF() : m_ui.pixelSize();
    const double zoom = dataPart / (0.92 * uiPart);
    const auto zoomed = [zoom](QFont font, double factor) {
        if (font.pointSizeF() > 0)
            font.setPointSizeF(font.pointSizeF() * factor * zoom);
        else
            font.setPixelSize(std::max(5, static_cast<int>(std::lround(font.pixelSize() * factor * zoom))));
        return font;
    };
    m_ui = zoomed(m_ui, 0.96);
    m_uiStrong = zoomed(m_uiStrong, 0.96);
    m_uiItalic = zoomed(m.uiItalic(), 0.92);
    m_chip = zoomed(m.ui(), 0.85);
    m_chip.setWeight(QFont::Medium);
    m_badge = zoomed(m.badge(), 1);
    m_dataShaped = m_data;
    m_dataStrongShaped = m_dataStrong;
    m_dataItalicShaped = m_dataItalic;
    for (QFont* font : {&m_data, &m_dataStrong, &m_dataItalic})
        font->setStyleStrategy(QFont::PreferNoShaping);

    const QFontMetricsF fm(m_data);
    m_baseline = static_cast<int>(std::lround((rowHeight - fm.height()) / 2 + fm.ascent()));
    m_hatch = hatchTile(t.hatch, m_ratio, 5);
    m_hatchFaint = hatchTile(t.border, m_ratio, 5);
    m_hatchGap = hatchTile(t.warnG, m_ratio, 7);
    for (QPixmap& badge : m_badges)
        badge = QPixmap();
    const QFontMetricsF badge(m_badge);
    m_badgeSize = QSize(static_cast<int>(std::ceil(badge.maxWidth() > 0 ? badge.horizontalAdvance(u'D') : 8)) +
                            m.space(2.75) + m.space(3.5),
                        std::min(rowHeight - m.space(1), static_cast<int>(std::ceil(badge.height())) + m.space(1)));

    m_wordNull = u"NULL"_s;
    m_wordEmpty = QCoreApplication::translate("vtscope::GridPainter", "empty");
    m_wordNotSent = QCoreApplication::translate("vtscope::GridPainter", "not sent");
    m_wordMasked = QCoreApplication::translate("vtscope::GridPainter", "masked");
    m_chipMetrics.emplace(m_chip);
    const QFontMetricsF italic(m_uiItalic);
    for (const CellKind kind : {CellKind::Null, CellKind::Empty, CellKind::NotSent, CellKind::Masked})
        m_wordWidths[static_cast<std::size_t>(kind)] = italic.horizontalAdvance(word(kind)) + 2 * insetOf(kind);
}

void GridPainter::paintRow(QPainter& painter, const GridModel& model, const std::vector<GridColumnSpan>& columns,
                           const GridRowPaint& job)
{
    m_row.reset();
    model.row(job.row, m_row);
    paintBackground(painter, job);
    if (m_row.kind != RowKind::Change) {
        paintFullRow(painter, job);
        paintGutter(painter, job);
        if (job.ringColumn >= 0)
            paintRing(painter, job.rect.adjusted(m_gutter, 0, 0, 0));
        return;
    }

    QRect ring;
    for (const GridColumnSpan& span : columns) {
        const QRect cell(span.x, job.rect.y(), span.width, job.rect.height());
        if (span.logical == job.ringColumn)
            ring = cell;
        if (m_row.sentenceFrom >= 0 && span.logical >= m_row.sentenceFrom)
            continue;
        if (span.info->role == ColumnRole::Operation) {
            paintBadge(painter, cell);
            continue;
        }
        m_cell.reset();
        model.cell(job.row, span.logical, m_cell);
        if (m_cell.kind != CellKind::Absent)
            paintCell(painter, span, cell);
    }
    if (m_row.sentenceFrom >= 0) {
        const auto first = std::find_if(columns.begin(), columns.end(), [this](const GridColumnSpan& span) {
            return span.logical >= m_row.sentenceFrom;
        });
        if (first != columns.end())
            paintSentence(painter, job, first->x);
    }
    if (!ring.isNull())
        paintRing(painter, ring);
    paintGutter(painter, job);
}

void GridPainter::paintBackground(QPainter& painter, const GridRowPaint& job)
{
    const Tokens& t = *m_tokens;
    painter.fillRect(job.rect, m_row.kind == RowKind::Change && (m_row.band & 1) ? t.band : t.surface);
    if (m_row.rule > 0) {
        // Six tints for colour rules, quiet enough for every text on them.
        const QColor* const tints[] = {&t.insT, &t.updT, &t.delT, &t.warnT, &t.okT, &t.infoT};
        painter.fillRect(job.rect, *tints[(m_row.rule - 1) % 6]);
    }
    if (job.fade > 0 && m_row.op != RowOp::None) {
        QColor tint = t.tint(lookOf(m_row.op).tone);
        tint.setAlphaF(static_cast<float>(job.fade));
        painter.fillRect(job.rect, tint);
    }
    if (job.selected)
        painter.fillRect(job.rect, job.active ? t.selA : t.selI);
    else if (job.hover)
        painter.fillRect(job.rect, t.hover);
}

void GridPainter::paintGutter(QPainter& painter, const GridRowPaint& job)
{
    const Tokens& t = *m_tokens;
    const QRect gutter(job.rect.x(), job.rect.y(), m_gutter, job.rect.height());
    if (m_row.kind == RowKind::Gap)
        painter.drawTiledPixmap(gutter.adjusted(0, 1, -m_u / 2, -1), m_hatchGap);
    if (job.selected)
        painter.fillRect(gutter.x(), gutter.y(), 3, gutter.height(), job.active ? t.focus : t.borderStrong);
    if (m_row.marked) {
        const int size = metrics().rowIcon();
        drawIcon(painter, QRect(gutter.x() + m_u * 2, gutter.y(), size, gutter.height()), IconName::MarkSet,
                 t.accentText, size);
    }
    if (m_row.rule > 0) {
        const QColor* const stripes[] = {&t.ins, &t.upd, &t.del, &t.warnG, &t.ok, &t.accentText};
        painter.fillRect(gutter.right() - 2, gutter.y() + 1, 3, gutter.height() - 2, *stripes[(m_row.rule - 1) % 6]);
    }
    if (m_row.bracket != Bracket::None) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(job.selected ? t.text2 : t.borderStrong, 1));
        const int x = gutter.x() + m_gutter - m_u * 2;
        const int middle = gutter.y() + gutter.height() / 2;
        if (m_row.bracket != Bracket::First)
            painter.drawLine(x, gutter.top(), x, m_row.bracket == Bracket::Last ? middle : gutter.bottom());
        if (m_row.bracket != Bracket::Last)
            painter.drawLine(x, m_row.bracket == Bracket::First ? middle : gutter.top(), x, gutter.bottom());
        if (m_row.bracket != Bracket::Middle)
            painter.drawLine(x, middle, x + m_u, middle);
    }
}

void GridPainter::paintFullRow(QPainter& painter, const GridRowPaint& job)
{
    const Tokens& t = *m_tokens;
    const FullLook look = lookOf(m_row.kind);
    const QColor tone = t.tone(look.tone);
    if (!job.selected && look.tone != Tone::Text2)
        painter.fillRect(job.rect, t.tint(look.tone));
    if (look.lines) {
        const QColor line = look.tone == Tone::Warning ? t.warnG : tone;
        painter.fillRect(job.rect.x(), job.rect.top(), job.rect.width(), 1, line);
        painter.fillRect(job.rect.x(), job.rect.bottom(), job.rect.width(), 1, line);
    }
    int x = job.rect.x() + m_gutter + m_u;
    const int size = metrics().rowIcon();
    if (look.icon != IconName::None) {
        drawIcon(painter, QRect(x, job.rect.y(), size, job.rect.height()), look.icon, tone, size);
        x += size + m_padding;
    }
    const QRect area = job.rect.adjusted(0, 0, -m_padding, 0);
    for (int i = 0; i < m_row.partCount && x < area.right(); ++i) {
        const GridText& part = m_row.parts[static_cast<std::size_t>(i)];
        const QFont* font = &m_ui;
        QColor color = t.text;
        if (part.voice == GridText::Voice::Strong) {
            font = &m_uiStrong;
            color = tone;
        } else if (part.voice == GridText::Voice::Quiet) {
            color = t.text2;
        } else if (part.voice == GridText::Voice::Data) {
            font = &m_dataShaped;
        }
        Runs runs;
        runs.append({0, static_cast<int>(part.text.size()), color});
        x += static_cast<int>(std::ceil(paintText(painter, x, area, area.right() - x, part.text, *font, false, runs)));
        x += m_padding;
    }
}

void GridPainter::paintSentence(QPainter& painter, const GridRowPaint& job, int x)
{
    const QRect area(x, job.rect.y(), job.rect.right() - x + 1, job.rect.height());
    const int textX = std::max(x, m_gutter) + m_padding;
    Runs runs;
    runs.append({0, static_cast<int>(m_row.sentence.size()), m_tokens->text2});
    const double used = paintText(painter, textX, area, area.right() - textX, m_row.sentence, m_uiItalic, false, runs);
    const int from = textX + static_cast<int>(used) + m_padding;
    const QRect rest(from, area.y() + 3, area.right() - m_padding - from, area.height() - 6);
    if (rest.width() > 0)
        painter.drawTiledPixmap(rest, m_hatchFaint);
}

void GridPainter::paintRing(QPainter& painter, const QRect& rect) const
{
    painter.save();
    drawFocusRing(painter, QRectF(rect), Metrics::kRadiusCell);
    painter.restore();
}

void GridPainter::paintBadge(QPainter& painter, const QRect& cell)
{
    if (m_row.op == RowOp::None)
        return;
    QPixmap& badge = m_badges[static_cast<std::size_t>(m_row.op)];
    if (badge.isNull()) {
        const OpLook look = lookOf(m_row.op);
        const Tokens& t = *m_tokens;
        badge = QPixmap(QSizeF(QSizeF(m_badgeSize) * m_ratio).toSize());
        badge.setDevicePixelRatio(m_ratio);
        badge.fill(Qt::transparent);
        QPainter p(&badge);
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(Qt::NoPen);
        p.setBrush(t.tint(look.tone));
        p.drawRoundedRect(QRectF(QPointF(), QSizeF(m_badgeSize)), Metrics::kRadiusCell, Metrics::kRadiusCell);
        p.setPen(t.tone(look.tone));
        p.setFont(m_badge);
        const int iconSize = metrics().space(2.75);
        const QRect letter(m_u * 3 / 2, 0, m_badgeSize.width() - iconSize - m_u * 5 / 2, m_badgeSize.height());
        p.drawText(letter, Qt::AlignLeft | Qt::AlignVCenter, QString(look.letter));
        drawIcon(p, QRect(m_badgeSize.width() - iconSize - m_u, 0, iconSize, m_badgeSize.height()), look.icon,
                 t.tone(look.tone), iconSize, true);
    }
    const int y = cell.y() + (cell.height() - m_badgeSize.height()) / 2;
    painter.drawPixmap(cell.x() + m_padding, y, badge);
    if (m_row.copied) {
        const int size = metrics().smallIcon();
        drawIcon(painter, QRect(cell.x() + m_padding + m_badgeSize.width() + m_u, cell.y(), size, cell.height()),
                 IconName::Copy, m_tokens->text2, size);
    }
}

} // namespace vtscope
