#pragma once

#include "streamcore/output/exporter.h"
#include "ui/output/exportjob.h"
#include "ui/output/exportscopes.h"
#include "ui/task.h"

#include <QDialog>
#include <QElapsedTimer>
#include <QTimer>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QRadioButton;
class QScrollArea;

namespace vtscope {

class Banner;
class ElidedLabel;
class FormatForm;

/// Changes to a file: which rows, which format, what it will look like, where to, then the work itself with progress.
/// GUI thread; reading and writing happen on others. The file is complete or absent.
///
/// Made with new and WA_DeleteOnClose. Closed while it works, it only hides and goes on; it comes back when that fails,
/// and closes when it ends well. Deleting it cancels.
class ExportDialog : public QDialog
{
    Q_OBJECT

public:
    enum class Scope : quint8 { Shown, Selected, Marked, All };
    static constexpr std::size_t kScopes = 4;

    /// `name` is the file's name without folder and ending.
    ExportDialog(Snapshot snapshot, ExportScopes scopes, const QString& name, QWidget* parent = nullptr);
    ~ExportDialog() override;

    void setScope(Scope scope);
    void setFormat(OutputFormat format);
    void setCapture();
    /// The target, with its ending.
    void setPath(const QString& path);
    QString path() const;
    Scope scope() const;
    /// A capture, of which format() says nothing.
    bool isCapture() const;
    OutputFormat format() const;
    FormatOptions options() const;
    bool isWorking() const { return m_work.isRunning(); }

public Q_SLOTS:
    /// The primary button.
    void start();
    /// Asks the work to stop; exportFinished() comes when it has.
    void cancel();
    void reject() override;

protected:
    void closeEvent(QCloseEvent* event) override;

Q_SIGNALS:
    /// The work ended, also when hidden: with a complete file, or with none. `words` say what became of it.
    void exportFinished(const QString& path, bool isComplete, const QString& words);

private:
    struct Target
    {
        bool isFolder = false;
        bool exists = false;
        bool hasFolder = false;
        bool canWrite = false;
    };
    // Written by the worker, read by a timer.
    struct Progress
    {
        std::uint64_t whole = 0;            // rows; of a capture, bytes
        std::atomic<std::uint64_t> done{0}; // of them
        std::atomic<std::uint64_t> bytes{0};
    };

    void build();
    void makeRoom();
    QWidget* buildRows();
    QWidget* buildPreview();
    QWidget* buildTarget();
    QWidget* buildFoot();
    RowSet rowsOf(Scope scope) const;
    QString noun(std::uint64_t count) const;
    const ScopeFacts* factsOfScope() const;
    bool isOffered(Scope scope) const;
    void countScopes();
    void updatePreview();
    void followFormat();
    void checkTarget();
    void updateFoot();
    QString whyNot() const;
    void showProgress();
    std::function<Result<Written>(std::stop_token)> workFor(const QString& file) const;
    void showResult(const QString& path, const Result<Written>& written);
    void showFacts();
    void browse();
    void openFolder();
    void formChanged();

    Snapshot m_snapshot;
    ExportScopes m_scopes;
    std::array<QRadioButton*, kScopes> m_scopeButtons{};
    std::array<QLabel*, kScopes> m_scopeCounts{};
    std::array<std::optional<ScopeFacts>, kScopes> m_facts;
    QScrollArea* m_choices = nullptr;
    FormatForm* m_format = nullptr;
    QString m_ending; // of the format
    QLabel* m_previewTitle = nullptr;
    QPlainTextEdit* m_preview = nullptr;
    Banner* m_note = nullptr;
    QLineEdit* m_path = nullptr;
    QLabel* m_pathNote = nullptr;
    Banner* m_banner = nullptr;
    QWidget* m_form = nullptr;
    ElidedLabel* m_summary = nullptr;
    QProgressBar* m_bar = nullptr;
    QPushButton* m_folder = nullptr;
    QPushButton* m_hide = nullptr;
    QPushButton* m_cancel = nullptr;
    QPushButton* m_start = nullptr;
    std::optional<ExportPreview> m_shown;
    std::shared_ptr<Progress> m_progress;
    std::stop_source m_stop;
    QElapsedTimer m_clock;
    QTimer m_pace;
    bool m_isCanceling = false;
    bool m_isDone = false;
    std::optional<Target> m_target;
    QTimer m_targetPace;
    Task m_counting;
    Task m_checking;
    Task m_previewing;
    Task m_work;
};

} // namespace vtscope
