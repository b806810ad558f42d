#include "ui/style/icons.h"

#include "ui/style/theme.h"

#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QSvgRenderer>

#include <array>
#include <cmath>

// A static library keeps its resources only if somebody asks for them, and only outside of a namespace.
static void initIconResources()
{
    Q_INIT_RESOURCE(resources);
}

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array<const char*, static_cast<std::size_t>(IconName::Count_)> kFiles = {
    "",           "play",         "stop",         "pause",         "follow",      "mark",   "mark-set", "history",
    "compare",    "export",       "drop",         "lock",          "unlock",      "filter", "search",   "close",
    "chevron-up", "chevron-down", "chevron-left", "chevron-right", "table",       "queue",  "shards",   "keyspace",
    "branch",     "capture",      "insert",       "update",        "delete",      "copy",   "warning",  "error",
    "info",       "ok",           "ok-round",     "clock",         "schema",      "key",    "options",  "refresh",
    "look-only",  "take-back",    "reschedule",   "priority",      "save-filter", "gap",    "pin",      "connect",
    "sent",       "due",          "backed-off",   "scheduled",     "mask",        "sample", "changed",  "more",
    "dot",        "ring",         "add",          "filter-saved"};

struct PixmapKey
{
    QRgb color;
    quint16 deviceSize;
    IconName name;
    bool strong;
    bool operator==(const PixmapKey&) const = default;
};

size_t qHash(const PixmapKey& key, size_t seed = 0) noexcept
{
    return qHashMulti(seed, key.color, key.deviceSize, static_cast<int>(key.name), key.strong);
}

QByteArray source(IconName name)
{
    static QHash<int, QByteArray> sources;
    QByteArray& svg = sources[static_cast<int>(name)];
    if (svg.isEmpty()) {
        initIconResources();
        QFile file(u":/vtscope/icons/%1.svg"_s.arg(iconFileName(name)));
        if (file.open(QIODevice::ReadOnly))
            svg = file.readAll();
    }
    return svg;
}

QPixmap render(IconName name, const QColor& color, int deviceSize, bool strong)
{
    QPixmap pixmap(deviceSize, deviceSize);
    pixmap.fill(Qt::transparent);
    QByteArray svg = source(name);
    svg.replace("currentColor", color.name(QColor::HexRgb).toLatin1());
    if (strong)
        svg.replace("stroke-width=\"1.4\"", "stroke-width=\"1.9\"");
    QSvgRenderer renderer(svg);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    if (renderer.isValid()) {
        renderer.render(&painter, QRectF(0, 0, deviceSize, deviceSize));
    } else {
        // An icon never vanishes: a plain ring says that something is here.
        painter.setPen(QPen(color, std::max(1.0, deviceSize / 11.0)));
        painter.drawEllipse(QRectF(0, 0, deviceSize, deviceSize).adjusted(2, 2, -2, -2));
    }
    return pixmap;
}

class Engine final : public QIconEngine
{
public:
    Engine(IconName name, Tone tone) : m_name(name), m_tone(tone) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        // Item views paint open branches as "on"; only buttons, which ask for pixmaps, mean ticked by that.
        drawIcon(*painter, rect, m_name, color(mode, QIcon::Off), std::min(rect.width(), rect.height()));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        return iconPixmap(m_name, color(mode, state), std::min(size.width(), size.height()), 1);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal scale) override
    {
        const int side = std::min(size.width(), size.height());
        QPixmap result = iconPixmap(m_name, color(mode, state), static_cast<int>(std::lround(side / scale)), scale);
        result.setDevicePixelRatio(1); // QIcon sets the ratio itself
        return result;
    }

    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    QIconEngine* clone() const override { return new Engine(m_name, m_tone); }
    QString key() const override { return u"vtscope"_s; }
    bool isNull() override { return m_name == IconName::None; }

private:
    QColor color(QIcon::Mode mode, QIcon::State state) const
    {
        const Tokens& t = tokens();
        if (mode == QIcon::Disabled)
            return t.disabled;
        if (state == QIcon::On && m_tone == Tone::Text2)
            return t.accentText;
        return t.tone(m_tone);
    }

    IconName m_name;
    Tone m_tone;
};

} // namespace

QString iconFileName(IconName name)
{
    return QString::fromLatin1(kFiles.at(static_cast<std::size_t>(name)));
}

QIcon icon(IconName name, Tone tone)
{
    return name == IconName::None ? QIcon() : QIcon(new Engine(name, tone));
}

QPixmap iconPixmap(IconName name, const QColor& color, int size, qreal devicePixelRatio, bool strong)
{
    if (name == IconName::None || size <= 0)
        return {};
    static QHash<PixmapKey, QPixmap> cache;
    constexpr qsizetype kMaxEntries = 2000;
    const auto deviceSize = static_cast<quint16>(std::lround(size * devicePixelRatio));
    const PixmapKey key{color.rgb(), deviceSize, name, strong};
    const auto found = cache.constFind(key);
    if (found != cache.constEnd() && qFuzzyCompare(found->devicePixelRatio(), devicePixelRatio))
        return *found;
    if (cache.size() > kMaxEntries)
        cache.clear();
    QPixmap pixmap = render(name, color, deviceSize, strong);
    pixmap.setDevicePixelRatio(devicePixelRatio);
    cache.insert(key, pixmap);
    return pixmap;
}

void drawIcon(QPainter& painter, const QRect& rect, IconName name, const QColor& color, int size, bool strong)
{
    const qreal ratio = painter.device() ? painter.device()->devicePixelRatioF() : 1;
    const QPixmap pixmap = iconPixmap(name, color, size, ratio, strong);
    if (pixmap.isNull())
        return;
    // Whole device pixels keep the strokes sharp at fractional scales.
    const qreal x = std::round((rect.x() + (rect.width() - size) / 2.0) * ratio) / ratio;
    const qreal y = std::round((rect.y() + (rect.height() - size) / 2.0) * ratio) / ratio;
    painter.drawPixmap(QPointF(x, y), pixmap);
}

QIcon applicationIcon()
{
    initIconResources();
    QIcon result;
    for (const int size : {48, 128, 256})
        result.addFile(u":/vtscope/vtscope-%1.png"_s.arg(size), QSize(size, size));
    return result;
}

} // namespace vtscope
