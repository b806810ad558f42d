#pragma once

#include "ui/grid/gridmodel.h"

#include <QFont>
#include <QFontMetricsF>
#include <QPainter>
#include <QPen>
#include <QPixmap>

#include <array>
#include <optional>
#include <vector>

namespace vtscope {

/// One visible column while painting, in viewport pixels.
struct GridColumnSpan
{
    int logical = 0;
    int x = 0;
    int width = 0;
    const GridColumn* info = nullptr;
};

/// What the view knows about a row when it asks for it to be painted.
struct GridRowPaint
{
    int row = 0;
    QRect rect; ///< across the whole viewport
    bool selected = false;
    bool active = true; ///< window and view have the focus
    bool hover = false;
    bool bandShown = false;
    int ringColumn = -1; ///< logical column of the current cell when its ring is shown, else -1
    double fade = 0;     ///< strength of the operation's tint of a new row, 0 to 1
};

/// Draws rows of a GridView. GUI thread; owned by one view, which calls setup() when theme or device pixel ratio
/// change.
///
/// Keeps fonts, pens, badges and the hatch tile; never the text of a cell. Cells are asked of the model once per paint.
class GridPainter
{
public:
    /// `devicePixelRatio` of the device that will be painted on; `rowHeight` and `gutter` in pixels.
    void setup(qreal devicePixelRatio, int rowHeight, int gutter);
    qreal devicePixelRatio() const { return m_ratio; }

    /// Paints one row: surface or band, fade, hover, selection, tints, hits, text, ring. `columns` are those to paint.
    void paintRow(QPainter& painter, const GridModel& model, const std::vector<GridColumnSpan>& columns,
                  const GridRowPaint& job);

    /// Width that the cell needs without cutting anything, with its padding.
    int neededWidth(const GridModel& model, int row, int column);

private:
    /// A stretch of text in one colour.
    struct Run
    {
        int start = 0;
        int length = 0;
        QColor color;
        const QColor* behind = nullptr;
        bool outlined = false;
        bool underlined = false;
    };
    using Runs = QVarLengthArray<Run, 24>;

    void paintBackground(QPainter& painter, const GridRowPaint& job);
    void paintGutter(QPainter& painter, const GridRowPaint& job);
    void paintFullRow(QPainter& painter, const GridRowPaint& job);
    void paintSentence(QPainter& painter, const GridRowPaint& job, int x);
    void paintRing(QPainter& painter, const QRect& rect) const;
    void paintBadge(QPainter& painter, const QRect& cell);

    void paintCell(QPainter& painter, const GridColumnSpan& span, const QRect& cell);
    void paintPlain(QPainter& painter, const GridColumnSpan& span, const QRect& area);
    void paintChanged(QPainter& painter, const GridColumnSpan& span, const QRect& area);
    void paintBinary(QPainter& painter, const QRect& area);
    int paintWord(QPainter& painter, const QRect& area, CellKind kind, bool rightAligned, bool matched);
    int paintSizeChip(QPainter& painter, const QRect& area, int x, qint64 bytes);
    int sizeChipWidth(qint64 bytes) const;
    void paintRangeBar(QPainter& painter, const QRect& area) const;
    void paintTick(QPainter& painter, const QRect& cell) const;

    /// Draws `text` from x, at most `width` wide, cut with an ellipsis; returns the width used.
    double paintText(QPainter& painter, double x, const QRect& area, double width, const QString& text,
                     const QFont& font, bool ascii, const Runs& runs);
    double paintAscii(QPainter& painter, double x, double width, const QString& text, const QFont& font,
                      const Runs& runs);
    double paintShaped(QPainter& painter, double x, const QRect& area, double width, const QString& text,
                       const QFont& font, const Runs& runs);
    double paintEscaped(QPainter& painter, double x, const QRect& area, double width, const QString& text,
                        const QFont& font, const Runs& runs);
    void paintUnderline(QPainter& painter, double x, double width) const;
    void paintHitBox(QPainter& painter, double x, double width, const Run& run) const;
    double textWidth(const QString& text, const QFont& font, bool ascii) const;
    double wordWidth(CellKind kind) const;
    int insetOf(CellKind kind) const;
    Runs runsOf(const QString& text, const QColor& base, bool old) const;
    const QString& word(CellKind kind) const;

    const Tokens* m_tokens = nullptr;
    qreal m_ratio = 0;
    int m_rowHeight = 23;
    int m_gutter = 34;
    int m_u = 4;
    int m_padding = 8;
    int m_baseline = 16; // from the top of a row
    double m_advance = 7;
    std::optional<QFontMetricsF> m_chipMetrics;
    std::array<double, 8> m_wordWidths{};
    QFont m_data;
    QFont m_dataStrong;
    QFont m_dataItalic;
    QFont m_dataShaped; // the same three for text that is not ASCII
    QFont m_dataStrongShaped;
    QFont m_dataItalicShaped;
    QFont m_ui;
    QFont m_uiStrong;
    QFont m_uiItalic;
    QFont m_chip;
    QFont m_badge;
    QPixmap m_hatch;
    QPixmap m_hatchFaint;
    QPixmap m_hatchGap;
    QPixmap m_badges[4];
    QSize m_badgeSize;
    QString m_wordNull;
    QString m_wordEmpty;
    QString m_wordNotSent;
    QString m_wordMasked;
    QString m_noWord;
    GridRow m_row;
    GridCell m_cell;
    QString m_scratch;
    QString m_piece;
};

/// `12.1 KiB`: bytes in powers of 1024, in the locale's digits.
QString gridSizeText(qint64 bytes);

} // namespace vtscope
