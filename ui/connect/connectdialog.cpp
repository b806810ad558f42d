#include "ui/connect/connectdialog.h"

#include "ui/connect/connectform.h"
#include "ui/connect/failurewords.h"
#include "ui/connect/keyring.h"
#include "ui/connect/testpanel.h"
#include "ui/style/banner.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QUuid>
#include <QVBoxLayout>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

QString refusedWords()
{
    return ConnectDialog::tr("Refused. Nothing will be tried again until you change it.");
}

} // namespace

ConnectDialog::ConnectDialog(ConnectionStore& store, SecretStore& secrets, QWidget* parent)
    : QDialog(parent), m_store(store), m_secrets(secrets), m_title(new QLabel(this)),
      m_notice(new Banner(Banner::Kind::Info, this)), m_form(new ConnectForm), m_formArea(new QScrollArea(this)),
      m_panel(new TestPanel), m_id(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString())
{
    setWindowTitle(tr("Connect to a branch"));
    setAcceptDrops(true);
    build();
    connectParts();
    m_form->setKeepHint(keyringHint());
    updateMore();
    updateButtons();
    m_form->focusField(ConnectForm::Field::Host);
}

ConnectDialog::~ConnectDialog()
{
    m_form->forgetPassword();
}

void ConnectDialog::build()
{
    const Metrics& m = metrics();
    m_title->setText(tr("Connect to a branch"));
    m_title->setProperty("vtText", u"title"_s);
    m_notice->hide();
    m_notice->setClosable(true);

    m_formArea->setFrameShape(QFrame::NoFrame);
    m_formArea->setWidgetResizable(true);
    m_formArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_formArea->setWidget(m_form);
    m_formArea->setFocusPolicy(Qt::NoFocus);
    m_formArea->viewport()->setAutoFillBackground(false);
    m_form->setAutoFillBackground(false);
    // Never narrower than its fields, with or without the scroll bar.
    m_formArea->setMinimumWidth(m_form->minimumSizeHint().width() +
                                m_formArea->verticalScrollBar()->sizeHint().width() + m.space(1));

    auto* left = new QFrame(this);
    left->setProperty("vtSurface", u"raised"_s);
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(m.space(5), m.space(5), m.space(5), m.space(4));
    leftColumn->setSpacing(m.space(3));
    leftColumn->addWidget(m_title);
    leftColumn->addWidget(m_notice);
    leftColumn->addWidget(m_formArea, 1);

    auto* right = new QScrollArea(this);
    right->setFrameShape(QFrame::NoFrame);
    right->setWidgetResizable(true);
    right->setMinimumWidth(m.space(56));
    right->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    right->setFocusPolicy(Qt::NoFocus);
    right->setWidget(m_panel);

    auto* line = new QFrame(this);
    line->setFixedWidth(1);
    line->setProperty("vtSurface", u"sunken"_s);
    auto* body = new QHBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(0);
    body->addWidget(left, 11);
    body->addWidget(line);
    body->addWidget(right, 9);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(body, 1);
    column->addWidget(buildFoot());
}

QWidget* ConnectDialog::buildFoot()
{
    const Metrics& m = metrics();
    auto* foot = new QFrame(this);
    foot->setProperty("vtSurface", u"window"_s);
    m_more = new QPushButton(foot);
    setVariant(m_more, ButtonVariant::Link);
    m_more->setAutoDefault(false);
    m_cancel = new QPushButton(tr("Cancel"), foot);
    m_cancel->setAutoDefault(false);
    m_testButton = new QPushButton(icon(IconName::Refresh, Tone::Text), tr("&Test"), foot);
    m_testButton->setAutoDefault(false);
    m_connect = new QPushButton(tr("&Connect"), foot);
    m_connect->setDefault(true);
    setVariant(m_connect, ButtonVariant::Primary);
    auto* row = new QHBoxLayout(foot);
    row->setContentsMargins(m.space(4), m.space(3), m.space(4), m.space(3));
    row->addWidget(m_more);
    row->addStretch();
    row->addWidget(m_cancel);
    row->addWidget(m_testButton);
    row->addWidget(m_connect);
    return foot;
}

void ConnectDialog::connectParts()
{
    connect(&m_test, &ConnectionTest::tick, m_panel, &TestPanel::setTick);
    connect(&m_test, &ConnectionTest::passed, this, &ConnectDialog::onPassed);
    connect(&m_test, &ConnectionTest::failed, this, &ConnectDialog::onFailed);
    connect(m_form, &ConnectForm::edited, this, &ConnectDialog::onEdited);
    connect(m_panel, &TestPanel::fixRequested, this, &ConnectDialog::onFix);
    connect(m_notice, &Banner::closeRequested, m_notice, &QWidget::hide);
    connect(m_cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_connect, &QPushButton::clicked, this, [this] { runTest(true); });
    connect(m_testButton, &QPushButton::clicked, this, [this] {
        if (!m_test.isRunning()) {
            runTest(false);
            return;
        }
        m_test.cancel();
        m_panel->stop();
        updateButtons();
    });
    connect(m_more, &QPushButton::clicked, this, [this] {
        m_form->setMoreShown(!m_form->isMoreShown());
        updateMore();
        if (m_form->isMoreShown())
            QMetaObject::invokeMethod(
                m_form, [this] { showAllOptions(); }, Qt::QueuedConnection);
    });
    for (QLineEdit* field : m_form->findChildren<QLineEdit*>())
        field->installEventFilter(this);
}

void ConnectDialog::showAllOptions()
{
    const int missing = m_form->sizeHint().height() - m_formArea->viewport()->height();
    const int room = screen() ? screen()->availableGeometry().bottom() - frameGeometry().bottom() : 0;
    if (missing > 0 && room > 0)
        resize(width(), height() + std::min(missing, room));
    m_formArea->ensureVisible(0, m_form->height());
}

void ConnectDialog::updateMore()
{
    m_more->setIcon(icon(m_form->isMoreShown() ? IconName::ChevronDown : IconName::ChevronRight, Tone::Accent));
    m_more->setText(m_form->isMoreShown() ? tr("Fewer &options") : tr("More &options: CA file, source tablet, cells"));
}

void ConnectDialog::updateButtons()
{
    const bool isRunning = m_test.isRunning();
    m_testButton->setText(isRunning ? tr("S&top") : m_isTested ? tr("&Test again") : tr("&Test"));
    m_testButton->setIcon(icon(isRunning ? IconName::Stop : IconName::Refresh, Tone::Text));
    m_testButton->setEnabled(isRunning || !m_isRefused);
    m_connect->setEnabled(!isRunning && !m_isRefused);
    const QString why = m_isRefused ? refusedWords() : QString();
    m_connect->setToolTip(why);
    m_testButton->setToolTip(why);
}

ConnectionSettings ConnectDialog::wanted() const
{
    ConnectionSettings settings = m_form->settings();
    settings.id = m_id;
    if (m_isEdit)
        return settings;
    // The same login on the same host is the same connection: it is updated, not listed twice.
    for (const SavedConnection& saved : m_store.all()) {
        const ConnectionSettings& other = saved.settings;
        if (other.endpoint() == settings.endpoint() && other.username == settings.username &&
            other.database == settings.database) {
            settings.id = other.id;
            break;
        }
    }
    return settings;
}

void ConnectDialog::offerSaved()
{
    if (m_isEdit)
        return;
    const ConnectionSettings now = wanted();
    const SavedConnection* known = now.host.empty() || now.id == m_id ? nullptr : m_store.find(now.id);
    m_form->offer(known ? QString::fromStdString(known->settings.displayName()) : QString(),
                  known ? known->settings.tag : Tag::None);
}

void ConnectDialog::edit(const SavedConnection& saved)
{
    m_isEdit = true;
    m_id = saved.settings.id;
    m_saved = saved;
    setWindowTitle(tr("Edit connection"));
    m_title->setText(tr("Edit %1").arg(QString::fromStdString(saved.settings.displayName())));
    m_form->setSettings(saved.settings, true);
    m_form->setMoreShown(!saved.settings.caFile.empty() || !saved.settings.cells.empty());
    updateMore();
    m_isTested = m_isRefused = false;
    if (saved.settings.username.empty() || !saved.settings.password.isTyped())
        return;
    m_form->setPasswordPlaceholder(tr("reading the keyring\u2026"));
    const QPointer<ConnectDialog> self(this);
    m_secrets.read(m_id, [self](const std::optional<Secret>& secret) {
        if (!self)
            return;
        self->m_form->setPasswordPlaceholder(secret ? QString() : tr("not kept: type it"));
        // What the user typed meanwhile is newer.
        if (self->m_form->hasTypedPassword())
            return;
        if (!secret) {
            self->m_form->focusField(ConnectForm::Field::Password);
            return;
        }
        // The password that was tried already: what is shown about it stays true.
        const QSignalBlocker blocker(self->m_form);
        self->m_form->setPassword(*secret);
        if (self->m_isRefused)
            self->m_form->showProblem(ConnectForm::Field::Password, refusedWords());
    });
}

void ConnectDialog::showFailure(const CheckFailure& failure)
{
    m_tested = wanted();
    m_panel->begin();
    m_panel->setTick(Tick{failure.step, Tick::State::Failed, failure.error.message, {}});
    onFailed(failure);
}

void ConnectDialog::runTest(bool thenAccept)
{
    if (m_isRefused || m_test.isRunning() || !m_form->checkAll())
        return;
    const ConnectionSettings settings = wanted();
    m_thenAccept = thenAccept;
    if (thenAccept && m_connection && settings == m_tested) {
        save();
        accept();
        return;
    }
    m_connection.reset();
    m_tested = settings;
    m_panel->begin();
    m_test.start(settings, m_form->password());
    updateButtons();
}

void ConnectDialog::onPassed(const std::shared_ptr<Connection>& connection)
{
    m_connection = connection;
    m_isTested = true;
    m_panel->pass(*connection);
    updateButtons();
    if (!m_thenAccept)
        return;
    if (wanted() != m_tested) {
        // Renamed while the test ran: the connection has to carry what is saved.
        runTest(true);
        return;
    }
    save();
    accept();
}

void ConnectDialog::onFailed(const CheckFailure& told)
{
    const CheckFailure failure = shownAs(told, m_tested);
    m_isTested = true;
    // What is read anew at each connection may be right the next time.
    m_isRefused = failure.fix == Fix::Password && m_tested.password.isTyped();
    m_panel->fail(failure, m_tested);
    markField(failure);
    updateButtons();
}

void ConnectDialog::markField(const CheckFailure& failure)
{
    using Field = ConnectForm::Field;
    switch (failure.fix) {
    case Fix::Password:
        m_form->showProblem(Field::Password,
                            m_isRefused ? refusedWords() : QString::fromStdString(failure.error.message));
        m_form->focusField(Field::Password);
        break;
    case Fix::PasswordSource:
        m_form->showProblem(Field::Password, QString::fromStdString(failure.error.message));
        m_form->focusField(Field::Password);
        break;
    case Fix::Host:
        m_form->showProblem(Field::Host, QString::fromStdString(failure.error.message));
        m_form->focusField(Field::Host);
        break;
    case Fix::CaFile:
        m_form->showProblem(Field::CaFile, tr("It does not prove this server."));
        m_form->setMoreShown(true);
        updateMore();
        break;
    case Fix::WithoutEncryption:
        m_form->showProblem(Field::Encryption, tr("There is no TLS on this port."));
        m_form->focusField(Field::Encryption);
        break;
    case Fix::Proxy:
    case Fix::None:
        break;
    }
}

void ConnectDialog::onEdited()
{
    offerSaved();
    const bool wasShown = m_isTested || m_test.isRunning();
    m_test.cancel();
    m_connection.reset();
    m_isRefused = m_isTested = false;
    if (wasShown) {
        m_form->clearProblems();
        m_panel->invalidate();
    }
    updateButtons();
}

void ConnectDialog::onFix(Fix fix)
{
    switch (fix) {
    case Fix::Host:
        m_form->focusField(ConnectForm::Field::Host);
        break;
    case Fix::Password:
    case Fix::PasswordSource:
        m_form->focusField(ConnectForm::Field::Password);
        break;
    case Fix::CaFile:
        m_form->browseCaFile();
        updateMore();
        break;
    case Fix::WithoutEncryption: {
        const bool thenAccept = m_thenAccept;
        m_form->setPlaintext(true);
        runTest(thenAccept);
        break;
    }
    case Fix::Proxy:
    case Fix::None:
        break;
    }
}

void ConnectDialog::save()
{
    m_saved.settings = m_tested;
    m_saved.lastUsed = QDateTime::currentSecsSinceEpoch();
    if (!m_connection->facts().branch.empty())
        m_saved.branch = m_connection->facts().branch;
    if (const auto written = m_store.save(m_saved); !written)
        m_saveProblem = QString::fromStdString(written.error().message);
    const Secret password = m_form->password();
    if (m_form->keepsPassword() && !password.isEmpty())
        m_secrets.write(m_tested.id, password, rememberKeyring);
    else
        m_secrets.remove(m_tested.id);
}

void ConnectDialog::done(int result)
{
    m_test.cancel();
    if (result != Accepted)
        m_connection.reset();
    m_filled.reset();
    m_form->forgetPassword();
    QDialog::done(result);
}

void ConnectDialog::showEvent(QShowEvent* event)
{
    QDialog::showEvent(event);
    if (!m_isFresh)
        return;
    m_isFresh = false;
    const Metrics& m = metrics();
    QSize size(m.space(270), std::max(m.space(140), m_form->sizeHint().height() + m.space(50)));
    if (const QScreen* on = screen())
        size = size.boundedTo(on->availableSize() - QSize(m.space(8), m.space(16)));
    resize(size);
}

} // namespace vtscope
