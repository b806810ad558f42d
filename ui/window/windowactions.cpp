#include "ui/window/windowactions.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QContextMenuEvent>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QShortcut>
#include <QTabWidget>
#include <QToolButton>

#include "ui/grid/gridview.h"
#include "ui/queue/queueview.h"
#include "ui/stream/keptfilters.h"
#include "ui/stream/streamview.h"
#include "ui/style/theme.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

// In the menu, all keys that an action has: its own, after the letter for which the list calls it.
void nameKeys(QAction& action, const QString& letter)
{
    QStringList keys;
    if (!letter.isEmpty())
        keys << letter;
    for (const QKeySequence& key : action.shortcuts())
        keys << key.toString(QKeySequence::NativeText);
    action.setText(action.text() + u'\t' + keys.join(MainWindow::tr(" or ")));
}

} // namespace

QAction* MainWindow::action(const QString& text, const QKeySequence& key, void (MainWindow::*slot)())
{
    auto* made = new QAction(text, this);
    made->setShortcut(key);
    connect(made, &QAction::triggered, this, slot);
    addAction(made);
    return made;
}

void MainWindow::buildActions()
{
    m_actions = std::make_unique<Actions>();
    Actions& a = *m_actions;
    const auto run = [this](const QString& text, const QKeySequence& key, auto what) {
        auto* made = new QAction(text, this);
        made->setShortcut(key);
        connect(made, &QAction::triggered, this, what);
        addAction(made);
        return made;
    };
    const auto onCapture = [this](auto what) {
        return [this, what] {
            if (CaptureView* view = currentCapture())
                (view->*what)();
        };
    };
    a.connect = action(tr("&New Connection…"), QKeySequence::New, &MainWindow::connectNew);
    a.newStream = action(tr("New Stream &Tab…"), Qt::CTRL | Qt::Key_T, &MainWindow::newStreamTab);
    a.open = action(tr("&Open Capture…"), QKeySequence::Open, &MainWindow::chooseCapture);
    a.merge = action(tr("Mer&ge Captures…"), {}, &MainWindow::mergeCaptures);
    a.compare = action(tr("Com&pare with a Capture…"), {}, &MainWindow::compareCapture);
    a.save = action(tr("&Save Capture"), QKeySequence::Save, &MainWindow::saveCapture);
    a.saveAs = action(tr("Save Capture &As…"), Qt::CTRL | Qt::SHIFT | Qt::Key_S, &MainWindow::saveCaptureAs);
    const auto savePart = [this](auto linesOf) {
        return [this, linesOf] {
            if (CaptureView* view = currentCapture())
                saveLinesAs(*view, linesOf(*view));
        };
    };
    a.saveShown = run(tr("&Shown Changes…"), {}, savePart([](CaptureView& view) { return view.shownRows(); }));
    a.saveSelected = run(tr("S&elected Changes…"), {},
                         savePart([](CaptureView& view) { return view.selectedRows().value_or(RowSet()); }));
    a.saveMarked = run(tr("&Marked Changes…"), {}, savePart([](CaptureView& view) { return view.markedLines(); }));
    a.exportRows = action(tr("&Export…"), Qt::CTRL | Qt::SHIFT | Qt::Key_E, &MainWindow::exportRows);
    a.closeTab = action(tr("&Close Tab"), Qt::CTRL | Qt::Key_W, &MainWindow::closeCurrentTab);
    a.disconnect = action(tr("&Disconnect"), Qt::CTRL | Qt::SHIFT | Qt::Key_W, &MainWindow::disconnectBranch);
    a.quit = run(tr("&Quit"), Qt::CTRL | Qt::Key_Q, [this] { close(); });
    a.copy = action(tr("&Copy"), QKeySequence::Copy, &MainWindow::copy);
    a.copyAs = new QMenu(tr("Copy &As"), this);
    const auto copyAs = [&](const QString& text, const QKeySequence& key, auto what) {
        a.copyAs->addAction(run(text, key, onCapture(what)));
    };
    const auto copyLines = [&](const QString& text, const QKeySequence& key, CopyForm form) {
        a.copyAs->addAction(run(text, key, [this, form] {
            if (CaptureView* view = currentCapture())
                view->copyAs(form);
        }));
    };
    copyAs(tr("C&ell"), {}, &CaptureView::copyCell);
    copyAs(tr("&Rows"), Qt::CTRL | Qt::ALT | Qt::SHIFT | Qt::Key_C, &CaptureView::copyRows);
    copyAs(tr("Rows with &Headers"), Qt::CTRL | Qt::SHIFT | Qt::Key_C, &CaptureView::copyWithHeaders);
    a.copyAs->addSeparator();
    copyLines(tr("&CSV"), {}, CopyForm::Csv);
    copyLines(tr("&TSV"), {}, CopyForm::Tsv);
    copyLines(tr("&NDJSON"), {}, CopyForm::Ndjson);
    copyLines(tr("&Markdown"), {}, CopyForm::Markdown);
    copyLines(tr("&SQL"), Qt::CTRL | Qt::ALT | Qt::Key_C, CopyForm::Redo);
    copyLines(tr("&Undo SQL"), {}, CopyForm::Undo);
    a.copyAs->addSeparator();
    copyAs(tr("Filter for This &Value"), {}, &CaptureView::copyValueFilter);
    copyAs(tr("Filter for These &Keys"), {}, &CaptureView::copyKeyFilter);
    copyAs(tr("Command &Line"), {}, &CaptureView::copyCommandLine);
    a.selectAll = run(tr("Select &All"), QKeySequence::SelectAll, [this] {
        if (CaptureView* view = currentCapture())
            view->grid().selectAll();
        else if (QueueView* queue = currentQueue())
            queue->grid()->selectAll();
    });
    a.filter = run(tr("Fi&lter…"), Qt::CTRL | Qt::Key_L, onCapture(&CaptureView::showFilter));
    a.applyValue = new QMenu(tr("&Apply as Filter"), this);
    const auto applyValue = [&](const QString& text, ValueUse use) {
        a.applyValue->addAction(run(text, {}, [this, use] {
            if (CaptureView* view = currentCapture())
                view->applyValue(use);
        }));
    };
    applyValue(tr("&This Value"), ValueUse::Only);
    applyValue(tr("&Not This Value"), ValueUse::Not);
    applyValue(tr("… &and This Value"), ValueUse::And);
    applyValue(tr("… and N&ot This Value"), ValueUse::AndNot);
    applyValue(tr("… o&r This Value"), ValueUse::Or);
    a.clearFilter = run(tr("&Clear Filter"), Qt::CTRL | Qt::SHIFT | Qt::Key_L, onCapture(&CaptureView::clearFilter));
    a.savedFilters = new QMenu(tr("&Saved Filters"), this);
    connect(a.savedFilters, &QMenu::aboutToShow, this, &MainWindow::fillSavedFilters);
    a.saveFilter = run(tr("&Save This Filter"), Qt::CTRL | Qt::Key_D, onCapture(&CaptureView::saveFilter));
    a.saveFilter->setCheckable(true);
    a.history = run(tr("Row &History"), Qt::CTRL | Qt::Key_H, onCapture(&CaptureView::showHistory));
    a.back = run(tr("&Back from the History"), Qt::ALT | Qt::Key_Left, onCapture(&CaptureView::goBack));
    a.nextOfRow = run(tr("Next Change of This &Row"), Qt::ALT | Qt::Key_Down, onCapture(&CaptureView::nextOfRow));
    a.previousOfRow =
        run(tr("Previous Change of This Ro&w"), Qt::ALT | Qt::Key_Up, onCapture(&CaptureView::previousOfRow));
    a.find = run(tr("&Find…"), QKeySequence::Find, onCapture(&CaptureView::showFind));
    a.findNext = run(tr("Find &Next"), Qt::Key_F3, onCapture(&CaptureView::findNext));
    a.findPrevious = run(tr("Find &Previous"), Qt::SHIFT | Qt::Key_F3, onCapture(&CaptureView::findPrevious));
    a.mark = run(tr("&Mark"), Qt::CTRL | Qt::Key_M, onCapture(&CaptureView::toggleMark));
    a.note = run(tr("N&ote…"), Qt::CTRL | Qt::ALT | Qt::Key_M, onCapture(&CaptureView::editNote));
    a.nextMark = run(tr("Ne&xt Mark"), Qt::ALT | Qt::Key_PageDown, onCapture(&CaptureView::nextMark));
    a.previousMark = run(tr("Previo&us Mark"), Qt::ALT | Qt::Key_PageUp, onCapture(&CaptureView::previousMark));
    a.startStop = action(tr("Stop"), Qt::CTRL | Qt::Key_E, &MainWindow::startStop);
    a.continueStream = run(tr("&Continue from Here"), Qt::CTRL | Qt::Key_R, [this] {
        if (StreamView* stream = currentStream())
            stream->session().continueFromHere();
    });
    a.copyPosition = new QMenu(tr("Cop&y Position"), this);
    const auto copyPosition = [&](const QString& text, PositionForm form) {
        a.copyPosition->addAction(run(text, {}, [this, form] { this->copyPosition(form); }));
    };
    copyPosition(tr("&Shortest Form"), PositionForm::Shortest);
    copyPosition(tr("&VGTID as JSON"), PositionForm::Vgtid);
    copyPosition(tr("&Cursors in Base64"), PositionForm::Cursors);
    a.savePosition = action(tr("Sa&ve Position…"), {}, &MainWindow::savePosition);
    a.options = action(tr("&Options…"), Qt::CTRL | Qt::Key_K, &MainWindow::options);
    a.pause = action(tr("&Pause Display"), Qt::Key_Pause, &MainWindow::pause);
    a.pause->setCheckable(true);
    a.follow = action(tr("&Follow Newest"), Qt::Key_ScrollLock, &MainWindow::follow);
    a.follow->setCheckable(true);
    a.refresh = action(tr("&Refresh"), QKeySequence::Refresh, &MainWindow::refresh);
    a.subscribe = run(tr("&Subscribe as Consumer…"), {}, [this] {
        if (QueueView* queue = currentQueue())
            queue->subscribe();
    });
    // The queue view itself listens to Ctrl+Return, also inside the plan: here the key is only shown.
    a.acknowledge = run(tr("&Acknowledge…"), Qt::CTRL | Qt::Key_Return, [this] {
        if (QueueView* queue = currentQueue())
            queue->acknowledgeChosen();
    });
    a.acknowledge->setShortcutContext(Qt::WidgetShortcut);
    a.acknowledge->setAutoRepeat(false);
    a.lock = action(tr("Allow &Changes…"), {}, &MainWindow::toggleLock);
    a.actionLog = action(tr("Action &Log"), {}, &MainWindow::showActionLog);
    a.columns = run(tr("&Columns…"), {}, onCapture(&CaptureView::chooseColumns));
    a.completeness = action(tr("Co&mpleteness…"), Qt::CTRL | Qt::SHIFT | Qt::Key_G, &MainWindow::showLedger);
    a.sort =
        run(tr("&Sort by This Column"), Qt::CTRL | Qt::ALT | Qt::Key_O, onCapture(&CaptureView::sortCurrentColumn));
    a.sortAnew = run(tr("Sort A&gain"), Qt::CTRL | Qt::ALT | Qt::SHIFT | Qt::Key_O, onCapture(&CaptureView::sortAnew));
    a.unsort = run(tr("&Arrival Order"), {}, onCapture(&CaptureView::unsort));
    a.inspector = action(tr("&Inspector"), Qt::CTRL | Qt::Key_I, &MainWindow::toggleInspector);
    a.inspector->setCheckable(true);
    a.goTo = action(tr("&Go to Change…"), Qt::CTRL | Qt::Key_G, &MainWindow::goToChange);
    a.first = action(tr("&First"), Qt::CTRL | Qt::Key_Home, &MainWindow::goToFirst);
    a.last = action(tr("&Last"), Qt::CTRL | Qt::Key_End, &MainWindow::goToLast);
    a.previous = run(tr("&Previous Change"), {}, [this] { step(-1); });
    a.previous->setShortcuts({Qt::CTRL | Qt::Key_Up, Qt::Key_F7});
    a.next = run(tr("&Next Change"), {}, [this] { step(1); });
    a.next->setShortcuts({Qt::CTRL | Qt::Key_Down, Qt::Key_F8});
    a.nextPane = run(tr("Next P&ane"), Qt::Key_F6, [this] { nextPane(1); });
    a.previousPane = run(tr("Previous Pan&e"), Qt::SHIFT | Qt::Key_F6, [this] { nextPane(-1); });

    a.follow->setIconText(tr("Follow"));
    a.exportRows->setIconText(tr("Export…"));
    a.startStop->setIcon(icon(IconName::Stop, Tone::Delete));
    a.pause->setIcon(icon(IconName::Pause));
    a.follow->setIcon(icon(IconName::Follow));
    a.exportRows->setIcon(icon(IconName::Export));
    a.refresh->setIcon(icon(IconName::Refresh));
    for (int i = 0; i < 9; ++i) {
        QAction* go =
            run(tr("Tab %1").arg(i + 1), QKeySequence(Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + i)), [this, i] {
                if (i < m_tabs->count())
                    m_tabs->setCurrentIndex(i);
            });
        go->setData(true); // one line for all nine in the list of shortcuts
    }
    const auto turn = [this](int by) {
        return [this, by] {
            if (m_tabs->count() > 0)
                m_tabs->setCurrentIndex((m_tabs->currentIndex() + by + m_tabs->count()) % m_tabs->count());
        };
    };
    // Beside the menu key, which many keyboards lack.
    connect(new QShortcut(Qt::SHIFT | Qt::Key_F10, this), &QShortcut::activated, this, [] {
        QWidget* focused = QApplication::focusWidget();
        if (!focused)
            return;
        const QPoint at = focused->inputMethodQuery(Qt::ImCursorRectangle).toRect().center();
        QContextMenuEvent event(QContextMenuEvent::Keyboard, at, focused->mapToGlobal(at));
        QApplication::sendEvent(focused, &event);
    });
    a.nextTab = run(tr("Next &Tab"), {}, turn(1));
    a.nextTab->setShortcuts({Qt::CTRL | Qt::Key_Tab, Qt::CTRL | Qt::Key_PageDown});
    a.previousTab = run(tr("Previous Ta&b"), {}, turn(-1));
    a.previousTab->setShortcuts({Qt::CTRL | Qt::SHIFT | Qt::Key_Tab, Qt::CTRL | Qt::Key_PageUp});
    // Letters that only the list listens to, and keys beside the first, which menus leave out.
    for (QAction* made : {a.previous, a.next, a.nextTab, a.previousTab})
        nameKeys(*made, {});
    nameKeys(*a.mark, tr("M"));
    nameKeys(*a.history, tr("H"));
    nameKeys(*a.nextMark, tr("]"));
    nameKeys(*a.previousMark, tr("["));
    nameKeys(*a.pause, tr("P"));
    nameKeys(*a.follow, tr("F"));
    nameKeys(*a.inspector, tr("Space"));
}

void MainWindow::buildMenus()
{
    const Actions& a = *m_actions;
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addActions({a.connect, a.newStream});
    file->addSeparator();
    file->addAction(a.open);
    m_recent = file->addMenu(tr("Open &Recent"));
    connect(m_recent, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
    file->addAction(a.merge);
    file->addActions({a.save, a.saveAs});
    file->addMenu(tr("Save &Part As"))->addActions({a.saveShown, a.saveSelected, a.saveMarked});
    file->addAction(a.exportRows);
    file->addSeparator();
    file->addActions({a.closeTab, a.disconnect});
    file->addSeparator();
    file->addAction(a.quit);

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addActions({a.copy, a.copyAs->menuAction(), a.selectAll});
    edit->addSeparator();
    edit->addActions({a.find, a.findNext, a.findPrevious});
    edit->addSeparator();
    edit->addActions({a.mark, a.note, a.nextMark, a.previousMark});

    QMenu* view = menuBar()->addMenu(tr("&View"));
    Theme& theme = Theme::instance();
    const auto zoom = [this, view, &theme](const QString& text, const QList<QKeySequence>& keys,
                                           std::function<int(int)> next) {
        QAction* made = view->addAction(text, this, [&theme, next] {
            theme.setDataZoom(std::clamp(next(theme.dataZoom()), Metrics::kZoomMin, Metrics::kZoomMax));
        });
        made->setShortcuts(keys);
        addAction(made);
    };
    view->addActions({a.inspector, a.columns, a.sort, a.sortAnew, a.unsort});
    view->addSeparator();
    view->addAction(a.completeness);
    view->addSeparator();
    zoom(tr("Zoom &In"), {Qt::CTRL | Qt::Key_Plus, Qt::CTRL | Qt::Key_Equal}, [](int is) { return is + 1; });
    zoom(tr("Zoom &Out"), {Qt::CTRL | Qt::Key_Minus}, [](int is) { return is - 1; });
    zoom(tr("&Normal Size"), {Qt::CTRL | Qt::Key_0}, [](int) { return 0; });
    view->addSeparator();
    QMenu* look = view->addMenu(tr("&Theme"));
    auto* looks = new QActionGroup(this);
    const std::pair<QString, Theme::Choice> choices[] = {{tr("&System"), Theme::Choice::System},
                                                         {tr("&Light"), Theme::Choice::Light},
                                                         {tr("&Dark"), Theme::Choice::Dark}};
    for (const auto& [name, choice] : choices) {
        QAction* made = look->addAction(name, this, [&theme, choice = choice] { theme.setChoice(choice); });
        made->setCheckable(true);
        made->setChecked(theme.choice() == choice);
        looks->addAction(made);
    }
    QAction* compact = view->addAction(
        tr("Compact &Rows"), this, [&theme](bool on) { theme.setDensity(on ? Density::Compact : Density::Normal); });
    compact->setCheckable(true);
    QAction* full =
        view->addAction(tr("&Full Screen"), this, [this] { isFullScreen() ? showNormal() : showFullScreen(); });
    full->setShortcut(Qt::Key_F11);
    addAction(full);

    QMenu* go = menuBar()->addMenu(tr("&Go"));
    go->addAction(a.goTo);
    go->addSeparator();
    go->addActions({a.first, a.last, a.previous, a.next, a.previousOfRow, a.nextOfRow});
    go->addSeparator();
    go->addActions({a.nextTab, a.previousTab, a.nextPane, a.previousPane});

    QMenu* stream = menuBar()->addMenu(tr("&Stream"));
    stream->addActions({a.startStop, a.continueStream, a.options});
    stream->addSeparator();
    stream->addActions({a.pause, a.follow});
    stream->addSeparator();
    stream->addActions({a.copyPosition->menuAction(), a.savePosition});
    stream->addSeparator();
    stream->addAction(a.refresh);

    QMenu* queue = menuBar()->addMenu(tr("&Queue"));
    queue->addActions({a.acknowledge, a.subscribe});
    queue->addSeparator();
    queue->addActions({a.lock, a.actionLog});

    QMenu* analyze = menuBar()->addMenu(tr("&Analyze"));
    analyze->addActions({a.filter, a.applyValue->menuAction(), a.savedFilters->menuAction(), a.clearFilter});
    analyze->addSeparator();
    analyze->addActions({a.history, a.back});
    analyze->addSeparator();
    analyze->addAction(a.compare);

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(action(tr("&Keyboard Shortcuts"), QKeySequence::HelpContents, &MainWindow::showShortcuts));
    help->addAction(action(tr("&About vtscope"), {}, &MainWindow::showAbout));
}

QWidget* MainWindow::buildToolBar()
{
    auto* bar = new QWidget;
    bar->setFixedHeight(metrics().toolBarHeight());
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(metrics().space(2), 0, metrics().space(3), 0);
    layout->setSpacing(metrics().u());
    const auto add = [&](QAction* made) {
        auto* button = new QToolButton;
        button->setDefaultAction(made);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(button);
    };
    const auto separator = [&] {
        auto* line = new QFrame;
        line->setProperty("vtSurface", QStringLiteral("line"));
        line->setFixedSize(1, metrics().space(5));
        layout->addSpacing(metrics().u());
        layout->addWidget(line);
        layout->addSpacing(metrics().u());
    };
    add(m_actions->startStop);
    add(m_actions->pause);
    add(m_actions->follow);
    separator();
    add(m_actions->refresh);
    separator();
    add(m_actions->exportRows);
    layout->addStretch(1);
    m_tagWord = new QLabel;
    m_tagWord->setAccessibleName(tr("Tag of the connection"));
    layout->addWidget(m_tagWord);
    m_lock = new QPushButton(tr("Read-only"));
    m_lock->setFocusPolicy(Qt::TabFocus);
    connect(m_lock, &QPushButton::clicked, this, &MainWindow::toggleLock);
    layout->addSpacing(metrics().space(2));
    layout->addWidget(m_lock);
    return bar;
}

void MainWindow::fillSavedFilters()
{
    QMenu* menu = m_actions->savedFilters;
    menu->clear();
    CaptureView* view = currentCapture();
    const QString filter = view ? view->filterText() : QString();
    SavedFilters& saved = SavedFilters::instance();
    m_actions->saveFilter->setChecked(saved.contains(filter));
    menu->addAction(m_actions->saveFilter);
    QAction* name = menu->addAction(tr("Save under a &Name…"), this, [this, filter] {
        bool isOk = false;
        const QString given =
            QInputDialog::getText(this, tr("Save the filter"), tr("Name of the filter"), QLineEdit::Normal, {}, &isOk)
                .trimmed();
        if (isOk && !given.isEmpty())
            SavedFilters::instance().save(filter, given);
    });
    const bool hasRoom = !saved.isFull() || saved.contains(filter);
    name->setEnabled(!filter.isEmpty() && hasRoom);
    name->setStatusTip(filter.isEmpty() ? tr("No filter is on")
                       : hasRoom        ? filter
                                        : tr("%1 filters are saved, which is the most").arg(SavedFilters::kMost));
    menu->addSeparator();
    if (saved.all().isEmpty()) {
        menu->addAction(tr("None is saved yet: Ctrl+D saves the one that is on"))->setEnabled(false);
        return;
    }
    auto* remove = new QMenu(tr("&Remove"), menu);
    for (const SavedFilter& one : saved.all()) {
        const bool mayAsk = !view || view->mayAsk(one.filter);
        // A filter without a name would tell what the mask hides.
        const QString whole = mayAsk || one.name != one.filter ? one.name : tr("A filter for a masked column");
        constexpr int kMostUnits = 100;
        const QString words = menu->fontMetrics()
                                  .elidedText(whole, Qt::ElideMiddle, metrics().space(kMostUnits))
                                  .replace(u'&', QStringLiteral("&&"));
        QAction* use = menu->addAction(words, this, [this, filter = one.filter] {
            if (CaptureView* current = currentCapture())
                current->useFilter(filter);
        });
        use->setEnabled(mayAsk);
        use->setStatusTip(mayAsk ? one.filter : tr("It asks for a masked column"));
        remove->addAction(words, this, [filter = one.filter] { SavedFilters::instance().remove(filter); });
    }
    menu->addSeparator();
    menu->addMenu(remove);
}

void MainWindow::fillRecent()
{
    m_recent->clear();
    for (const RecentCapture& capture : recentCaptures()) {
        if (capture.isUnsaved)
            continue;
        const QString name = QFileInfo(capture.path).fileName();
        QAction* open = m_recent->addAction(QString(name).replace(u'&', QStringLiteral("&&")), this,
                                            [this, path = capture.path] { openCapture(path); });
        open->setEnabled(capture.exists);
        open->setStatusTip(capture.exists ? capture.path : tr("%1 is not there any more").arg(capture.path));
    }
    const bool isEmpty = m_recent->isEmpty();
    m_recent->addSeparator();
    QAction* clear = m_recent->addAction(tr("&Clear List"), this, [this] {
        forgetRecentCaptures();
        fillStart();
    });
    clear->setEnabled(!isEmpty);
    clear->setStatusTip(isEmpty ? tr("Captures that you open or save stand here") : QString());
}

} // namespace vtscope
