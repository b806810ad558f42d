#include "ui/grid/columnsdialog.h"

#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace vtscope {

namespace {

constexpr int kColumnRole = Qt::UserRole;
constexpr int kPinnedRole = Qt::UserRole + 1;
constexpr int kMaskedRole = Qt::UserRole + 2;

bool isPinned(const QListWidgetItem* item)
{
    return item && item->data(kPinnedRole).toBool();
}

void setPinned(QListWidgetItem* item, bool on)
{
    item->setData(kPinnedRole, on);
    item->setIcon(on ? icon(IconName::Pin) : QIcon());
    item->setData(Qt::AccessibleDescriptionRole, on ? ColumnsDialog::tr("pinned") : QString());
}

bool isMasked(const QListWidgetItem* item)
{
    return item && item->data(kMaskedRole).toBool();
}

void setMasked(QListWidgetItem* item, const QString& title, bool on)
{
    item->setData(kMaskedRole, on);
    item->setText(on ? ColumnsDialog::tr("%1 (masked)").arg(title) : title);
}

QPushButton* sideButton(IconName sign, const QString& words, const QKeySequence& key)
{
    auto* button = new QPushButton(icon(sign), words);
    button->setShortcut(key);
    button->setAutoDefault(false);
    button->setToolTip(key.toString(QKeySequence::NativeText));
    return button;
}

} // namespace

ColumnsDialog::ColumnsDialog(const QList<ColumnLayout::Column>& columns, QWidget* parent)
    : QDialog(parent), m_list(new QListWidget),
      m_up(sideButton(IconName::ChevronUp, tr("Move &Up"), Qt::ALT | Qt::Key_Up)),
      m_down(sideButton(IconName::ChevronDown, tr("Move &Down"), Qt::ALT | Qt::Key_Down)),
      m_pin(sideButton(IconName::Pin, tr("&Pin"), Qt::ALT | Qt::Key_P)),
      m_mask(sideButton(IconName::Mask, tr("&Mask"), Qt::ALT | Qt::Key_M))
{
    setWindowTitle(tr("Columns"));
    auto* words = new QLabel(tr("&Ticked columns are shown, from left to right; pinned ones stay while others scroll"));
    words->setBuddy(m_list);
    m_list->setAccessibleName(tr("Columns"));
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    auto* reset = new QPushButton(tr("&Reset Columns"));
    reset->setAutoDefault(false);
    auto* side = new QVBoxLayout;
    side->addWidget(m_up);
    side->addWidget(m_down);
    side->addWidget(m_pin);
    side->addWidget(m_mask);
    side->addStretch(1);
    side->addWidget(reset);
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_list, 1);
    middle->addLayout(side);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    setVariant(m_ok, ButtonVariant::Primary);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(words);
    layout->addLayout(middle, 1);
    layout->addWidget(buttons);
    resize(metrics().space(110), metrics().space(120));

    connect(m_up, &QPushButton::clicked, this, [this] { move(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { move(1); });
    connect(m_pin, &QPushButton::clicked, this, &ColumnsDialog::togglePin);
    connect(m_mask, &QPushButton::clicked, this, &ColumnsDialog::toggleMask);
    connect(reset, &QPushButton::clicked, this, &ColumnsDialog::resetRequested);
    connect(m_list, &QListWidget::itemChanged, this, &ColumnsDialog::update);
    connect(m_list, &QListWidget::currentRowChanged, this, &ColumnsDialog::update);
    connect(
        m_list->model(), &QAbstractItemModel::rowsMoved, this,
        [this](const QModelIndex&, int from, int, const QModelIndex&, int to) { settlePin(to > from ? to - 1 : to); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    setColumns(columns);
    m_list->setFocus();
}

void ColumnsDialog::setColumns(const QList<ColumnLayout::Column>& columns)
{
    m_columns = columns;
    m_list->clear();
    for (qsizetype i = 0; i < columns.size(); ++i) {
        auto* item = new QListWidgetItem(columns[i].title, m_list);
        item->setData(kColumnRole, i);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable | Qt::ItemIsDragEnabled);
        setPinned(item, columns[i].isPinned);
        setMasked(item, columns[i].title, columns[i].isMasked);
        item->setCheckState(columns[i].isShown ? Qt::Checked : Qt::Unchecked);
    }
    m_list->setCurrentRow(0);
}

QList<ColumnLayout::Column> ColumnsDialog::columns() const
{
    QList<ColumnLayout::Column> columns;
    for (int row = 0; row < m_list->count(); ++row) {
        const QListWidgetItem* item = m_list->item(row);
        columns.append(m_columns[item->data(kColumnRole).toInt()]);
        columns.last().isShown = item->checkState() == Qt::Checked;
        columns.last().isPinned = isPinned(item);
        columns.last().isMasked = isMasked(item);
    }
    return columns;
}

void ColumnsDialog::move(int by)
{
    const int from = m_list->currentRow();
    const int to = from + by;
    if (from < 0 || to < 0 || to >= m_list->count())
        return;
    QListWidgetItem* item = m_list->takeItem(from);
    m_list->insertItem(to, item);
    settlePin(to);
    m_list->setCurrentRow(to);
}

// Pinned is what stands before a pinned column, and nothing behind one that is not.
void ColumnsDialog::settlePin(int row)
{
    if (isPinned(m_list->item(row + 1)))
        setPinned(m_list->item(row), true);
    else if (row > 0 && !isPinned(m_list->item(row - 1)))
        setPinned(m_list->item(row), false);
    update();
}

void ColumnsDialog::togglePin()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    const bool on = !isPinned(m_list->item(row));
    int count = 0;
    while (isPinned(m_list->item(count)))
        ++count;
    QListWidgetItem* item = m_list->takeItem(row);
    setPinned(item, on);
    const int to = on ? count : count - 1;
    m_list->insertItem(to, item);
    m_list->setCurrentRow(to);
    update();
}

void ColumnsDialog::toggleMask()
{
    QListWidgetItem* item = m_list->currentItem();
    if (item)
        setMasked(item, m_columns[item->data(kColumnRole).toInt()].title, !isMasked(item));
    update();
}

void ColumnsDialog::update()
{
    const int row = m_list->currentRow();
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row < m_list->count() - 1);
    m_pin->setEnabled(row >= 0);
    m_pin->setText(isPinned(m_list->item(row)) ? tr("Un&pin") : tr("&Pin"));
    m_pin->setShortcut(Qt::ALT | Qt::Key_P);
    const bool canBeMasked = row >= 0 && m_columns[m_list->item(row)->data(kColumnRole).toInt()].canBeMasked;
    m_mask->setEnabled(canBeMasked);
    m_mask->setText(isMasked(m_list->item(row)) ? tr("Un&mask") : tr("&Mask"));
    m_mask->setShortcut(Qt::ALT | Qt::Key_M);
    m_mask->setToolTip(canBeMasked ? tr("Hides its values here, in search and in exports")
                                   : tr("Only columns of one table can be masked"));
    bool isAny = false;
    for (int i = 0; i < m_list->count(); ++i)
        isAny |= m_list->item(i)->checkState() == Qt::Checked;
    m_ok->setEnabled(isAny);
    m_ok->setToolTip(isAny ? QString() : tr("At least one column must be shown"));
}

} // namespace vtscope
