#pragma once

#include "ui/start/recent.h"

#include <QList>
#include <QWidget>

class QBoxLayout;
class QLabel;
class QMimeData;
class QPushButton;
class QScrollArea;
class QTimer;

namespace vtscope {

class Banner;
class BigButton;
class DropZone;
class RecentLists;

/// What the window shows before anything is open: three ways to begin, a place to drop things, saved connections and
/// recent captures. It opens and connects nothing itself. GUI thread.
class StartPage : public QWidget
{
    Q_OBJECT

public:
    explicit StartPage(QWidget* parent = nullptr);

    /// Shown newest first. The first one gets the focus when the page is shown, so that Return connects.
    void setConnections(const QList<RecentConnection>& connections);
    /// In the order given; those with isUnsaved stand in a group of their own.
    void setCaptures(const QList<RecentCapture>& captures);

    /// While something is on its way: the sentence with Cancel, everything else off. Empty: no longer.
    void setBusy(const QString& sentence);
    bool isBusy() const { return m_isBusy; }
    /// What went wrong, what to do, and the other side's own words. It ends the busy state.
    void showProblem(const QString& sentence, const QString& second = {}, const QString& details = {});
    /// One more button on the problem shown ("Edit prod-eu…"); the page owns it.
    QPushButton* addProblemButton(const QString& text);
    void clearProblem();

public Q_SLOTS:
    /// What Ctrl+V does here.
    void paste();

Q_SIGNALS:
    void newConnectionRequested();
    void openCaptureRequested();
    void localBranchRequested();
    void shortcutsRequested();
    void connectRequested(const QString& id);
    void editRequested(const QString& id);
    /// Confirmed by the user already, as is the next one.
    void removeRequested(const QString& id);
    void clearConnectionsRequested();
    void captureRequested(const QString& path);
    /// Off the list; the file stays. For an unsaved one: the user wants it gone, and is to be asked.
    void captureRemoved(const QString& path);
    /// A .env, a URL or JSON, perhaps with a password: for importSettings(), not to be kept.
    void textPasted(const QString& text);
    void filesDropped(const QStringList& paths);
    void cancelRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QWidget* buildLeft();
    QWidget* buildHead();
    void arrange();
    void restyle();
    void focusFirst();
    void askToRemove(const QString& id, const QString& title);
    bool take(const QMimeData* mime);

    QScrollArea* m_area;
    QWidget* m_content;
    QBoxLayout* m_columns;
    QWidget* m_left;
    QLabel* m_logo;
    QLabel* m_title;
    BigButton* m_connect;
    DropZone* m_dropZone;
    QLabel* m_hint;
    RecentLists* m_lists;
    Banner* m_banner;
    QTimer* m_clock;
    bool m_isBusy = false;
};

} // namespace vtscope
