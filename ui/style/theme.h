#pragma once

#include "ui/style/metrics.h"
#include "ui/style/tokens.h"

#include <QObject>
#include <QPalette>

QT_BEGIN_NAMESPACE
class QDBusVariant;
QT_END_NAMESPACE

namespace vtscope {

/// The look of the program: colours, fonts, palette, style sheet and style. GUI thread; one per QApplication.
///
/// main() calls `Theme::instance().install(choice)` once, before the first window. Widgets that paint themselves read
/// tokens() and metrics() when they paint, and connect changed() to update() (and to their layout, if they use
/// metrics for sizes). Without install() the theme is light and leaves the application alone.
class Theme : public QObject
{
    Q_OBJECT

public:
    enum class Choice : quint8 { System, Light, Dark };
    Q_ENUM(Choice)

    /// The theme of the running QApplication; created at the first call, dies with the application.
    static Theme& instance();

    /// Sets style, palette and style sheet, and watches the system's scheme and fonts from now on.
    void install(Choice choice = Choice::System);

    Choice choice() const { return m_choice; }
    void setChoice(Choice choice);
    Scheme scheme() const { return m_scheme; }
    bool isDark() const { return m_scheme == Scheme::Dark; }

    const Tokens& tokens() const { return Tokens::of(m_scheme); }
    const Metrics& metrics() const { return m_metrics; }

    /// Family for data, empty for automatic.
    void setDataFamily(const QString& family);
    /// Zoom of the data font in points, Metrics::kZoomMin to kZoomMax; the UI font stays.
    void setDataZoom(int zoom);
    int dataZoom() const { return m_dataZoom; }
    void setDensity(Density density);
    Density density() const { return m_density; }
    int gridRowHeight() const { return m_metrics.gridRowHeight(m_density); }

    /// No fading rows and no sliding sheets.
    bool reduceMotion() const { return m_reduceMotion; }
    void setReduceMotion(bool on);

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    /// Colours, fonts, density or motion changed; everything is already in force.
    void changed();

private:
    explicit Theme(QObject* parent);
    void apply();
    void rebuildMetrics();
    Scheme wanted() const;
    void askPortal();
    void setPortalScheme(uint value);
    void readSystemPalette();

private Q_SLOTS:
    void onPortalSetting(const QString& space, const QString& key, const QDBusVariant& value);

private:
    Metrics m_metrics;
    QString m_dataFamily;
    int m_dataZoom = 0;
    Choice m_choice = Choice::System;
    Scheme m_scheme = Scheme::Light;
    Density m_density = Density::Normal;
    bool m_installed = false;
    bool m_applying = false;
    bool m_reduceMotion = false;
    bool m_systemPaletteDark = false;
    uint m_portal = 0; // 0 no wish or unknown, 1 dark, 2 light, as in the portal's color-scheme
};

/// Short forms for painting code.
inline const Tokens& tokens()
{
    return Theme::instance().tokens();
}
inline const Metrics& metrics()
{
    return Theme::instance().metrics();
}

} // namespace vtscope
