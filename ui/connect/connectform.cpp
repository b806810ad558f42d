#include "ui/connect/connectform.h"

#include "ui/connect/failurewords.h"
#include "ui/connect/passwordfield.h"
#include "ui/connect/tagpicker.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kTypingPauseMs = 700;
constexpr int kTls = 0;
constexpr int kPlaintext = 1;

QString text(const std::string& utf8)
{
    return QString::fromStdString(utf8);
}

std::string trimmedText(const QLineEdit* line)
{
    return line->text().trimmed().toStdString();
}

// As it is typed: the port only where it is not the usual one, IPv6 in brackets when a port follows.
QString hostText(const std::string& host, int port)
{
    if (host.empty())
        return {};
    ConnectionSettings settings;
    settings.host = host;
    settings.port = port;
    return port == 443 && parseHost(host) ? text(host) : text(settings.endpoint());
}

TabletType usualTablet(Tag tag)
{
    return tag == Tag::Production ? TabletType::Replica : TabletType::Primary;
}

} // namespace

ConnectForm::ConnectForm(QWidget* parent)
    : QWidget(parent), m_grid(new QGridLayout(this)), m_rows(m_grid), m_pause(new QTimer(this))
{
    m_pause->setSingleShot(true);
    m_pause->setInterval(kTypingPauseMs);
    build();
    connectFields();
    connect(&Theme::instance(), &Theme::changed, this, &ConnectForm::restyle);
    restyle();
    updateVisible();
    setMoreShown(false);
}

QLineEdit* ConnectForm::line(const QString& placeholder, bool isData)
{
    auto* field = new QLineEdit(this);
    field->setPlaceholderText(placeholder);
    field->setAcceptDrops(false); // a dropped .env belongs to the whole form
    if (isData)
        m_dataLines.append(field);
    return field;
}

void ConnectForm::build()
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setColumnStretch(1, 1);

    m_host = line(tr("host or host:port"), true);
    m_database = line(tr("optional: the keyspace to begin with"), true);
    m_user = line({}, true);
    m_password = new PasswordField(this);
    m_dataLines.append(m_password->lines());
    m_keep = new QCheckBox(tr("&Keep in the system keyring"), this);
    m_keep->setChecked(true);
    m_encryption = new QComboBox(this);
    m_encryption->addItem(tr("TLS, certificate checked"));
    m_encryption->addItem(tr("None: not encrypted"));
    m_cleartext = new QCheckBox(tr("Send the password &without encryption"), this);
    m_name = line({}, false);
    m_tag = new TagPicker(this);

    auto* access = new QLabel(tr("Read-only, unlock for 15 min when needed"), this);
    auto* lock = new QLabel(this);
    const int side = metrics().icon();
    lock->setPixmap(icon(IconName::Lock).pixmap(QSize(side, side), devicePixelRatioF()));
    lock->setObjectName(u"lock"_s);
    m_access = new QWidget(this);
    auto* accessRow = new QHBoxLayout(m_access);
    accessRow->setContentsMargins(0, 0, 0, 0);
    accessRow->addWidget(lock);
    accessRow->addWidget(access, 1);

    m_caFile = line(tr("the system's authorities"), true);
    m_browse = new QPushButton(tr("&Browse\u2026"), this);
    m_browse->setAutoDefault(false);
    m_caRow = new QWidget(this);
    auto* caRow = new QHBoxLayout(m_caRow);
    caRow->setContentsMargins(0, 0, 0, 0);
    caRow->addWidget(m_caFile, 1);
    caRow->addWidget(m_browse);
    m_tablet = new QComboBox(this);
    m_tablet->addItem(tr("Primary"));
    m_tablet->addItem(tr("Replica"));
    m_tablet->addItem(tr("Rdonly"));
    m_cells = line(tr("the server's choice"), true);

    // In the order of Field.
    m_rows.add(tr("&Host"), m_host);
    m_rows.add(tr("&Database"), m_database);
    m_rows.add(tr("&User"), m_user);
    m_rows.add(tr("&Password"), m_password);
    m_rows.addBare(m_keep);
    m_rows.add(tr("&Encryption"), m_encryption);
    m_rows.addBare(m_cleartext);
    m_rows.add(tr("&Name"), m_name);
    m_rows.add(tr("T&ag"), m_tag);
    m_rows.add(tr("Access"), m_access);
    m_rows.add(tr("CA &file"), m_caRow, m_caFile);
    m_rows.add(tr("&Source tablet"), m_tablet);
    m_rows.add(tr("Ce&lls"), m_cells);
    m_grid->setRowStretch(m_grid->rowCount(), 1);

    m_host->setAccessibleName(tr("Host, with port if it is not 443"));
    m_database->setAccessibleName(tr("Database"));
    m_user->setAccessibleName(tr("User"));
    m_encryption->setAccessibleName(tr("Encryption"));
    m_name->setAccessibleName(tr("Name of this connection"));
    m_caFile->setAccessibleName(tr("CA file"));
    m_browse->setAccessibleName(tr("Browse for a CA file"));
    m_tablet->setAccessibleName(tr("Source tablet"));
    m_cells->setAccessibleName(tr("Cells, comma-separated"));
}

void ConnectForm::connectFields()
{
    for (QLineEdit* field : {m_host, m_database, m_user, m_caFile})
        connect(field, &QLineEdit::textChanged, this, &ConnectForm::changed);
    for (QLineEdit* field : {m_name, m_cells})
        connect(field, &QLineEdit::textChanged, this, &ConnectForm::relabeled);
    connect(m_password, &PasswordField::typed, this, [this] { m_hasTypedPassword = true; });
    connect(m_password, &PasswordField::editingFinished, this, &ConnectForm::checkTyped);
    connect(m_password, &PasswordField::changed, this, &ConnectForm::changed);
    connect(m_password, &PasswordField::changed, this, &ConnectForm::updateVisible);
    connect(m_host, &QLineEdit::textChanged, this, [this] {
        m_rows.setProblem(row(Field::Host), {});
        m_name->setPlaceholderText(m_offeredName.isEmpty() ? guessedName(m_host->text()) : m_offeredName);
    });
    const auto clearLogin = [this] {
        m_rows.setProblem(row(Field::User), {});
        m_rows.setProblem(row(Field::Password), {});
    };
    connect(m_user, &QLineEdit::textChanged, this, clearLogin);
    connect(m_password, &PasswordField::changed, this, clearLogin);
    connect(m_caFile, &QLineEdit::textChanged, this, [this] { m_rows.setProblem(row(Field::CaFile), {}); });
    connect(m_encryption, &QComboBox::currentIndexChanged, this, [this] {
        updateVisible();
        changed();
    });
    connect(m_cleartext, &QCheckBox::toggled, this, [this] {
        m_rows.setProblem(row(Field::Cleartext), {});
        changed();
    });
    connect(m_tag, &TagPicker::tagPicked, this, [this](Tag tag) {
        m_isTagPicked = true;
        if (!m_isTabletChosen)
            m_tablet->setCurrentIndex(static_cast<int>(usualTablet(tag)));
        Q_EMIT relabeled();
    });
    connect(m_tablet, &QComboBox::activated, this, [this] { m_isTabletChosen = true; });
    connect(m_tablet, &QComboBox::currentIndexChanged, this, &ConnectForm::relabeled);
    connect(m_browse, &QPushButton::clicked, this, &ConnectForm::browseCaFile);
    connect(m_pause, &QTimer::timeout, this, &ConnectForm::checkTyped);
    for (QLineEdit* field : {m_host, m_user, m_caFile})
        connect(field, &QLineEdit::editingFinished, this, &ConnectForm::checkTyped);
}

void ConnectForm::changed()
{
    m_pause->start();
    Q_EMIT edited();
}

void ConnectForm::restyle()
{
    const Metrics& m = metrics();
    m_grid->setHorizontalSpacing(m.space(3));
    m_grid->setVerticalSpacing(m.space(2));
    for (QLineEdit* field : std::as_const(m_dataLines))
        field->setFont(m.data());
    auto* lock = m_access->findChild<QLabel*>(u"lock"_s);
    lock->setPixmap(icon(IconName::Lock).pixmap(QSize(m.icon(), m.icon()), devicePixelRatioF()));
    m_access->setMinimumHeight(m.fieldHeight());
}

ConnectionSettings ConnectForm::settings() const
{
    ConnectionSettings settings = m_base;
    if (const auto parsed = parseHost(m_host->text().toStdString())) {
        settings.host = parsed->first;
        settings.port = parsed->second;
    } else {
        settings.host.clear();
    }
    settings.database = trimmedText(m_database);
    settings.username = trimmedText(m_user);
    settings.password = m_password->source();
    settings.isPlaintext = m_encryption->currentIndex() == kPlaintext;
    settings.allowsCleartextPassword = settings.isPlaintext && m_cleartext->isChecked();
    const QString name = m_name->text().trimmed();
    settings.name = (name.isEmpty() ? m_name->placeholderText() : name).toStdString();
    settings.tag = m_tag->tag();
    settings.caFile = settings.isPlaintext ? std::string() : trimmedText(m_caFile);
    settings.tabletType = tabletType();
    settings.cells = trimmedText(m_cells);
    return settings;
}

Secret ConnectForm::password() const
{
    return m_password->secret();
}

bool ConnectForm::keepsPassword() const
{
    return m_keep->isChecked();
}

void ConnectForm::setSettings(const ConnectionSettings& settings, bool isChosen)
{
    m_base = settings;
    m_host->setText(hostText(settings.host, settings.port));
    m_database->setText(text(settings.database));
    m_user->setText(text(settings.username));
    m_password->setSource(settings.password);
    m_encryption->setCurrentIndex(settings.isPlaintext ? kPlaintext : kTls);
    m_cleartext->setChecked(settings.allowsCleartextPassword);
    // A name that was only guessed goes on following the host.
    const QString name = text(settings.name);
    m_name->setText(name == guessedName(m_host->text()) ? QString() : name);
    m_tag->setTag(settings.tag);
    m_caFile->setText(text(settings.caFile));
    m_tablet->setCurrentIndex(static_cast<int>(settings.tabletType));
    m_cells->setText(text(settings.cells));
    m_isTabletChosen = m_isTagPicked = isChosen;
    m_pause->stop();
    clearProblems();
    updateVisible();
}

void ConnectForm::setPassword(const Secret& password)
{
    m_password->setSecret(password);
}

void ConnectForm::setKeepsPassword(bool on)
{
    m_keep->setChecked(on);
}

void ConnectForm::forgetPassword()
{
    m_password->forget();
}

void ConnectForm::setPasswordPlaceholder(const QString& words)
{
    m_password->setPlaceholder(words);
}

void ConnectForm::fill(const ImportedSettings& found)
{
    if (found.host) {
        const bool isOpen = !found.port && !found.hint.empty();
        m_host->setText(hostText(*found.host, isOpen ? 443 : found.port.value_or(443)) + (isOpen ? u":"_s : QString()));
        if (found.host->ends_with(".psdb.cloud"))
            m_encryption->setCurrentIndex(kTls);
    }
    if (found.database)
        m_database->setText(text(*found.database));
    if (found.username)
        m_user->setText(text(*found.username));
    if (found.password) {
        m_password->setSource({});
        setPassword(*found.password);
        m_hasTypedPassword = true;
    }
    m_pause->stop();
    clearProblems();
    if (!found.hint.empty()) {
        m_rows.setProblem(row(Field::Host), text(found.hint));
        m_host->setFocus();
        m_host->end(false);
    }
}

void ConnectForm::offer(const QString& name, Tag tag)
{
    m_offeredName = name;
    m_name->setPlaceholderText(name.isEmpty() ? guessedName(m_host->text()) : name);
    m_rows.setHint(row(Field::Name),
                   name.isEmpty() ? QString() : tr("Saved already as %1; connecting updates it.").arg(name));
    if (!name.isEmpty() && !m_isTagPicked && m_tag->tag() != tag) {
        m_tag->setTag(tag);
        if (!m_isTabletChosen)
            m_tablet->setCurrentIndex(static_cast<int>(usualTablet(tag)));
    }
}

void ConnectForm::setKeepHint(const QString& hint)
{
    m_rows.setHint(row(Field::Keep), hint);
}

TabletType ConnectForm::tabletType() const
{
    return static_cast<TabletType>(m_tablet->currentIndex());
}

void ConnectForm::checkTyped()
{
    checkHost(false);
    checkLogin(false);
    const QString file = m_caFile->text().trimmed();
    if (m_caFile->isVisibleTo(this) && !file.isEmpty() && !QFileInfo(file).isFile())
        m_rows.setProblem(row(Field::CaFile), tr("There is no such file."));
}

void ConnectForm::checkHost(bool isFinal)
{
    if (m_host->text().trimmed().isEmpty() && !isFinal)
        return;
    if (const auto parsed = parseHost(m_host->text().toStdString()); !parsed)
        m_rows.setProblem(row(Field::Host), text(parsed.error().message));
}

void ConnectForm::checkLogin(bool isFinal)
{
    const ConnectionSettings now = settings();
    const bool hasPassword = m_password->isFilled();
    if (now.username.find(':') != std::string::npos)
        m_rows.setProblem(row(Field::User), tr("A user name cannot hold a colon."));
    else if (hasPassword && now.username.empty() && (isFinal || !m_user->hasFocus()))
        m_rows.setProblem(row(Field::User), tr("There is a password but no user."));
    if (const QString problem = m_password->problem(); !problem.isEmpty())
        m_rows.setProblem(row(Field::Password), problem);
    else if (isFinal && !now.password.isTyped() && !hasPassword)
        m_rows.setProblem(row(Field::Password), tr("Say where the password is, or choose Typed."));
    if (isFinal && hasPassword && now.isPlaintext && !now.allowsCleartextPassword && !now.isOnThisMachine)
        m_rows.setProblem(
            row(Field::Cleartext),
            tr("Without encryption anybody on the way can read the password. It is sent only when you allow it here."));
}

bool ConnectForm::checkAll()
{
    m_pause->stop();
    clearProblems();
    checkTyped();
    checkHost(true);
    checkLogin(true);
    for (const Field field : {Field::Host, Field::User, Field::Password, Field::Cleartext, Field::CaFile}) {
        if (m_rows.problem(row(field)).isEmpty())
            continue;
        focusField(field);
        return false;
    }
    return true;
}

void ConnectForm::showProblem(Field field, const QString& sentence)
{
    m_rows.setProblem(row(field), sentence);
}

void ConnectForm::clearProblems()
{
    m_rows.clearProblems();
}

void ConnectForm::focusField(Field field)
{
    switch (field) {
    case Field::Host:
        m_host->setFocus();
        m_host->selectAll();
        break;
    case Field::User:
        m_user->setFocus();
        m_user->selectAll();
        break;
    case Field::Password:
        m_password->focusLine();
        break;
    case Field::Cleartext:
        m_cleartext->setFocus();
        break;
    case Field::CaFile:
        setMoreShown(true);
        m_caFile->setFocus();
        m_caFile->selectAll();
        break;
    case Field::Encryption:
        m_encryption->setFocus();
        break;
    default:
        break;
    }
}

void ConnectForm::setPlaintext(bool on)
{
    m_encryption->setCurrentIndex(on ? kPlaintext : kTls);
}

void ConnectForm::setMoreShown(bool on)
{
    m_isMoreShown = on;
    updateVisible();
}

void ConnectForm::updateVisible()
{
    const bool isPlaintext = m_encryption->currentIndex() == kPlaintext;
    m_rows.setVisible(row(Field::Cleartext), isPlaintext && m_password->isFilled() && !m_base.isOnThisMachine);
    m_rows.setVisible(row(Field::Keep), m_password->source().isTyped());
    m_rows.setHint(row(Field::Password), m_password->hint());
    m_rows.setVisible(row(Field::CaFile), m_isMoreShown && !isPlaintext);
    m_rows.setVisible(row(Field::Tablet), m_isMoreShown);
    m_rows.setVisible(row(Field::Cells), m_isMoreShown);
}

void ConnectForm::browseCaFile()
{
    setMoreShown(true);
    const QString file = QFileDialog::getOpenFileName(this, tr("CA file"), m_caFile->text(),
                                                      tr("Certificates (*.pem *.crt *.cer);;All files (*)"));
    if (!file.isEmpty())
        m_caFile->setText(file);
    m_caFile->setFocus();
}

} // namespace vtscope
