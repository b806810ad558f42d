#include "ui/queue/queuebars.h"

#include "ui/capture/celltext.h"
#include "ui/queue/queuetext.h"
#include "ui/style/chip.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kShardChips = 4;

class Arrow final : public QWidget
{
public:
    explicit Arrow(QWidget* parent) : QWidget(parent) { setFixedSize(metrics().smallIcon(), metrics().icon()); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        drawIcon(painter, rect(), IconName::ChevronRight, tokens().text2, metrics().smallIcon());
    }
};

// Widths only grow, so that nothing beside them moves.
void growTo(QWidget* widget)
{
    widget->setMinimumWidth(std::max(widget->minimumWidth(), widget->sizeHint().width()));
}

void paintBar(QWidget* bar)
{
    QPainter painter(bar);
    painter.fillRect(bar->rect(), tokens().surface);
}

} // namespace

QueueSourceBar::QueueSourceBar(const QString& keyspace, const Table& table, const std::vector<std::string>& shards,
                               QWidget* parent)
    : QFrame(parent)
{
    const Metrics& m = metrics();
    setFixedHeight(m.toolBarHeight());
    setAccessibleName(tr("Source"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(m.space(3), 0, m.space(3), 0);
    layout->setSpacing(m.space(2));
    auto* first = new ElidedLabel(keyspace, this);
    first->setTone(Tone::Text2);
    auto* second = new ElidedLabel(text(table.name), this);
    second->setVoice(ElidedLabel::Voice::Strong);
    layout->addWidget(first);
    layout->addWidget(new Arrow(this));
    layout->addWidget(second);
    layout->addSpacing(m.space(1));
    for (std::size_t i = 0; i < std::min(shards.size(), kShardChips); ++i) {
        auto* chip = new Chip(text(shards[i]), this);
        chip->setToolTip(tr("Shard %1").arg(text(shards[i])));
        layout->addWidget(chip);
    }
    if (shards.size() > kShardChips) {
        auto* chip = new Chip(u'+' + QString::number(shards.size() - kShardChips), this);
        QStringList names;
        for (const std::string& shard : shards)
            names.append(text(shard));
        chip->setToolTip(names.join(u", "_s));
        chip->setAccessibleName(tr("All shards: %1").arg(chip->toolTip()));
        layout->addWidget(chip);
    }
    layout->addSpacing(m.space(1));
    auto* look = new Chip(tr("Look only: nothing here consumes messages"), this);
    look->setData(false);
    look->setTone(Tone::Ok);
    look->setSign(IconName::LookOnly);
    layout->addWidget(look);
    layout->addStretch(1);
    if (table.queue) {
        auto* settings = new ElidedLabel(settingsText(*table.queue), this);
        settings->setTone(Tone::Text2);
        layout->addWidget(settings, 1000);
        settings->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    }
}

void QueueSourceBar::paintEvent(QPaintEvent*)
{
    paintBar(this);
}

QueueActionBar::QueueActionBar(QWidget* parent)
    : QFrame(parent), m_chosen(new ElidedLabel({}, this)), m_whole(new ElidedLabel({}, this)),
      m_why(new ElidedLabel({}, this)), m_read(new ElidedLabel({}, this)), m_acknowledge(new QPushButton(this)),
      m_refresh(new QPushButton(tr("&Refresh"), this)), m_subscribe(new QPushButton(tr("Su&bscribe…"), this)),
      m_export(new QPushButton(tr("E&xport…"), this))
{
    const Metrics& m = metrics();
    setFixedHeight(m.toolBarHeight());
    setAccessibleName(tr("Messages"));
    m_chosen->setVoice(ElidedLabel::Voice::Strong);
    m_whole->setTone(Tone::Text2);
    m_why->setTone(Tone::Text2);
    m_read->setTone(Tone::Text2);
    m_read->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setVariant(m_acknowledge, ButtonVariant::Primary);
    m_acknowledge->setIcon(icon(IconName::Ok));
    m_refresh->setIcon(icon(IconName::Refresh));
    m_refresh->setToolTip(tr("Reads the messages again (F5)"));
    m_subscribe->setIcon(icon(IconName::Connect));
    m_export->setIcon(icon(IconName::Export));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(m.space(3), 0, m.space(3), m.space(1));
    layout->setSpacing(m.space(2));
    layout->addWidget(m_chosen);
    layout->addWidget(m_whole);
    layout->addSpacing(m.space(1));
    for (QPushButton* button : {m_acknowledge, m_refresh, m_subscribe, m_export})
        layout->addWidget(button);
    layout->addSpacing(m.space(1));
    layout->addWidget(m_why, 1);
    layout->addWidget(m_read);
    setCounts(0, true, 0);
}

void QueueActionBar::setCounts(qint64 chosen, bool areTicked, qint64 whole)
{
    const QString count = countText(static_cast<std::uint64_t>(chosen));
    m_chosen->setText(areTicked ? tr("%1 ticked").arg(count) : tr("%1 selected").arg(count));
    m_whole->setText(tr("of %1").arg(countText(static_cast<std::uint64_t>(whole))));
    m_acknowledge->setText(chosen > 0 ? tr("&Acknowledge %1…").arg(count) : tr("&Acknowledge…"));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_chosen, m_whole, m_acknowledge})
        growTo(widget);
}

void QueueActionBar::setWhyNot(const QString& why)
{
    m_acknowledge->setEnabled(why.isEmpty());
    m_acknowledge->setToolTip(why.isEmpty() ? tr("Shows a plan first (Ctrl+Return)") : why);
    m_acknowledge->setAccessibleDescription(why);
    m_why->setText(why);
}

QString QueueActionBar::whyNot() const
{
    return m_why->text();
}

void QueueActionBar::setWhyNotSubscribe(const QString& why)
{
    m_subscribe->setEnabled(why.isEmpty());
    m_subscribe->setToolTip(why.isEmpty() ? tr("Receives messages, which takes them from the workers: asks first")
                                          : why);
    m_subscribe->setAccessibleDescription(why);
}

void QueueActionBar::setReading(bool on)
{
    m_isReading = on;
    m_refresh->setEnabled(!on);
    showReadAt();
}

void QueueActionBar::setReadAt(std::int64_t ns)
{
    m_readAt = ns;
    showReadAt();
}

void QueueActionBar::showReadAt()
{
    if (m_isReading)
        m_read->setText(tr("Reading…"));
    else
        m_read->setText(m_readAt > 0 ? tr("Read %1, ages use server time").arg(secondsText(m_readAt)) : QString());
}

void QueueActionBar::paintEvent(QPaintEvent*)
{
    paintBar(this);
}

} // namespace vtscope
