#pragma once

#include "ui/style/tokens.h"

#include <QIcon>
#include <QPixmap>
#include <QString>

class QPainter;

namespace vtscope {

/// Every icon of the program. One SVG each in resources/icons, named as here in kebab-case.
enum class IconName : quint8 {
    None,
    Play,
    Stop,
    Pause,
    Follow,
    Mark,
    MarkSet,
    History,
    Compare,
    Export,
    Drop,
    Lock,
    Unlock,
    Filter,
    Search,
    Close,
    ChevronUp,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Table,
    Queue,
    Shards,
    Keyspace,
    Branch,
    Capture,
    Insert,
    Update,
    Delete,
    Copy,
    Warning,
    Error,
    Info,
    Ok,
    OkRound,
    Clock,
    Schema,
    Key,
    Options,
    Refresh,
    LookOnly,
    TakeBack,
    Reschedule,
    Priority,
    SaveFilter,
    Gap,
    Pin,
    Connect,
    Sent,
    Due,
    BackedOff,
    Scheduled,
    Mask,
    Sample,
    Changed,
    More,
    Dot,
    Ring,
    Add,
    FilterSaved,
    Count_
};

/// The file name of an icon, without folder and ending: `chevron-up`.
QString iconFileName(IconName name);

/// An icon that is drawn from its SVG in the colour of `tone` at the time of painting, sharp at every device pixel
/// ratio. Disabled: the disabled colour. Checked (QIcon::On): the accent, if the tone is Text2. GUI thread.
QIcon icon(IconName name, Tone tone = Tone::Text2);

/// The icon as a pixmap of `size` device-independent pixels at that ratio; cached, cheap to call while painting.
/// `strong` draws with 1.9 instead of 1.4 (badges). Never null for a name other than None.
QPixmap iconPixmap(IconName name, const QColor& color, int size, qreal devicePixelRatio, bool strong = false);

/// Draws the icon centred in `rect`, at most `size` wide, aligned to device pixels.
void drawIcon(QPainter& painter, const QRect& rect, IconName name, const QColor& color, int size, bool strong = false);

/// The application icon (SVG with PNG of 48, 128 and 256 beside it).
QIcon applicationIcon();

} // namespace vtscope
