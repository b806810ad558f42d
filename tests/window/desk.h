// The window as the program puts it together, and the hands that use it: clicks, keys, menus, answers to what asks.
#pragma once

#include "app/vtscope/localbranchprocess.h"
#include "streamcore/connection/store.h"
#include "tests/support/localbranch.h"
#include "ui/grid/gridview.h"
#include "ui/navigator/navigator.h"
#include "ui/style/elidedlabel.h"
#include "ui/window/mainwindow.h"

#include <QtTest>
#include <QtWidgets>

namespace vtscope::test {

// How long a condition is waited for before the test fails. Nothing waits this long when all is well.
constexpr int kPatience = 60'000;

inline QString plain(QString text)
{
    return text.section(u'\t', 0, 0).remove(u'&');
}

// Holds every model of ours that comes on screen to the rules of item models: breaking one ends the test.
class ModelWatch : public QObject
{
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        auto* view = event->type() == QEvent::Show ? qobject_cast<QAbstractItemView*>(watched) : nullptr;
        QAbstractItemModel* model = view ? view->model() : nullptr;
        if (model && !isQts(*model) && !model->findChild<QAbstractItemModelTester*>())
            new QAbstractItemModelTester(model, QAbstractItemModelTester::FailureReportingMode::Fatal, model);
        return false;
    }

    // Those of Qt's item widgets break its own rules while they are filled.
    static bool isQts(const QAbstractItemModel& model)
    {
        constexpr const char* kQts[] = {"QTreeModel",         "QListModel",          "QTableModel",
                                        "QStandardItemModel", "QAbstractProxyModel", "QFileSystemModel",
                                        "QStringListModel"};
        return std::any_of(std::begin(kQts), std::end(kQts), [&](const char* name) { return model.inherits(name); });
    }
};

// Answers the next modal dialog of this kind, which blocks whoever opened it.
template <typename Dialog> class Answer
{
public:
    explicit Answer(std::function<void(Dialog&)> act)
    {
        constexpr int kLookMs = 20;
        m_since.start();
        m_timer.setInterval(kLookMs);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this, act = std::move(act)] {
            QWidget* modal = QApplication::activeModalWidget();
            auto* dialog = qobject_cast<Dialog*>(modal);
            if (dialog && dialog->isVisible()) {
                m_timer.stop();
                m_came = true;
                act(*dialog);
                // Else the test would wait for it as long as it may.
                if (QTest::currentTestFailed())
                    dialog->close();
            } else if (modal && m_since.elapsed() > kPatience) {
                qFatal("%s is in the way", qPrintable(modal->windowTitle()));
            }
        });
        m_timer.start();
    }

    bool came() const { return m_came; }

private:
    QTimer m_timer;
    QElapsedTimer m_since;
    bool m_came = false;
};

// In the middle; where a box or a radio button has its mark.
inline void click(QWidget* widget)
{
    const bool hasMark = qobject_cast<QRadioButton*>(widget) || qobject_cast<QCheckBox*>(widget);
    QTest::mouseClick(widget, Qt::LeftButton, {},
                      hasMark ? QPoint(widget->height() / 2, widget->height() / 2) : QPoint());
}

// A visible button by the beginning of its words.
template <typename Button = QAbstractButton> Button* buttonOf(const QWidget& widget, const QString& words)
{
    for (auto* button : widget.findChildren<Button*>()) {
        if (button->isVisible() && plain(button->text()).startsWith(words))
            return button;
    }
    return nullptr;
}

// Waits until the button is there and can be pressed, and clicks it; false when that never happens.
template <typename Button = QAbstractButton> [[nodiscard]] bool clickOn(const QWidget& widget, const QString& words)
{
    const auto isThere = [&] {
        const auto* button = buttonOf<Button>(widget, words);
        return button && button->isEnabled();
    };
    if (!QTest::qWaitFor(isThere, kPatience))
        return false;
    click(buttonOf<Button>(widget, words));
    return true;
}

template <typename Field> Field* fieldOf(const QWidget& widget, const QString& accessibleName)
{
    for (auto* field : widget.findChildren<Field*>()) {
        if (field->accessibleName() == accessibleName)
            return field;
    }
    return nullptr;
}

// Types a name into Qt's own file dialog, and Return.
inline void chooseFile(QFileDialog& dialog, const QString& path)
{
    auto* name = dialog.findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    name->setText(path);
    QTest::keyClick(name, Qt::Key_Return);
}

inline void chooseFiles(QFileDialog& dialog, const QStringList& paths)
{
    chooseFile(dialog, u'"' + paths.join(QStringLiteral("\" \"")) + u'"');
}

// Scrolls there if it must, and clicks the cell.
inline void clickCell(GridView& grid, int row, int column, Qt::KeyboardModifiers modifiers = {})
{
    const GridRange visible = grid.visibleRows();
    if (row <= visible.first || row >= visible.last)
        grid.setTopRow(row);
    QTest::mouseClick(grid.viewport(), Qt::LeftButton, modifiers,
                      grid.visualRect(grid.model()->index(row, column)).center());
}

class Desk
{
public:
    // A fixture takes the place of the program's own local branch.
    explicit Desk(const LocalBranch* fixture = nullptr, Tag tag = Tag::Development)
        : secrets(SecretStore::inMemory()), window(store, *secrets)
    {
        if (fixture) {
            ConnectionSettings settings;
            std::tie(settings.host, settings.port) = parseHost(fixture->hostPort().toStdString()).value();
            settings.name = "fixture";
            settings.database = "shop";
            settings.isPlaintext = settings.isOnThisMachine = true;
            settings.tag = tag;
            QObject::connect(&window, &MainWindow::localBranchRequested, &window,
                             [this, settings] { window.openLocalBranch(settings, Secret()); });
        } else {
            QObject::connect(&window, &MainWindow::localBranchRequested, &branch, &LocalBranchProcess::start);
            QObject::connect(&window, &MainWindow::localBranchCanceled, &branch, &LocalBranchProcess::stop);
            QObject::connect(&branch, &LocalBranchProcess::ready, &window, &MainWindow::openLocalBranch);
            QObject::connect(&branch, &LocalBranchProcess::failed, &window, &MainWindow::showLocalBranchProblem);
        }
        window.show();
        window.activateWindow();
    }

    bool isReady() { return QTest::qWaitForWindowActive(&window, kPatience); }

    // From the start page to the first tab and the read branch.
    bool tryLocalBranch()
    {
        return clickOn(window, QStringLiteral("Try the local branch")) &&
               QTest::qWaitFor([this] { return tabs().count() == 1 && !navigator().branch().keyspaces.empty(); },
                               kPatience);
    }

    // Types a name into the navigator, and Return.
    void openByName(const QString& name)
    {
        auto* find = navigator().findChild<QLineEdit*>();
        click(find);
        QTest::keyClick(find, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(find, name);
        QTest::keyClick(find, Qt::Key_Return);
    }

    void clickMenu(const QString& menuName, const QString& actionName)
    {
        QMenuBar* bar = window.menuBar();
        for (QAction* title : bar->actions()) {
            if (plain(title->text()) != menuName)
                continue;
            QTest::mouseClick(bar, Qt::LeftButton, {}, bar->actionGeometry(title).center());
            for (QAction* action : title->menu()->actions()) {
                if (plain(action->text()) == actionName) {
                    QTest::mouseClick(title->menu(), Qt::LeftButton, {},
                                      title->menu()->actionGeometry(action).center());
                    return;
                }
            }
        }
        QFAIL(qPrintable(menuName + QStringLiteral(" has no ") + actionName));
    }

    // A key at what has the focus. Without a window manager the window is not active again when a dialog has gone.
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::ControlModifier)
    {
        window.activateWindow();
        QVERIFY(isReady());
        QWidget* focused = QApplication::focusWidget();
        QTest::keyClick(focused ? focused : &window, key, modifiers);
    }

    QTabWidget& tabs() const { return *fieldOf<QTabWidget>(window, QStringLiteral("Tabs")); }
    Navigator& navigator() const { return *window.findChild<Navigator*>(); }
    template <typename View> View* tab(int index) const { return qobject_cast<View*>(tabs().widget(index)); }
    template <typename View> View* currentTab() const { return qobject_cast<View*>(tabs().currentWidget()); }
    // What the status bar says about the stream, the changes or the size.
    QString status(const QString& accessibleName) const
    {
        for (const auto* label : window.statusBar()->findChildren<QLabel*>()) {
            if (label->accessibleName() == accessibleName)
                return {};
            if (label->accessibleName() == accessibleName + QStringLiteral(": ") + label->text())
                return label->text();
        }
        for (const auto* label : window.statusBar()->findChildren<ElidedLabel*>()) {
            if (label->accessibleName() == accessibleName + QStringLiteral(": ") + label->text())
                return label->text();
        }
        return {};
    }

    ConnectionStore store;
    std::unique_ptr<SecretStore> secrets;
    LocalBranchProcess branch;
    MainWindow window;
};

} // namespace vtscope::test
