#pragma once

#include "streamcore/capture/capture.h"
#include "streamcore/select/rowset.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <optional>

namespace vtscope {

/// What a view offers to export: lines of one capture.
struct ExportScopes
{
    RowSet all;
    RowSet shown;
    std::optional<RowSet> selected;         ///< nothing: no row is selected
    std::optional<RowSet> marked;           ///< nothing: no line is marked
    std::shared_ptr<const Capture> capture; ///< null: they cannot be saved as one
    QStringList masked;                     ///< columns that are masked unless the user says otherwise
    QString noun;                           ///< what a line is called: "changes" when empty, "messages" for a queue
};

} // namespace vtscope
