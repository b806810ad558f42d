#include "ui/stream/serverbox.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QSpinBox>

#include <algorithm>

#include "streamcore/names.h"
#include "ui/capture/celltext.h"
#include "ui/style/theme.h"

namespace vtscope {

ServerBox::ServerBox(const WatchRequest& request, QWidget* parent)
    : QWidget(parent), m_columns(new QLineEdit),
      m_where(new QLineEdit), m_ops{new QCheckBox(tr("inserts")), new QCheckBox(tr("updates")),
                                    new QCheckBox(tr("deletes"))},
      m_minimizesSkew(new QCheckBox(tr("shards wait for each other"))), m_chunk(new QSpinBox)
{
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins({});
    m_columns->setPlaceholderText(tr("all columns, or: id, status"));
    m_columns->setAccessibleName(tr("Columns that the server sends; empty for all"));
    m_columns->setText(text(listed(request.rule.columns)));
    m_where->setPlaceholderText(tr("all rows, or: status = 'open'"));
    m_where->setAccessibleName(tr("Condition of the rows that the server sends; empty for all"));
    m_where->setText(text(request.rule.where));
    auto* ops = new QHBoxLayout;
    ops->setSpacing(metrics().space(4));
    const bool asked[] = {request.rule.inserts, request.rule.updates, request.rule.deletes};
    for (std::size_t i = 0; i < m_ops.size(); ++i) {
        m_ops[i]->setChecked(asked[i]);
        ops->addWidget(m_ops[i]);
        connect(m_ops[i], &QCheckBox::toggled, this, &ServerBox::changed);
    }
    ops->addStretch(1);
    m_minimizesSkew->setChecked(request.minimizesSkew);
    m_chunk->setRange(0, 1 << 10);
    m_chunk->setSpecialValueText(tr("whole transactions"));
    m_chunk->setPrefix(tr("parts of "));
    m_chunk->setSuffix(tr(" MiB"));
    m_chunk->setAccessibleName(tr("Size of the parts that large transactions are sent in; 0 for whole ones"));
    m_chunk->setValue(static_cast<int>(request.chunkBytes >> 20));
    layout->addWidget(m_columns, 0, 0);
    layout->addWidget(m_where, 0, 1);
    layout->addWidget(m_chunk, 1, 0);
    layout->addWidget(m_minimizesSkew, 1, 1);
    layout->addLayout(ops, 2, 0, 1, 2);
    setFocusProxy(m_columns);
    setFocusPolicy(Qt::StrongFocus);
    for (QLineEdit* line : {m_columns, m_where})
        connect(line, &QLineEdit::textChanged, this, &ServerBox::changed);
}

void ServerBox::setSource(Source source)
{
    m_chosen = source;
    const bool isSync = source == Source::Sync;
    for (QCheckBox* op : m_ops) {
        op->setEnabled(isSync);
        op->setToolTip(isSync ? QString() : tr("A VStream always sends all three"));
    }
    for (QWidget* widget : std::initializer_list<QWidget*>{m_columns, m_where, m_minimizesSkew, m_chunk}) {
        widget->setEnabled(!isSync);
        widget->setToolTip(isSync ? tr("Only a VStream can be asked for that") : QString());
    }
    if (!isSync)
        m_chunk->setToolTip(tr("From Vitess 24 on; older servers send whole transactions"));
}

QString ServerBox::problem() const
{
    const bool hasOp = std::any_of(m_ops.begin(), m_ops.end(), [](const QCheckBox* op) { return op->isChecked(); });
    return m_chosen == Source::Sync && !hasOp ? tr("Tick at least one of inserts, updates and deletes.") : QString();
}

void ServerBox::applyTo(WatchRequest& request) const
{
    if (m_chosen == Source::Sync) {
        request.rule.inserts = m_ops[0]->isChecked();
        request.rule.updates = m_ops[1]->isChecked();
        request.rule.deletes = m_ops[2]->isChecked();
        return;
    }
    request.rule.columns = namesFrom(m_columns->text().toStdString());
    request.rule.where = m_where->text().trimmed().toStdString();
    request.minimizesSkew = m_minimizesSkew->isChecked();
    request.chunkBytes = static_cast<std::uint64_t>(m_chunk->value()) << 20;
}

} // namespace vtscope
