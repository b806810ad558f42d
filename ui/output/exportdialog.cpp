#include "ui/output/exportdialog.h"

#include "streamcore/output/compressor.h"
#include "ui/capture/celltext.h"
#include "ui/output/formatform.h"
#include "ui/style/banner.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTextBlock>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kProgressMs = 250;
constexpr int kTargetMs = 150;
constexpr auto kFolderKey = "export/folder";
constexpr auto kFormatKey = "export/format";

QString folderToStartIn()
{
    for (const QString& folder : {QSettings().value(QLatin1String(kFolderKey)).toString(),
                                  QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation)}) {
        if (!folder.isEmpty() && QFileInfo(folder).isDir())
            return folder;
    }
    return QDir::homePath();
}

} // namespace

ExportDialog::ExportDialog(Snapshot snapshot, ExportScopes scopes, const QString& name, QWidget* parent)
    : QDialog(parent), m_snapshot(std::move(snapshot)), m_scopes(std::move(scopes)), m_counting(this), m_checking(this),
      m_previewing(this), m_work(this)
{
    setWindowTitle(tr("Export"));
    m_pace.setInterval(kProgressMs);
    connect(&m_pace, &QTimer::timeout, this, &ExportDialog::showProgress);
    m_targetPace.setInterval(kTargetMs);
    m_targetPace.setSingleShot(true);
    connect(&m_targetPace, &QTimer::timeout, this, &ExportDialog::checkTarget);
    build();
    m_format->setKey(QSettings().value(QLatin1String(kFormatKey)).toString());
    followFormat();
    m_path->setText(QDir::toNativeSeparators(folderToStartIn() + u'/' + name + m_ending));
    for (std::size_t i = 0; i < kScopes; ++i)
        m_scopeButtons[i]->setEnabled(isOffered(static_cast<Scope>(i)));
    m_scopeButtons[static_cast<std::size_t>(m_scopes.selected && m_scopes.selected->count() > 1 ? Scope::Selected
                                                                                                : Scope::Shown)]
        ->setChecked(true);
    countScopes();
    formChanged();
    m_start->setFocus();
}

ExportDialog::~ExportDialog()
{
    m_stop.request_stop();
}

// What is meant.

ExportDialog::Scope ExportDialog::scope() const
{
    for (std::size_t i = 0; i < m_scopeButtons.size(); ++i) {
        if (m_scopeButtons[i]->isChecked())
            return static_cast<Scope>(i);
    }
    return Scope::All;
}

bool ExportDialog::isCapture() const
{
    return m_format->isCapture();
}

OutputFormat ExportDialog::format() const
{
    return m_format->format();
}

FormatOptions ExportDialog::options() const
{
    return m_format->options();
}

QString ExportDialog::path() const
{
    const QString typed = QDir::fromNativeSeparators(m_path->text().trimmed());
    if (typed.startsWith(u"~/"))
        return QDir::homePath() + typed.mid(1);
    return typed;
}

void ExportDialog::setScope(Scope scope)
{
    QRadioButton* button = m_scopeButtons[static_cast<std::size_t>(scope)];
    if (button->isEnabled())
        button->setChecked(true);
}

void ExportDialog::setFormat(OutputFormat format)
{
    m_format->setFormat(format);
}

void ExportDialog::setCapture()
{
    m_format->setCapture();
}

void ExportDialog::setPath(const QString& path)
{
    m_path->setText(QDir::toNativeSeparators(path));
}

RowSet ExportDialog::rowsOf(Scope scope) const
{
    switch (scope) {
    case Scope::Shown:
        return m_scopes.shown;
    case Scope::Selected:
        return m_scopes.selected.value_or(RowSet());
    case Scope::Marked:
        return m_scopes.marked.value_or(RowSet());
    case Scope::All:
        break;
    }
    return m_scopes.all;
}

bool ExportDialog::isOffered(Scope scope) const
{
    return (scope != Scope::Selected || m_scopes.selected) && (scope != Scope::Marked || m_scopes.marked);
}

const ScopeFacts* ExportDialog::factsOfScope() const
{
    const auto& facts = m_facts[static_cast<std::size_t>(scope())];
    return facts ? &*facts : nullptr;
}

QString ExportDialog::noun(std::uint64_t count) const
{
    if (!m_scopes.noun.isEmpty())
        return m_scopes.noun;
    return count == 1 ? tr("change") : tr("changes");
}

// What is shown.

void ExportDialog::countScopes()
{
    m_counting.start(
        [snapshot = m_snapshot, rows = std::array{rowsOf(Scope::Shown), rowsOf(Scope::Selected), rowsOf(Scope::Marked),
                                                  rowsOf(Scope::All)}](std::stop_token stop) {
            std::array<ScopeFacts, kScopes> facts;
            std::transform(rows.begin(), rows.end(), facts.begin(),
                           [&](const RowSet& scope) { return factsOf(snapshot, scope, stop); });
            return facts;
        },
        [this](const std::array<ScopeFacts, kScopes>& facts) {
            std::copy(facts.begin(), facts.end(), m_facts.begin());
            showFacts();
            updateFoot();
        });
    showFacts();
}

void ExportDialog::showFacts()
{
    for (std::size_t i = 0; i < m_scopeCounts.size(); ++i) {
        const bool isAbsent = !isOffered(static_cast<Scope>(i));
        const bool isMarked = static_cast<Scope>(i) == Scope::Marked;
        const QString count = isAbsent     ? isMarked ? tr("nothing is marked") : tr("nothing is selected")
                                  : m_facts[i] ? numberText(m_facts[i]->changes)
                                           : QString(QChar(0x2026));
        m_scopeCounts[i]->setText(count);
        m_scopeCounts[i]->setEnabled(!isAbsent);
        m_scopeButtons[i]->setToolTip(!isAbsent  ? QString()
                                      : isMarked ? tr("No change is marked in the list")
                                                 : tr("No change is selected in the list"));
        m_scopeButtons[i]->setAccessibleDescription(count);
    }
    const ScopeFacts* facts = factsOfScope();
    const std::uint64_t count = facts ? facts->changes : 0;
    m_previewTitle->setText(!facts || isCapture() ? tr("&Preview")
                            : count > 3           ? tr("&Preview, first 3 of %1").arg(numberText(count))
                            : count == 0          ? tr("&Preview: there is nothing to write")
                                                  : tr("&Preview, all %1").arg(numberText(count)));
    QStringList notes;
    if (isCapture() && !m_scopes.masked.isEmpty())
        notes.append(
            tr("A capture keeps the bytes as they were sent: everybody who opens it can read the masked columns "
               "too: %1.")
                .arg(m_scopes.masked.join(u", "_s)));
    if (facts && facts->gaps > 0 && !isCapture())
        notes.append((facts->gaps == 1 ? tr("%1 gap lies in this range: changes are missing there.")
                                       : tr("%1 gaps lie in this range: changes are missing there."))
                         .arg(numberText(facts->gaps)) +
                     u' ' +
                     (isSql(format()) ? tr("The file names the gaps of the capture at its top.")
                                      : tr("The file itself does not say so.")));
    if (facts && facts->faults > 0 && !isCapture())
        notes.append((facts->faults == 1 ? tr("%1 change cannot be decoded; its bytes go out as hex.")
                                         : tr("%1 changes cannot be decoded; their bytes go out as hex."))
                         .arg(numberText(facts->faults)));
    if (facts && facts->lost > 0 && !isCapture())
        notes.append((facts->lost == 1
                          ? tr("%1 message in this range cannot be decoded: what it holds is missing in the file.")
                          : tr("%1 messages in this range cannot be decoded: what they hold is missing in the file."))
                         .arg(numberText(facts->lost)));
    m_note->setSentence(notes.join(u' '));
    m_note->setVisible(!notes.isEmpty());
}

// The file's name keeps its ending with the format.
void ExportDialog::followFormat()
{
    const QString ending = m_format->ending();
    if (m_ending == ending)
        return;
    const QString typed = m_path->text();
    for (const QString& packed : {QString(), u".gz"_s, u".zst"_s}) {
        if (!m_ending.isEmpty() && typed.endsWith(m_ending + packed))
            m_path->setText(typed.chopped(m_ending.size() + packed.size()) + ending +
                            (isCapture() ? QString() : packed));
    }
    m_ending = ending;
}

void ExportDialog::formChanged()
{
    m_isDone = false;
    m_banner->setVisible(false);
    m_target.reset();
    m_targetPace.start();
    showFacts();
    updatePreview();
    updateFoot();
}

void ExportDialog::updatePreview()
{
    if (!m_format->problem().isEmpty())
        return;
    if (isCapture()) {
        m_previewing.cancel();
        m_shown.reset();
        m_preview->setPlainText(tr("The messages of the server, byte for byte."));
        return;
    }
    m_previewing.start([snapshot = m_snapshot, rows = rowsOf(scope()), format = format(), options = options()](
                           std::stop_token stop) { return previewOf(snapshot, rows, format, options, stop); },
                       [this](ExportPreview preview) {
                           m_shown = std::move(preview);
                           QStringList lines = m_shown->lines;
                           if (!m_shown->header.isEmpty())
                               lines.prepend(m_shown->header);
                           m_preview->setPlainText(lines.join(u'\n'));
                           if (!m_shown->header.isEmpty()) {
                               QTextCursor cursor(m_preview->document()->firstBlock());
                               cursor.select(QTextCursor::BlockUnderCursor);
                               QTextCharFormat quiet;
                               quiet.setForeground(tokens().text2);
                               cursor.mergeCharFormat(quiet);
                           }
                           updateFoot();
                       });
}

void ExportDialog::checkTarget()
{
    if (isWorking())
        return;
    m_checking.start(
        [path = path()](std::stop_token) {
            const QFileInfo file(path);
            const QFileInfo folder(file.absolutePath());
            return Target{file.isDir(), file.exists(), folder.isDir(), folder.isWritable()};
        },
        [this](const Target& target) {
            m_target = target;
            updateFoot();
        });
}

QString ExportDialog::whyNot() const
{
    if (path().isEmpty())
        return tr("Name a file.");
    if (const QString problem = m_format->problem(); !problem.isEmpty())
        return problem;
    const ScopeFacts* facts = factsOfScope();
    if (facts && facts->changes == 0)
        return tr("There is nothing to write.");
    if (isCapture() && compressionOf(path().toStdString()) != Compression::None)
        return tr("A capture is not compressed: give it another ending.");
    if (!m_target)
        return {};
    if (m_target->isFolder)
        return tr("This is a folder. Name a file in it.");
    if (!m_target->hasFolder)
        return tr("The folder %1 does not exist.").arg(QDir::toNativeSeparators(QFileInfo(path()).absolutePath()));
    if (!m_target->canWrite)
        return tr("The folder %1 cannot be written to.")
            .arg(QDir::toNativeSeparators(QFileInfo(path()).absolutePath()));
    return {};
}

void ExportDialog::updateFoot()
{
    const bool isBusy = isWorking();
    const QString why = whyNot();
    const ScopeFacts* facts = factsOfScope();
    const bool isReplaced = m_target && m_target->exists && !m_target->isFolder && !m_isDone;

    const bool isPathRight = why.isEmpty() || isBusy || !m_format->problem().isEmpty();
    setValidity(m_path, isPathRight ? Validity::Neutral : Validity::Invalid);
    const QString note = !why.isEmpty() ? why : isReplaced ? tr("This file exists and will be replaced.") : QString();
    const QString voice = !why.isEmpty() ? u"error"_s : isReplaced ? u"warning"_s : u"small"_s;
    if (m_pathNote->property("vtText") != voice) {
        m_pathNote->setProperty("vtText", voice);
        m_pathNote->style()->unpolish(m_pathNote);
        m_pathNote->style()->polish(m_pathNote);
    }
    const Compression compression = compressionOf(path().toStdString());
    m_pathNote->setText(!note.isEmpty()                    ? note
                        : compression == Compression::None ? tr("The file is complete or absent, never half. With .gz "
                                                                "or .zst at its end it is compressed.")
                        : compression == Compression::Gzip
                            ? tr("Compressed with gzip; complete or absent, never half.")
                            : tr("Compressed with zstd; complete or absent, never half."));

    m_form->setEnabled(!isBusy);
    m_bar->setVisible(isBusy);
    m_folder->setVisible(m_isDone);
    m_hide->setVisible(isBusy);
    m_start->setVisible(!isBusy && !m_isDone);
    m_cancel->setText(m_isDone ? tr("&Close") : m_isCanceling ? tr("Canceling…") : tr("&Cancel"));
    m_cancel->setEnabled(!m_isCanceling);
    m_start->setEnabled(why.isEmpty());
    m_start->setToolTip(why);
    m_start->setAccessibleDescription(why);
    const QString what = facts ? numberText(facts->changes) + u' ' + noun(facts->changes) : noun(0);
    m_start->setText(isReplaced ? tr("&Replace with %1").arg(what) : tr("E&xport %1").arg(what));
    if (isBusy)
        return;
    const QString name = QFileInfo(path()).fileName();
    if (m_isDone || !facts || !m_shown || name.isEmpty())
        m_summary->setText(name);
    else
        m_summary->setText(
            (compression == Compression::None ? tr("%1, about %2") : tr("%1, about %2 before it is compressed"))
                .arg(name, sizeText(static_cast<std::uint64_t>(
                               m_shown->headerBytes + m_shown->bytesPerLine * static_cast<double>(facts->changes)))));
}

void ExportDialog::browse()
{
    auto* dialog = new QFileDialog(this, tr("Export to"), QFileInfo(path()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setDefaultSuffix(m_format->ending().mid(1));
    dialog->setNameFilters({isCapture()                        ? tr("Captures (*.vtcap)")
                            : format() == OutputFormat::Csv    ? tr("CSV files (*.csv)")
                            : format() == OutputFormat::Ndjson ? tr("NDJSON files (*.ndjson *.jsonl)")
                                                               : tr("SQL files (*.sql)"),
                            tr("All files (*)")});
    dialog->selectFile(QFileInfo(path()).fileName());
    // The dialog of ours says that a file will be replaced, in place.
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    connect(dialog, &QFileDialog::fileSelected, this, &ExportDialog::setPath);
    dialog->open();
}

void ExportDialog::start()
{
    if (isWorking() || !whyNot().isEmpty())
        return;
    const QString target = path();
    QSettings settings;
    settings.setValue(QLatin1String(kFolderKey), QFileInfo(target).absolutePath());
    settings.setValue(QLatin1String(kFormatKey), m_format->key());
    m_banner->setVisible(false);
    m_isCanceling = false;
    m_isDone = false;
    m_progress = std::make_shared<Progress>();
    m_progress->whole = isCapture() ? m_scopes.capture->size() : rowsOf(scope()).count();
    std::stop_source().swap(m_stop);
    m_clock.start();
    m_work.start(workFor(target), [this, target](const Result<Written>& written) { showResult(target, written); });
    m_pace.start();
    updateFoot();
    showProgress();
}

} // namespace vtscope
