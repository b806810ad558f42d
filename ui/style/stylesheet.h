#pragma once

#include "ui/style/metrics.h"
#include "ui/style/tokens.h"

namespace vtscope {

/// The application's style sheet for that scheme and those sizes: menus, tool and status bars, tabs, scroll bars,
/// lists, trees, headers, tool tips, splitters. Buttons, fields and boxes are painted by ProxyStyle. GUI thread.
///
/// Dynamic properties that it knows: QTabBar `vtTabs` = "panel" (accent line below, for inspector and dock; without it
/// tabs are those of documents); QFrame `vtSurface` = "surface", "raised", "sunken", "window" or "card"; QLabel
/// `vtText` = "secondary", "heading", "title", "strong", "small", "error", "warning", "ok", "data".
QString buildStyleSheet(const Tokens& tokens, const Metrics& metrics);

} // namespace vtscope
