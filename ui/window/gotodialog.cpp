#include "ui/window/gotodialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

namespace vtscope {

GoToDialog::GoToDialog(quint64 last, QWidget* parent)
    : QDialog(parent), m_last(last), m_field(new QLineEdit), m_problem(new QLabel)
{
    setWindowTitle(tr("Go to change"));
    auto* words = new QLabel(tr("&Number of the change, 1 to %1").arg(QLocale().toString(last)));
    words->setBuddy(m_field);
    m_field->setFont(metrics().data());
    m_field->setMinimumWidth(metrics().space(80));
    m_problem->setProperty("vtText", QStringLiteral("error"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_go = buttons->addButton(tr("&Go"), QDialogButtonBox::AcceptRole);
    m_go->setDefault(true);
    setVariant(m_go, ButtonVariant::Primary);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(words);
    layout->addWidget(m_field);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    connect(m_field, &QLineEdit::textChanged, this, &GoToDialog::check);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    check();
}

quint64 GoToDialog::number() const
{
    // As shown in the list, with the locale's separators, or bare.
    bool isNumber = false;
    quint64 number = QLocale().toULongLong(m_field->text().trimmed(), &isNumber);
    if (!isNumber)
        number = m_field->text().trimmed().toULongLong();
    return number <= m_last ? number : 0;
}

void GoToDialog::check()
{
    const bool isGood = number() > 0;
    const bool isBad = !isGood && !m_field->text().isEmpty();
    m_problem->setText(isBad ? tr("There is no such change: 1 to %1.").arg(QLocale().toString(m_last)) : QString());
    m_field->setAccessibleDescription(m_problem->text());
    setValidity(m_field, isBad ? Validity::Invalid : Validity::Neutral);
    m_go->setEnabled(isGood);
}

} // namespace vtscope
