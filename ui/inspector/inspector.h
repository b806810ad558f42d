// One change, vertically: what changed first, then the rest; the chosen value whole; the bytes as received. GUI thread.
#pragma once

#include <QWidget>

#include "streamcore/capture/change.h"
#include "streamcore/select/masks.h"
#include "ui/capture/linehits.h"

class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QTabWidget;
class QTreeView;
class QStandardItemModel;

namespace vtscope {

class ElidedLabel;

class Inspector : public QWidget
{
    Q_OBJECT

public:
    explicit Inspector(QWidget* parent = nullptr);

    // Shows this line of the capture; the snapshot is kept. remarks: what else is known of it, a line each. hits: what
    // is marked in its values.
    void show(const Snapshot& snapshot, std::uint64_t number, const QStringList& remarks = {},
              const LineHits& hits = {});
    // Keeps this snapshot of the same capture instead, which holds less back; shows nothing when the line is gone.
    void renew(const Snapshot& snapshot);
    // The column to show in the Value page, by name.
    void chooseColumn(const std::string& name);
    void clear();
    // The value that is chosen, exactly, to the clipboard.
    void copy();

private:
    void fill();
    bool isMasked(std::size_t column) const;
    QString shownText(std::size_t column, const Cell& cell, int limit) const;
    bool isReason(std::size_t column, bool isOld) const;
    QStringList wantedIn(std::size_t column) const;
    void markValue(std::size_t column);
    void fillHead();
    QString remarkText() const;
    void fillImages();
    void fillValue();
    void fillRaw();
    void copyValue();

    Snapshot m_snapshot;
    ChangeView m_change;
    QStringList m_remarks;
    LineHits m_hits;
    Masks m_masks;
    std::string m_column;
    QStackedWidget* m_stack;
    QLabel* m_badge;
    ElidedLabel* m_title;
    QLabel* m_facts;
    QTabWidget* m_pages;
    QTreeView* m_images;
    QStandardItemModel* m_model;
    QLabel* m_valueHead;
    QPlainTextEdit* m_value;
    QPlainTextEdit* m_raw;
};

} // namespace vtscope
