#include "tests/bench/grid.h"

#include "tests/support/syntheticgridmodel.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QScrollBar>

#include <cstdio>

namespace vtscope::bench {
namespace {

constexpr int kManyRows = 100'000'000;
constexpr int kFewRows = 1000;
constexpr int kBatch = 1000;
constexpr int kPaints = 50;
constexpr int kInserts = 1000;
constexpr int kSelections = 20;
const QSize kSize(1600, 900);

// A shown view over so many plain rows.
struct Sheet
{
    explicit Sheet(int rows) : model(rows)
    {
        model.setPlain(true);
        view.setModel(&model);
        view.resize(kSize);
        view.show();
        QApplication::processEvents();
    }

    void paint()
    {
        for (int i = 0; i < kPaints; ++i)
            view.viewport()->repaint();
    }

    void insert()
    {
        for (int i = 0; i < kInserts; ++i)
            model.append(kBatch);
    }

    void selectAll()
    {
        for (int i = 0; i < kSelections; ++i) {
            view.clearSelection();
            view.selectAll();
        }
    }

    // There and back, painted each time.
    void scrollToEnd()
    {
        for (int i = 0; i < kSelections; ++i) {
            view.verticalScrollBar()->setValue(i % 2 == 0 ? view.verticalScrollBar()->maximum() : 0);
            view.viewport()->repaint();
        }
    }

    SyntheticGridModel model;
    GridView view;
};

// The texts that a sheet shows and nothing else: each drawn once where its cell begins, on a plain ground.
class BareTexts
{
public:
    explicit BareTexts(const Sheet& sheet) : m_image(sheet.view.viewport()->size(), QImage::Format_RGB32)
    {
        const GridRange rows = sheet.view.visibleRows();
        GridCell cell;
        for (int row = rows.first; row <= rows.last; ++row) {
            for (int column = 0; column < sheet.model.columnCount(); ++column) {
                const QRect place = sheet.view.visualRect(sheet.model.index(row, column));
                if (!place.intersects(m_image.rect()))
                    continue;
                cell.reset();
                sheet.model.cell(row, column, cell);
                const auto characters = static_cast<qsizetype>(place.width() / metrics().dataAdvance());
                m_texts.append(
                    {place.bottomLeft() - QPoint(0, sheet.view.rowHeight() / 3), cell.text.left(characters)});
            }
        }
        m_font = metrics().data();
        m_font.setStyleStrategy(QFont::PreferNoShaping);
    }

    void fill()
    {
        for (int i = 0; i < kPaints; ++i)
            m_image.fill(Qt::white);
    }

    void draw()
    {
        for (int i = 0; i < kPaints; ++i) {
            m_image.fill(Qt::white);
            QPainter painter(&m_image);
            painter.setFont(m_font);
            for (const auto& [place, text] : m_texts)
                painter.drawText(place, text);
        }
    }

private:
    QImage m_image;
    QFont m_font;
    QList<std::pair<QPoint, QString>> m_texts;
};

std::vector<Figure> measureGrid()
{
    Theme::instance().install(Theme::Choice::Light);
    Sheet few(kFewRows);
    Sheet many(kFewRows);
    many.selectAll();
    const double memoryOfFew = ownMemory();
    many.model.resetRows(kManyRows);
    many.selectAll();
    many.scrollToEnd();
    const double memoryOfMany = ownMemory();
    few.view.setTopRow(0);
    many.view.setTopRow(0);
    BareTexts bare(many);

    const auto costs = measureInTurn({[&] { bare.fill(); }, [&] { bare.draw(); }, [&] { many.paint(); },
                                      [&] { few.selectAll(); }, [&] { many.selectAll(); }, [&] { few.scrollToEnd(); },
                                      [&] { many.scrollToEnd(); }, [&] { few.insert(); }, [&] { many.insert(); }},
                                     roundCount());
    const auto each = [&costs](std::size_t i, int count, double unit) { return costs[i].cpuSeconds / count * unit; };
    constexpr double kMilli = 1e3, kMicro = 1e6;
    const double text = each(1, kPaints, kMilli);
    std::vector<Figure> figures{
        timeFigure("grid.fill", each(0, kPaints, kMilli), "CPU ms"),
        timeFigure("grid.texts", text, "CPU ms", each(0, kPaints, kMilli), "plain fill"),
        timeFigure("grid.paint", each(2, kPaints, kMilli), "CPU ms", text, "its texts drawn bare"),
        timeFigure("grid.insert", each(8, kInserts, kMicro), "CPU us", each(7, kInserts, kMicro), "at 1,000 rows"),
        timeFigure("grid.select-all", each(4, kSelections, kMicro), "CPU us", each(3, kSelections, kMicro),
                   "at 1,000 rows"),
        timeFigure("grid.scroll-to-end", each(6, kSelections, kMilli), "CPU ms", each(5, kSelections, kMilli),
                   "at 1,000 rows"),
        timeFigure("grid.memory", memoryOfMany, "MiB", memoryOfFew, "at 1,000 rows"),
    };
    char note[64];
    std::snprintf(note, sizeof note, "%.1f x a plain fill of as many pixels", figures[2].value / figures[0].value);
    figures[2].note = note;
    figures[3].note = "1,000 rows a time";
    figures[6].note = "anonymous, of the whole process";
    return figures;
}

} // namespace

void addGrid(Suite& suite)
{
    suite.add({{"grid.fill", "grid.texts", "grid.paint", "grid.insert", "grid.select-all", "grid.scroll-to-end",
                "grid.memory"},
               measureGrid});
}

} // namespace vtscope::bench
