// Changes as SQL that does them again or takes them back. Made by ChangeFormatter::make.
//
// A statement changes exactly the row that it is about, or none: a row is named by its key, and Undo names the values
// that the change wrote as well, so that a row that somebody has changed since stays as it is. What cannot be told
// exactly is refused and stands as a comment: values that were not sent or are masked, deletes without their whole row
// (Undo), updates and deletes without a key, copied rows (Undo), rounded FLOATs of copied rows, parts of JSON
// documents, JSON that is none or holds binary values, the error value of an ENUM, rows that cannot be decoded.
//
// Of the types, FLOAT is left out where a row is named, because no number compares equal to it for sure. Times inside
// JSON documents come as strings and become strings.
#pragma once

#include <string>
#include <string_view>

#include "streamcore/output/format.h"

namespace vtscope {

class SqlFormatter final : public ChangeFormatter
{
public:
    // format: Redo or Undo, whose changes come in OutputOrder.
    SqlFormatter(OutputFormat format, const FormatOptions& options);

    void appendHeader(std::string& out) const override;
    // Only that of the first change of a transaction.
    bool wantsPosition(const ChangeView& change) const override { return isNewGroup(change); }
    void append(const ChangeView& change, std::string_view position, std::string& out) override;
    void appendFooter(std::string& out) override { endTransaction(out); }
    std::uint64_t refused() const override { return m_refused; }

private:
    // Which of a change's rows a value is taken from.
    enum class Image : std::uint8_t { Before, After };

    bool isNewGroup(const ChangeView& change) const;
    void beginGroup(const ChangeView& change, std::string_view position, std::string& out);
    void endTransaction(std::string& out);
    void appendRefusal(const ChangeView& change, std::string& out);

    // These write into m_statement; false, with m_why, where something is not known.
    bool write(const ChangeView& change);
    bool writeInsert(const ChangeView& change, Image image);
    bool writeUpdate(const ChangeView& change, Image from, Image to);
    bool writeDelete(const ChangeView& change, Image image);
    bool writeKey(const ChangeView& change, Image image);
    bool writeOtherValues(const ChangeView& change);
    bool writeCondition(const Cell& cell);
    bool writeValue(const Cell& cell, std::string_view name);
    bool writeText(const Cell& cell);
    bool writeFloat(const Cell& cell);
    bool writeLabels(const Cell& cell);
    bool writeJson(const Cell& cell);
    bool writeNumber(const Cell& cell);
    void writeHex(std::string_view bytes);
    bool refuse(std::string why);

    bool m_isUndo;
    FormatOptions m_options;
    bool m_hasBegun = false;         // a group
    bool m_isInTransaction = false;  // its COMMIT is due
    bool m_isCopied = false;         // the change at hand
    std::uint32_t m_transaction = 0; // of the group
    const Layout* m_layout = nullptr;
    const Layout* m_table = nullptr; // of the change at hand
    std::uint64_t m_refused = 0;
    std::string m_statement, m_why, m_text;
};

} // namespace vtscope
