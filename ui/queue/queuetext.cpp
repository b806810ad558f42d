#include "ui/queue/queuetext.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace vtscope {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

QString tr(const char* text, int n = -1)
{
    return QCoreApplication::translate("vtscope::Queue", text, nullptr, n);
}

QDateTime momentOf(std::int64_t ns)
{
    return QDateTime::fromMSecsSinceEpoch(ns / 1'000'000, Qt::UTC);
}

} // namespace

StateLook lookOf(MessageState state)
{
    switch (state) {
    case MessageState::Due:
        return {tr("due"), IconName::Due, Tone::Text};
    case MessageState::Scheduled:
        return {tr("scheduled"), IconName::Scheduled, Tone::Text};
    case MessageState::Sent:
        return {tr("sent"), IconName::Sent, Tone::Info};
    case MessageState::Acked:
        return {tr("acked"), IconName::Ok, Tone::Ok};
    case MessageState::Broken:
        return {tr("broken"), IconName::Warning, Tone::Warning};
    }
    return {};
}

StateLook lookOfPlanned(const std::string& state)
{
    StateLook look;
    for (const MessageState each :
         {MessageState::Due, MessageState::Scheduled, MessageState::Sent, MessageState::Broken}) {
        if (state.starts_with(nameOf(each)))
            look = lookOf(each);
    }
    if (state.starts_with("acknowledged"))
        look = lookOf(MessageState::Acked);
    if (look.icon == IconName::None)
        look.icon = IconName::Close;
    look.word = QString::fromStdString(state);
    return look;
}

StateLook lookOf(AckOutcome outcome)
{
    switch (outcome) {
    case AckOutcome::Acked:
        return {tr("acknowledged"), IconName::Ok, Tone::Ok};
    case AckOutcome::AckedByOther:
        return {tr("acknowledged by somebody else"), IconName::Ok, Tone::Text2};
    case AckOutcome::StillOpen:
        return {tr("still open"), IconName::Warning, Tone::Warning};
    case AckOutcome::Gone:
        return {tr("gone"), IconName::Close, Tone::Text2};
    case AckOutcome::Unknown:
        return {tr("not known"), IconName::Error, Tone::Error};
    }
    return {};
}

QString spanText(std::int64_t ns)
{
    struct Unit
    {
        std::int64_t seconds;
        const char* text;
    };
    constexpr std::array kUnits{Unit{31'536'000, QT_TRANSLATE_NOOP("vtscope::Queue", "%1 y")},
                                Unit{86'400, QT_TRANSLATE_NOOP("vtscope::Queue", "%1 d")},
                                Unit{3'600, QT_TRANSLATE_NOOP("vtscope::Queue", "%1 h")},
                                Unit{60, QT_TRANSLATE_NOOP("vtscope::Queue", "%1 min")},
                                Unit{1, QT_TRANSLATE_NOOP("vtscope::Queue", "%1 s")}};
    std::int64_t seconds = std::max<std::int64_t>(0, ns / kSecond);
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const std::int64_t count = seconds / kUnits[i].seconds;
        if (count == 0 && i + 1 < kUnits.size())
            continue;
        QString text = tr(kUnits[i].text).arg(count);
        seconds %= kUnits[i].seconds;
        // Seconds beside minutes change too fast to be worth reading.
        if (i + 2 < kUnits.size()) {
            if (const std::int64_t rest = seconds / kUnits[i + 1].seconds; rest > 0)
                text += u' ' + tr(kUnits[i + 1].text).arg(rest);
        }
        return text;
    }
    return {};
}

QString settingText(double seconds)
{
    if (seconds > 0 && std::fmod(seconds, 1.0) != 0.0)
        return tr("%1 s").arg(QLocale().toString(seconds, 'g', 6));
    const auto whole = static_cast<std::int64_t>(seconds);
    constexpr std::int64_t kHour = 3'600, kMinute = 60, kTwoDays = 172'800;
    if (whole > kTwoDays)
        return spanText(whole * kSecond);
    if (whole >= kHour && whole % kHour == 0)
        return tr("%1 h").arg(whole / kHour);
    if (whole >= 2 * kMinute && whole % kMinute == 0)
        return tr("%1 min").arg(whole / kMinute);
    return tr("%1 s").arg(whole);
}

QString settingsText(const QueueSettings& settings)
{
    const QLocale locale;
    return QStringList{tr("wait for ack %1").arg(settingText(settings.ackWait)),
                       tr("batch %1").arg(locale.toString(settings.batchSize)),
                       tr("cache %1").arg(locale.toString(settings.cacheSize)),
                       tr("poll %1").arg(settingText(settings.pollerInterval)),
                       tr("purge after %1").arg(settingText(settings.purgeAfter))}
        .join(QStringLiteral(" · "));
}

QString momentText(std::int64_t ns, std::int64_t now)
{
    const QDateTime moment = momentOf(ns);
    const QDateTime today = momentOf(now);
    if (moment.date() == today.date())
        return moment.toString(QStringLiteral("HH:mm:ss"));
    const QString day = QLocale::c().toString(moment.date(), QStringLiteral("MMM d"));
    if (moment.date().year() == today.date().year())
        return day + moment.toString(QStringLiteral(" HH:mm"));
    return moment.toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString secondsText(std::int64_t ns)
{
    return momentOf(ns).toString(QStringLiteral("HH:mm:ss")) + QStringLiteral(" UTC");
}

QString countText(std::uint64_t count)
{
    return QLocale().toString(static_cast<qulonglong>(count));
}

QString messagesText(std::uint64_t count)
{
    return (count == 1 ? tr("%1 message") : tr("%1 messages")).arg(countText(count));
}

} // namespace vtscope
