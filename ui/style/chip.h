#pragma once

#include "ui/style/icons.h"

#include <QAbstractButton>

namespace vtscope {

/// A small rounded word: a term of a filter, a shard, a state, a key. GUI thread.
///
/// A chip that can be clicked or closed takes the focus: Space clicks, Delete or Backspace closes. One that can neither
/// is a label.
class Chip : public QAbstractButton
{
    Q_OBJECT

public:
    explicit Chip(const QString& text, QWidget* parent = nullptr);

    /// A word before the text in bold, in that tone: violet `not`, plain `off`.
    void setPrefix(const QString& word, Tone tone = Tone::Text);
    /// Outlined on the surface instead of filled (a filter term that is off).
    void setOutlined(bool on);
    /// Tint and text of that tone instead of the grey chip ("Look only": Tone::Ok).
    void setTone(Tone tone);
    void setSign(IconName icon);
    /// The text at most this wide, without its middle; 0 for all of it, as at first.
    void setMostText(int width);
    /// Data font: what the server sent, or filter terms. On at first.
    void setData(bool on);
    void setClosable(bool on);
    /// Whether a click means something; sets the focus policy.
    void setInteractive(bool on);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    void closeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QRect closeRect() const;
    void rename();
    QString shownText() const;
    const QFont& textFont() const;

    QString m_named; // by itself; a name that somebody else gave stays
    QString m_prefix;
    Tone m_prefixTone = Tone::Text;
    Tone m_tone = Tone::Text;
    IconName m_sign = IconName::None;
    int m_mostText = 0;
    bool m_outlined = false;
    bool m_data = true;
    bool m_closable = false;
    bool m_interactive = false;
};

} // namespace vtscope
