// Asks for the number of a change. GUI thread.
#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace vtscope {

class GoToDialog : public QDialog
{
    Q_OBJECT

public:
    // Numbers go from 1 to `last`.
    GoToDialog(quint64 last, QWidget* parent);

    // What was typed; 0 when it is no number in range, with which the dialog is never accepted.
    quint64 number() const;

private:
    void check();

    quint64 m_last;
    QLineEdit* m_field;
    QLabel* m_problem;
    QPushButton* m_go;
};

} // namespace vtscope
