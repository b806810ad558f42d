// A capture on screen: source bar, banners, filter bar, find bar, grid. Shared by live streams and opened files. GUI
// thread.
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>

#include "streamcore/select/completion.h"
#include "streamcore/select/filter.h"
#include "streamcore/select/keyindex.h"
#include "streamcore/select/rowset.h"
#include "streamcore/select/sort.h"
#include "ui/capture/capturemodel.h"
#include "ui/capture/linehits.h"
#include "ui/stream/copyas.h"
#include "ui/task.h"

class QLabel;
class QLineEdit;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace vtscope {

class Banner;
class ColumnLayout;
class EmptyState;
class FilterBar;
class GridView;
class KeptSelection;

// What a value does to the filter that is on.
enum class ValueUse : std::uint8_t { Only, Not, And, AndNot, Or };

class CaptureView : public QWidget
{
    Q_OBJECT

public:
    explicit CaptureView(std::shared_ptr<Capture> capture, QWidget* parent = nullptr);

    CaptureModel& model() { return *m_model; }
    GridView& grid() { return *m_grid; }
    // "shop › orders · -80 80- · replica · from now · VStream": keyspace and tables strong, the rest quiet.
    void setSource(const QString& strong, const QString& quiet);
    // Shown while there are no lines; sentence and fact may change while shown.
    EmptyState& emptyState() { return *m_empty; }

    // What is selected, as lines of the capture; nothing when fewer than two rows are (that is the current one).
    std::optional<RowSet> selectedRows() const;
    // The rows that the user sees: of a frozen picture only those in it.
    RowSet shownRows() const;
    RowSet markedLines() const;
    // Columns of its tables whose values are hidden, as exports name them.
    QStringList maskedColumns() const;
    // The note of a line, and why it passes the filter.
    QStringList remarksOf(std::uint64_t line) const;
    LineHits hitsOf(std::uint64_t line) const;
    // The filter that is on; empty for none.
    QString filterText() const;
    void useFilter(const QString& filter);
    // Whether it asks for no masked column.
    bool mayAsk(const QString& filter);
    bool canGoBack() const { return !m_former.isEmpty(); }

public Q_SLOTS:
    // Tells which line is current, if one is.
    void noteCurrent();
    // The current cell; the rows, when several are selected.
    void copy();
    void copyCell();
    // As they are shown, with tabs between their cells.
    void copyRows();
    void copyWithHeaders();
    void copyAs(CopyForm form);
    // What asks for the value of the current cell, or for the keys of the selected rows.
    void copyValueFilter();
    void copyKeyFilter();
    // What vtscope-cli has to be called with to get what is shown here.
    void copyCommandLine();
    void chooseColumns();
    void showFilter();
    void showFind();
    void findNext();
    void findPrevious();
    void toggleMark();
    void editNote();
    void nextMark();
    void previousMark();
    void sortCurrentColumn();
    void applyValue(ValueUse use);
    void clearFilter();
    // Or takes it off the saved ones.
    void saveFilter();
    // Every change of the row of the current line.
    void showHistory();
    // To the filter that was on before a history was shown.
    void goBack();
    // With what came since.
    void sortAnew();
    void nextOfRow();
    void previousOfRow();
    void unsort();

Q_SIGNALS:
    // Another line is current; the inspector follows. column: its name, empty for vtscope's own.
    void currentLineChanged(quint64 number, const QString& column);
    void marksChanged();
    // Whether there is a way back is another now.
    void formerChanged();
    // Something could not be done, and what the user can do.
    void problem(const QString& sentence, const QString& second);

protected:
    virtual QStringList commandLine() const;
    void keyPressEvent(QKeyEvent* event) override;
    // Where a subclass puts banners: between the source bar and the grid.
    void setBanner(Banner* banner);
    void addToSourceBar(QWidget* widget);
    void countShown();
    // Empty state or grid, by whether there are lines.
    void showWhatIsThere();

private:
    void find(bool isBackward, bool fromNext);
    void noteFindOrigin();
    void returnToFindOrigin();
    void findAgain(bool isBackward);
    int columnOfHit(int row) const;
    void hideFind();
    void copyTable(bool hasHeaders);
    void tellCut(std::uint64_t most);
    QStringList shownColumns() const;
    class FoundLines;

    // captureviewrows.cpp
    void filterBy(const Filter& filter);
    void takeFound(bool isLast);
    void sortBy(int column);
    void sortAgain();
    void showSortSign();
    void showBack();
    void showFilteredColumns();
    // captureviewvalues.cpp
    const FilterNames& filterNames();
    void takeMasks();
    bool isMasked(const SortKey& key) const;
    Filter filterOfCurrent() const;
    Filter valueFilter();
    Filter historyFilter(std::uint64_t line) const;
    void stepInHistory(bool isBackward);
    void findHistory(std::uint64_t line, std::function<void(const Snapshot&, const RowSet&)> then);
    // captureview.cpp
    void countHits(const QString& wanted);
    void showHit();
    // captureviewmarks.cpp
    bool changeMark(std::uint64_t line, const std::optional<std::string>& note);
    void goToMark(bool isBackward);
    std::optional<RowSet> chosenLines() const;

    CaptureModel* m_model;
    GridView* m_grid;
    ColumnLayout* m_columns;
    EmptyState* m_empty;
    QStackedWidget* m_stack;
    QLabel* m_strong;
    QLabel* m_quiet;
    QWidget* m_sourceBar;
    FilterBar* m_filterBar;
    QWidget* m_findBar;
    QLineEdit* m_find;
    QLabel* m_findNote;
    Banner* m_banner = nullptr;
    QVBoxLayout* m_layout;
    KeptSelection* m_selection;
    Filter m_filter;
    QList<Filter> m_former;              // before each history that was shown since the user chose a filter
    std::optional<SortKey> m_sortKey;    // nothing: as they came
    std::shared_ptr<FoundLines> m_found; // while lines are asked
    QTimer m_takeFound;
    std::optional<std::pair<std::uint64_t, int>> m_findOrigin; // line and column where the search began
    std::optional<std::uint64_t> m_foundLine;
    std::optional<RowSet> m_hits; // places of all rows that show what is searched for
    Task m_copying{this};
    FilterNames m_names;
    std::uint32_t m_layoutsNamed = 0;
    std::shared_ptr<KeyIndex> m_keys; // made when a history is first asked for
    Task m_findingHistory{this};
    Task m_finding{this};
    Task m_counting{this};
    Task m_filtering{this};
    Task m_sorting{this};
};

} // namespace vtscope
