#include "ui/stream/filtercompleter.h"

#include <QAbstractItemView>
#include <QLineEdit>
#include <QStandardItemModel>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/stream/keptfilters.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kMostShown = 12;
constexpr int kCandidateRole = Qt::UserRole; // what is taken; shown are words

QStandardItem* itemOf(const QString& words, const QString& candidate, IconName sign = IconName::None)
{
    auto* item = new QStandardItem(icon(sign), words);
    item->setData(candidate, kCandidateRole);
    if (sign == IconName::FilterSaved)
        item->setData(FilterCompleter::tr("Saved: %1").arg(words), Qt::AccessibleTextRole);
    item->setToolTip(candidate);
    return item;
}

} // namespace

FilterCompleter::FilterCompleter(QLineEdit* line, std::function<FilterNames()> names)
    : QCompleter(line), m_line(line), m_names(std::move(names)), m_candidates(new QStandardItemModel(this))
{
    setModel(m_candidates);
    setCompletionRole(kCandidateRole);
    setCompletionMode(UnfilteredPopupCompletion);
    setMaxVisibleItems(kMostShown);
    setWidget(line);
    popup()->setFont(metrics().data());
    popup()->setAccessibleName(tr("What may come next"));
    connect(this, qOverload<const QString&>(&QCompleter::activated), this, &FilterCompleter::take);
}

void FilterCompleter::offer(bool isAsked)
{
    const QString line = m_line->text();
    QList<QStandardItem*> candidates;
    m_at = m_length = 0;
    if (line.isEmpty() && isAsked)
        candidates = keptOnes();
    if (candidates.isEmpty()) {
        const std::string text = line.toStdString();
        const QByteArray before = line.left(m_line->cursorPosition()).toUtf8();
        const Completion completion = completeFilter(text, static_cast<std::size_t>(before.size()), m_names());
        const std::string word = text.substr(completion.at, completion.length);
        if (!isAsked && completion.at == static_cast<std::size_t>(before.size()))
            return popup()->hide(); // nothing is begun
        if (completion.candidates.size() != 1 || completion.candidates.front() != word) {
            for (const std::string& candidate : completion.candidates)
                candidates << itemOf(vtscope::text(candidate), vtscope::text(candidate));
        }
        m_at = static_cast<int>(vtscope::text(text.substr(0, completion.at)).size());
        m_length = static_cast<int>(vtscope::text(word).size());
    }
    if (candidates.isEmpty())
        return popup()->hide();
    m_candidates->clear();
    m_candidates->invisibleRootItem()->appendRows(candidates);
    int width = 0;
    for (const QStandardItem* candidate : std::as_const(candidates))
        width = std::max(width, QFontMetrics(popup()->font()).horizontalAdvance(candidate->text()));
    const int x = QFontMetrics(m_line->font()).horizontalAdvance(line.left(m_at)) + metrics().space(7);
    const int room = std::min(width + metrics().space(18), m_line->width());
    complete(QRect(std::min(x, m_line->width() - room), 0, room, m_line->height()));
}

QList<QStandardItem*> FilterCompleter::keptOnes() const
{
    QList<QStandardItem*> items;
    const MaskedNames masked = m_names().masked;
    const auto mayAsk = [&](const QString& kept) {
        const auto filter = Filter::parse(kept.toStdString());
        return !filter || !masked.askedBy(*filter);
    };
    const SavedFilters& savedFilters = SavedFilters::instance();
    for (const SavedFilter& saved : savedFilters.all()) {
        if (mayAsk(saved.filter))
            items << itemOf(saved.name, saved.filter, IconName::FilterSaved);
    }
    for (const QString& recent : recentFilters()) {
        if (!savedFilters.contains(recent) && mayAsk(recent))
            items << itemOf(recent, recent, IconName::Clock);
    }
    return items;
}

void FilterCompleter::takeCurrent()
{
    const QModelIndex chosen = popup()->currentIndex();
    popup()->hide();
    take((chosen.isValid() ? chosen : popup()->model()->index(0, 0)).data(kCandidateRole).toString());
}

void FilterCompleter::take(const QString& candidate)
{
    QString line = m_line->text();
    line.replace(m_at, m_length, candidate);
    m_line->setText(line);
    m_line->setCursorPosition(m_at + static_cast<int>(candidate.size()));
    Q_EMIT taken();
}

} // namespace vtscope
