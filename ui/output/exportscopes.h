#pragma once

#include "streamcore/select/rowset.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace vtscope {

/// What a view offers to export: lines of one capture.
struct ExportScopes
{
    RowSet all;
    RowSet shown;
    std::optional<RowSet> selected; ///< nothing: no row is selected
    QStringList masked;             ///< columns that are masked unless the user says otherwise
    QString noun;                   ///< what a line is called: "changes" when empty, "messages" for a queue
};

} // namespace vtscope
