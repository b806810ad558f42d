// How a message's state, times and settings are said in words. GUI thread.
#pragma once

#include "streamcore/branch/branch.h"
#include "streamcore/queue/queue.h"
#include "ui/style/icons.h"

#include <QString>

namespace vtscope {

/// Word, icon and tone of a state: colour for exceptions only.
struct StateLook
{
    QString word;
    IconName icon = IconName::None;
    Tone tone = Tone::Text;
};
StateLook lookOf(MessageState state);
/// The same for a state as a plan tells it ("due", "sent, 6 tries", "gone", "acknowledged at …").
StateLook lookOfPlanned(const std::string& state);
StateLook lookOf(AckOutcome outcome);

/// "2 h 14 min", "28 s", "3 d 4 h": two units at most, never negative.
QString spanText(std::int64_t ns);
/// "30 s", "2.5 s", "24 h": a setting, as a person says it.
QString settingText(double seconds);
/// "wait for ack 30 s · batch 10 · cache 10 · poll 1 s · purge after 24 h"
QString settingsText(const QueueSettings& settings);

/// "14:32:10" on the day of `now`, else "Mar 5 08:00"; UTC. Far years are said in full.
QString momentText(std::int64_t ns, std::int64_t now);
/// "12:03:04 UTC"
QString secondsText(std::int64_t ns);

/// A number in the locale's groups.
QString countText(std::uint64_t count);
/// "1 message", "12 messages"
QString messagesText(std::uint64_t count);

} // namespace vtscope
