#pragma once

#include "streamcore/connection/store.h"
#include "ui/window/mainwindow.h"

#include <QString>
#include <QTemporaryDir>

#include <functional>
#include <memory>

namespace vtscope {
class CaptureView;
class GridView;
} // namespace vtscope

namespace vtscope::bench {

/// How large windows are shown.
constexpr QSize kWindowSize(1600, 900);

/// Runs the event loop until it is so. Throws std::runtime_error that names `what` after a minute without.
void waitUntil(const char* what, const std::function<bool()>& isSo);

/// Milliseconds from the beginning of `act` until it is so, and the grid was painted as it is then. Throws as
/// waitUntil() does.
double timeUntilPainted(const char* what, const GridView& grid, const std::function<void()>& act,
                        const std::function<bool()>& isSo);

/// The window as the program puts it together, shown, for a user without a past. Needs a QApplication.
class Desk
{
public:
    Desk();

    MainWindow& window() { return *m_window; }
    /// For files of its user; gone with this.
    const QTemporaryDir& home() const { return m_home; }
    /// Opens a saved capture as a user does, until its rows are painted.
    CaptureView& open(const QString& path);

private:
    QTemporaryDir m_home;
    std::unique_ptr<ConnectionStore> m_store;
    std::unique_ptr<SecretStore> m_secrets;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace vtscope::bench
