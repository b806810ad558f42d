#include "ui/start/capturerow.h"

#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QContextMenuEvent>
#include <QDir>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLocale>
#include <QMenu>
#include <QPainter>

namespace vtscope {

namespace {

QString shortFolder(const QString& path)
{
    const QString folder = QFileInfo(path).absolutePath();
    const QString home = QDir::homePath();
    return folder == home || folder.startsWith(home + u'/') ? u'~' + folder.mid(home.size()) : folder;
}

} // namespace

CaptureRow::CaptureRow(const RecentCapture& capture, QWidget* parent) : QAbstractButton(parent), m_capture(capture)
{
    setText(QFileInfo(capture.path).fileName());
    setToolTip(capture.path);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    const QString folder = shortFolder(capture.path);
    if (!capture.exists)
        m_detail = tr("not found in %1").arg(folder);
    else
        m_detail = capture.detail.isEmpty() ? folder : capture.detail;
    if (capture.exists && capture.size > 0)
        m_size = QLocale().formattedDataSize(capture.size, capture.size < 100 * 1024 * 1024 ? 1 : 0);
    connect(this, &QAbstractButton::clicked, this, [this] {
        if (m_capture.exists)
            Q_EMIT openRequested();
    });
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    updateTime();
}

void CaptureRow::updateTime()
{
    m_time = relativeTime(m_capture.time, QDateTime::currentDateTime());
    setAccessibleName(text());
    QStringList parts;
    for (const QString& part : {m_detail, m_time, m_size})
        if (!part.isEmpty())
            parts.append(part);
    setAccessibleDescription(parts.join(QLatin1StringView(", ")));
    update();
}

void CaptureRow::setLast(bool on)
{
    m_isLast = on;
    update();
}

QSize CaptureRow::sizeHint() const
{
    return {metrics().space(100), metrics().space(13)};
}

QSize CaptureRow::minimumSizeHint() const
{
    return {metrics().space(50), metrics().space(13)};
}

void CaptureRow::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    if (!m_isLast)
        painter.fillRect(QRect(0, height() - 1, width(), 1), t.border);
    if (isEnabled() && (underMouse() || hasFocus())) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(hasFocus() ? t.infoT : t.hover);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0, 0, 0, -1), Metrics::kRadiusTile, Metrics::kRadiusTile);
    }
    const bool isThere = m_capture.exists && isEnabled();
    const QColor strong = isThere ? t.text : t.text2;
    drawIcon(painter, QRect(m.space(2), 0, m.icon(), height()),
             m_capture.isUnsaved ? IconName::Warning : IconName::Capture,
             !isThere              ? t.disabled
             : m_capture.isUnsaved ? t.warn
                                   : t.text2,
             m.icon());

    QFont titleFont = m.ui();
    titleFont.setWeight(QFont::Medium);
    const QFontMetrics title(titleFont);
    const QFontMetrics small(m.small());
    const QFontMetrics mono(m.data());
    const int top = (height() - title.height() - small.height() - m.space(0.5)) / 2;
    const int second = top + title.height() + m.space(0.5);
    const int right = width() - m.space(2);
    const int timeWidth = small.horizontalAdvance(m_time) + 2;
    const int sizeWidth = mono.horizontalAdvance(m_size) + 2;
    painter.setPen(t.text2);
    painter.setFont(m.small());
    painter.drawText(QRect(right - timeWidth, top, timeWidth, title.height()), Qt::AlignRight | Qt::AlignVCenter,
                     m_time);
    painter.setFont(m.data());
    painter.drawText(QRect(right - sizeWidth, second, sizeWidth, small.height()), Qt::AlignRight | Qt::AlignVCenter,
                     m_size);

    const int x = m.space(8);
    const int titleRoom = right - timeWidth - m.space(3) - x;
    painter.setFont(titleFont);
    painter.setPen(strong);
    painter.drawText(QRect(x, top, titleRoom, title.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     title.elidedText(text(), Qt::ElideMiddle, titleRoom));
    const int detailRoom = right - sizeWidth - m.space(3) - x;
    painter.setFont(m.small());
    painter.setPen(t.text2);
    painter.drawText(QRect(x, second, detailRoom, small.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     small.elidedText(m_detail, Qt::ElideRight, detailRoom));
    if (hasFocus())
        drawFocusRing(painter, QRectF(rect()).adjusted(0, 0, 0, -1), Metrics::kRadiusTile);
}

void CaptureRow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else if (event->matches(QKeySequence::Delete))
        Q_EMIT removeRequested();
    else
        QAbstractButton::keyPressEvent(event);
}

void CaptureRow::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    QAction* open = menu.addAction(vtscope::icon(IconName::Capture), tr("&Open"));
    open->setEnabled(m_capture.exists);
    menu.setDefaultAction(open);
    QAction* remove = menu.addAction(vtscope::icon(IconName::Close),
                                     m_capture.isUnsaved ? tr("&Discard\u2026") : tr("&Remove from the list"));
    const QPoint at =
        event->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(rect().center()) : event->globalPos();
    const QAction* chosen = menu.exec(at);
    if (chosen == open)
        Q_EMIT openRequested();
    else if (chosen == remove)
        Q_EMIT removeRequested();
}

} // namespace vtscope
