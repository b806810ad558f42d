#pragma once

#include "ui/style/icons.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace vtscope {

/// Says something in place: tint, side bar, icon, a bold sentence, a second one, Details, up to three buttons, a cross.
/// GUI thread. Needs no layout help: it answers heightForWidth, and puts its buttons below the text when it gets
/// narrow.
class Banner : public QFrame
{
    Q_OBJECT

public:
    enum class Kind : quint8 { Error, Warning, Info, Ok };
    static constexpr int kMaxButtons = 3;

    explicit Banner(Kind kind, QWidget* parent = nullptr);

    void setKind(Kind kind);
    Kind kind() const { return m_kind; }
    /// What happened, in one plain sentence. May be set again while shown (a countdown).
    void setSentence(const QString& sentence);
    QString sentence() const;
    /// What we did and what the user can do.
    void setSecond(const QString& second);
    /// The server's own words and codes, shown by *Details* and copied by *Copy*; empty for none.
    void setDetails(const QString& details);
    /// At most kMaxButtons; the first is primary if the next step is clear. The banner owns the button; connect its
    /// clicked(). More than that return the last one unchanged, by an assertion.
    QPushButton* addButton(const QString& text, bool primary = false);
    void clearButtons();
    void setClosable(bool closable);

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The cross, or Escape inside the banner. The banner does not hide by itself.
    void closeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Plan;
    Plan planFor(int width) const;
    void arrange();
    void restyle();
    void rename();
    QList<QWidget*> buttons() const;

    Kind m_kind;
    QLabel* m_sentence;
    QLabel* m_second;
    QLabel* m_detailsText;
    QPushButton* m_details;
    QPushButton* m_copy;
    QToolButton* m_close;
    QList<QPushButton*> m_buttons;
};

} // namespace vtscope
