#pragma once

#include <QList>
#include <QWidget>

namespace vtscope {

/// The ticks of a connection test on a rail: number, sign and name, a fact, a time. GUI thread.
///
/// Each tick is a child widget with a name such as "TLS: ok, TLS 1.3, certificate valid until 2026-05-19, 31 ms".
class TickRail : public QWidget
{
    Q_OBJECT

public:
    enum class State : quint8 {
        NotTried, ///< number in a ring, "not tried yet"
        Running,  ///< number in an accent ring
        Ok,
        Failed,
        Grey ///< does not apply here (TLS when the connection is plaintext)
    };

    explicit TickRail(const QStringList& titles, QWidget* parent = nullptr);

    int count() const { return static_cast<int>(m_ticks.size()); }
    /// `fact` empty: the state's own words. `milliseconds` below 0: no time is shown.
    void setTick(int index, State state, const QString& fact = {}, qint64 milliseconds = -1);
    State state(int index) const;
    /// All ticks back to "not tried yet".
    void clear();

private:
    class Tick;
    void arrangeTitles();

    QList<Tick*> m_ticks;
};

} // namespace vtscope
