#include "ui/grid/columnlayout.h"

#include "ui/grid/columnsdialog.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QMenu>
#include <QSet>
#include <QSettings>

#include <algorithm>

namespace vtscope {

namespace {

constexpr int kSaveMs = 500;

// A column of the table may have the name of one of ours.
QString nameOf(const GridColumn& column)
{
    return column.role == ColumnRole::Data ? column.title : QLatin1Char(':') + column.title;
}

// As kept: a number of these.
constexpr int kShown = 1;
constexpr int kPinned = 2;

QString keyOf(const QString& table)
{
    return QStringLiteral("columns/") + table;
}

} // namespace

ColumnLayout::ColumnLayout(GridView* grid) : QObject(grid), m_grid(grid)
{
    m_saveSoon.setSingleShot(true);
    m_saveSoon.setInterval(kSaveMs);
    connect(&m_saveSoon, &QTimer::timeout, this, &ColumnLayout::save);
    connect(grid->header(), &GridHeader::sectionResized, this, &ColumnLayout::noteChange);
    connect(grid->header(), &GridHeader::sectionMoved, this, &ColumnLayout::noteChange);
    connect(grid->header(), &GridHeader::pinnedChanged, this, &ColumnLayout::noteChange);
    // What the view does with the columns of another table is no choice of the user.
    connect(grid->model(), &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_isApplying = true; });
}

ColumnLayout::~ColumnLayout()
{
    if (m_saveSoon.isActive())
        save();
}

void ColumnLayout::setTable(const QString& table)
{
    if (m_table != table) {
        if (m_saveSoon.isActive())
            save();
        m_table = table;
        load();
    }
    apply();
}

QList<ColumnLayout::Column> ColumnLayout::columns() const
{
    const GridHeader* header = m_grid->header();
    QList<Column> columns;
    for (int place = 0; place < header->count(); ++place) {
        const int logical = header->logicalIndex(place);
        const GridColumn& column = m_grid->gridModel()->gridColumn(logical);
        const bool isShown = header->sectionSize(logical) > 0; // also while it is being hidden
        // A hidden section has no width; Qt gives back the one it had when it is shown.
        double chars = isShown ? header->sectionSize(logical) / metrics().dataAdvance() : 0;
        for (const Column& chosen : m_chosen) {
            if (!isShown && chosen.name == nameOf(column))
                chars = chosen.chars;
        }
        columns.append({nameOf(column), column.title, chars, isShown, header->isPinned(logical), column.masked,
                        canBeMasked(column)});
    }
    return columns;
}

void ColumnLayout::setColumns(const QList<Column>& columns)
{
    const QList<Column> before = this->columns();
    keep(columns);
    apply();
    for (const Column& column : columns) {
        const bool wasMasked = std::any_of(before.begin(), before.end(),
                                           [&](const Column& was) { return was.name == column.name && was.isMasked; });
        if (column.canBeMasked && column.isMasked != wasMasked)
            Q_EMIT maskRequested(m_table, column.title, column.isMasked);
    }
}

bool ColumnLayout::canBeMasked(const GridColumn& column) const
{
    return column.role == ColumnRole::Data && !m_table.isEmpty();
}

void ColumnLayout::reset()
{
    m_chosen.clear();
    m_saveSoon.stop();
    if (!m_table.isEmpty())
        QSettings().remove(keyOf(m_table));
    m_isApplying = true;
    GridHeader* header = m_grid->header();
    header->setPinned(0);
    for (int logical = 0; logical < header->count(); ++logical) {
        header->setSectionHidden(logical, false);
        header->moveSection(header->visualIndex(logical), logical);
    }
    m_grid->resetColumnWidths();
    m_isApplying = false;
}

void ColumnLayout::apply()
{
    m_isApplying = true;
    GridHeader* header = m_grid->header();
    QStringList names;
    for (int logical = 0; logical < header->count(); ++logical)
        names.append(nameOf(m_grid->gridModel()->gridColumn(logical)));

    QStringList order;
    QSet<QString> pinned;
    for (const Column& column : std::as_const(m_chosen)) {
        if (!names.contains(column.name))
            continue;
        order.append(column.name);
        if (column.isPinned)
            pinned.insert(column.name);
    }
    for (qsizetype logical = 0; logical < names.size(); ++logical) {
        if (!order.contains(names[logical]))
            order.insert(logical > 0 ? order.indexOf(names[logical - 1]) + 1 : 0, names[logical]);
    }
    std::stable_partition(order.begin(), order.end(), [&](const QString& name) { return pinned.contains(name); });
    for (int place = 0; place < order.size(); ++place)
        header->moveSection(header->visualIndex(static_cast<int>(names.indexOf(order[place]))), place);
    for (int logical = 0; logical < header->count(); ++logical)
        header->setSectionHidden(logical, false);
    for (const Column& column : std::as_const(m_chosen)) {
        const int logical = static_cast<int>(names.indexOf(column.name));
        if (logical < 0)
            continue;
        if (column.chars > 0)
            header->resizeSection(logical, qRound(column.chars * metrics().dataAdvance()));
        header->setSectionHidden(logical, !column.isShown);
    }
    header->setPinned(static_cast<int>(pinned.size()));
    m_isApplying = false;
}

void ColumnLayout::noteChange()
{
    if (!m_isApplying)
        keep(columns());
}

// What the table has no more may come back with another capture of it.
void ColumnLayout::keep(QList<Column> columns)
{
    for (const Column& column : std::as_const(m_chosen)) {
        if (std::none_of(columns.begin(), columns.end(), [&](const Column& has) { return has.name == column.name; }))
            columns.append(column);
    }
    m_chosen = std::move(columns);
    m_saveSoon.start();
}

void ColumnLayout::load()
{
    m_chosen.clear();
    if (m_table.isEmpty())
        return;
    // "width flags name"
    for (const QString& line : QSettings().value(keyOf(m_table)).toStringList()) {
        const double chars = line.section(u' ', 0, 0).toDouble();
        const QString name = line.section(u' ', 2);
        const int flags = line.section(u' ', 1, 1).toInt();
        if (!name.isEmpty())
            m_chosen.append({name, {}, std::clamp(chars, 0.0, 1000.0), (flags & kShown) != 0, (flags & kPinned) != 0});
    }
}

void ColumnLayout::save()
{
    m_saveSoon.stop();
    if (m_table.isEmpty())
        return;
    QStringList lines;
    for (const Column& column : std::as_const(m_chosen)) {
        const int flags = (column.isShown ? kShown : 0) | (column.isPinned ? kPinned : 0);
        lines.append(QStringLiteral("%1 %2 %3").arg(column.chars, 0, 'f', 2).arg(flags).arg(column.name));
    }
    QSettings().setValue(keyOf(m_table), lines);
}

void ColumnLayout::openDialog()
{
    ColumnsDialog dialog(columns(), m_grid->window());
    connect(&dialog, &ColumnsDialog::resetRequested, this, [&] {
        reset();
        dialog.setColumns(columns());
    });
    if (dialog.exec() == QDialog::Accepted)
        setColumns(dialog.columns());
}

void ColumnLayout::openMenu(const QPoint& globalPosition, int logical)
{
    GridHeader* header = m_grid->header();
    QMenu menu(m_grid);
    if (logical >= 0) {
        const QString title = m_grid->gridModel()->gridColumn(logical).title;
        QAction* hide = menu.addAction(tr("&Hide %1").arg(QString(title).replace(u'&', QStringLiteral("&&"))), this,
                                       [header, logical] { header->hideSection(logical); });
        hide->setEnabled(header->hiddenSectionCount() < header->count() - 1);
        const bool isPinned = header->isPinned(logical);
        menu.addAction(icon(IconName::Pin), isPinned ? tr("Un&pin") : tr("&Pin at the Left"), this,
                       [header, logical, isPinned] { header->pin(logical, !isPinned); });
        menu.addAction(tr("&Fit Width"), m_grid, [this, logical] { m_grid->fitColumn(logical); });
        if (canBeMasked(m_grid->gridModel()->gridColumn(logical))) {
            const bool isMasked = m_grid->gridModel()->gridColumn(logical).masked;
            menu.addAction(icon(IconName::Mask), isMasked ? tr("Un&mask This Column") : tr("&Mask This Column"), this,
                           [this, title, isMasked] { Q_EMIT maskRequested(m_table, title, !isMasked); });
        }
        menu.addSeparator();
    }
    menu.addAction(tr("&Columns…"), this, &ColumnLayout::openDialog);
    menu.addAction(tr("&Reset Columns"), this, &ColumnLayout::reset);
    menu.exec(globalPosition);
}

} // namespace vtscope
