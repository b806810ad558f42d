#pragma once

#include "streamcore/connection/tag.h"

#include <QColor>

namespace vtscope {

/// Which of the two colour sets is on.
enum class Scheme : quint8 { Light, Dark };

/// What a text, an icon or a stripe means; resolved to a colour when it is painted, so that it survives a change of
/// theme.
enum class Tone : quint8 {
    Text,
    Text2,
    Disabled,
    Accent,
    OnAccent,
    Insert,
    Update,
    Delete,
    Warning,
    Error,
    Ok,
    Info,
    Production,
    OnProduction
};

/// All colours of the program, once per scheme. GUI thread; the two sets are constants for the life of the program.
///
/// Text pairs have a contrast of 4.5 or more, graphics 3 or more. Names that end in T are tints (backgrounds); the
/// text that may stand on them is the one of the same name.
struct Tokens
{
    // Text and graphics.
    QColor text;
    QColor text2; ///< secondary text, old values
    QColor disabled;
    QColor accent; ///< fill of the primary button and of ticked boxes
    QColor onAccent;
    QColor accentText;   ///< links, marks, "info"
    QColor focus;        ///< the ring
    QColor borderStrong; ///< fields and boxes: at least 3 to 1
    QColor ins;
    QColor upd;
    QColor del;
    QColor err;
    QColor warn;  ///< text
    QColor warnG; ///< graphics: gap lines, search hits in the strip
    QColor ok;
    QColor jsonKey;
    QColor jsonString;
    QColor jsonNumber;
    QColor jsonKeyword;
    QColor production; ///< line, button
    QColor onProduction;
    QColor productionText; ///< the word PRODUCTION
    QColor staging;
    QColor development;
    QColor blue;
    QColor violet;
    QColor grey;

    // Surfaces.
    QColor window;  ///< chrome
    QColor surface; ///< grid and panels
    QColor raised;  ///< cards and sheets
    QColor header;
    QColor sunken; ///< tab strip, quiet field
    QColor band;   ///< every other transaction
    QColor hover;
    QColor border; ///< decorative only
    QColor selA;   ///< selection in the active pane
    QColor selI;   ///< selection elsewhere
    QColor hatch;  ///< "not sent"

    // Tints.
    QColor insT;
    QColor updT; ///< changed cell
    QColor delT;
    QColor warnT;
    QColor errT;
    QColor okT;
    QColor infoT; ///< also the soft accent
    QColor hit;
    QColor onHit;
    QColor hitCur;
    QColor onHitCur;
    QColor chip;
    QColor onChip;

    /// The set of a scheme. The reference stays valid for the life of the program.
    static const Tokens& of(Scheme scheme);

    /// The colour of a text or icon with that meaning.
    const QColor& tone(Tone tone) const;
    /// The background that goes with a tone; `chip` for tones without one.
    const QColor& tint(Tone tone) const;
    /// The colour of a connection's bar; `border` for Tag::None.
    const QColor& tag(Tag tag) const;
    /// The colour of the tag's word.
    const QColor& tagText(Tag tag) const;
};

} // namespace vtscope
