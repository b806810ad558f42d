// The status bar: where we are connected, whether it lives, what is shown. Every number keeps its width, so nothing
// jumps. GUI thread.
#pragma once

#include <QTimer>
#include <QWidget>

#include <memory>

#include "streamcore/connection/connection.h"

class QLabel;

namespace vtscope {

class Capture;
class ElidedLabel;
class StreamView;
class CaptureView;

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

private:
    void setLife(const QString& words, bool isAlive, bool isLate);
    void showRows(CaptureView& view);
    void showSize(const Capture& capture);

    QLabel* m_lock;
    ElidedLabel* m_connection;
    QLabel* m_dot;
    QLabel* m_life;
    QLabel* m_rows;
    QLabel* m_rate;
    ElidedLabel* m_note;
    QLabel* m_size;
    QTimer m_noteTime;
};

} // namespace vtscope
