// Which rows a CaptureView shows, and in which order: filter and sorting, answered by pool threads.
#include <QLocale>

#include <mutex>
#include <span>

#include "streamcore/select/filterlines.h"
#include "streamcore/select/sort.h"
#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/stream/filterbar.h"
#include "ui/stream/keptselection.h"

namespace vtscope {

namespace {

// The first that pass are shown at once. More of them wait longer: each picture takes time from the search.
constexpr int kUntilFirstMs = 8, kUntilNextMs = 100;

} // namespace

// What a filter found and the window has not shown yet; written by the thread that asks.
class CaptureView::FoundLines
{
public:
    void add(std::span<const std::uint64_t> lines, std::uint64_t through)
    {
        const std::lock_guard lock(m_mutex);
        m_lines.insert(m_lines.end(), lines.begin(), lines.end());
        m_through = through;
    }

    std::pair<std::vector<std::uint64_t>, std::uint64_t> take()
    {
        const std::lock_guard lock(m_mutex);
        return {std::exchange(m_lines, {}), m_through};
    }

    bool isShown = false; // GUI thread

private:
    std::mutex m_mutex;
    std::vector<std::uint64_t> m_lines;
    std::uint64_t m_through = 0;
};

void CaptureView::filterBy(const Filter& filter)
{
    m_filtering.cancel();
    m_sorting.cancel();
    m_filter = filter;
    m_found.reset();
    m_takeFound.stop();
    m_selection->keep();
    if (filter.isEmpty()) {
        m_model->showAll();
        m_selection->restore();
        sortAgain();
        return;
    }
    m_filterBar->setBusy();
    m_found = std::make_shared<FoundLines>();
    m_filtering.start(
        [snapshot = m_model->snapshot(), filter, found = m_found](const std::stop_token& stop) {
            return filterLines(snapshot, filter, stop,
                               [&found](std::span<const std::uint64_t> lines, std::uint64_t through) {
                                   found->add(lines, through);
                               })
                .has_value();
        },
        [this](bool isDone) { takeFound(isDone); });
    m_takeFound.start(kUntilFirstMs);
}

// What was found so far, many times before all lines were asked.
void CaptureView::takeFound(bool isLast)
{
    if (!m_found)
        return;
    const auto [lines, through] = m_found->take();
    if (through == 0 && !isLast)
        return;
    if (!m_found->isShown) {
        m_model->showFiltered(m_filter);
        m_found->isShown = true;
        m_takeFound.start(kUntilNextMs);
    }
    m_model->addPassing(lines, through, isLast);
    m_selection->restore();
    if (isLast) {
        m_takeFound.stop();
        m_found.reset();
        sortAgain();
    }
    countShown();
}

// Up, down, then as they came again.
void CaptureView::sortBy(int column)
{
    const std::optional<SortKey> key = m_model->sortKeyOf(column);
    if (!key || m_filtering.isRunning())
        return;
    if (isMasked(*key)) {
        Q_EMIT problem(maskedSentence(text(key->column)), tr("Unmask the column to sort by it."));
        return;
    }
    SortKey next = *key;
    if (m_sortKey && m_sortKey->kind == next.kind && m_sortKey->column == next.column) {
        if (m_sortKey->isDescending)
            return unsort();
        next.isDescending = true;
    } else if (next.kind == SortKey::Kind::Arrival) {
        next.isDescending = true; // upwards is how they are
    }
    m_sortKey = next;
    sortAgain();
}

void CaptureView::sortCurrentColumn()
{
    if (const QModelIndex current = m_grid->currentIndex(); current.isValid())
        sortBy(current.column());
}

void CaptureView::unsort()
{
    m_sorting.cancel();
    const bool wasSorted = m_model->isSorted();
    m_sortKey.reset();
    showSortSign();
    if (wasSorted)
        filterBy(m_filter);
    else
        countShown();
}

void CaptureView::sortAgain()
{
    showSortSign();
    if (!m_sortKey) {
        countShown();
        return;
    }
    const RowSet rows = m_model->lines(m_model->rowCount());
    m_sorting.start(
        [snapshot = m_model->snapshot(), rows, key = *m_sortKey](const std::stop_token& stop) {
            return std::pair(snapshot, sortLines(snapshot, rows, key, stop));
        },
        [this](const std::pair<Snapshot, std::optional<RowSet>>& sorted) {
            if (!sorted.second)
                return;
            m_selection->keep();
            m_model->showSorted(sorted.first, *sorted.second);
            m_selection->restore();
            countShown();
        });
    countShown();
}

// All lines are asked again, in the order of arrival, and then sorted.
void CaptureView::sortAnew()
{
    if (m_model->linesBehindSort() > 0 && !m_filtering.isRunning())
        filterBy(m_filter);
}

void CaptureView::showSortSign()
{
    GridHeader* header = m_grid->header();
    header->setSortIndicatorShown(m_sortKey.has_value());
    for (int column = 0; m_sortKey && column < m_model->columnCount(); ++column) {
        const auto key = m_model->sortKeyOf(column);
        if (key && key->kind == m_sortKey->kind && key->column == m_sortKey->column)
            header->setSortIndicator(column, m_sortKey->isDescending ? Qt::DescendingOrder : Qt::AscendingOrder);
    }
    header->viewport()->update();
}

// Which lines are shown of how many, and in which order.
void CaptureView::countShown()
{
    const QLocale locale;
    const auto number = [&locale](std::uint64_t count) { return locale.toString(static_cast<qulonglong>(count)); };
    QStringList words;
    if (m_filtering.isRunning())
        words << tr("%1 so far").arg(locale.toString(m_model->rowCount()));
    else if (!m_filter.isEmpty())
        words << tr("%1 of %2").arg(locale.toString(m_model->rowCount()), number(m_model->lineCount()));
    const std::uint64_t behind = m_sorting.isRunning() ? 0 : m_model->linesBehindSort();
    if (m_sorting.isRunning())
        words << tr("sorting…");
    else if (m_model->isSorted())
        words << tr("sorted");
    m_filterBar->setSortAgain(behind == 0 ? QString() : tr("%1 new, sort again").arg(number(behind)));
    m_filterBar->setCount(words.join(QStringLiteral(" · ")));
}

} // namespace vtscope
