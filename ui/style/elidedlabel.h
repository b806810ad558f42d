#pragma once

#include "ui/style/tokens.h"

#include <QWidget>

namespace vtscope {

/// One line of text that gets an ellipsis when there is no room, and then shows itself whole as a tool tip. GUI thread.
class ElidedLabel : public QWidget
{
    Q_OBJECT

public:
    enum class Voice : quint8 { Ui, Strong, Small, Title, Heading, Data, DataStrong };

    explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);

    void setText(const QString& text);
    QString text() const { return m_text; }
    void setVoice(Voice voice);
    void setTone(Tone tone);
    /// Where the ellipsis goes: at the end, or in the middle for host names and paths.
    void setElideMode(Qt::TextElideMode mode);
    void setAlignment(Qt::Alignment alignment);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QFont shownFont() const;

    QString m_text;
    Voice m_voice = Voice::Ui;
    Tone m_tone = Tone::Text;
    Qt::TextElideMode m_mode = Qt::ElideRight;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
};

} // namespace vtscope
