// A live stream on screen: starts, pauses its picture, stops, goes on; says how it ended and what can be done. GUI
// thread.
#pragma once

#include <QPointer>
#include <QQueue>
#include <QTimer>

#include "streamcore/position/cursorfile.h"
#include "streamcore/session/session.h"
#include "ui/stream/captureview.h"

namespace vtscope {

// The ways in which other programs take positions.
enum class PositionForm : std::uint8_t { Shortest, Vgtid, Cursors };

// "12 s", "3 min 12 s", "2 h 5 min", "12 days".
QString durationWords(std::chrono::seconds time);
// "clock is 3 min 12 s ahead".
QString clockWords(std::chrono::nanoseconds difference);

class StreamView : public CaptureView
{
    Q_OBJECT

public:
    // The session is taken over; it is started by start().
    explicit StreamView(std::unique_ptr<Session> session, QWidget* parent = nullptr);
    ~StreamView() override;

    Session& session() { return *m_session; }
    // Asks while the view is visible and its stream open.
    // Into the same capture.
    void start(const WatchRequest& request);
    void start(const SubscribeRequest& request);

    // About so many, when it starts with a copy; 0: nobody knows.
    void setRowsToCopy(std::uint64_t rows) { m_rowsToCopy = rows; }
    std::uint64_t rowsToCopy() const { return m_rowsToCopy; }
    bool isPaused() const;
    // Freezes the picture, never the capture.
    void setPaused(bool on);
    // Where everything before has been received: empty before the servers told. Cursors: a line for each shard.
    QString safePosition(PositionForm form) const;
    // The same as a file for @FILE and the choice of what to watch; nothing before the servers told.
    std::optional<CursorFile> cursorFile() const;
    // Changes a second, over the last two.
    double rate() const { return m_rate; }
    QString title() const;
    // When the capture began.
    QDateTime since() const { return m_begun; }

Q_SIGNALS:
    // State, pause, follow or selection changed. Numbers change without a word: whoever shows them reads them at its
    // own pace.
    void changed();
    void optionsRequested();
    // The position is lost: the same is to be watched from elsewhere, into the same capture.
    void restartRequested(vtscope::WatchRequest::Start start);
    // Something that is worth a word, not a line.
    void noted(const QString& words);
    // The disk is full: this is to go on with another capture.
    void elsewhereRequested(const WatchRequest& request);

protected:
    QStringList commandLine() const override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    // A break that is over or not.
    struct Break
    {
        std::chrono::system_clock::time_point since;
        std::uint64_t repeated = 0; // changes that had come twice before
        std::optional<std::chrono::system_clock::time_point> until;
    };

    static constexpr int kTickMs = 500;

    void noteState();
    void keepWhereItIs();
    void tick();
    void probeIfSeen();

    // streamviewbanners.cpp
    void showEnd();
    void offerOtherStarts(Banner& banner);
    void startNow();
    void showTrouble();
    void tellTrouble();
    void tellReopening();
    void tellDoubt();
    void tellStandstill();
    void tellReshards(quint64 first, quint64 count);
    void tellClock();
    void showTaken();
    void countTaken();

    std::unique_ptr<Session> m_session;
    std::uint64_t m_rowsToCopy = 0;
    std::optional<SubscribeRequest> m_subscription;
    QPointer<Banner> m_trouble;    // why the stream is not open, and when it is tried again
    std::optional<Break> m_break;  // nothing once it was told that it is over
    QPointer<Banner> m_standstill; // why nothing comes, though the stream is open
    std::string m_doubt;           // that was told last
    bool m_isClockTold = false;
    QPointer<Banner> m_taken;               // how many messages the subscription took
    QQueue<std::uint64_t> m_countsOfMinute; // of messages; one a tick
    QDateTime m_since;                      // of the stream at hand
    QDateTime m_begun = QDateTime::currentDateTimeUtc();
    QTimer m_clock;
    std::uint64_t m_lastCount = 0;
    double m_rate = 0;
};

} // namespace vtscope
