// What is pasted into the connection dialog or dropped on it.
#include "ui/connect/connectdialog.h"

#include "ui/connect/connectform.h"
#include "ui/style/banner.h"
#include "ui/style/proxystyle.h"

#include <QClipboard>
#include <QDragEnterEvent>
#include <QFile>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>

namespace vtscope {

namespace {

constexpr qint64 kLargestImport = 64 * 1024;

} // namespace

void ConnectDialog::fill(const ImportedSettings& found)
{
    m_filled = Filled{m_form->settings(), m_form->password()};
    m_form->fill(found);
    announceFill(tr("Filled in: %1").arg(QString::fromStdString(found.source)));
}

void ConnectDialog::announceFill(const QString& sentence)
{
    m_notice->clearButtons();
    m_notice->setKind(Banner::Kind::Info);
    m_notice->setSentence(sentence);
    m_notice->setSecond({});
    QPushButton* undo = m_notice->addButton(tr("Undo"));
    setVariant(undo, ButtonVariant::Link);
    undo->setAutoDefault(false);
    connect(undo, &QPushButton::clicked, this, &ConnectDialog::undoFill, Qt::QueuedConnection);
    m_notice->show();
}

void ConnectDialog::undoFill()
{
    if (!m_filled)
        return;
    m_form->setSettings(m_filled->settings, m_isEdit);
    m_form->setPassword(m_filled->password);
    m_filled.reset();
    m_notice->hide();
    m_form->focusField(ConnectForm::Field::Host);
}

bool ConnectDialog::importText(const QString& text, const QString& from, bool isLoud)
{
    if (text.size() > kLargestImport)
        return false;
    QByteArray bytes = text.toUtf8();
    const auto found = importSettings(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    bytes.fill('\0');
    if (found) {
        fill(*found);
        if (!from.isEmpty())
            m_notice->setSentence(from.arg(QString::fromStdString(found->source)));
        return true;
    }
    if (isLoud) {
        m_notice->clearButtons();
        m_notice->setKind(Banner::Kind::Warning);
        m_notice->setSentence(QString::fromStdString(found.error().message));
        m_notice->setSecond({});
        m_notice->show();
    }
    return false;
}

bool ConnectDialog::importMime(const QMimeData* mime, const QString& from, bool isLoud)
{
    const QList<QUrl> urls = mime->urls();
    if (!urls.isEmpty() && urls.first().isLocalFile()) {
        QFile file(urls.first().toLocalFile());
        if (!file.open(QIODevice::ReadOnly))
            return false;
        QByteArray bytes = file.read(kLargestImport);
        const bool isDone = importText(QString::fromUtf8(bytes), tr("Filled from the file: %1"), isLoud);
        bytes.fill('\0');
        return isDone;
    }
    return mime->hasText() && importText(mime->text(), from, isLoud);
}

bool ConnectDialog::eventFilter(QObject* watched, QEvent* event)
{
    // A field would take a whole .env as its one line; anything else it pastes as ever.
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Paste) &&
        importMime(QGuiApplication::clipboard()->mimeData(), tr("Filled from the clipboard: %1"), false))
        return true;
    return QDialog::eventFilter(watched, event);
}

void ConnectDialog::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Paste))
        importMime(QGuiApplication::clipboard()->mimeData(), tr("Filled from the clipboard: %1"), true);
    else
        QDialog::keyPressEvent(event);
}

void ConnectDialog::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasText() || event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void ConnectDialog::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    if (importMime(event->mimeData(), tr("Filled from what was dropped: %1"), false))
        return;
    if (auto* field = qobject_cast<QLineEdit*>(childAt(event->position().toPoint())))
        field->insert(event->mimeData()->text());
    else
        importMime(event->mimeData(), {}, true);
}

} // namespace vtscope
