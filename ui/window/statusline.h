// The status bar: where we are connected, whether it lives, what is shown. Every number keeps its width, so nothing
// jumps. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <memory>

#include "streamcore/connection/connection.h"
#include "ui/task.h"

class QLabel;
class QToolButton;

namespace vtscope {

class Capture;
class ElidedLabel;
class StreamView;
class CaptureView;
struct Ledger;

class StatusLine : public QWidget
{
    Q_OBJECT

public:
    explicit StatusLine(QWidget* parent = nullptr);

    // Null: not connected.
    void showConnection(const Connection* connection);
    // The live stream of the current tab.
    void showStream(StreamView& stream);
    void showCapture(CaptureView& capture);
    void showWords(const QString& words);
    // Something that came to its end, said for a while beside the numbers.
    void showNote(const QString& words);

Q_SIGNALS:
    // What the current tab's capture has and lacks is to be shown in full.
    void ledgerRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    enum class Life : std::uint8_t { None, Alive, Late };

    void setLife(const QString& words, Life life, const QString& reason = {});
    void showLife(StreamView& stream);
    void showLag(StreamView& stream);
    void showRows(CaptureView& view);
    void showLedger(const std::shared_ptr<Capture>& capture);
    void tellLedger(const Ledger& ledger);
    void showSize(const Capture& capture);
    void hideStream();
    void fit();

    QLabel* m_lock;
    ElidedLabel* m_connection;
    QLabel* m_dot;
    QLabel* m_life;
    QLabel* m_rows;
    QLabel* m_rate;
    QLabel* m_lag;
    ElidedLabel* m_note;
    QToolButton* m_ledger;
    QLabel* m_size;
    QTimer m_noteTime;
    std::weak_ptr<Capture> m_counted; // whose ledger is shown
    QElapsedTimer m_sinceCount;
    std::chrono::milliseconds m_countPause{0};
    Task m_counting{this};
};

} // namespace vtscope
