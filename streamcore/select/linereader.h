// One line of a capture as ChangeView shows it, which takes apart no more of it than it is asked for: for going through
// many lines. Keeps its memory; not shared between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "streamcore/capture/change.h"

namespace vtscope {

class LineReader
{
public:
    // Cells stay valid until the next read, and as long as the snapshot lives.
    void read(const Snapshot& snapshot, std::uint64_t number);

    const Entry& entry() const { return *m_entry; }
    const Layout& layout() const { return *m_layout; }
    bool isChange() const { return vtscope::isChange(m_entry->op()); }

    // As those of ChangeView; of a change.
    const Schema* schema();
    Cell before(std::size_t column) { return cellOf(true, column); }
    Cell after(std::size_t column) { return cellOf(false, column); }
    Cell current(std::size_t column) { return cellOf(m_entry->op() == Op::Delete, column); }
    bool isChanged(std::size_t column);
    bool hasBefore() { return images().hasBefore; }
    bool hasAfter() { return images().hasAfter; }

private:
    struct Images
    {
        std::string_view before, after; // query.Row
        bool hasBefore = false, hasAfter = false;
        bool isPlain = false; // the rows add up, and what has bytes is a whole value
    };

    const Images& images();
    void findImages();
    const ChangeView& whole();
    Cell cellOf(bool isBefore, std::size_t column);

    const Snapshot* m_snapshot = nullptr;
    const Entry* m_entry = nullptr;
    const Layout* m_layout = nullptr;
    std::uint64_t m_number = 0;
    bool m_areImagesKnown = false, m_isWhole = false;
    Images m_images;
    ChangeView m_change;
};

} // namespace vtscope
