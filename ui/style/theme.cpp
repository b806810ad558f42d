#include "ui/style/theme.h"

#include "ui/style/proxystyle.h"
#include "ui/style/stylesheet.h"

#include <QApplication>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QPointer>
#include <QToolTip>

#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <QtDBus/QDBusVariant>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

const QString kPortalService = u"org.freedesktop.portal.Desktop"_s;
const QString kPortalPath = u"/org/freedesktop/portal/desktop"_s;
const QString kPortalSettings = u"org.freedesktop.portal.Settings"_s;
const QString kAppearance = u"org.freedesktop.appearance"_s;
const QString kColorScheme = u"color-scheme"_s;

// Without an address libdbus would try to start a bus of its own, which can take seconds.
bool hasSessionBus()
{
    if (!qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + u"/bus"_s);
}

QPalette paletteFrom(const Tokens& t)
{
    QPalette p;
    const auto all = [&p](QPalette::ColorRole role, const QColor& color) { p.setColor(QPalette::All, role, color); };
    all(QPalette::Window, t.window);
    all(QPalette::WindowText, t.text);
    all(QPalette::Base, t.surface);
    all(QPalette::AlternateBase, t.band);
    all(QPalette::Text, t.text);
    all(QPalette::PlaceholderText, t.text2);
    all(QPalette::Button, t.raised);
    all(QPalette::ButtonText, t.text);
    all(QPalette::BrightText, t.onAccent);
    all(QPalette::ToolTipBase, t.raised);
    all(QPalette::ToolTipText, t.text);
    all(QPalette::Highlight, t.selA);
    all(QPalette::HighlightedText, t.text);
    all(QPalette::Link, t.accentText);
    all(QPalette::LinkVisited, t.accentText);
    all(QPalette::Light, t.raised);
    all(QPalette::Midlight, t.header);
    all(QPalette::Mid, t.border);
    all(QPalette::Dark, t.borderStrong);
    all(QPalette::Shadow, t.sunken);
    p.setColor(QPalette::Inactive, QPalette::Highlight, t.selI);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText,
                            QPalette::Link, QPalette::PlaceholderText})
        p.setColor(QPalette::Disabled, role, t.disabled);
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.selI);
    p.setColor(QPalette::Disabled, QPalette::Base, t.window);
    return p;
}

} // namespace

Theme& Theme::instance()
{
    static QPointer<Theme> theme;
    if (!theme) {
        Q_ASSERT(qApp);
        theme = new Theme(qApp);
    }
    return *theme;
}

Theme::Theme(QObject* parent) : QObject(parent)
{
    rebuildMetrics();
}

void Theme::install(Choice choice)
{
    m_choice = choice;
    if (!m_installed) {
        m_installed = true;
        readSystemPalette();
        QApplication::setStyle(new ProxyStyle);
        qApp->installEventFilter(this);
        askPortal();
    }
    m_scheme = wanted();
    rebuildMetrics();
    apply();
}

void Theme::setChoice(Choice choice)
{
    if (m_choice == choice)
        return;
    m_choice = choice;
    if (m_scheme != wanted()) {
        m_scheme = wanted();
        apply();
    }
}

Scheme Theme::wanted() const
{
    switch (m_choice) {
    case Choice::Light:
        return Scheme::Light;
    case Choice::Dark:
        return Scheme::Dark;
    case Choice::System:
        break;
    }
    if (m_portal == 1)
        return Scheme::Dark;
    if (m_portal == 2)
        return Scheme::Light;
    return m_systemPaletteDark ? Scheme::Dark : Scheme::Light;
}

void Theme::readSystemPalette()
{
    m_systemPaletteDark = QApplication::palette().color(QPalette::Window).lightness() < 128;
}

void Theme::rebuildMetrics()
{
    m_metrics = Metrics(QApplication::font(), m_dataFamily, m_dataZoom);
}

void Theme::apply()
{
    if (!m_installed) {
        Q_EMIT changed();
        return;
    }
    m_applying = true;
    const QPalette palette = paletteFrom(tokens());
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    QToolTip::setFont(m_metrics.ui());
    qApp->setStyleSheet(buildStyleSheet(tokens(), m_metrics));
    m_applying = false;
    Q_EMIT changed();
}

void Theme::setDataFamily(const QString& family)
{
    if (m_dataFamily == family)
        return;
    m_dataFamily = family;
    rebuildMetrics();
    Q_EMIT changed();
}

void Theme::setDataZoom(int zoom)
{
    const int clamped = qBound(Metrics::kZoomMin, zoom, Metrics::kZoomMax);
    if (m_dataZoom == clamped)
        return;
    m_dataZoom = clamped;
    rebuildMetrics();
    Q_EMIT changed();
}

void Theme::setDensity(Density density)
{
    if (m_density == density)
        return;
    m_density = density;
    Q_EMIT changed();
}

void Theme::setReduceMotion(bool on)
{
    if (m_reduceMotion == on)
        return;
    m_reduceMotion = on;
    Q_EMIT changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != qApp || m_applying)
        return false;
    if (event->type() == QEvent::ApplicationFontChange) {
        rebuildMetrics();
        apply();
    } else if (event->type() == QEvent::ThemeChange || (event->type() == QEvent::ApplicationPaletteChange &&
                                                        QApplication::palette() != paletteFrom(tokens()))) {
        // Somebody else's palette: look at the system's own again, then put ours back.
        m_applying = true;
        QApplication::setPalette(QPalette());
        readSystemPalette();
        m_applying = false;
        m_scheme = wanted();
        apply();
    }
    return false;
}

void Theme::askPortal()
{
    if (!hasSessionBus())
        return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kPortalService, kPortalPath, kPortalSettings, u"SettingChanged"_s, this,
                SLOT(onPortalSetting(QString, QString, QDBusVariant)));
    QDBusMessage call = QDBusMessage::createMethodCall(kPortalService, kPortalPath, kPortalSettings, u"Read"_s);
    call << kAppearance << kColorScheme;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* done) {
        done->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *done;
        if (reply.isError())
            return;
        // Read() wraps its answer in a second variant.
        QVariant value = reply.value().variant();
        if (value.canConvert<QDBusVariant>())
            value = value.value<QDBusVariant>().variant();
        setPortalScheme(value.toUInt());
    });
}

void Theme::onPortalSetting(const QString& space, const QString& key, const QDBusVariant& value)
{
    if (space == kAppearance && key == kColorScheme)
        setPortalScheme(value.variant().toUInt());
}

void Theme::setPortalScheme(uint value)
{
    m_portal = value;
    if (m_scheme != wanted()) {
        m_scheme = wanted();
        apply();
    }
}

} // namespace vtscope
