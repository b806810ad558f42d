#include "ui/stream/filtercompleter.h"

#include <QAbstractItemView>
#include <QLineEdit>
#include <QSettings>
#include <QStringListModel>
#include <QThreadPool>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kMostRecent = 30;
constexpr int kMostShown = 12;

constexpr QStringView kRecentKey = u"filters/recent";
constexpr QStringView kSavedKey = u"filters/saved";

} // namespace

FilterCompleter::FilterCompleter(QLineEdit* line, std::function<FilterNames()> names)
    : QCompleter(line), m_line(line), m_names(std::move(names)), m_candidates(new QStringListModel(this))
{
    setModel(m_candidates);
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
    QStringList candidates;
    if (line.isEmpty() && isAsked) {
        const MaskedNames masked = m_names().masked;
        for (const QString& recent : recentFilters()) {
            const auto filter = Filter::parse(recent.toStdString());
            if (!filter || !masked.askedBy(*filter))
                candidates << recent;
        }
        m_at = m_length = 0;
    }
    if (candidates.isEmpty()) {
        const std::string text = line.toStdString();
        const QByteArray before = line.left(m_line->cursorPosition()).toUtf8();
        const Completion completion = completeFilter(text, static_cast<std::size_t>(before.size()), m_names());
        const std::string word = text.substr(completion.at, completion.length);
        if (!isAsked && completion.at == static_cast<std::size_t>(before.size()))
            return popup()->hide(); // nothing is begun
        for (const std::string& candidate : completion.candidates)
            candidates << vtscope::text(candidate);
        if (candidates.size() == 1 && completion.candidates.front() == word)
            candidates.clear();
        m_at = static_cast<int>(vtscope::text(text.substr(0, completion.at)).size());
        m_length = static_cast<int>(vtscope::text(word).size());
    }
    if (candidates.isEmpty())
        return popup()->hide();
    m_candidates->setStringList(candidates);
    int width = 0;
    for (const QString& candidate : std::as_const(candidates))
        width = std::max(width, QFontMetrics(popup()->font()).horizontalAdvance(candidate));
    const int x = QFontMetrics(m_line->font()).horizontalAdvance(line.left(m_at)) + metrics().space(7);
    const int room = std::min(width + metrics().space(12), m_line->width());
    complete(QRect(std::min(x, m_line->width() - room), 0, room, m_line->height()));
}

void FilterCompleter::takeCurrent()
{
    const QModelIndex chosen = popup()->currentIndex();
    popup()->hide();
    take((chosen.isValid() ? chosen : popup()->model()->index(0, 0)).data().toString());
}

void FilterCompleter::take(const QString& candidate)
{
    QString line = m_line->text();
    line.replace(m_at, m_length, candidate);
    m_line->setText(line);
    m_line->setCursorPosition(m_at + static_cast<int>(candidate.size()));
    Q_EMIT taken();
}

QStringList recentFilters()
{
    return QSettings().value(kRecentKey.toString()).toStringList();
}

// On a thread of its own, which keeps the order: the settings go to the disk with it, which takes milliseconds.
void noteRecentFilter(const QString& filter)
{
    static QThreadPool writer;
    writer.setMaxThreadCount(1);
    writer.start([filter] {
        QStringList filters = recentFilters();
        filters.removeAll(filter);
        filters.prepend(filter);
        QSettings().setValue(kRecentKey.toString(), filters.mid(0, kMostRecent));
    });
}

QList<SavedFilter> savedFilters()
{
    QList<SavedFilter> filters;
    // A name and a filter in turn.
    const QStringList parts = QSettings().value(kSavedKey.toString()).toStringList();
    for (qsizetype i = 0; i + 1 < parts.size(); i += 2)
        filters.append({parts[i], parts[i + 1]});
    return filters;
}

void saveFilter(const QString& name, const QString& filter)
{
    QList<SavedFilter> filters = savedFilters();
    filters.removeIf([&name](const SavedFilter& saved) { return saved.name == name; });
    if (!filter.isEmpty())
        filters.append({name, filter});
    QStringList parts;
    for (const SavedFilter& saved : std::as_const(filters))
        parts << saved.name << saved.filter;
    QSettings().setValue(kSavedKey.toString(), parts);
}

} // namespace vtscope
