#pragma once

#include <QStringView>

namespace vtscope {

/// Walks one line of JSON text and calls `value(start, length)` for each stretch that is a value (strings, numbers,
/// keywords, and the empty containers {} and []); all else are keys and marks. Never fails: text that is cut or broken
/// is walked as far as it goes.
template <typename Callback> void forEachJsonValue(QStringView text, Callback value)
{
    const qsizetype end = text.size();
    qsizetype at = 0;
    while (at < end) {
        const QChar c = text[at];
        if (c == u'"') {
            const qsizetype start = at++;
            while (at < end && text[at] != u'"')
                at += text[at] == u'\\' ? 2 : 1;
            at = at < end ? at + 1 : end;
            qsizetype after = at;
            while (after < end && text[after] == u' ')
                ++after;
            // A string before a colon is a key; so is nothing else.
            if (after >= end || text[after] != u':')
                value(static_cast<int>(start), static_cast<int>(at - start));
        } else if (c == u'{' || c == u'}' || c == u'[' || c == u']' || c == u',' || c == u':' || c == u' ') {
            const bool isEmpty =
                at + 1 < end && ((c == u'{' && text[at + 1] == u'}') || (c == u'[' && text[at + 1] == u']'));
            if (isEmpty)
                value(static_cast<int>(at), 2);
            at += isEmpty ? 2 : 1;
        } else {
            const qsizetype start = at;
            while (at < end && text[at] != u',' && text[at] != u'}' && text[at] != u']' && text[at] != u' ')
                ++at;
            value(static_cast<int>(start), static_cast<int>(at - start));
        }
    }
}

} // namespace vtscope
