#include "ui/connect/formrows.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStyle>
#include <QVBoxLayout>

namespace vtscope {

int FormRows::add(const QString& label, QWidget* field, QWidget* buddy)
{
    auto* caption = new QLabel(label, field->parentWidget());
    caption->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    caption->setMinimumHeight(metrics().fieldHeight());
    caption->setBuddy(buddy ? buddy : field);
    return append(caption, field);
}

int FormRows::addBare(QWidget* field)
{
    return append(nullptr, field);
}

int FormRows::append(QLabel* label, QWidget* field)
{
    const int line = m_layout->rowCount();
    if (label)
        m_layout->addWidget(label, line, 0, Qt::AlignRight | Qt::AlignTop);
    auto* below = new QLabel(field->parentWidget());
    below->setWordWrap(true);
    below->setTextFormat(Qt::PlainText);
    below->setFont(metrics().small());
    below->hide();
    auto* cell = new QVBoxLayout;
    cell->setContentsMargins(0, 0, 0, 0);
    cell->setSpacing(metrics().space(0.75));
    cell->addWidget(field);
    cell->addWidget(below);
    m_layout->addLayout(cell, line, 1);
    m_rows.append({label, field, below, {}, {}, true});
    return static_cast<int>(m_rows.size()) - 1;
}

void FormRows::setVisible(int row, bool visible)
{
    Row& each = m_rows[row];
    each.visible = visible;
    if (each.label)
        each.label->setVisible(visible);
    each.field->setVisible(visible);
    show(each);
}

void FormRows::setProblem(int row, const QString& sentence)
{
    Row& each = m_rows[row];
    if (each.problem == sentence)
        return;
    each.problem = sentence;
    const Validity validity = sentence.isEmpty() ? Validity::Neutral : Validity::Invalid;
    setValidity(each.field, validity);
    for (QLineEdit* line : each.field->findChildren<QLineEdit*>())
        setValidity(line, validity);
    show(each);
}

QString FormRows::problem(int row) const
{
    return m_rows.at(row).problem;
}

void FormRows::setHint(int row, const QString& hint)
{
    m_rows[row].hint = hint;
    show(m_rows[row]);
}

void FormRows::clearProblems()
{
    for (int row = 0; row < m_rows.size(); ++row)
        setProblem(row, {});
}

void FormRows::show(Row& row)
{
    const bool isProblem = !row.problem.isEmpty();
    const QString& words = isProblem ? row.problem : row.hint;
    row.below->setProperty("vtText", isProblem ? QStringLiteral("error") : QStringLiteral("secondary"));
    row.below->style()->unpolish(row.below);
    row.below->style()->polish(row.below);
    row.below->setText(words);
    row.below->setVisible(row.visible && !words.isEmpty());
    // Read out together with the field.
    row.field->setAccessibleDescription(words);
    for (QLineEdit* line : row.field->findChildren<QLineEdit*>())
        line->setAccessibleDescription(words);
}

} // namespace vtscope
