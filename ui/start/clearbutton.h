#pragma once

#include <QPushButton>

class QTimer;

namespace vtscope {

/// "Clear list", which asks once more in place before it means it: "Really clear 3 connections?". GUI thread.
class ClearButton : public QPushButton
{
    Q_OBJECT

public:
    explicit ClearButton(QWidget* parent = nullptr);

    /// What the second click is asked for; set again when the number changes.
    void setQuestion(const QString& question);

Q_SIGNALS:
    void confirmed();

protected:
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void setAsking(bool on);

    QString m_question;
    QTimer* m_patience;
    bool m_isAsking = false;
};

} // namespace vtscope
