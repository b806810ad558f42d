#include "ui/style/stylesheet.h"

#include <QFontInfo>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

// @names are colours of Tokens, {n} are n units; fonts are named by their role.
constexpr auto kSheet = R"(
QMainWindow, QDialog { background: @window; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QMenuBar { background: @window; border: 0; border-bottom: 1px solid @border; padding: 0 {1}; }
QMenuBar::item { background: transparent; padding: {1} {2}; margin: 0; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @raised; border: 1px solid @border; padding: {1}; }
QMenu::item { padding: {1.25} {6} {1.25} {2}; border-radius: 4px; background: transparent; }
QMenu::item:selected { background: @selA; color: @text; }
QMenu::item:disabled { color: @disabled; }
QMenu::icon { padding-left: {1.5}; }
QMenu::separator { height: 1px; background: @border; margin: {1} {2}; }
QToolBar { background: @window; border: 0; border-bottom: 1px solid @border; spacing: {1}; padding: 0 {2}; }
QToolBar::separator { background: @border; width: 1px; margin: {2} {1.5}; }
QStatusBar { background: @window; border-top: 1px solid @border; min-height: {6}; }
QStatusBar::item { border: 0; }
QToolTip { background: @raised; color: @text; border: 1px solid @borderStrong; padding: {0.75} {1.5}; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QDockWidget { border: 0; }

QScrollBar { background: transparent; border: 0; }
QScrollBar:vertical { width: {2.75}; margin: 0; }
QScrollBar:horizontal { height: {2.75}; margin: 0; }
QScrollBar::handle { background: @borderStrong; border-radius: {0.75}; }
QScrollBar::handle:vertical { min-height: {7}; margin: 2px {0.5}; }
QScrollBar::handle:horizontal { min-width: {7}; margin: {0.5} 2px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: @text2; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: 0; }

QTabWidget::pane { border: 0; border-top: 1px solid @border; }
QTabBar { background: @sunken; qproperty-drawBase: 0; qproperty-expanding: 0; }
QTabBar::tab { background: transparent; color: @text2; padding: 0 {3}; min-height: {8}; border: 0;
    border-top: 2px solid transparent; border-right: 1px solid @border; }
QTabBar::tab:selected { background: @surface; color: @text; border-top: 2px solid @accentText; }
QTabBar::tab:hover:!selected { background: @hover; color: @text; }
QTabBar::tab:disabled { color: @disabled; }
QTabBar[vtTabs="panel"] { background: transparent; }
QTabBar[vtTabs="panel"]::tab { background: transparent; color: @text2; padding: 0 {2.5}; min-height: {7}; border: 0;
    border-bottom: 2px solid transparent; }
QTabBar[vtTabs="panel"]::tab:selected { color: @text; border-bottom: 2px solid @accentText; }
QTabBar[vtTabs="panel"]::tab:hover:!selected { color: @text; border-bottom: 2px solid @border; }
QTabBar::scroller { width: {6}; }

QHeaderView { background: @header; border: 0; }
QHeaderView::section { background: @header; color: @text; border: 0; border-bottom: 1px solid @border;
    border-right: 1px solid @border; padding: 0 {2}; font-weight: 600; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @border; padding: {1}; }

QFrame[vtSurface="surface"] { background: @surface; border: 0; }
QFrame[vtSurface="raised"] { background: @raised; border: 0; }
QFrame[vtSurface="sunken"] { background: @sunken; border: 0; }
QFrame[vtSurface="line"] { background: @border; border: 0; }
QFrame[vtSurface="window"] { background: @window; border: 0; }
QFrame[vtSurface="card"] { background: @raised; border: 1px solid @border; border-radius: 8px; }

QLabel[vtText="secondary"] { color: @text2; }
QLabel[vtText="strong"] { font-weight: 600; }
QLabel[vtText="heading"] { color: @text2; font: %heading; }
QLabel[vtText="title"] { font: %title; }
QLabel[vtText="display"] { font: %display; }
QLabel[vtText="small"] { color: @text2; font: %small; }
QLabel[vtText="data"] { font: %data; }
QLabel[vtText="error"] { color: @err; }
QLabel[vtText="warning"] { color: @warn; }
QLabel[vtText="ok"] { color: @ok; }
)";

QString fontRule(const QFont& font)
{
    const QString size =
        font.pointSizeF() > 0 ? u"%1pt"_s.arg(font.pointSizeF(), 0, 'f', 2) : u"%1px"_s.arg(font.pixelSize());
    return u"%1 %2 \"%3\""_s.arg(static_cast<int>(font.weight())).arg(size, font.family());
}

struct Name
{
    QLatin1StringView name;
    QColor Tokens::*color;
};

// Longer names first: "@text" must not eat the beginning of "@text2".
constexpr Name kNames[] = {
    {"@borderStrong"_L1, &Tokens::borderStrong},
    {"@accentText"_L1, &Tokens::accentText},
    {"@disabled"_L1, &Tokens::disabled},
    {"@surface"_L1, &Tokens::surface},
    {"@window"_L1, &Tokens::window},
    {"@sunken"_L1, &Tokens::sunken},
    {"@raised"_L1, &Tokens::raised},
    {"@header"_L1, &Tokens::header},
    {"@border"_L1, &Tokens::border},
    {"@hover"_L1, &Tokens::hover},
    {"@text2"_L1, &Tokens::text2},
    {"@text"_L1, &Tokens::text},
    {"@selA"_L1, &Tokens::selA},
    {"@warn"_L1, &Tokens::warn},
    {"@err"_L1, &Tokens::err},
    {"@ok"_L1, &Tokens::ok},
};

} // namespace

QString buildStyleSheet(const Tokens& tokens, const Metrics& metrics)
{
    QString sheet = QString::fromLatin1(kSheet);
    for (const Name& entry : kNames)
        sheet.replace(entry.name, (tokens.*entry.color).name());
    sheet.replace("%heading"_L1, fontRule(metrics.heading()));
    sheet.replace("%title"_L1, fontRule(metrics.title()));
    sheet.replace("%display"_L1, fontRule(metrics.tileNumber()));
    sheet.replace("%small"_L1, fontRule(metrics.small()));
    sheet.replace("%data"_L1, fontRule(metrics.data()));

    // Lengths: {n} only where n is a number, so that the braces of the rules stay.
    QString result;
    result.reserve(sheet.size());
    qsizetype at = 0;
    while (at < sheet.size()) {
        const qsizetype open = sheet.indexOf(u'{', at);
        const qsizetype close = open < 0 ? -1 : sheet.indexOf(u'}', open);
        bool isNumber = false;
        const double units = close < 0 ? 0 : QStringView(sheet).mid(open + 1, close - open - 1).toDouble(&isNumber);
        if (open < 0 || close < 0) {
            result += QStringView(sheet).mid(at);
            break;
        }
        result += QStringView(sheet).mid(at, open - at);
        if (isNumber) {
            result += QString::number(metrics.space(units)) + "px"_L1;
            at = close + 1;
        } else {
            result += u'{';
            at = open + 1;
        }
    }
    return result;
}

} // namespace vtscope
