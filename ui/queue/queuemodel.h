#pragma once

#include "streamcore/queue/queue.h"
#include "ui/grid/gridmodel.h"

#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace vtscope {

/// What the rows of a queue can be sorted by. Read: as they were read, by shard and key.
enum class QueueSort : quint8 { Read, Id, State, NextSend, Tries, Priority, Age, Shard };

struct QueueOrder
{
    QueueSort by = QueueSort::Read;
    bool isDescending = false;

    bool operator==(const QueueOrder&) const = default;
};

/// A read queue, ready to be shown: which lines of its capture, in which order, with which columns. Made on any thread;
/// plain data, 4 bytes and one bit a message.
struct QueueContents
{
    QueueSnapshot read;
    Snapshot lines;
    std::vector<quint32> rows; ///< numbers of lines in the order shown
    std::vector<bool> ticks;   ///< by number of line
    std::int64_t tickCount = 0;
    std::vector<Column> columns;           ///< the table's own, beside those that make it a queue
    std::optional<Column> id;              ///< type of the id column; nothing when there are no rows
    std::vector<int> restored;             ///< rows of the messages in QueueKept::find, -1 where gone
    std::array<std::uint64_t, 5> counts{}; ///< by MessageState
    std::optional<std::int64_t> nextSend;  ///< the earliest that lies ahead
};

/// What shall survive a refresh, by lines of the queue that was read before; messages are found again by their keys.
struct QueueKept
{
    static constexpr quint32 kNone = ~quint32{0};

    Snapshot lines;
    std::vector<bool> ticks;
    bool dropsAcked = false;   ///< ticks of messages that are acknowledged now are not set again
    std::vector<quint32> find; ///< kNone is never found
};

/// Takes the snapshot apart.
QueueContents prepareQueue(QueueSnapshot read, QueueOrder order, const QueueKept& kept = {}, std::stop_token stop = {});

/// The rows that show these messages, ascending.
std::vector<int> findRows(const Snapshot& lines, const std::vector<quint32>& rows, const std::vector<MessageKey>& keys,
                          std::stop_token stop = {});

/// The lines in another order. Empty when stopped.
std::vector<quint32> sortedQueue(const Snapshot& lines, std::int64_t serverNow, std::vector<quint32> rows,
                                 QueueOrder order, std::stop_token stop = {});

/// The key of a message as plans want it.
MessageKey keyOf(const Message& message);

/// The messages of a queue snapshot: tick, id, state, next send, tries, priority, age, shard, then the table's own
/// columns. GUI thread. Keeps 4 bytes and one bit a message; a painted row is read once from the capture.
class QueueModel : public GridModel
{
    Q_OBJECT

public:
    enum Fixed : int { Tick, Id, State, NextSend, Tries, Priority, Age, Shard, FixedCount };
    // A column of the table itself; what vtscope makes of the others are no values of them.
    static bool isOwn(int column) { return column == Id || column >= FixedCount; }

    /// `settings` tells when acknowledged messages are purged.
    explicit QueueModel(QueueSettings settings, QObject* parent = nullptr);

    /// Replaces everything: the model is reset. contents().restored is what prepareQueue() found.
    void setContents(QueueContents contents);
    const QueueContents& contents() const { return m_contents; }
    /// The rows of contents() in another order, as sortedQueue() gives them.
    void setRows(std::vector<quint32> rows);

    /// What a header click on that column sorts by; nothing for columns that cannot.
    static std::optional<QueueSort> sortOf(int column);

    std::int64_t serverNow() const { return m_contents.read.serverNow; }
    /// The message of a row; nothing for one that cannot be read.
    std::optional<Message> messageAt(int row) const;
    std::optional<MessageKey> keyAt(int row) const;
    /// Number of the row's line in the capture.
    std::uint64_t lineOf(int row) const { return m_contents.rows[static_cast<std::size_t>(row)]; }

    /// The whole text of a cell for the clipboard; empty for NULL.
    QString exactCell(int row, int column) const;

    bool isTicked(int row) const;
    std::int64_t tickCount() const { return m_contents.tickCount; }
    /// Keys of all ticked messages, in the order shown.
    std::vector<MessageKey> tickedKeys() const;
    /// Sets the ticks of rows [first, last].
    void setTicks(int first, int last, bool on);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    void row(qint64 row, GridRow& out) const override;
    void cell(qint64 row, int column, GridCell& out) const override;
    const GridColumn& gridColumn(int column) const override { return m_columns[static_cast<std::size_t>(column)]; }
    bool setTicked(qint64 row, int column, bool on) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void ticksChanged();

private:
    const Message* messageOfRow(qint64 row) const;
    void buildColumns();
    void maskColumns();
    void fillNextSend(const Message& message, GridCell& out) const;
    void fillAge(const Message& message, GridCell& out) const;
    int placeOf(int ownColumn) const;
    bool changeTick(int row, bool on);

    QueueSettings m_settings;
    QueueContents m_contents;
    std::vector<GridColumn> m_columns;
    // The row painted last: its cells are asked for one after the other.
    mutable ChangeView m_view;
    mutable std::optional<Message> m_message;
    mutable qint64 m_viewRow = -1;
    mutable const Schema* m_placesOf = nullptr;
    mutable std::vector<int> m_places;
};

} // namespace vtscope
