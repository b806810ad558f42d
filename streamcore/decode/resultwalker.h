// The walker of readers that send query.QueryResults: Sync, and the queries of both API families.
#pragma once

#include <optional>

#include "streamcore/decode/walker.h"

namespace vtscope {

class ResultWalker final : public Walker
{
public:
    ResultWalker(WalkerSource source, Layouts& layouts);
    std::string context() const override;

private:
    // Sync sends both images of an update with field lists of their own.
    struct UpdateFields
    {
        FieldList before;
        FieldList after;
        std::uint32_t layout = 0;
        bool hasLayout = false;
    };

    void walkMessage() override;
    void walkSync();
    void walkSyncUpdate(Bytes update);
    void noteCopy(Bytes cursor, std::size_t firstEntry);
    void walkQuery(std::uint32_t resultField, std::uint32_t errorField);
    void walkResult(Bytes result, FieldList& fields, Op op);
    void noteUpdateFields(Bytes before, Bytes after);
    // Of rows that come before any fields.
    std::uint32_t layoutWithoutFields();
    Layout layoutHere() const;
    std::uint32_t streamLayoutHere() { return streamLayout(m_source.keyspace, m_source.shard); }

    FieldList m_rows;    // Sync inserts and query rows
    FieldList m_deletes; // Sync deletes: key columns only
    UpdateFields m_updates;
    std::optional<std::uint32_t> m_layoutWithoutFields;
    bool m_hasLastKey = false;  // of a copy, as Sync tells it
    std::string m_copyPosition; // where it began, once that is told
};

} // namespace vtscope
