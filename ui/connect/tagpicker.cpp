#include "ui/connect/tagpicker.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QButtonGroup>
#include <QCoreApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QRadioButton>

namespace vtscope {

namespace {

constexpr Tag kTags[] = {Tag::None, Tag::Production, Tag::Staging, Tag::Development, Tag::Blue, Tag::Violet, Tag::Grey};

// A radio button in all but looks, so that keys and screen readers find what they know.
class TagButton final : public QRadioButton
{
public:
    TagButton(Tag tag, QWidget* parent) : QRadioButton(parent), m_tag(tag)
    {
        const bool isPlain = tag == Tag::Blue || tag == Tag::Violet || tag == Tag::Grey;
        if (!isPlain)
            setText(tag == Tag::None ? TagPicker::tr("None") : wordFor(tag));
        setAccessibleName(wordFor(tag));
        if (isPlain)
            setToolTip(wordFor(tag));
        setAttribute(Qt::WA_Hover);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        connect(&Theme::instance(), &Theme::changed, this, [this] { updateGeometry(); });
    }

    QSize sizeHint() const override
    {
        const Metrics& m = metrics();
        int wide = m.space(3);
        if (m_tag != Tag::None)
            wide += m.space(3);
        if (!text().isEmpty())
            wide += QFontMetrics(m.uiStrong()).horizontalAdvance(text()) + (m_tag == Tag::None ? 0 : m.space(1.5));
        return {std::max(wide, m.space(7)), m.space(6.5)};
    }
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    bool hitButton(const QPoint& point) const override { return rect().contains(point); }

    void paintEvent(QPaintEvent*) override
    {
        const Tokens& t = tokens();
        const Metrics& m = metrics();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
        if (isChecked() || underMouse()) {
            painter.setBrush(isChecked() ? t.infoT : t.hover);
            painter.setPen(isChecked() ? QPen(t.accentText, 1.5) : QPen(Qt::NoPen));
            painter.drawRoundedRect(frame, Metrics::kRadiusButton, Metrics::kRadiusButton);
        }
        int x = m.space(1.5);
        if (m_tag != Tag::None) {
            const int side = m.space(3);
            if (text().isEmpty())
                x = (width() - side) / 2;
            painter.setPen(Qt::NoPen);
            painter.setBrush(isEnabled() ? t.tag(m_tag) : t.disabled);
            painter.drawRoundedRect(QRectF(x, (height() - side) / 2.0, side, side), 3, 3);
            x += side + m.space(1.5);
        }
        painter.setFont(isChecked() ? m.uiStrong() : m.ui());
        painter.setPen(isEnabled() ? t.text : t.disabled);
        painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, text());
        if (hasFocus())
            drawFocusRing(painter, QRectF(rect()), Metrics::kRadiusButton + 1);
    }

private:
    Tag m_tag;
};

} // namespace

QString wordFor(Tag tag)
{
    switch (tag) {
    case Tag::None:
        return TagPicker::tr("No tag");
    case Tag::Production:
        return TagPicker::tr("Production");
    case Tag::Staging:
        return TagPicker::tr("Staging");
    case Tag::Development:
        return TagPicker::tr("Development");
    case Tag::Blue:
        return TagPicker::tr("Blue");
    case Tag::Violet:
        return TagPicker::tr("Violet");
    case Tag::Grey:
        return TagPicker::tr("Grey");
    }
    return {};
}

TagPicker::TagPicker(QWidget* parent) : QWidget(parent), m_group(new QButtonGroup(this))
{
    setAccessibleName(tr("Tag"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(metrics().space(0.25));
    for (const Tag tag : kTags) {
        auto* button = new TagButton(tag, this);
        m_group->addButton(button, static_cast<int>(tag));
        row->addWidget(button);
    }
    row->addStretch();
    connect(m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (!on)
            return;
        setFocusProxy(m_group->button(id)); // a label's mnemonic leads to the checked one
        Q_EMIT tagPicked(tag());
    });
    setTag(Tag::None);
}

Tag TagPicker::tag() const
{
    return static_cast<Tag>(m_group->checkedId());
}

void TagPicker::setTag(Tag tag)
{
    const QSignalBlocker blocker(this);
    m_group->button(static_cast<int>(tag))->setChecked(true);
}

} // namespace vtscope
