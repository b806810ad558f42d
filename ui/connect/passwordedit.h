#pragma once

#include "streamcore/connection/secret.h"

#include <QLineEdit>

class QToolButton;

namespace vtscope {

/// A field for a password, with a button in it that shows and hides it. GUI thread.
class PasswordEdit : public QLineEdit
{
    Q_OBJECT

public:
    explicit PasswordEdit(QWidget* parent = nullptr);

    Secret secret() const;
    void setSecret(const Secret& secret);
    /// Hides the password again.
    void conceal();
    QWidget* revealButton() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QToolButton* m_reveal;
};

} // namespace vtscope
