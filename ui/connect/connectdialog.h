#pragma once

#include "streamcore/connection/store.h"
#include "ui/connect/connectiontest.h"

#include <QDialog>

#include <memory>
#include <optional>

class QLabel;
class QMimeData;
class QPushButton;
class QScrollArea;

namespace vtscope {

class Banner;
class ConnectForm;
class TestPanel;

/// Asks how to reach a branch, tests it, and saves it once it works. GUI thread.
///
/// Accepted only with a working connection: connection() is never null then. What is pasted or dropped anywhere on it
/// fills the form, when it is a .env, a mysql:// URL or what pscale prints.
class ConnectDialog : public QDialog
{
    Q_OBJECT

public:
    /// Both stores must outlive the dialog; an answer of `secrets` that comes after it is dropped.
    ConnectDialog(ConnectionStore& store, SecretStore& secrets, QWidget* parent = nullptr);
    ~ConnectDialog() override;

    /// A saved connection, to be changed or to be given its password.
    void edit(const SavedConnection& saved);
    /// Takes over what was pasted elsewhere. Undo takes it back.
    void fill(const ImportedSettings& found);
    /// Says why the form is open: what failed when the connection was tried without it.
    void showFailure(const CheckFailure& failure);

    std::shared_ptr<Connection> connection() const { return m_connection; }
    /// As it was written to the store, with its id, the time and the branch.
    const SavedConnection& saved() const { return m_saved; }
    /// Why the store could not write it, empty when it could. The connection works all the same.
    const QString& saveProblem() const { return m_saveProblem; }

    void done(int result) override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    // What the form held before something was pasted.
    struct Filled
    {
        ConnectionSettings settings;
        Secret password;
    };

    void build();
    QWidget* buildFoot();
    void connectParts();
    void runTest(bool thenAccept);
    void onPassed(const std::shared_ptr<Connection>& connection);
    void onFailed(const CheckFailure& failure);
    void onEdited();
    void onFix(Fix fix);
    void markField(const CheckFailure& failure);
    void save();
    void updateButtons();
    void updateMore();
    void showAllOptions();
    void offerSaved();
    bool importText(const QString& text, const QString& from, bool isLoud);
    bool importMime(const QMimeData* mime, const QString& from, bool isLoud);
    void announceFill(const QString& sentence);
    void undoFill();
    ConnectionSettings wanted() const;

    ConnectionStore& m_store;
    SecretStore& m_secrets;
    ConnectionTest m_test;
    QLabel* m_title;
    Banner* m_notice;
    ConnectForm* m_form;
    QScrollArea* m_formArea;
    TestPanel* m_panel;
    QPushButton* m_more;
    QPushButton* m_cancel;
    QPushButton* m_testButton;
    QPushButton* m_connect;

    std::optional<Filled> m_filled;
    std::shared_ptr<Connection> m_connection;
    ConnectionSettings m_tested;
    SavedConnection m_saved;
    std::string m_id;
    QString m_saveProblem;
    bool m_isEdit = false;
    bool m_thenAccept = false;
    bool m_isTested = false;
    bool m_isRefused = false;
    bool m_isFresh = true;
};

} // namespace vtscope
