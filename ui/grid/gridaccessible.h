#pragma once

namespace vtscope {

class GridView;

/// Makes GridViews readable to assistive technology: role table, rows and columns by number, header cells, and the
/// visible cells as children. Called by every GridView; installs once per program. GUI thread.
void installGridAccessibility();

/// Tells assistive technology that the current cell of a focused view has the focus now.
void announceCurrentCell(GridView* view);

} // namespace vtscope
