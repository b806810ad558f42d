// What CaptureView puts on the clipboard.
#include <QApplication>
#include <QClipboard>
#include <QLocale>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"

namespace vtscope {

namespace {

constexpr qint64 kMostCopiedRows = 100'000;
constexpr std::uint64_t kMostKeys = 1000; // in one filter

} // namespace

void CaptureView::copy()
{
    if (m_grid->selectedRowCount() <= 1)
        copyCell();
    else
        copyRows();
}

void CaptureView::copyCell()
{
    if (const QModelIndex current = m_grid->currentIndex(); current.isValid())
        QApplication::clipboard()->setText(m_model->cellText(current.row(), current.column()));
}

void CaptureView::copyRows()
{
    copyTable(false);
}

void CaptureView::copyWithHeaders()
{
    copyTable(true);
}

void CaptureView::copyTable(bool hasHeaders)
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
    if (m_grid->selectedRowCount() > copied)
        tellCut(kMostCopiedRows);
}

void CaptureView::tellCut(std::uint64_t most)
{
    Q_EMIT problem(tr("Only the first %1 changes were copied").arg(QLocale().toString(static_cast<qulonglong>(most))),
                   tr("An export writes all of them."));
}

void CaptureView::copyValueFilter()
{
    if (const Filter filter = valueFilter(); !filter.isEmpty())
        QApplication::clipboard()->setText(text(filter.text()));
}

void CaptureView::copyKeyFilter()
{
    const std::optional<RowSet> lines = chosenLines();
    if (!lines)
        return;
    std::vector<Filter> keys;
    for (std::uint64_t i = 0; i < std::min(lines->count(), kMostKeys); ++i)
        keys.push_back(historyFilter(lines->at(i)));
    const Filter filter = anyOf(keys);
    if (const auto column = filterNames().masked.askedBy(filter)) {
        Q_EMIT problem(maskedSentence(text(*column)), tr("Unmask the column to filter by it."));
        return;
    }
    if (filter.isEmpty()) {
        Q_EMIT problem(tr("There is no key to filter by here"), tr("Select changes of tables that have a key."));
        return;
    }
    QApplication::clipboard()->setText(text(filter.text()));
    if (lines->count() > kMostKeys)
        Q_EMIT problem(tr("Only the keys of the first %1 changes were copied").arg(kMostKeys),
                       tr("Select fewer for a filter."));
}

// Of the chosen lines, all their columns; a copy of many is made beside the GUI thread.
void CaptureView::copyAs(CopyForm form)
{
    const std::optional<RowSet> lines = chosenLines();
    if (!lines)
        return;
    m_copying.start(
        [form, snapshot = m_model->snapshot(), lines = *lines, columns = shownColumns(), masks = m_model->masks()](
            const std::stop_token& stop) { return linesAs(form, snapshot, lines, columns, masks, stop); },
        [this, count = lines->count()](const QString& copied) {
            QApplication::clipboard()->setText(copied);
            if (count > kMostCopiedLines)
                tellCut(kMostCopiedLines);
        });
}

void CaptureView::copyCommandLine()
{
    QStringList words = commandLine();
    if (!m_filter.isEmpty())
        words << QStringLiteral("--filter") << text(m_filter.text());
    if (const QStringList masked = maskedColumns(); !masked.isEmpty())
        words << QStringLiteral("--mask") << masked.join(u',');
    for (QString& word : words)
        word = shellWord(word);
    QApplication::clipboard()->setText(words.join(u' '));
}

QStringList CaptureView::commandLine() const
{
    return {QStringLiteral("vtscope-cli"), QStringLiteral("export"), text(m_model->capture()->path()),
            QStringLiteral("--format"), QStringLiteral("csv")};
}

} // namespace vtscope
