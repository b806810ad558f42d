// The selected lines of a grid, the current one and a paused picture, kept when other rows are shown. GUI thread.
#pragma once

#include <QObject>

#include <cstdint>
#include <optional>
#include <vector>

namespace vtscope {

class CaptureModel;
class GridView;

// Lines that the new rows do not show stay remembered, until the user selects something else.
class KeptSelection : public QObject
{
public:
    KeptSelection(CaptureModel* model, GridView* grid);

    // Before other rows are shown.
    void keep();
    // After rows were shown or added: selects again what is among them.
    void restore();

private:
    struct Lines
    {
        std::uint64_t first = 0, end = 0;
    };

    void note();

    CaptureModel* m_model;
    GridView* m_grid;
    bool m_isKept = false;
    bool m_isRestoring = false;
    bool m_isFollowing = false;
    std::vector<Lines> m_lines;
    std::optional<std::uint64_t> m_current;
    int m_column = 0;
    std::optional<std::uint64_t> m_frozenAt; // the first line that a paused picture does not show
};

} // namespace vtscope
