#include "ui/style/metrics.h"

#include <QFontDatabase>
#include <QFontMetricsF>

#include <algorithm>

namespace vtscope {

namespace {

QFont scaled(const QFont& font, double factor, QFont::Weight weight)
{
    QFont result = font;
    if (font.pointSizeF() > 0)
        result.setPointSizeF(font.pointSizeF() * factor);
    else
        result.setPixelSize(std::max(1, static_cast<int>(std::lround(font.pixelSize() * factor))));
    result.setWeight(weight);
    return result;
}

// Hack and DejaVu Sans Mono have the same advance, so a missing Hack moves nothing. Fonts with ligatures are never
// chosen: they would show other bytes than the server sent.
QString automaticFamily()
{
    const QStringList families = QFontDatabase::families();
    for (const auto candidate : {QLatin1StringView("Hack"), QLatin1StringView("DejaVu Sans Mono")})
        if (families.contains(candidate))
            return candidate;
    return QFontDatabase::systemFont(QFontDatabase::FixedFont).family();
}

} // namespace

Metrics::Metrics(const QFont& ui, const QString& dataFamily, int dataZoom) : m_ui(ui)
{
    m_u = std::max(3, static_cast<int>(std::lround(std::ceil(QFontMetricsF(ui).height()) / 4)));
    m_uiStrong = scaled(ui, 1, QFont::DemiBold);
    m_uiItalic = ui;
    m_uiItalic.setItalic(true);
    m_title = scaled(ui, 1.15, QFont::DemiBold);
    m_tileNumber = scaled(ui, 1.6, QFont::DemiBold);
    m_heading = scaled(ui, 0.92, QFont::DemiBold);
    m_small = scaled(ui, 0.92, QFont::Normal);
    m_badge = scaled(ui, 0.85, QFont::Bold);

    m_data = scaled(ui, 0.92, QFont::Normal);
    m_data.setFamilies({dataFamily.isEmpty() ? automaticFamily() : dataFamily});
    m_data.setStyleHint(QFont::Monospace);
    m_data.setFixedPitch(true);
    const int zoom = std::clamp(dataZoom, kZoomMin, kZoomMax);
    if (m_data.pointSizeF() > 0)
        m_data.setPointSizeF(std::max(5.0, m_data.pointSizeF() + zoom));
    else
        m_data.setPixelSize(std::max(6, m_data.pixelSize() + zoom));
    m_dataStrong = m_data;
    m_dataStrong.setWeight(QFont::Bold);
    m_dataItalic = m_data;
    m_dataItalic.setItalic(true);

    const QFontMetricsF data(m_data);
    m_dataAdvance = data.horizontalAdvance(QLatin1Char('0'));
    m_dataLine = static_cast<int>(std::ceil(data.height()));
}

int Metrics::gridRowHeight(Density density) const
{
    return m_dataLine + (density == Density::Normal ? space(2.25) : space(1.5));
}

} // namespace vtscope
