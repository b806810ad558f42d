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
    };
    struct Event;
    struct Change
    {
        Bytes bytes;
        std::uint32_t at; // of its length
    };

    void walkMessage() override;
    void walkEvent(Bytes bytes, std::uint32_t at);
    void walkFieldEvent(const Event& event);
    void walkRowEvent(const Event& event);
    void walkRowChange(Bytes change, std::uint32_t at, const Event& event, Table& table);
    Table& tableOf(Bytes keyspace, Bytes shard, Bytes name);
    void openTransaction();

    std::unordered_map<std::string, Table> m_tables;
    std::string m_key;             // scratch: look-up key
    std::vector<Change> m_changes; // scratch: those of a row event
    Table* m_last = nullptr;
    bool m_inTransaction = false;
};

} // namespace vtscope
