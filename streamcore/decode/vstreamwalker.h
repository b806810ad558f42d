// The walker of a VStream: events in their order, which name their keyspace, shard and table themselves.
#pragma once

#include "streamcore/decode/walker.h"

namespace vtscope {

class VStreamWalker final : public Walker
{
public:
    VStreamWalker(WalkerSource source, Layouts& layouts);
    std::string context() const override;

private:
    struct Table
    {
        std::string keyspace;
        std::string shard;
        std::string name; // as sent: with or without the keyspace before it
        FieldList fields;
        bool hasStringValues = false; // ENUM and SET come as text
        bool hasLayout = false;
        Entry::Partial partial = Entry::Partial::None;
        // What stands before and behind the changes of a row event that names this table; empty: not known yet.
        std::string rowsHead;
        std::string rowsTail;
    };
    struct Event;
    struct RowEvent;

    void walkMessage() override;
    void walkEvent(Bytes bytes, std::uint32_t at);
    bool readPlainEvent(Bytes bytes, Event& event);
    bool readEvent(Bytes bytes, Event& event);
    void walkFieldEvent(const Event& event);
    void walkRowEvent(const Event& event);
    RowEvent rowEvent(const Event& event, const Table& table) const;
    bool walkRowsLikeLast(const Event& event);
    void walkRowChange(Bytes change, std::uint32_t at, const RowEvent& event, Table& table);
    Table& tableOf(Bytes keyspace, Bytes shard, Bytes name);
    void openTransaction();
    void addOther(Op op, const Event& event);
    void addOther(Op op, const Event& event, std::uint32_t layout);
    void setTime(Entry& entry, const Event& event) const;
    std::uint64_t numberAt(const char* start) const;

    std::unordered_map<std::string, Table> m_tables;
    std::string m_key; // scratch: look-up key
    Table* m_last = nullptr;
    // Keyspace and shard of the event that is walked, and both as fields side by side where they came so.
    std::string m_keyspace;
    std::string m_shard;
    std::string m_names;
    std::string m_tail;            // both, with what followed them last
    const char* m_clock = nullptr; // the last clock of the message
    bool m_inTransaction = false;
};

} // namespace vtscope
