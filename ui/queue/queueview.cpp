#include "ui/queue/queueview.h"

#include "ui/capture/celltext.h"
#include "ui/grid/columnlayout.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/queue/plansheet.h"
#include "ui/queue/queuebars.h"
#include "ui/queue/queuetext.h"
#include "ui/queue/sheetslot.h"
#include "ui/queue/subscribesheet.h"
#include "ui/queue/tickallbox.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"

#include <QAction>
#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

// Selections beyond this are not looked for again after a refresh.
constexpr qint64 kSelectedKept = 10'000;
// Up to this many messages sorting is not worth a thread.
constexpr int kSortedAtOnce = 5'000;
// One statement a shard, to be read by a person before it is sent.
constexpr qint64 kMostAtOnce = 10'000;

} // namespace

// Where the user was, to be found again after a refresh.
struct QueueView::Position
{
    int top = 0;
    int currentColumn = 0;
    bool hasCurrent = false;
    bool hadFocus = false;
    std::vector<int> rows; // top, current, selected: as QueueKept::find
};

QueueView::QueueView(std::shared_ptr<Connection> connection, QString keyspace, Table table,
                     std::vector<std::string> shards, QWidget* parent)
    : QWidget(parent), m_connection(std::move(connection)), m_keyspace(std::move(keyspace)), m_table(std::move(table)),
      m_shards(std::move(shards)), m_model(new QueueModel(settings(), this)), m_grid(new GridView(this)),
      m_reading(this), m_preparing(this), m_sorting(this), m_finding(this)
{
    build();
    addKeys();
    showProblemOfTable();
    updateChosen();
    updateEmpty();
}

QueueView::~QueueView() = default;

void QueueView::build()
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(new QueueSourceBar(m_keyspace, m_table, m_shards, this));
    m_problem = new Banner(Banner::Kind::Warning, this);
    m_error = new Banner(Banner::Kind::Error, this);
    for (Banner* banner : {m_error, m_problem}) {
        banner->setClosable(true);
        banner->setVisible(false);
        connect(banner, &Banner::closeRequested, banner, &QWidget::hide);
        layout->addWidget(banner);
    }
    m_bar = new QueueActionBar(this);
    layout->addWidget(m_bar);

    m_grid->setModel(m_model);
    m_grid->setAccessibleName(tr("Messages of %1").arg(text(m_table.name)));
    m_grid->setLetterKeys(false);
    m_grid->installEventFilter(this);
    m_grid->viewport()->installEventFilter(this);
    GridHeader* header = m_grid->header();
    header->setSortIndicatorShown(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    auto* columns = new ColumnLayout(m_grid);
    const auto showColumns = [this, columns] { columns->setTable(m_keyspace + u'.' + text(m_table.name)); };
    connect(m_model, &QAbstractItemModel::modelReset, columns, showColumns);
    showColumns();
    m_tickAll = new TickAllBox(m_grid, QueueModel::Tick);
    m_empty = new EmptyState(this);
    m_empty->setIcon(IconName::Queue);
    m_stack = new QStackedWidget(this);
    m_stack->setProperty("vtSurface", u"surface"_s);
    m_stack->addWidget(m_grid);
    m_stack->addWidget(m_empty);
    layout->addWidget(m_stack, 1);
    m_slot = new SheetSlot(this);
    layout->addWidget(m_slot);

    connect(header, &GridHeader::sectionClicked, this, &QueueView::sortBy);
    connect(header, &GridHeader::columnsMenuRequested, this, &QueueView::openMenu);
    // New messages come with a refresh, never by themselves: there is nothing to follow.
    connect(m_grid, &GridView::followChanged, this, [this](bool on) {
        if (on)
            m_grid->setFollow(false);
    });
    connect(m_grid, &GridView::selectedRowsChanged, this, &QueueView::updateChosen);
    connect(m_grid, &GridView::currentRowChanged, this,
            [this](int row) { Q_EMIT currentLineChanged(row < 0 ? -1 : static_cast<qint64>(m_model->lineOf(row))); });
    connect(m_model, &QueueModel::ticksChanged, this, [this] {
        ++m_tickEdits;
        updateChosen();
    });
    connect(m_bar->acknowledge(), &QPushButton::clicked, this, &QueueView::acknowledgeChosen);
    connect(m_bar->refresh(), &QPushButton::clicked, this, &QueueView::refresh);
    connect(m_bar->subscribe(), &QPushButton::clicked, this, &QueueView::subscribe);
    connect(m_bar->exportButton(), &QPushButton::clicked, this, &QueueView::exportRequested);
}

void QueueView::addKeys()
{
    auto* action = new QAction(this);
    action->setShortcuts({QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)});
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    // Held, it would open the plan and carry it out unread.
    action->setAutoRepeat(false);
    connect(action, &QAction::triggered, this, &QueueView::carryOutOrOpen);
    addAction(action);
}

void QueueView::showProblemOfTable()
{
    if (!m_table.queue || m_table.queue->problem.empty())
        return;
    m_problem->setSentence(
        tr("The server does not serve %1 as a queue: %2").arg(text(m_table.name), text(m_table.queue->problem)));
    m_problem->setSecond(tr("Its messages can be looked at and acknowledged, but no worker gets any."));
    m_problem->setVisible(true);
}

QueueTable QueueView::queueTable() const
{
    return {m_keyspace.toStdString(), m_table.name, m_shards};
}

const Snapshot& QueueView::snapshot() const
{
    return m_model->contents().lines;
}

// Reading.

void QueueView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (!m_hasContents && !m_reading.isRunning())
        refresh();
}

void QueueView::refresh()
{
    if (m_reading.isRunning())
        return;
    m_error->setVisible(false);
    m_reading.start(
        [connection = m_connection, table = queueTable()](std::stop_token stop) -> Result<QueueSnapshot> {
            auto capture = Capture::createUnnamed();
            if (!capture)
                return tl::unexpected(capture.error());
            return readQueue(*connection, table, std::move(*capture), stop);
        },
        [this](Result<QueueSnapshot> read) { takeRead(std::move(read)); });
    m_bar->setReading(true);
    updateChosen();
    updateEmpty();
}

void QueueView::takeRead(Result<QueueSnapshot> read)
{
    if (read) {
        prepare(*read);
        return;
    }
    m_bar->setReading(false);
    showError(read.error());
    updateChosen();
    updateEmpty();
}

QueueKept QueueView::kept(Position& position) const
{
    QueueKept kept;
    kept.lines = m_model->contents().lines;
    kept.ticks = m_model->contents().ticks;
    kept.dropsAcked = m_dropsAcked;
    const auto find = [&](int row) {
        position.rows.push_back(row);
        kept.find.push_back(row < 0 || row >= m_model->rowCount() ? QueueKept::kNone
                                                                  : static_cast<quint32>(m_model->lineOf(row)));
    };
    position.top = m_grid->topRow();
    position.hasCurrent = m_grid->currentRow() >= 0;
    position.currentColumn = m_grid->currentIndex().column();
    find(position.top > 0 ? position.top : -1);
    find(m_grid->currentRow());
    if (m_grid->selectedRowCount() <= kSelectedKept) {
        for (const GridRange& range : m_grid->selectedRanges()) {
            for (int row = range.first; row <= range.last; ++row)
                find(row);
        }
    }
    return kept;
}

void QueueView::prepare(const QueueSnapshot& read)
{
    Position position;
    QueueKept keeps = kept(position);
    m_preparing.start([read, order = m_order, keeps = std::move(keeps)](
                          std::stop_token stop) { return prepareQueue(read, order, keeps, stop); },
                      [this, read, edits = m_tickEdits, order = m_order, position](QueueContents contents) {
                          // Somebody ticked or sorted while it was prepared: that counts.
                          if (edits != m_tickEdits || order != m_order) {
                              prepare(read);
                              return;
                          }
                          m_dropsAcked = false;
                          m_bar->setReading(false);
                          showContents(std::move(contents));
                          restore(position);
                      });
}

void QueueView::showContents(QueueContents contents)
{
    m_sorting.cancel();
    m_finding.cancel();
    m_hasContents = true;
    m_model->setContents(std::move(contents));
    m_bar->setReadAt(m_model->serverNow());
    updateEmpty();
    updateChosen();
}

void QueueView::restore(const Position& position)
{
    const std::vector<int>& found = m_model->contents().restored;
    if (found.size() < 2)
        return;
    m_grid->setTopRow(found[0] >= 0 ? found[0] : position.top);
    QItemSelectionModel* selection = m_grid->selectionModel();
    if (position.hasCurrent && found[1] >= 0)
        selection->setCurrentIndex(
            m_model->index(found[1], std::clamp(position.currentColumn, 0, m_model->columnCount() - 1)),
            QItemSelectionModel::NoUpdate);
    else if (position.hasCurrent)
        Q_EMIT currentLineChanged(-1);
    QItemSelection rows;
    std::vector<int> selected(found.begin() + 2, found.end());
    std::sort(selected.begin(), selected.end());
    const int last = m_model->columnCount() - 1;
    for (std::size_t i = 0; i < selected.size();) {
        std::size_t end = i + 1;
        while (end < selected.size() && selected[end] == selected[end - 1] + 1)
            ++end;
        if (selected[i] >= 0)
            rows.append(QItemSelectionRange(m_model->index(selected[i], 0), m_model->index(selected[end - 1], last)));
        i = end;
    }
    selection->select(rows, QItemSelectionModel::Select);
}

void QueueView::showError(const Error& error)
{
    m_error->setKind(Banner::Kind::Error);
    m_error->setSentence(text(error.message));
    m_error->setSecond(m_hasContents
                           ? tr("The messages below are those read at %1.").arg(secondsText(m_model->serverNow()))
                           : tr("No message was read."));
    m_error->setDetails(text(error.detail));
    m_error->clearButtons();
    connect(m_error->addButton(tr("Re&try"), true), &QPushButton::clicked, this, &QueueView::refresh,
            Qt::QueuedConnection);
    m_error->setVisible(true);
}

void QueueView::updateEmpty()
{
    const bool isEmpty = m_model->rowCount() == 0;
    const bool hadFocus = hasFocus() || m_stack->isAncestorOf(QApplication::focusWidget());
    if (isEmpty) {
        m_empty->clearButtons();
        if (m_reading.isRunning() || m_preparing.isRunning()) {
            m_empty->setSentence(tr("Reading the messages of %1…").arg(text(m_table.name)));
            m_empty->setFact(tr("By SELECT: no worker loses one."));
        } else if (!m_hasContents) {
            m_empty->setSentence(tr("The messages of %1 have not been read.").arg(text(m_table.name)));
            m_empty->setFact({});
        } else {
            m_empty->setSentence(tr("This table has no messages."));
            m_empty->setFact(tr("Read at %1. Acknowledged messages are purged after %2.")
                                 .arg(secondsText(m_model->serverNow()), settingText(settings().purgeAfter)));
            // Queued: reading takes this very button away.
            connect(m_empty->addButton(tr("Refresh")), &QPushButton::clicked, this, &QueueView::refresh,
                    Qt::QueuedConnection);
        }
    }
    m_stack->setCurrentIndex(isEmpty ? 1 : 0);
    setFocusProxy(m_stack->currentWidget());
    if (hadFocus && !m_stack->currentWidget()->isAncestorOf(QApplication::focusWidget()))
        setFocus();
}

// What is chosen.

qint64 QueueView::chosenCount() const
{
    return m_model->tickCount() > 0 ? m_model->tickCount() : m_grid->selectedRowCount();
}

std::vector<MessageKey> QueueView::chosenKeys() const
{
    if (m_model->tickCount() > 0)
        return m_model->tickedKeys();
    std::vector<MessageKey> keys;
    for (const GridRange& range : m_grid->selectedRanges()) {
        for (int row = range.first; row <= range.last; ++row) {
            if (auto key = m_model->keyAt(row))
                keys.push_back(std::move(*key));
        }
    }
    return keys;
}

PlanSheet* QueueView::plan() const
{
    return qobject_cast<PlanSheet*>(m_slot->sheet());
}

QString QueueView::whyNotAcknowledge() const
{
    if (!m_connection->canWrite())
        return tr("Role %1 cannot change messages").arg(text(m_connection->facts().role));
    if (plan())
        return plan()->state() == PlanSheet::State::Done ? tr("Close what became of the last ones first")
                                                         : tr("A plan is open below");
    if (m_slot->sheet())
        return tr("A question is open below");
    if (!m_hasContents)
        return m_reading.isRunning() ? tr("The messages are being read") : tr("The messages have not been read");
    if (chosenCount() == 0)
        return m_model->rowCount() == 0 ? tr("There is no message to choose") : tr("Tick messages, or select rows");
    if (chosenCount() > kMostAtOnce)
        return tr("At most %1 at once").arg(countText(kMostAtOnce));
    return {};
}

QString QueueView::statusText() const
{
    if (!m_hasContents)
        return m_reading.isRunning() ? tr("Reading…") : QString();
    QStringList parts{messagesText(static_cast<std::uint64_t>(m_model->rowCount()))};
    const std::uint64_t due = m_model->contents().counts[static_cast<std::size_t>(MessageState::Due)];
    if (due > 0)
        parts.append(tr("%1 due").arg(countText(due)));
    else if (const auto next = m_model->contents().nextSend)
        parts.append(tr("nothing is due, next send %1").arg(momentText(*next, m_model->serverNow())));
    else if (m_model->rowCount() > 0)
        parts.append(tr("nothing is due"));
    if (m_model->tickCount() > 0)
        parts.append(tr("%1 ticked").arg(countText(static_cast<std::uint64_t>(m_model->tickCount()))));
    return parts.join(u", "_s);
}

void QueueView::updateChosen()
{
    const bool areTicked = m_model->tickCount() > 0 || m_grid->selectedRowCount() == 0;
    m_bar->setCounts(chosenCount(), areTicked, m_model->rowCount());
    m_bar->setWhyNot(whyNotAcknowledge());
    m_tickAll->setState(m_model->tickCount() == 0                    ? Qt::Unchecked
                        : m_model->tickCount() < m_model->rowCount() ? Qt::PartiallyChecked
                                                                     : Qt::Checked);
    m_bar->setWhyNotSubscribe(!m_connection->canWrite()
                                  ? tr("Role %1 cannot receive messages").arg(text(m_connection->facts().role))
                              : m_slot->sheet() ? tr("A plan or question is open below")
                                                : QString());
    Q_EMIT statusChanged(statusText());
}

void QueueView::toggleSelected()
{
    std::vector<GridRange> ranges = m_grid->selectedRanges();
    if (ranges.empty() && m_grid->currentRow() >= 0)
        ranges.push_back({m_grid->currentRow(), m_grid->currentRow()});
    const bool areAll = std::all_of(ranges.begin(), ranges.end(), [this](const GridRange& range) {
        for (int row = range.first; row <= range.last; ++row) {
            if (!m_model->isTicked(row))
                return false;
        }
        return true;
    });
    for (const GridRange& range : ranges)
        m_model->setTicks(range.first, range.last, !areAll);
}

void QueueView::toggleAll()
{
    m_model->setTicks(0, m_model->rowCount() - 1, m_model->tickCount() < m_model->rowCount());
}

bool QueueView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_grid && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier) {
            toggleSelected();
            return true;
        }
        if (key->matches(QKeySequence::Copy)) {
            copySelected();
            return true;
        }
        if (key->key() == Qt::Key_Escape && m_slot->sheet()) {
            closeSheet();
            return true;
        }
    }
    if (event->type() == QEvent::ContextMenu && (watched == m_grid || watched == m_grid->viewport())) {
        const auto* menu = static_cast<QContextMenuEvent*>(event);
        const QModelIndex current = m_grid->currentIndex();
        const bool isByKey = menu->reason() == QContextMenuEvent::Keyboard && current.isValid();
        openMenu(isByKey ? m_grid->viewport()->mapToGlobal(m_grid->visualRect(current).bottomLeft())
                         : menu->globalPos(),
                 isByKey ? current.column()
                         : m_grid->indexAt(m_grid->viewport()->mapFromGlobal(menu->globalPos())).column());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

// Order.

void QueueView::sortBy(int column)
{
    if (column == QueueModel::Tick)
        toggleAll();
    const auto by = QueueModel::sortOf(column);
    if (!by) {
        applyOrder(m_order); // puts the header's arrow back
        return;
    }
    // The third click gives back the order in which they were read.
    const bool isFirstDescending = *by == QueueSort::Age || *by == QueueSort::Tries;
    if (m_order.by != *by)
        applyOrder({*by, isFirstDescending});
    else if (m_order.isDescending == isFirstDescending)
        applyOrder({*by, !isFirstDescending});
    else
        applyOrder({});
}

void QueueView::applyOrder(QueueOrder order)
{
    int column = -1;
    for (int i = 0; i < QueueModel::FixedCount; ++i) {
        if (order.by != QueueSort::Read && QueueModel::sortOf(i) == order.by)
            column = i;
    }
    m_grid->header()->setSortIndicator(column, order.isDescending ? Qt::DescendingOrder : Qt::AscendingOrder);
    if (order == m_order)
        return;
    m_order = order;
    const QueueContents& contents = m_model->contents();
    if (m_model->rowCount() <= kSortedAtOnce) {
        m_sorting.cancel();
        m_model->setRows(sortedQueue(contents.lines, m_model->serverNow(), contents.rows, order));
        return;
    }
    m_sorting.start([lines = contents.lines, now = m_model->serverNow(), rows = contents.rows,
                     order](std::stop_token stop) { return sortedQueue(lines, now, rows, order, stop); },
                    [this](std::vector<quint32> rows) {
                        if (rows.size() == m_model->contents().rows.size())
                            m_model->setRows(std::move(rows));
                    });
}

} // namespace vtscope
