// CSV as RFC 4180 has it, in the dialect that the options say. Made by ChangeFormatter::make.
#pragma once

#include "streamcore/output/bytescan.h"
#include "streamcore/output/valuetext.h"

namespace vtscope {

class CsvFormatter final : public ChangeFormatter
{
public:
    CsvFormatter(std::vector<std::string> columns, const FormatOptions& options);

    void appendHeader(std::string& out) const override;
    void append(const ChangeView& change, std::string_view position, std::string& out) override;
    std::vector<std::string> takeUnknownColumns() override { return std::exchange(m_unknown, {}); }

private:
    // A column of the header in the rows of one schema.
    struct Place
    {
        int column = -1;     // none
        bool isText = false; // goes out as its bytes, if nothing in them is special
        bool isMasked = false;
    };
    // What is quoted: the quote, line ends and the delimiter.
    struct Special
    {
        std::uint64_t delimiters; // eight of them
        bool isIn(std::uint64_t bytes) const
        {
            return (equalTo(bytes, '"') | zeroIn(bytes ^ delimiters) | equalTo(bytes, '\n') | equalTo(bytes, '\r')) !=
                   0;
        }
    };
    // The same, and what may be no valid text.
    struct SpecialOrNotAscii
    {
        Special special;
        bool isIn(std::uint64_t bytes) const { return (bytes & kTops) != 0 || special.isIn(bytes); }
    };

    const std::string& originOf(const Layout& layout);
    const std::vector<Place>& placesOf(const ChangeView& change);
    void appendCell(const ChangeView& change, std::size_t header, Place place, bool isBefore, std::string& out);
    // A field without its delimiter. An empty one is quoted, because unquoted and empty is what was not sent.
    void appendField(std::string_view value, std::string& out) const;
    // The same of what may be nothing.
    void appendOptional(std::string_view value, std::string& out) const;
    void note(std::string& list, bool isBefore, const std::string& name) const;

    std::vector<std::string> m_columns;
    FormatOptions m_options;
    SpecialOrNotAscii m_special;
    bool m_isDirect; // plain bytes need no look at the options
    TimeText m_time;
    ValueText m_value;
    const Layout* m_lastLayout = nullptr;
    std::string m_origin;
    std::unordered_map<const Schema*, std::vector<Place>> m_places;
    const Schema* m_lastSchema = nullptr;
    const std::vector<Place>* m_lastPlaces = nullptr;
    std::vector<std::string> m_unknown, m_reported;
    std::string m_timeText, m_notSent, m_raw;
};

} // namespace vtscope
