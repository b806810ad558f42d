#pragma once

#include "ui/style/icons.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace vtscope {

/// What stands where data will be: icon, sentence, fact, one or two buttons, in the middle. GUI thread.
class EmptyState : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget* parent = nullptr);

    void setIcon(IconName icon);
    void setSentence(const QString& sentence);
    /// One line that a person can check ("Server alive 0.8 s ago"); may be set again while shown.
    void setFact(const QString& fact);
    /// The widget owns the button; connect its clicked().
    QPushButton* addButton(const QString& text, bool primary = false);
    void clearButtons();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    int blockHeight(int wide) const;
    int rowWidth() const;
    void arrange();
    void contentChanged();
    void restyle();

    IconName m_icon = IconName::Info;
    QLabel* m_sentence;
    QLabel* m_fact;
    QList<QPushButton*> m_buttons;
    QRect m_iconRect;
};

} // namespace vtscope
