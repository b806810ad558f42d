// One JSON object a change, or a line. Made by ChangeFormatter::make.
#pragma once

#include "streamcore/output/valuetext.h"

namespace vtscope {

class NdjsonFormatter final : public ChangeFormatter
{
public:
    explicit NdjsonFormatter(const FormatOptions& options)
        : m_options(options), m_time(options), m_value(options.binary)
    {
    }

    void appendHeader(std::string&) const override {}
    void append(const ChangeView& change, std::string_view position, std::string& out) override;
    void appendEvent(const Snapshot& snapshot, std::uint64_t line, std::string& out) override;

private:
    // A column that is written, in the rows of one schema.
    struct Member
    {
        std::size_t column;
        std::string key; // "name":
        bool isMasked;
    };

    const std::vector<Member>& membersOf(const ChangeView& change);
    void appendHead(std::int64_t time, const Layout& layout, Op op, std::string& out);
    const std::string& originOf(const Layout& layout);
    void appendImage(const ChangeView& change, bool isBefore, std::string& out);
    void appendValue(const Cell& cell, bool isBefore, std::string& out);
    bool isBareNumber(const Cell& cell) const;
    static void note(std::string& list, bool isBefore, std::string_view name);

    FormatOptions m_options;
    TimeText m_time;
    ValueText m_value;
    std::unordered_map<const Schema*, std::vector<Member>> m_members;
    const Schema* m_lastSchema = nullptr;
    const std::vector<Member>* m_lastMembers = nullptr;
    const Layout* m_lastLayout = nullptr;
    std::string m_origin, m_notSent, m_raw;
};

} // namespace vtscope
