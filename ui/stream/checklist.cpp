#include "ui/stream/checklist.h"

#include <QSignalBlocker>

#include <algorithm>

#include "ui/capture/celltext.h"

namespace vtscope {

namespace {

constexpr int kFewestLines = 2;

QListWidgetItem* lineOf(const QString& words, bool isTicked)
{
    auto* item = new QListWidgetItem(words);
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(isTicked ? Qt::Checked : Qt::Unchecked);
    return item;
}

} // namespace

CheckList::CheckList(const QString& accessibleName, const QString& all, QWidget* parent) : QListWidget(parent)
{
    setAccessibleName(accessibleName);
    if (!all.isEmpty()) {
        m_all = lineOf(all, true);
        addItem(m_all);
    }
    connect(this, &QListWidget::itemChanged, this, &CheckList::settle);
}

void CheckList::add(const std::string& name, bool isTicked)
{
    auto* item = lineOf(text(name), isTicked);
    addItem(item);
    if (!isTicked)
        return;
    settle(item);
    scrollToItem(item);
}

void CheckList::fitLines(int most)
{
    setFixedHeight(sizeHintForRow(0) * std::clamp(count(), kFewestLines, most) + 2 * frameWidth());
}

std::vector<std::string> CheckList::ticked() const
{
    std::vector<std::string> names;
    for (int i = 0; i < count(); ++i) {
        if (item(i) != m_all && item(i)->checkState() == Qt::Checked)
            names.push_back(item(i)->text().toStdString());
    }
    return names;
}

// The last that was touched decides.
void CheckList::settle(const QListWidgetItem* item)
{
    if (m_all) {
        const QSignalBlocker blocker(this);
        if (item == m_all && m_all->checkState() == Qt::Checked) {
            for (int i = 0; i < count(); ++i) {
                if (this->item(i) != m_all)
                    this->item(i)->setCheckState(Qt::Unchecked);
            }
        }
        m_all->setCheckState(ticked().empty() ? Qt::Checked : Qt::Unchecked);
    }
    Q_EMIT changed();
}

} // namespace vtscope
