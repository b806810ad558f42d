#include "ui/connect/passwordfield.h"

#include "ui/connect/passwordedit.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QPushButton>

namespace vtscope {

using namespace Qt::StringLiterals;

PasswordField::PasswordField(QWidget* parent)
    : QWidget(parent), m_password(new PasswordEdit(this)), m_place(new QLineEdit(this)),
      m_browse(new QPushButton(tr("Browse\u2026"), this)), m_from(new QComboBox(this))
{
    m_password->setAccessibleName(tr("Password"));
    m_browse->setAccessibleName(tr("Browse for a password file"));
    m_browse->setAutoDefault(false);
    // In the order of PasswordFrom.
    m_from->addItems({tr("Typed"), tr("File"), tr("Variable"), tr("Command")});
    m_from->setAccessibleName(tr("Where the password comes from"));
    m_from->setToolTip(tr("Where the password comes from: typed here, or read at each connection from a file, an "
                          "environment variable or the output of a command"));
    for (QLineEdit* line : lines())
        line->setAcceptDrops(false); // a dropped .env belongs to the whole form

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_password, 1);
    row->addWidget(m_place, 1);
    row->addWidget(m_browse);
    row->addWidget(m_from);
    QWidget* before = m_password;
    for (QWidget* next : {m_password->revealButton(), static_cast<QWidget*>(m_place), static_cast<QWidget*>(m_browse),
                          static_cast<QWidget*>(m_from)}) {
        setTabOrder(before, next);
        before = next;
    }

    for (QLineEdit* line : lines()) {
        connect(line, &QLineEdit::textChanged, this, &PasswordField::changed);
        connect(line, &QLineEdit::editingFinished, this, &PasswordField::editingFinished);
    }
    connect(m_password, &QLineEdit::textEdited, this, &PasswordField::typed);
    connect(m_browse, &QPushButton::clicked, this, &PasswordField::browse);
    connect(m_from, &QComboBox::currentIndexChanged, this, [this] {
        showSource();
        Q_EMIT changed();
    });
    connect(m_from, &QComboBox::activated, this, [this] {
        m_place->clear();
        focusLine();
    });
    showSource();
}

PasswordFrom PasswordField::from() const
{
    return static_cast<PasswordFrom>(m_from->currentIndex());
}

PasswordSource PasswordField::source() const
{
    return from() == PasswordFrom::Typed ? PasswordSource()
                                         : PasswordSource{from(), m_place->text().trimmed().toStdString()};
}

void PasswordField::setSource(const PasswordSource& source)
{
    m_from->setCurrentIndex(static_cast<int>(source.from));
    m_place->setText(QString::fromStdString(source.place));
}

Secret PasswordField::secret() const
{
    return from() == PasswordFrom::Typed ? m_password->secret() : Secret();
}

void PasswordField::setSecret(const Secret& secret)
{
    m_password->setSecret(secret);
}

void PasswordField::forget()
{
    const QSignalBlocker blocker(m_password);
    m_password->conceal();
    m_password->setText({});
}

void PasswordField::setPlaceholder(const QString& words)
{
    m_password->setPlaceholderText(words);
}

bool PasswordField::isFilled() const
{
    return !line()->text().isEmpty();
}

QString PasswordField::hint() const
{
    switch (from()) {
    case PasswordFrom::Typed:
        break;
    case PasswordFrom::File:
        return tr("The first line of this file, read at each connection.");
    case PasswordFrom::Variable:
        return tr("Read at each connection from the environment that vtscope was started in.");
    case PasswordFrom::Command:
        return tr("Run by /bin/sh at each connection; the first line it prints is the password. The command itself is "
                  "saved in the settings: put no secret into it.");
    }
    return {};
}

QString PasswordField::problem() const
{
    const QString place = m_place->text().trimmed();
    if (from() == PasswordFrom::File && !place.isEmpty() && !QFileInfo(place).exists())
        return tr("There is no such file.");
    if (from() == PasswordFrom::Variable && !place.isEmpty() && !qEnvironmentVariableIsSet(qUtf8Printable(place)))
        return tr("vtscope was started without this variable.");
    return {};
}

QLineEdit* PasswordField::line() const
{
    return from() == PasswordFrom::Typed ? m_password : m_place;
}

QList<QLineEdit*> PasswordField::lines() const
{
    return {m_password, m_place};
}

void PasswordField::focusLine()
{
    line()->setFocus();
    line()->selectAll();
}

void PasswordField::browse()
{
    const QString file = QFileDialog::getOpenFileName(this, tr("File with the password"), m_place->text());
    if (!file.isEmpty())
        m_place->setText(file);
    m_place->setFocus();
}

void PasswordField::showSource()
{
    const bool isTyped = from() == PasswordFrom::Typed;
    m_password->setVisible(isTyped);
    m_place->setVisible(!isTyped);
    m_browse->setVisible(from() == PasswordFrom::File);
    setFocusProxy(line());
    switch (from()) {
    case PasswordFrom::Typed:
        break;
    case PasswordFrom::File:
        m_place->setPlaceholderText(tr("path of a file"));
        m_place->setAccessibleName(tr("Password file"));
        break;
    case PasswordFrom::Variable:
        m_place->setPlaceholderText(u"PLANETSCALE_PASSWORD"_s);
        m_place->setAccessibleName(tr("Environment variable with the password"));
        break;
    case PasswordFrom::Command:
        m_place->setPlaceholderText(u"op read op://vault/branch/password"_s);
        m_place->setAccessibleName(tr("Command that prints the password"));
        break;
    }
}

} // namespace vtscope
