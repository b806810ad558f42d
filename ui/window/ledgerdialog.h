// What a capture has of the transactions of its shards, and what it lacks, in full. Follows a capture that grows. GUI
// thread.
#pragma once

#include <QDialog>
#include <QTimer>

#include <memory>

#include "streamcore/capture/ledger.h"
#include "ui/task.h"

class QPlainTextEdit;
class QStandardItemModel;
class QTreeView;

namespace vtscope {

class Banner;

class LedgerDialog : public QDialog
{
    Q_OBJECT

public:
    // name: of its tab. The capture may go while this is shown; what was known last stays.
    LedgerDialog(const std::shared_ptr<Capture>& capture, const QString& name, QWidget* parent = nullptr);

    bool isOf(const std::shared_ptr<Capture>& capture) const { return m_capture.lock() == capture; }

private:
    void count();
    void take(const Ledger& ledger);
    void showAccounts();

    std::weak_ptr<Capture> m_capture;
    Ledger m_ledger;
    Banner* m_summary;
    QStandardItemModel* m_accounts;
    QTreeView* m_list;
    QWidget* m_gapsBox;
    QPlainTextEdit* m_gaps;
    QTimer m_clock;
    Task m_counting{this};
};

} // namespace vtscope
