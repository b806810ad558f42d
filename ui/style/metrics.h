#pragma once

#include <QFont>
#include <QString>

#include <cmath>

namespace vtscope {

/// How close the rows of a grid stand.
enum class Density : quint8 { Normal, Compact };

/// Sizes of the program in device-independent pixels, all derived from the UI font. GUI thread; a value, rebuilt by
/// Theme when the font, the data font or its zoom changes: read it anew on Theme::changed(), do not keep it.
class Metrics
{
public:
    static constexpr int kZoomMin = -4;
    static constexpr int kZoomMax = 12;

    Metrics() = default;
    /// `dataFamily` empty means automatic: Hack, DejaVu Sans Mono, then the system's fixed font. `dataZoom` is in
    /// points beside the automatic size, from kZoomMin to kZoomMax.
    Metrics(const QFont& ui, const QString& dataFamily, int dataZoom);

    /// The unit: a quarter of a UI line, 4 at 13 pixels.
    int u() const { return m_u; }
    /// `units` times u, rounded; halves and quarters are welcome.
    int space(double units) const { return static_cast<int>(std::lround(units * m_u)); }

    int headerHeight() const { return space(7); }
    int tabHeight() const { return space(8.5); }
    int toolBarHeight() const { return space(10); }
    int statusBarHeight() const { return space(7); }
    int fieldHeight() const { return space(7); }
    int treeRowHeight() const { return space(6.5); }
    int chipHeight() const { return space(6); }
    int panelPadding() const { return space(3); }
    int fieldGap() const { return space(2); }
    int gridRowHeight(Density density) const;
    int icon() const { return space(4); }
    int rowIcon() const { return space(3.5); }
    int smallIcon() const { return space(3); }

    static constexpr int kRadiusCell = 3;
    static constexpr int kRadiusButton = 5;
    static constexpr int kRadiusTile = 7;
    static constexpr int kRadiusCard = 8;
    static constexpr int kRadiusDialog = 10;

    const QFont& ui() const { return m_ui; }
    const QFont& uiStrong() const { return m_uiStrong; }     ///< 600
    const QFont& uiItalic() const { return m_uiItalic; }     ///< NULL, empty, not sent
    const QFont& title() const { return m_title; }           ///< 1.15, 600
    const QFont& tileNumber() const { return m_tileNumber; } ///< 1.6, 600
    const QFont& heading() const { return m_heading; }       ///< 0.92, 600, drawn in text2
    const QFont& small() const { return m_small; }           ///< 0.92
    const QFont& badge() const { return m_badge; }           ///< 0.85, 700
    const QFont& data() const { return m_data; }             ///< what the server sent, SQL, live counters
    const QFont& dataStrong() const { return m_dataStrong; } ///< new value, key
    const QFont& dataItalic() const { return m_dataItalic; } ///< values that may be stale
    /// Advance of one character of the data font (which is monospaced), in pixels.
    double dataAdvance() const { return m_dataAdvance; }

private:
    QFont m_ui;
    QFont m_uiStrong;
    QFont m_uiItalic;
    QFont m_title;
    QFont m_tileNumber;
    QFont m_heading;
    QFont m_small;
    QFont m_badge;
    QFont m_data;
    QFont m_dataStrong;
    QFont m_dataItalic;
    double m_dataAdvance = 7;
    int m_dataLine = 14;
    int m_u = 4;
};

} // namespace vtscope
