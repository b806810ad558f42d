#pragma once

#include "ui/style/banner.h"
#include "ui/style/proxystyle.h"

#include <QFrame>
#include <QPointer>

class QBoxLayout;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace vtscope {

class ElidedLabel;

/// What stands between a wish and a write: the colour of the connection on top, a title, a body, and a foot with the
/// lock and the buttons. GUI thread. Escape closes it; Return, pressed anew, acts on the button that has the focus and
/// on nothing else. The focus leaves it only by the user's wish.
class Sheet : public QFrame
{
    Q_OBJECT

public:
    explicit Sheet(Tag tag, QWidget* parent = nullptr);

    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void closeRequested();

protected:
    void setTitle(IconName icon, Tone tone, const QString& title, const QString& note);
    /// Between title and foot, from left to right, with lines between; `share` is its part of the width.
    void addColumn(QWidget* column, int share);
    /// A heading with an optional widget at its right, and content below it.
    QWidget* column(const QString& heading, QWidget* content, QWidget* aside = nullptr);
    /// A sentence in place, below the title. Returns the banner for buttons.
    Banner* say(Banner::Kind kind, const QString& sentence, const QString& second = {}, const QString& details = {});
    void unsay();
    Banner* notice() const { return m_banner; }
    /// Whether the sheet or something in it has the focus.
    bool holdsFocus() const;

    /// The foot's left: lock, a strong sentence, the rest of it.
    void setLock(IconName icon, Tone tone, const QString& strong, const QString& rest);
    QLineEdit* field() const { return m_field; }
    QPushButton* addButton(const QString& text, ButtonVariant variant = ButtonVariant::Plain);

    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

    QLabel* headingOf(QWidget* column) const;

private:
    void leaveBanner();

    Tag m_tag;
    IconName m_titleIcon = IconName::Ok;
    Tone m_titleTone = Tone::Text;
    IconName m_lockIcon = IconName::None;
    Tone m_lockTone = Tone::Text2;
    QVBoxLayout* m_layout;
    QHBoxLayout* m_columns;
    QHBoxLayout* m_footLayout;
    QWidget* m_titleBar;
    QWidget* m_foot;
    ElidedLabel* m_title;
    ElidedLabel* m_note;
    Banner* m_banner = nullptr;
    ElidedLabel* m_lockStrong;
    ElidedLabel* m_lockRest;
    QLineEdit* m_field;
};

} // namespace vtscope
