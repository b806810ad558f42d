// The columns that the user masked: kept in the program's settings, the same in all tabs and windows. None at first.
// GUI thread.
#pragma once

#include <QObject>
#include <QStringList>

#include "streamcore/select/masks.h"

namespace vtscope {

class Snapshot;

class KeptMasks : public QObject
{
    Q_OBJECT

public:
    static KeptMasks& instance();

    Masks masks() const;
    // table: "keyspace.table".
    void set(const QString& table, const QString& column, bool isMasked);

Q_SIGNALS:
    void changed();

private:
    KeptMasks() = default;
};

// The masked columns of the tables in this capture, as an export names them: by themselves where there is one table.
QStringList maskedColumnsIn(const Snapshot& snapshot, const Masks& masks);

// "`card` is masked."
QString maskedSentence(const QString& column);

} // namespace vtscope
