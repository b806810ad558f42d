// Where streams stopped last, so that they can go on from there another day. In the user's settings; positions are no
// secrets, and one that holds the key of a row is not kept. GUI thread.
#pragma once

#include <QDateTime>

#include <optional>
#include <string>

#include "streamcore/position/cursorfile.h"

namespace vtscope {

struct KeptPosition
{
    QString position; // a text for parsePosition
    QDateTime when;   // UTC
};

// connection: its id in the store; those that have none are not kept, nor are positions inside a copy.
void keepPosition(const std::string& connection, const CursorFile& position);
// Of the same tables and shards of the same keyspaces, by the same source.
std::optional<KeptPosition> keptPosition(const std::string& connection, const CursorFile& of);

} // namespace vtscope
