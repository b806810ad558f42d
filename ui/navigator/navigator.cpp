#include "ui/navigator/navigator.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QStyledItemDelegate>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/capture/celltext.h"
#include "ui/queue/queuetext.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kAsideUnits = 20;

enum Role { KindRole = Qt::UserRole + 1, KeyspaceRole, TableRole };
enum class Kind { Connection, Keyspace, Shards, Shard, Table, Queue, Column, Note };

// What stands beside the names leaves most of the width to them.
class AsideDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return QStyledItemDelegate::sizeHint(option, index).boundedTo({metrics().space(kAsideUnits), QWIDGETSIZE_MAX});
    }
};

QTreeWidgetItem* item(Kind kind, const QString& name, IconName sign, const QString& aside = {})
{
    auto* made = new QTreeWidgetItem({name, aside});
    made->setData(0, KindRole, static_cast<int>(kind));
    if (sign != IconName::None)
        made->setIcon(0, icon(sign));
    made->setToolTip(0, name);
    made->setToolTip(1, aside);
    made->setForeground(1, tokens().text2);
    made->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    return made;
}

// A name with nothing beside it has the whole width.
void giveRoom(QTreeWidgetItem* to)
{
    to->setFirstColumnSpanned(to->text(1).isEmpty());
    for (int i = 0; i < to->childCount(); ++i)
        giveRoom(to->child(i));
}

Kind kindOf(const QTreeWidgetItem* of)
{
    return static_cast<Kind>(of->data(0, KindRole).toInt());
}

} // namespace

Navigator::Navigator(QWidget* parent) : QWidget(parent), m_find(new QLineEdit), m_tree(new QTreeWidget)
{
    m_find->setPlaceholderText(tr("Find"));
    m_find->setAccessibleName(tr("Find a table"));
    m_find->setClearButtonEnabled(true);
    m_find->addAction(icon(IconName::Search), QLineEdit::LeadingPosition);
    m_find->installEventFilter(this);
    connect(m_find, &QLineEdit::textChanged, this, &Navigator::applyFind);

    m_tree->setColumnCount(2);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAccessibleName(tr("Navigator"));
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setUniformRowHeights(true);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_tree->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_tree->setItemDelegateForColumn(1, new AsideDelegate(m_tree));
    m_tree->installEventFilter(this);
    setFocusProxy(m_tree);
    connect(m_tree, &QTreeWidget::itemDoubleClicked, this, &Navigator::activate);
    connect(m_tree, &QTreeWidget::customContextMenuRequested, this, &Navigator::showMenu);

    auto* layout = new QVBoxLayout(this);
    const int gap = metrics().space(2);
    layout->setContentsMargins(gap, gap, gap, 0);
    layout->setSpacing(gap);
    layout->addWidget(m_find);
    layout->addWidget(m_tree, 1);
    connect(&Theme::instance(), &Theme::changed, this, &Navigator::restyle);
    restyle();
    setAccessibleName(tr("Navigator"));
}

void Navigator::setConnection(std::shared_ptr<Connection> connection)
{
    m_connection = std::move(connection);
    m_branch = {};
    m_find->clear();
    fill();
    refresh();
}

void Navigator::refresh()
{
    if (!m_connection)
        return;
    m_reading.start([connection = m_connection](std::stop_token stop) { return discover(*connection, stop); },
                    [this](Result<Branch> branch) {
                        if (!branch) {
                            Q_EMIT problem(tr("The branch could not be read: %1").arg(text(branch.error().message)),
                                           text(branch.error().detail));
                            return;
                        }
                        m_branch = std::move(*branch);
                        fill();
                        Q_EMIT branchRead();
                    });
}

void Navigator::copy() const
{
    if (const QTreeWidgetItem* marked = m_tree->currentItem())
        QApplication::clipboard()->setText(marked->text(0));
}

void Navigator::focusFind()
{
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
}

// A part of the chrome, unlike the lists that hold data.
void Navigator::restyle()
{
    QPalette palette = m_tree->palette();
    palette.setColor(QPalette::Base, tokens().window);
    m_tree->setPalette(palette);
    fill();
}

void Navigator::fill()
{
    QStringList expanded;
    for (int i = 0; m_tree->topLevelItem(0) && i < m_tree->topLevelItem(0)->childCount(); ++i) {
        if (m_tree->topLevelItem(0)->child(i)->isExpanded())
            expanded << m_tree->topLevelItem(0)->child(i)->text(0);
    }
    m_tree->clear();
    if (!m_connection)
        return;
    const ConnectionSettings& settings = m_connection->settings();
    QString name = text(settings.displayName());
    if (settings.isPlaintext && !settings.isOnThisMachine)
        name += tr(" · not encrypted");
    auto* root = item(Kind::Connection, name, IconName::Branch);
    QFont strong = metrics().uiStrong();
    root->setFont(0, strong);
    m_tree->addTopLevelItem(root);
    root->setExpanded(true);
    for (const Keyspace& keyspace : m_branch.keyspaces)
        addKeyspace(root, keyspace);
    giveRoom(root);
    for (int i = 0; i < root->childCount(); ++i)
        root->child(i)->setExpanded(expanded.isEmpty() || expanded.contains(root->child(i)->text(0)));
    applyFind();
}

void Navigator::showTable(const QString& keyspace, const QString& table)
{
    m_shownKeyspace = keyspace;
    m_shownTable = table;
    markShown();
}

// Not one that the find box hides: Return there would open what cannot be seen.
void Navigator::markShown()
{
    const QTreeWidgetItem* root = m_tree->topLevelItem(0);
    for (int i = 0; root && i < root->childCount(); ++i) {
        const QTreeWidgetItem* keyspace = root->child(i);
        for (int j = 0; j < keyspace->childCount(); ++j) {
            QTreeWidgetItem* child = keyspace->child(j);
            if (child->data(0, KeyspaceRole) == m_shownKeyspace && child->data(0, TableRole) == m_shownTable &&
                !m_shownTable.isEmpty() && !child->isHidden())
                m_tree->setCurrentItem(child);
        }
    }
}

void Navigator::addKeyspace(QTreeWidgetItem* root, const Keyspace& keyspace)
{
    QStringList shards;
    for (const std::string& shard : keyspace.shards)
        shards << text(shard);
    auto* node =
        item(Kind::Keyspace, text(keyspace.name), IconName::Keyspace, keyspace.problem ? tr("not allowed") : QString());
    node->setData(0, KeyspaceRole, text(keyspace.name));
    root->addChild(node);
    if (keyspace.problem) {
        node->setForeground(0, tokens().disabled);
        node->setToolTip(0, text(keyspace.name) + u'\n' + text(keyspace.problem->message));
    }
    const QString few = shards.size() <= 2 ? shards.join(QStringLiteral(", ")) : tr("%1 shards").arg(shards.size());
    auto* shardsNode = item(Kind::Shards, tr("Shards"), IconName::Shards, few);
    node->addChild(shardsNode);
    for (const QString& shard : shards) {
        auto* child = item(Kind::Shard, shard, IconName::None);
        child->setFont(0, metrics().data());
        shardsNode->addChild(child);
    }
    for (const Table& table : keyspace.tables) {
        if (!table.isInternal || m_hasInternal)
            addTable(node, keyspace, table);
    }
}

void Navigator::addTable(QTreeWidgetItem* parent, const Keyspace& keyspace, const Table& table)
{
    const bool isBroken = table.queue && !table.queue->problem.empty();
    auto* node =
        item(table.queue ? Kind::Queue : Kind::Table, text(table.name), table.queue ? IconName::Queue : IconName::Table,
             isBroken       ? tr("not served")
             : table.isView ? tr("view")
                            : QString());
    node->setData(0, KeyspaceRole, text(keyspace.name));
    node->setData(0, TableRole, text(table.name));
    node->setData(0, Qt::AccessibleTextRole, (table.queue ? tr("queue %1") : tr("table %1")).arg(text(table.name)));
    node->setToolTip(0, text(table.name) + u'\n' +
                            tr("about %1 rows").arg(QLocale().toString(static_cast<qulonglong>(table.rowEstimate))));
    parent->addChild(node);
    if (table.queue) {
        auto* note = item(Kind::Note,
                          isBroken ? tr("not served: %1").arg(text(table.queue->problem)) : settingsText(*table.queue),
                          isBroken ? IconName::Warning : IconName::Options);
        note->setToolTip(0, note->text(0));
        node->addChild(note);
    }
    for (const TableColumn& column : table.columns) {
        const bool isKey = std::find(table.key.begin(), table.key.end(), column.name) != table.key.end();
        auto* child = item(Kind::Column, text(column.name), isKey ? IconName::Key : IconName::None, text(column.type));
        child->setToolTip(1, text(column.type) + (column.isNullable ? QString() : QStringLiteral(" not null")));
        if (isKey)
            child->setData(0, Qt::AccessibleTextRole, tr("key column %1").arg(text(column.name)));
        node->addChild(child);
    }
}

void Navigator::applyFind()
{
    const QString wanted = m_find->text().trimmed();
    QTreeWidgetItem* root = m_tree->topLevelItem(0);
    if (!root)
        return;
    QTreeWidgetItem* best = nullptr;
    for (int i = 0; i < root->childCount(); ++i) {
        QTreeWidgetItem* keyspace = root->child(i);
        for (int j = 0; j < keyspace->childCount(); ++j) {
            QTreeWidgetItem* child = keyspace->child(j);
            const bool isMatch = wanted.isEmpty() || child->text(0).contains(wanted, Qt::CaseInsensitive);
            child->setHidden(!isMatch);
            if (isMatch && !wanted.isEmpty() && (!best || child->text(0).startsWith(wanted, Qt::CaseInsensitive)))
                best = child;
        }
    }
    if (best)
        m_tree->setCurrentItem(best);
    else if (wanted.isEmpty())
        markShown();
}

bool Navigator::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool isReturn = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (isReturn && m_tree->currentItem()) {
            activate(m_tree->currentItem());
            return true;
        }
        if (watched == m_find && (key->key() == Qt::Key_Down || key->key() == Qt::Key_Up)) {
            m_tree->setFocus();
            return true;
        }
        if (watched == m_tree && !key->text().isEmpty() && key->text().front().isLetterOrNumber() &&
            key->modifiers() == Qt::NoModifier) {
            m_find->setFocus();
            m_find->setText(key->text());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void Navigator::activate(QTreeWidgetItem* chosen)
{
    const QString keyspace = chosen->data(0, KeyspaceRole).toString(), table = chosen->data(0, TableRole).toString();
    switch (kindOf(chosen)) {
    case Kind::Table:
        Q_EMIT watchRequested(keyspace, table);
        break;
    case Kind::Queue:
        Q_EMIT queueRequested(keyspace, table);
        break;
    default:
        chosen->setExpanded(!chosen->isExpanded());
        break;
    }
}

void Navigator::showMenu(const QPoint& at)
{
    QTreeWidgetItem* chosen = m_tree->itemAt(at);
    QMenu menu(this);
    if (chosen && (kindOf(chosen) == Kind::Table || kindOf(chosen) == Kind::Queue)) {
        const QString keyspace = chosen->data(0, KeyspaceRole).toString(),
                      table = chosen->data(0, TableRole).toString();
        if (kindOf(chosen) == Kind::Queue)
            menu.addAction(icon(IconName::Queue), tr("Look into the Queue"), this,
                           [=, this] { Q_EMIT queueRequested(keyspace, table); });
        menu.addAction(icon(IconName::Play), tr("Watch from Now"), this,
                       [=, this] { Q_EMIT watchRequested(keyspace, table); });
        menu.addAction(icon(IconName::Options), tr("Watch…"), this,
                       [=, this] { Q_EMIT watchOptionsRequested(keyspace, table); });
        menu.addSeparator();
    }
    QAction* internal = menu.addAction(tr("Show Tables of Vitess Itself"), this, [this](bool on) {
        m_hasInternal = on;
        fill();
    });
    internal->setCheckable(true);
    internal->setChecked(m_hasInternal);
    menu.addAction(icon(IconName::Refresh), tr("Refresh"), this, &Navigator::refresh);
    menu.exec(m_tree->viewport()->mapToGlobal(at));
}

} // namespace vtscope
