// The window: start page or navigator, tabs and inspector; menus, tool bar, status bar. Ties the panels together and
// owns no logic of theirs. GUI thread.
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <QTimer>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "streamcore/connection/store.h"
#include "streamcore/output/save.h"
#include "streamcore/session/wake.h"
#include "streamcore/session/watch.h"
#include "ui/connect/connector.h"
#include "ui/style/banner.h"
#include "ui/task.h"

class QAction;
class QFrame;
class QLabel;
class QMenu;
class QProgressDialog;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace vtscope {

class ActionLogView;
class Capture;
class CaptureView;
class ConnectDialog;
class GridView;
class Inspector;
struct Keyspace;
class Navigator;
class QueueView;
class StartPage;
class StatusLine;
class StreamView;
enum class PositionForm : std::uint8_t;

class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    // Both outlive the window.
    MainWindow(ConnectionStore& store, SecretStore& secrets, QWidget* parent = nullptr);
    ~MainWindow() override;

    // Opens a saved capture in a tab of its own.
    void openCapture(const QString& path);
    // Connects to the local branch that runs now, and watches its orders.
    void openLocalBranch(const ConnectionSettings& settings, const Secret& password);
    void showLocalBranchProblem(const QString& sentence, const QString& details);

Q_SIGNALS:
    // The program has to start its server, then call openLocalBranch.
    void localBranchRequested();
    void localBranchCanceled();

protected:
    bool focusNextPrevChild(bool isNext) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    struct Actions;
    struct Comparison;
    // Told the bytes gone through; on a worker thread.
    using SaveWork =
        std::function<Result<SaveResult>(const std::stop_token&, const std::function<void(std::uint64_t)>& told)>;

    // mainwindow.cpp
    QWidget* buildWork();
    QWidget* buildMiddle();
    void connectWork();
    void connectStart();
    void connectConnector();
    void showConnection(std::shared_ptr<Connection> connection);
    void disconnectBranch();
    void showStart();
    void showWork();
    void fillStart();
    void showProblem(const QString& sentence, const QString& second = {}, const QString& details = {});
    // In the place of a problem; buttons may be added to it.
    void showNotice(Banner::Kind kind, const QString& sentence, const QString& second, const QString& details = {});
    void showConnectFailure(const CheckFailure& failure);
    void inspectCurrent();
    void showCurrentTable();
    void updateAll();
    void signTab(StreamView& stream);
    void updateTag();
    void updateStatus();
    void updateLock();
    Connection* currentConnection() const;
    StreamView* currentStream() const;
    CaptureView* currentCapture() const;
    QueueView* currentQueue() const;
    GridView* currentGrid() const;

    // windowactions.cpp
    void buildActions();
    void buildMenus();
    QWidget* buildToolBar();
    void fillRecent();
    void fillSavedFilters();
    QAction* action(const QString& text, const QKeySequence& key, void (MainWindow::*slot)());

    // windowtabs.cpp
    void connectNew();
    void editConnection(const QString& id, const CheckFailure* failure = nullptr);
    void connectWith(ConnectDialog& dialog);
    void connectSaved(const QString& id);
    void onConnected(const std::shared_ptr<Connection>& connection);
    std::uint64_t rowsToCopy(const WatchRequest& request) const;
    void watch(const WatchRequest& request, const RingLimits& ring = {}, const QString& folder = {});
    void watchElsewhere(const WatchRequest& request, const RingLimits& ring);
    void watchTable(const QString& keyspace, const QString& table);
    void copy();
    void toggleInspector();
    void fitInspector();
    void chooseWatch(const QString& keyspace, const QString& table);
    void openQueue(const QString& keyspace, const QString& table);
    void subscribe(const QString& keyspace, const QString& table);
    void openNext();
    void showCapture(const std::shared_ptr<Capture>& capture, const QString& path);
    // Without a file: gone with its tab, unless it is saved.
    void showUnnamed(const std::shared_ptr<Capture>& capture, const QString& title);
    void tellSource(CaptureView& view, const QString& title, const QString& kind);
    CaptureView* addCapture(const std::shared_ptr<Capture>& capture, const QString& title, const QString& kind);
    void connectView(CaptureView* view);
    // folder: empty for that of captures that are not saved yet.
    StreamView* addStream(const QString& name, const RingLimits& ring = {}, const QString& folder = {});
    int addTab(QWidget* tab, const QIcon& sign, const QString& title);
    void closeTab(QWidget* tab);
    void closeCurrentTab();
    void newStreamTab();
    void chooseCapture();
    void exportRows();
    void pasteAnywhere(const QString& pasted);
    void dropFiles(const QStringList& paths);

    // windowsaving.cpp
    // Save, discard or stay: one question, and only about what would be lost. `then` comes when the tabs may go; never,
    // when they are to stay.
    void settle(const QList<QWidget*>& tabs, std::function<void()> then);
    void keepEach(QList<QPointer<CaptureView>> views, std::function<void()> then);
    QList<QWidget*> openTabs() const;
    // What is in a file already goes there: marks of an opened capture. Else as a new file.
    void saveCapture();
    bool mayHoldMasked(const CaptureView& view);
    void saveCaptureAs();
    void saveMarks(CaptureView& view, std::function<void()> then = {});
    void saveLinesAs(CaptureView& view, const RowSet& lines);
    // What the tab shows, if it is a capture, and files: all in a new one, which is opened then.
    void mergeCaptures();
    QString titleOf(const QWidget& tab) const;
    // Of work under way on another thread, which its Cancel cancels: that of m_saving.
    QProgressDialog* showProgress(const QString& title, const QString& words,
                                  const std::shared_ptr<std::atomic<std::uint64_t>>& gone, std::uint64_t whole);
    void endProgress(QProgressDialog* progress);
    void saveTo(CaptureView& view, const QString& path, std::function<void()> then = {});
    void showSaving(const QString& name, std::uint64_t bytes, SaveWork work,
                    std::function<void(const SaveResult&)> done);
    void markTab(CaptureView& view);
    void discard(QWidget* tab);

    // windowcompare.cpp
    // What the tab shows with a file.
    void compareCapture();
    void compare(const std::shared_ptr<Comparison>& what);
    void showComparison(const std::shared_ptr<Comparison>& what);
    void showAlone(const std::shared_ptr<Comparison>& what, std::size_t side);

    // windowslots.cpp
    void startStop();
    void pause();
    void follow();
    void goToChange();
    void goToFirst();
    void goToLast();
    void step(int by);
    void nextPane(int by);
    const Keyspace* keyspaceOf(StreamView& stream);
    void options();
    void restart(StreamView& stream, WatchRequest::Start start);
    void refresh();
    void copyPosition(PositionForm form);
    void savePosition();
    void showLedger();
    void toggleLock();
    void showActionLog();
    void reloadActionLog();
    void showShortcuts();
    void showAbout();

    ConnectionStore& m_store;
    SecretStore& m_secrets;
    Connector m_connector;
    std::shared_ptr<Connection> m_connection;
    std::unique_ptr<Actions> m_actions;
    QStackedWidget* m_pages;
    StartPage* m_start;
    QSplitter* m_work;
    Navigator* m_navigator;
    QStackedWidget* m_middle;
    QTabWidget* m_tabs;
    Inspector* m_inspector;
    StatusLine* m_status;
    QFrame* m_tagLine;
    Banner* m_notice;
    QWidget* m_toolBar = nullptr;
    QMenu* m_recent = nullptr;
    QLabel* m_tagWord = nullptr;
    QPushButton* m_lock = nullptr;
    QPointer<ActionLogView> m_actionLog;
    QTimer m_clock;
    Wake m_wake;
    QStringList m_toOpen;
    Task m_opening{this};
    Task m_saving{this};
    std::optional<bool> m_isInspectorWanted; // nothing: by the room there is
    bool m_isLocalBranch = false;
    bool m_isSettled = false;
};

} // namespace vtscope
