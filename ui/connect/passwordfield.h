#pragma once

#include "streamcore/connection/password.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;

namespace vtscope {

class PasswordEdit;

/// A password, or where to read it at each connection: one row of a form. GUI thread.
class PasswordField : public QWidget
{
    Q_OBJECT

public:
    explicit PasswordField(QWidget* parent = nullptr);

    PasswordSource source() const;
    void setSource(const PasswordSource& source);

    /// What is typed; empty while it comes from elsewhere.
    Secret secret() const;
    void setSecret(const Secret& secret);
    /// Empties it, and its undo history.
    void forget();
    void setPlaceholder(const QString& words);
    /// A password or a place is there.
    bool isFilled() const;

    /// What the user should know about the choice; empty for a typed password.
    QString hint() const;
    /// What is wrong with the place; empty when nothing can be said yet.
    QString problem() const;

    /// The line that is shown now.
    QLineEdit* line() const;
    QList<QLineEdit*> lines() const;
    void focusLine();

Q_SIGNALS:
    /// By the user or by a setter.
    void changed();
    /// The password itself, by the user.
    void typed();
    void editingFinished();

private:
    PasswordFrom from() const;
    void browse();
    void showSource();

    PasswordEdit* m_password;
    QLineEdit* m_place;
    QPushButton* m_browse;
    QComboBox* m_from;
};

} // namespace vtscope
