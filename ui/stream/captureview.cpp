#include "ui/stream/captureview.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "streamcore/select/find.h"
#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/columnlayout.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/filterbar.h"
#include "ui/stream/keptselection.h"
#include "ui/style/banner.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"

#include <algorithm>

namespace vtscope {

namespace {

QToolButton* findButton(IconName sign, const QString& name)
{
    auto* button = new QToolButton;
    button->setIcon(icon(sign));
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setAutoRaise(true);
    return button;
}

} // namespace

CaptureView::CaptureView(std::shared_ptr<Capture> capture, QWidget* parent)
    : QWidget(parent), m_model(new CaptureModel(std::move(capture), this)), m_grid(new GridView),
      m_empty(new EmptyState), m_stack(new QStackedWidget), m_strong(new QLabel), m_quiet(new QLabel),
      m_sourceBar(new QWidget), m_filterBar(new FilterBar([this] { return filterNames(); })), m_findBar(new QWidget),
      m_find(new QLineEdit), m_findNote(new QLabel), m_layout(new QVBoxLayout(this))
{
    const int gap = metrics().space(2), padding = metrics().panelPadding();
    auto* source = new QHBoxLayout(m_sourceBar);
    source->setContentsMargins(padding, gap, padding, gap);
    source->setSpacing(metrics().space(3));
    m_strong->setFont(metrics().uiStrong());
    m_strong->setTextFormat(Qt::PlainText);
    m_quiet->setTextFormat(Qt::PlainText);
    m_quiet->setProperty("tone", QStringLiteral("quiet"));
    source->addWidget(m_strong);
    source->addWidget(m_quiet);
    source->addStretch(1);

    auto* finding = new QHBoxLayout(m_findBar);
    finding->setContentsMargins(padding, 0, padding, gap);
    m_find->setObjectName(QStringLiteral("find"));
    m_findNote->setObjectName(QStringLiteral("hits"));
    m_find->setPlaceholderText(tr("Find text in any value"));
    m_find->setAccessibleName(tr("Find text"));
    m_find->setFont(metrics().data());
    auto* previous = findButton(IconName::ChevronUp, tr("Previous hit (Shift+F3)"));
    auto* next = findButton(IconName::ChevronDown, tr("Next hit (F3)"));
    auto* close = findButton(IconName::Close, tr("Close the find bar (Esc)"));
    finding->addWidget(m_find, 1);
    finding->addWidget(m_findNote);
    finding->addWidget(previous);
    finding->addWidget(next);
    finding->addWidget(close);
    m_findBar->hide();
    connect(m_find, &QLineEdit::returnPressed, this, &CaptureView::findNext);
    connect(m_find, &QLineEdit::textEdited, this, [this] { find(false, false); });
    connect(previous, &QToolButton::clicked, this, &CaptureView::findPrevious);
    connect(next, &QToolButton::clicked, this, &CaptureView::findNext);
    connect(close, &QToolButton::clicked, this, &CaptureView::hideFind);

    m_grid->setAccessibleName(tr("Changes"));
    m_grid->setModel(m_model);
    m_selection = new KeptSelection(m_model, m_grid);
    m_columns = new ColumnLayout(m_grid);
    m_columns->setTable(m_model->tableName());
    connect(m_grid->header(), &GridHeader::columnsMenuRequested, m_columns, &ColumnLayout::openMenu);
    connect(m_columns, &ColumnLayout::maskRequested, &KeptMasks::instance(), &KeptMasks::set);
    // After the model, which was made before.
    connect(&KeptMasks::instance(), &KeptMasks::changed, this, &CaptureView::takeMasks);
    connect(m_model, &QAbstractItemModel::modelReset, m_columns, [this] { m_columns->setTable(m_model->tableName()); });
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, &CaptureView::noteCurrent);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_grid);

    m_layout->setContentsMargins({});
    m_layout->setSpacing(0);
    m_layout->addWidget(m_sourceBar);
    m_layout->addWidget(m_filterBar);
    m_layout->addWidget(m_findBar);
    m_layout->addWidget(m_stack, 1);
    connect(m_filterBar, &FilterBar::applied, this, [this](const Filter& filter) {
        m_former.clear();
        showBack();
        filterBy(filter);
    });
    connect(m_filterBar, &FilterBar::backRequested, this, &CaptureView::goBack);
    connect(m_filterBar, &FilterBar::sortAgainRequested, this, &CaptureView::sortAnew);
    connect(m_filterBar, &FilterBar::left, this, [this] { setFocus(); });
    m_grid->header()->setSectionsClickable(true);
    connect(m_grid->header(), &QHeaderView::sectionClicked, this, &CaptureView::sortBy);
    // Who follows wants the newest at the end.
    connect(m_grid, &GridView::followChanged, this, [this](bool isOn) {
        if (isOn && m_model->isSorted())
            unsort();
    });
    connect(
        m_model, &CaptureModel::sortOutlived, this,
        [this] {
            unsort();
            Q_EMIT problem(tr("The list is in the order of arrival again"),
                           tr("The ring dropped changes that stood in it sorted."));
        },
        Qt::QueuedConnection);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &CaptureView::showWhatIsThere);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &CaptureView::countShown);
    // Once it is there, it counts at the pace of whoever counts the changes.
    connect(m_model, &CaptureModel::linesHeldBack, this, [this] {
        if (!m_filterBar->isSortAgainShown())
            countShown();
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, &CaptureView::showWhatIsThere);
    connect(m_model, &QAbstractItemModel::modelReset, this, &CaptureView::showFilteredColumns);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        m_strong->setFont(metrics().uiStrong());
        m_find->setFont(metrics().data());
    });
    connect(&m_takeFound, &QTimer::timeout, this, [this] { takeFound(false); });
    setFocusProxy(m_empty);
    showWhatIsThere();
}

void CaptureView::setSource(const QString& strong, const QString& quiet)
{
    m_strong->setText(strong);
    m_quiet->setText(quiet);
}

void CaptureView::addToSourceBar(QWidget* widget)
{
    m_sourceBar->layout()->addWidget(widget);
}

void CaptureView::setBanner(Banner* banner)
{
    if (m_banner)
        m_banner->deleteLater();
    m_banner = banner;
    m_filterBar->setContentsMargins(0, banner ? metrics().space(1.5) : 0, 0, 0);
    if (banner)
        m_layout->insertWidget(1, banner);
}

void CaptureView::showWhatIsThere()
{
    QWidget* wanted = m_model->rowCount() > 0 || m_model->isFiltered() ? static_cast<QWidget*>(m_grid) : m_empty;
    if (m_stack->currentWidget() == wanted)
        return;
    const bool hadFocus = hasFocus() || m_stack->isAncestorOf(QApplication::focusWidget());
    m_stack->setCurrentWidget(wanted);
    setFocusProxy(wanted);
    if (hadFocus)
        wanted->setFocus();
}

void CaptureView::noteCurrent()
{
    const QModelIndex current = m_grid->currentIndex();
    if (!current.isValid())
        return;
    const Cell cell = m_model->cellAt(current.row(), current.column());
    Q_EMIT currentLineChanged(m_model->numberAt(current.row()), cell.column ? text(cell.column->name) : QString());
}

std::optional<RowSet> CaptureView::selectedRows() const
{
    const auto ranges = m_grid->selectedRanges();
    if (ranges.empty())
        return std::nullopt;
    if (ranges.size() == 1 && !m_model->isFiltered() && !m_model->isSorted())
        return RowSet::range(m_model->numberAt(ranges.front().first),
                             static_cast<std::uint64_t>(ranges.front().count()));
    std::vector<std::uint64_t> numbers;
    for (const GridRange& range : ranges) {
        for (int row = range.first; row <= range.last; ++row)
            numbers.push_back(m_model->numberAt(row));
    }
    return RowSet::of(numbers);
}

QStringList CaptureView::maskedColumns() const
{
    return maskedColumnsIn(m_model->snapshot(), m_model->masks());
}

RowSet CaptureView::shownRows() const
{
    return m_model->lines(m_grid->shownRows());
}

// The table's own, from left to right; none in a grid of several tables.
QStringList CaptureView::shownColumns() const
{
    QStringList names;
    for (int visual = 0; visual < m_grid->header()->count(); ++visual) {
        const int column = m_grid->header()->logicalIndex(visual);
        const auto key = m_model->sortKeyOf(column);
        if (key && key->kind == SortKey::Kind::Column && !m_grid->header()->isSectionHidden(column))
            names << text(key->column);
    }
    return names;
}

void CaptureView::chooseColumns()
{
    m_columns->openDialog();
}

void CaptureView::showFilter()
{
    m_filterBar->focusText();
}

void CaptureView::showFind()
{
    m_findBar->show();
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
    if (m_find->text().isEmpty())
        return;
    // What was looked for before is marked again.
    m_model->setFind(m_find->text(), m_grid->currentRow());
    noteCurrent();
}

void CaptureView::hideFind()
{
    m_finding.cancel();
    m_counting.cancel();
    m_findBar->hide();
    m_model->setFind({}, -1);
    noteCurrent();
    setFocus();
}

void CaptureView::findNext()
{
    findAgain(false);
}

void CaptureView::findPrevious()
{
    findAgain(true);
}

// What was looked for before the bar was closed is still meant.
void CaptureView::findAgain(bool isBackward)
{
    if (!m_findBar->isVisible() && m_find->text().isEmpty()) {
        showFind();
        return;
    }
    m_findBar->show();
    find(isBackward, true);
}

void CaptureView::find(bool isBackward, bool fromNext)
{
    const QString wanted = m_find->text();
    m_model->setFind(wanted, m_grid->currentRow());
    const auto shown = static_cast<std::uint64_t>(m_grid->shownRows());
    if (wanted.isEmpty() || shown == 0) {
        m_finding.cancel();
        m_counting.cancel();
        m_hits.reset();
        m_findNote->setText(wanted.isEmpty() ? QString() : tr("not found"));
        return;
    }
    if (!fromNext)
        returnToFindOrigin();
    noteFindOrigin();
    std::uint64_t from = std::min(static_cast<std::uint64_t>(std::max(0, m_grid->currentRow())), shown - 1);
    if (fromNext && m_grid->currentRow() >= 0)
        from = isBackward ? (from + shown - 1) % shown : (from + 1) % shown;
    m_findNote->setText(tr("searching…"));
    m_finding.start(
        [snapshot = m_model->snapshot(), rows = shownRows(), needle = wanted.toStdString(), from, isBackward,
         masks = m_model->masks()](const std::stop_token& stop) {
            return findText(snapshot, rows, needle, from, isBackward, stop, masks);
        },
        [this, wanted](std::optional<std::uint64_t> found) {
            m_hits.reset();
            if (!found) {
                m_findNote->setText(tr("not found"));
                return;
            }
            const int row = static_cast<int>(*found);
            m_model->setFind(wanted, row);
            m_foundLine = m_model->numberAt(row);
            m_grid->goToRow(row, columnOfHit(row));
            noteCurrent(); // the same row may show another hit now
            m_findNote->clear();
            countHits(wanted);
        });
}

// Where the user was before find went elsewhere.
void CaptureView::noteFindOrigin()
{
    const QModelIndex current = m_grid->currentIndex();
    if (!current.isValid() || m_model->numberAt(current.row()) == m_foundLine)
        return;
    m_findOrigin.emplace(m_model->numberAt(current.row()), current.column());
    m_foundLine.reset();
}

// A text that grows is looked for from there on: what only its beginning met is no hit.
void CaptureView::returnToFindOrigin()
{
    const int row = m_grid->currentRow();
    if (!m_findOrigin || row < 0 || m_model->numberAt(row) != m_foundLine)
        return;
    m_foundLine.reset();
    if (const int origin = m_model->rowOf(m_findOrigin->first); origin >= 0)
        m_grid->goToRow(origin, m_findOrigin->second);
}

// Which hit the current row is, of how many: in the rows as they are now.
void CaptureView::countHits(const QString& wanted)
{
    m_counting.start(
        [snapshot = m_model->snapshot(), rows = shownRows(), needle = wanted.toStdString(), masks = m_model->masks()](
            const std::stop_token& stop) { return findLines(snapshot, rows, needle, stop, {}, masks); },
        [this](std::optional<RowSet> hits) {
            m_hits = std::move(hits);
            showHit();
        });
}

void CaptureView::showHit()
{
    const int row = m_grid->currentRow();
    if (!m_hits || row < 0)
        return;
    std::uint64_t low = 0, high = m_hits->count();
    while (low < high) {
        const std::uint64_t middle = (low + high) / 2;
        m_hits->at(middle) < static_cast<std::uint64_t>(row) ? low = middle + 1 : high = middle;
    }
    const QLocale locale;
    const QString all = locale.toString(static_cast<qulonglong>(m_hits->count()));
    const bool isHit = low < m_hits->count() && m_hits->at(low) == static_cast<std::uint64_t>(row);
    m_findNote->setText(isHit ? tr("%1 of %2").arg(locale.toString(static_cast<qulonglong>(low + 1)), all)
                              : tr("%1 hits").arg(all));
}

// The current column if it stands there, else the first that can be seen; -1 for none.
int CaptureView::columnOfHit(int row) const
{
    std::vector<int> columns = m_model->hitColumns(row);
    std::erase_if(columns, [this](int column) { return m_grid->header()->isSectionHidden(column); });
    const int current = m_grid->currentIndex().column();
    if (columns.empty() || std::find(columns.begin(), columns.end(), current) != columns.end())
        return columns.empty() ? -1 : current;
    return columns.front();
}

void CaptureView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_findBar->isVisible()) {
        hideFind();
        return;
    }
    // Letters that the list does not use itself.
    if (m_grid->hasFocus() && m_grid->hasLetterKeys() && event->modifiers() == Qt::NoModifier) {
        switch (event->key()) {
        case Qt::Key_M:
            toggleMark();
            return;
        case Qt::Key_H:
            showHistory();
            return;
        case Qt::Key_BracketRight:
            nextMark();
            return;
        case Qt::Key_BracketLeft:
            previousMark();
            return;
        default:
            break;
        }
    }
    QWidget::keyPressEvent(event);
}

} // namespace vtscope
