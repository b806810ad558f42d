#include "ui/stream/captureview.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "streamcore/select/find.h"
#include "ui/capture/celltext.h"
#include "ui/grid/columnlayout.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/style/banner.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr qint64 kMostCopiedRows = 100'000;

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
      m_sourceBar(new QWidget), m_findBar(new QWidget), m_find(new QLineEdit), m_findNote(new QLabel),
      m_layout(new QVBoxLayout(this))
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
    m_columns = new ColumnLayout(m_grid);
    m_columns->setTable(m_model->tableName());
    connect(m_grid->header(), &GridHeader::columnsMenuRequested, m_columns, &ColumnLayout::openMenu);
    connect(m_model, &QAbstractItemModel::modelReset, m_columns, [this] { m_columns->setTable(m_model->tableName()); });
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, &CaptureView::noteCurrent);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_grid);

    m_layout->setContentsMargins({});
    m_layout->setSpacing(0);
    m_layout->addWidget(m_sourceBar);
    m_layout->addWidget(m_findBar);
    m_layout->addWidget(m_stack, 1);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &CaptureView::showWhatIsThere);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        m_strong->setFont(metrics().uiStrong());
        m_find->setFont(metrics().data());
    });
    setFocusProxy(m_grid);
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
    if (banner)
        m_layout->insertWidget(1, banner);
}

void CaptureView::showWhatIsThere()
{
    QWidget* wanted = m_model->rowCount() > 0 ? static_cast<QWidget*>(m_grid) : m_empty;
    if (m_stack->currentWidget() == wanted)
        return;
    const bool hadFocus = hasFocus() || m_empty->isAncestorOf(QApplication::focusWidget());
    m_stack->setCurrentWidget(wanted);
    if (hadFocus || wanted == m_grid)
        m_grid->setFocus();
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
    if (ranges.size() == 1)
        return RowSet::range(m_model->numberAt(ranges.front().first),
                             static_cast<std::uint64_t>(ranges.front().count()));
    std::vector<std::uint64_t> numbers;
    for (const GridRange& range : ranges) {
        for (int row = range.first; row <= range.last; ++row)
            numbers.push_back(m_model->numberAt(row));
    }
    return RowSet::of(std::move(numbers));
}

RowSet CaptureView::shownRows() const
{
    return RowSet::range(0, static_cast<std::uint64_t>(m_grid->shownRows()));
}

void CaptureView::copy()
{
    const QModelIndex current = m_grid->currentIndex();
    if (m_grid->selectedRowCount() <= 1 && current.isValid()) {
        const Cell cell = m_model->cellAt(current.row(), current.column());
        QApplication::clipboard()->setText(cell.column ? exactText(cell) : m_model->data(current).toString());
        return;
    }
    copyRows(false);
}

void CaptureView::copyWithHeaders()
{
    copyRows(true);
}

void CaptureView::copyRows(bool hasHeaders)
{
    std::vector<int> columns;
    QStringList titles;
    for (int visual = 0; visual < m_grid->header()->count(); ++visual) {
        const int column = m_grid->header()->logicalIndex(visual);
        if (m_grid->header()->isSectionHidden(column))
            continue;
        columns.push_back(column);
        titles << m_model->gridColumn(column).title;
    }
    QString all = hasHeaders ? titles.join(u'\t') + u'\n' : QString();
    qint64 copied = 0;
    for (const GridRange& range : m_grid->selectedRanges()) {
        for (int row = range.first; row <= range.last && copied < kMostCopiedRows; ++row, ++copied)
            all += m_model->rowText(row, columns) + u'\n';
    }
    QApplication::clipboard()->setText(all);
}

void CaptureView::chooseColumns()
{
    m_columns->openDialog();
}

void CaptureView::showFind()
{
    m_findBar->show();
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
}

void CaptureView::hideFind()
{
    m_finding.cancel();
    m_findBar->hide();
    m_model->setFind({}, -1);
    m_grid->setFocus();
}

void CaptureView::findNext()
{
    m_findBar->isVisible() ? find(false, true) : showFind();
}

void CaptureView::findPrevious()
{
    m_findBar->isVisible() ? find(true, true) : showFind();
}

void CaptureView::find(bool isBackward, bool fromNext)
{
    const QString wanted = m_find->text();
    m_model->setFind(wanted, m_grid->currentRow());
    if (wanted.isEmpty()) {
        m_findNote->clear();
        return;
    }
    const int current = std::max(0, m_grid->currentRow());
    const std::uint64_t count = m_model->snapshot().count();
    std::uint64_t from = static_cast<std::uint64_t>(current);
    if (fromNext && count > 0)
        from = isBackward ? (from + count - 1) % count : (from + 1) % count;
    m_findNote->setText(tr("searching…"));
    m_finding.start([snapshot = m_model->snapshot(), needle = wanted.toStdString(), from,
                     isBackward](std::stop_token stop) { return findText(snapshot, needle, from, isBackward, stop); },
                    [this, wanted](std::optional<std::uint64_t> found) {
                        if (!found) {
                            m_findNote->setText(tr("not found"));
                            return;
                        }
                        m_findNote->clear();
                        const int row = static_cast<int>(*found);
                        m_model->setFind(wanted, row);
                        m_grid->goToRow(row);
                    });
}

void CaptureView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_findBar->isVisible()) {
        hideFind();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace vtscope
