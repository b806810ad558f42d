// What the window remembers between runs besides connections: recent captures and the look.
// $XDG_CONFIG_HOME/vtscope/vtscope.ini.
#pragma once

#include <QList>
#include <QString>

#include "ui/start/recent.h"

namespace vtscope {

// Properties of the widget of a tab: the file that was opened in it; how many lines and changes of a live capture are
// saved, which state of its marks, and where.
inline constexpr char kPathProperty[] = "capturePath";
inline constexpr char kSavedProperty[] = "savedLines";
inline constexpr char kSavedChangesProperty[] = "savedChanges";
inline constexpr char kSavedPathProperty[] = "savedPath";
inline constexpr char kSavedMarksProperty[] = "savedMarks";

// Newest first; missing files are in it, marked so. Captures of earlier runs that were never saved come with isUnsaved.
QList<RecentCapture> recentCaptures();
void noteRecentCapture(const QString& path);
void forgetRecentCapture(const QString& path);
void forgetRecentCaptures();

// A path for a new capture that does not exist yet; empty when there is no folder for it. folder: empty for that of
// captures that are not saved yet.
QString newCapturePath(const QString& name, const QString& folder = {});
// Removes a capture file of ours and its index.
void removeCapture(const QString& path);

} // namespace vtscope
