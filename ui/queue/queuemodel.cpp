#include "ui/queue/queuemodel.h"

#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/queue/queuetext.h"

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void fillText(const QString& text, GridCell& out)
{
    out.text = text;
    // Numbers and times always are; words only until they are translated.
    out.ascii = std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u' ' && c < u'\x7f'; });
}

} // namespace

QueueModel::QueueModel(QueueSettings settings, QObject* parent) : GridModel(parent), m_settings(std::move(settings))
{
    buildColumns();
    connect(&KeptMasks::instance(), &KeptMasks::changed, this, [this] {
        maskColumns();
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
        if (rowCount() > 0)
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    });
}

void QueueModel::maskColumns()
{
    const Masks masks = KeptMasks::instance().masks();
    if (m_contents.lines.layoutCount() == 0)
        return;
    for (int column = 0; column < columnCount(); ++column) {
        GridColumn& own = m_columns[static_cast<std::size_t>(column)];
        own.masked = isOwn(column) && masks.hides(m_contents.lines.layout(0), own.title.toStdString());
    }
}

void QueueModel::buildColumns()
{
    const auto column = [](const QString& title, ColumnRole role, bool isRight, int chars) {
        GridColumn info;
        info.title = title;
        info.role = role;
        info.rightAligned = isRight;
        info.widthChars = chars;
        return info;
    };
    m_columns.clear();
    // The box says what it is by itself; the name is for those who do not see it.
    m_columns.push_back(column(QString(), ColumnRole::Tick, false, 2));
    GridColumn id = m_contents.id ? gridColumnOf(*m_contents.id) : column(u"id"_s, ColumnRole::Data, true, 20);
    id.key = true;
    m_columns.push_back(id);
    m_columns.push_back(column(tr("State"), ColumnRole::Words, false, 16));
    m_columns.push_back(column(tr("Next send"), ColumnRole::Data, false, 18));
    m_columns.push_back(column(tr("Tries"), ColumnRole::Data, true, 6));
    m_columns.push_back(column(tr("Priority"), ColumnRole::Data, true, 6));
    m_columns.push_back(column(tr("Age"), ColumnRole::Data, false, 20));
    m_columns.push_back(column(tr("Shard"), ColumnRole::Shard, false, 8));
    for (const Column& own : m_contents.columns)
        m_columns.push_back(gridColumnOf(own));
    maskColumns();
}

void QueueModel::setContents(QueueContents contents)
{
    beginResetModel();
    m_contents = std::move(contents);
    m_viewRow = -1;
    m_placesOf = nullptr;
    buildColumns();
    endResetModel();
    Q_EMIT ticksChanged();
}

void QueueModel::setRows(std::vector<quint32> rows)
{
    Q_ASSERT(rows.size() == m_contents.rows.size());
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    // The selection follows its messages: one persistent index a selected row.
    const QModelIndexList before = persistentIndexList();
    std::vector<std::pair<quint32, qsizetype>> kept;
    for (qsizetype i = 0; i < before.size(); ++i)
        kept.emplace_back(m_contents.rows[static_cast<std::size_t>(before.at(i).row())], i);
    std::sort(kept.begin(), kept.end());
    QModelIndexList after = before;
    for (std::size_t row = 0; row < rows.size() && !kept.empty(); ++row) {
        for (auto each = std::lower_bound(kept.begin(), kept.end(), std::pair{rows[row], qsizetype{0}});
             each != kept.end() && each->first == rows[row]; ++each)
            after[each->second] = createIndex(static_cast<int>(row), before.at(each->second).column());
    }
    m_contents.rows = std::move(rows);
    m_viewRow = -1;
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

std::optional<QueueSort> QueueModel::sortOf(int column)
{
    switch (column) {
    case Id:
        return QueueSort::Id;
    case State:
        return QueueSort::State;
    case NextSend:
        return QueueSort::NextSend;
    case Tries:
        return QueueSort::Tries;
    case Priority:
        return QueueSort::Priority;
    case Age:
        return QueueSort::Age;
    case Shard:
        return QueueSort::Shard;
    default:
        return std::nullopt;
    }
}

const Message* QueueModel::messageOfRow(qint64 row) const
{
    if (row != m_viewRow) {
        m_view.read(m_contents.lines, lineOf(static_cast<int>(row)));
        m_message = messageOf(m_view, serverNow());
        m_viewRow = row;
    }
    return m_message ? &*m_message : nullptr;
}

std::optional<Message> QueueModel::messageAt(int row) const
{
    const Message* message = messageOfRow(row);
    return message ? std::optional(*message) : std::nullopt;
}

std::optional<MessageKey> QueueModel::keyAt(int row) const
{
    const Message* message = messageOfRow(row);
    return message && message->id.hasValue() ? std::optional(keyOf(*message)) : std::nullopt;
}

QString QueueModel::exactCell(int row, int column) const
{
    const Message* message = messageOfRow(row);
    if (!message || !message->id.column)
        return {};
    if (m_columns[static_cast<std::size_t>(column)].masked)
        return text(std::string(kMask));
    if (column == Id)
        return exactText(message->id);
    if (column < FixedCount)
        return data(index(row, column)).toString();
    const int place = placeOf(column - FixedCount);
    return place < 0 ? QString() : exactText(m_view.current(static_cast<std::size_t>(place)));
}

bool QueueModel::isTicked(int row) const
{
    return m_contents.ticks[lineOf(row)];
}

std::vector<MessageKey> QueueModel::tickedKeys() const
{
    std::vector<MessageKey> keys;
    if (tickCount() == 0)
        return keys;
    keys.reserve(static_cast<std::size_t>(tickCount()));
    for (int row = 0; row < rowCount(); ++row) {
        if (!isTicked(row))
            continue;
        if (auto key = keyAt(row))
            keys.push_back(std::move(*key));
    }
    return keys;
}

bool QueueModel::changeTick(int row, bool on)
{
    const std::uint64_t line = lineOf(row);
    if (m_contents.ticks[line] == on)
        return false;
    // Without a key nothing could be done to it.
    if (on && m_contents.lines.entry(line).fault() != RowFault::None)
        return false;
    m_contents.ticks[line] = on;
    m_contents.tickCount += on ? 1 : -1;
    return true;
}

void QueueModel::setTicks(int first, int last, bool on)
{
    bool isChanged = false;
    for (int row = std::max(0, first); row <= std::min(last, rowCount() - 1); ++row)
        isChanged |= changeTick(row, on);
    if (!isChanged)
        return;
    Q_EMIT dataChanged(index(first, Tick), index(std::min(last, rowCount() - 1), Tick), {Qt::CheckStateRole});
    Q_EMIT ticksChanged();
}

bool QueueModel::setTicked(qint64 row, int column, bool on)
{
    if (column != Tick || !changeTick(static_cast<int>(row), on))
        return false;
    const QModelIndex changed = index(static_cast<int>(row), Tick);
    Q_EMIT dataChanged(changed, changed, {Qt::CheckStateRole});
    Q_EMIT ticksChanged();
    return true;
}

QVariant QueueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal && section == Tick && role == Qt::AccessibleTextRole)
        return tr("ticked");
    return GridModel::headerData(section, orientation, role);
}

int QueueModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_contents.rows.size());
}

int QueueModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

void QueueModel::row(qint64 row, GridRow& out) const
{
    const Message* message = messageOfRow(row);
    if (message && message->id.column && m_view.fault() == RowFault::None) {
        out.band = static_cast<quint32>(row);
        return;
    }
    out.kind = RowKind::NotDecodable;
    out.add(GridText::Voice::Strong, tr("Not readable"));
    out.add(GridText::Voice::Plain,
            m_view.fault() == RowFault::None ? tr("the row has no id") : QString::fromUtf8(faultText(m_view.fault())));
}

int QueueModel::placeOf(int ownColumn) const
{
    const Schema* schema = m_view.schema();
    if (schema != m_placesOf) {
        m_places.clear();
        for (const Column& own : m_contents.columns)
            m_places.push_back(schema->indexOf(own.name));
        m_placesOf = schema;
    }
    return m_places[static_cast<std::size_t>(ownColumn)];
}

void QueueModel::fillNextSend(const Message& message, GridCell& out) const
{
    switch (message.state) {
    case MessageState::Due:
        fillText(tr("now"), out);
        return;
    case MessageState::Broken:
        fillText(tr("never"), out);
        return;
    case MessageState::Scheduled:
    case MessageState::Sent:
        fillText(momentText(*message.timeNext, serverNow()), out);
        return;
    case MessageState::Acked:
        break;
    }
    const std::int64_t left = *message.timeAcked +
                              static_cast<std::int64_t>(m_settings.purgeAfter * static_cast<double>(kSecond)) -
                              serverNow();
    fillText(left > 0 ? tr("purge in %1").arg(spanText(left)) : tr("purge any moment"), out);
    out.quiet = true;
}

void QueueModel::fillAge(const Message& message, GridCell& out) const
{
    // time_next 0 is the usual "as soon as can be": it says nothing about an age.
    if (message.state != MessageState::Due || message.timeNext.value_or(0) <= 0)
        return;
    fillText(tr("overdue %1").arg(spanText(serverNow() - *message.timeNext)), out);
}

void QueueModel::cell(qint64 row, int column, GridCell& out) const
{
    const Message* message = messageOfRow(row);
    if (!message || !message->id.column) {
        out.kind = CellKind::Absent;
        return;
    }
    if (m_columns[static_cast<std::size_t>(column)].masked) {
        out.kind = CellKind::Masked;
        return;
    }
    switch (column) {
    case Tick:
        out.kind = CellKind::Tick;
        out.ticked = isTicked(static_cast<int>(row));
        return;
    case Id:
        fillCell(message->id, out);
        return;
    case State: {
        const StateLook look = lookOf(message->state);
        out.text = look.word;
        out.icon = look.icon;
        out.tone = look.tone;
        return;
    }
    case NextSend:
        fillNextSend(*message, out);
        return;
    case Tries:
        fillText(QString::number(message->tries), out);
        return;
    case Priority:
        fillText(QString::number(message->priority), out);
        return;
    case Age:
        fillAge(*message, out);
        return;
    case Shard:
        fillText(QString::fromStdString(message->shard), out);
        return;
    default:
        break;
    }
    const int place = placeOf(column - FixedCount);
    if (place < 0)
        out.kind = CellKind::Absent;
    else
        fillCell(m_view.current(static_cast<std::size_t>(place)), out);
}

} // namespace vtscope
