// Marks and notes of lines, and what is saved of a capture: the part of CaptureView that changes what it holds.
#include <QInputDialog>
#include <QItemSelectionModel>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kMostMarked = 10'000; // at once

} // namespace

// The selected lines: all of them marked, or when they all are, none.
void CaptureView::toggleMark()
{
    const std::optional<RowSet> chosen = chosenLines();
    if (!chosen)
        return;
    if (chosen->count() > kMostMarked) {
        Q_EMIT problem(tr("At most %1 changes can be marked at once").arg(QLocale().toString(quint64{kMostMarked})),
                       tr("Select fewer, or save them as a capture of their own."));
        return;
    }
    Capture& capture = *m_model->capture();
    bool areAllMarked = true;
    for (std::uint64_t i = 0; i < chosen->count(); ++i)
        areAllMarked = areAllMarked && capture.marks().has(chosen->at(i));
    bool hasNotes = false;
    for (std::uint64_t i = 0; i < chosen->count(); ++i) {
        const std::uint64_t line = chosen->at(i);
        const std::optional<std::string> note = capture.marks().at(line);
        const bool hasNote = note && !note->empty();
        hasNotes |= areAllMarked && hasNote;
        if (hasNote || (!areAllMarked && note))
            continue; // no key takes a note away
        if (!changeMark(line, areAllMarked ? std::nullopt : std::optional<std::string>(std::in_place)))
            return;
    }
    if (hasNotes)
        Q_EMIT problem(tr("A change with a note stays marked"), tr("Empty its note with Ctrl+Alt+M first."));
}

void CaptureView::editNote()
{
    const int row = m_grid->currentRow();
    if (row < 0)
        return;
    const std::uint64_t line = m_model->numberAt(row);
    bool isOk = false;
    const QString note = QInputDialog::getText(
        this, tr("Note"), tr("Note of change %1").arg(QLocale().toString(static_cast<qulonglong>(line + 1))),
        QLineEdit::Normal, text(m_model->capture()->marks().at(line).value_or(std::string())), &isOk);
    if (isOk)
        changeMark(line, note.trimmed().toStdString());
}

// Nothing: the mark goes.
bool CaptureView::changeMark(std::uint64_t line, const std::optional<std::string>& note)
{
    Capture& capture = *m_model->capture();
    const Result<void> done = note ? capture.mark(line, *note) : capture.unmark(line);
    if (!done) {
        Q_EMIT problem(tr("The mark was not kept"), text(done.error().message));
        return false;
    }
    m_model->noteMark(line);
    Q_EMIT marksChanged();
    return true;
}

void CaptureView::nextMark()
{
    goToMark(false);
}

void CaptureView::previousMark()
{
    goToMark(true);
}

// The nearest that is shown, past the end from the other side.
void CaptureView::goToMark(bool isBackward)
{
    std::vector<int> rows;
    for (const auto& [line, note] : m_model->capture()->marks().all()) {
        if (const int row = m_model->rowOf(line); row >= 0 && row < m_grid->shownRows())
            rows.push_back(row);
    }
    if (rows.empty()) {
        Q_EMIT problem(tr("No change that is shown is marked"), tr("M or Ctrl+M marks the selected changes."));
        return;
    }
    std::sort(rows.begin(), rows.end());
    const int from = m_grid->currentRow();
    int to = rows.front();
    if (isBackward) {
        const auto above = std::lower_bound(rows.begin(), rows.end(), from < 0 ? m_grid->shownRows() : from);
        to = above == rows.begin() ? rows.back() : *(above - 1);
    } else if (const auto below = std::upper_bound(rows.begin(), rows.end(), from); below != rows.end()) {
        to = *below;
    }
    m_grid->goToRow(to);
    m_grid->setFocus();
}

std::optional<RowSet> CaptureView::chosenLines() const
{
    if (m_grid->selectedRowCount() > 0)
        return selectedRows();
    if (m_grid->currentRow() >= 0)
        return RowSet::range(m_model->numberAt(m_grid->currentRow()), 1);
    return std::nullopt;
}

RowSet CaptureView::markedLines() const
{
    std::vector<std::uint64_t> lines;
    const Snapshot& snapshot = m_model->snapshot();
    for (const auto& [line, note] : m_model->capture()->marks().all()) {
        if (line >= snapshot.first() && line < snapshot.count())
            lines.push_back(line);
    }
    return RowSet::of(lines);
}

} // namespace vtscope
