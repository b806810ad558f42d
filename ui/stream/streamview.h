// A live stream on screen: starts, pauses its picture, stops, goes on; says how it ended and what can be done. GUI
// thread.
#pragma once

#include <QPointer>
#include <QQueue>
#include <QTimer>

#include "streamcore/session/session.h"
#include "ui/stream/captureview.h"

namespace vtscope {

class StreamView : public CaptureView
{
    Q_OBJECT

public:
    // The session is taken over; it is started by start().
    explicit StreamView(std::unique_ptr<Session> session, QWidget* parent = nullptr);
    ~StreamView() override;

    Session& session() { return *m_session; }
    void start(const WatchRequest& request);
    void start(const SubscribeRequest& request);

    bool isPaused() const;
    // Freezes the picture, never the capture.
    void setPaused(bool on);
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
    // The disk is full: this is to go on with another capture.
    void elsewhereRequested(const WatchRequest& request);

protected:
    QStringList commandLine() const override;

private:
    void noteState();
    void tick();
    void showEnd();
    void showTrouble();
    void tellTrouble();
    void showTaken();
    void countTaken();

    std::unique_ptr<Session> m_session;
    std::optional<SubscribeRequest> m_subscription;
    QPointer<Banner> m_trouble;             // why the stream is not open, and when it is tried again
    QPointer<Banner> m_taken;               // how many messages the subscription took
    QQueue<std::uint64_t> m_countsOfMinute; // of messages; one a tick
    QDateTime m_since;                      // of the stream at hand
    QDateTime m_begun = QDateTime::currentDateTimeUtc();
    QTimer m_clock;
    std::uint64_t m_lastCount = 0;
    double m_rate = 0;
};

} // namespace vtscope
