#pragma once

#include <QList>
#include <QString>

class QGridLayout;
class QLabel;
class QWidget;

namespace vtscope {

/// Lays out a form: labels right-aligned at the left, fields at the right, below each field the place for its problem.
/// Belongs to the widget that owns the layout. GUI thread.
class FormRows
{
public:
    explicit FormRows(QGridLayout* layout) : m_layout(layout) {}

    /// `label` may hold a mnemonic; `buddy` takes the focus for it. Returns the number of the row.
    int add(const QString& label, QWidget* field, QWidget* buddy = nullptr);
    /// A row without a label, such as a tick box that belongs to the row above.
    int addBare(QWidget* field);

    void setVisible(int row, bool visible);
    /// Frames the field and says why below it; an empty sentence takes both back.
    void setProblem(int row, const QString& sentence);
    QString problem(int row) const;
    /// A quiet line below the field, shown while there is no problem.
    void setHint(int row, const QString& hint);
    void clearProblems();

private:
    struct Row
    {
        QLabel* label = nullptr;
        QWidget* field = nullptr;
        QLabel* below = nullptr;
        QString problem;
        QString hint;
        bool visible = true;
    };
    int append(QLabel* label, QWidget* field);
    void show(Row& row);

    QGridLayout* m_layout;
    QList<Row> m_rows;
};

} // namespace vtscope
