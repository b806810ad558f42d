// What of a stream the server is asked to send: all, or less, so that it has less to do. GUI thread.
#pragma once

#include <QWidget>

#include <array>

#include "streamcore/session/watch.h"

class QCheckBox;
class QLineEdit;
class QSpinBox;

namespace vtscope {

class ServerBox : public QWidget
{
    Q_OBJECT

public:
    explicit ServerBox(const WatchRequest& request, QWidget* parent = nullptr);

    // Each source can leave out something else; the rest is disabled, with that reason.
    void setSource(Source source);
    // Why it cannot be asked for like this; empty if it can.
    QString problem() const;
    void applyTo(WatchRequest& request) const;

Q_SIGNALS:
    void changed();

private:
    Source m_chosen = Source::VStream;
    QLineEdit* m_columns;
    QLineEdit* m_where;
    std::array<QCheckBox*, 3> m_ops; // inserts, updates, deletes
    QCheckBox* m_minimizesSkew;
    QSpinBox* m_chunk;
};

} // namespace vtscope
