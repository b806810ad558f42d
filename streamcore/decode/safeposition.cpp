#include "streamcore/decode/safeposition.h"

#include <algorithm>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"

namespace vtscope {

SafePosition::SafePosition(Form form, std::string start) : m_form(form), m_start(std::move(start))
{
    if (form == Form::Cursor) {
        psdbconnect::v1alpha1::TableCursor cursor;
        cursor.ParseFromString(m_start);
        m_isCursorCopying = cursor.position().empty() || cursor.has_last_known_pk();
        m_copyCursor = m_start;
        return;
    }
    binlogdata::VGtid vgtid;
    vgtid.ParseFromString(m_start);
    for (const auto& shard : vgtid.shard_gtids()) {
        if (shard.gtid().empty() || shard.table_p_ks_size() > 0)
            m_copying.push_back({shard.keyspace(), shard.shard(), shard.SerializeAsString()});
    }
}

void SafePosition::note(Bytes position)
{
    m_newest.assign(position);
    if (m_form == Form::Cursor) {
        if (!m_isCursorCopying)
            return;
        psdbconnect::v1alpha1::TableCursor cursor;
        if (cursor.ParseFromArray(position.data(), static_cast<int>(position.size())) && cursor.has_last_known_pk())
            m_copyCursor.assign(position);
        return;
    }
    if (m_copying.empty())
        return;
    binlogdata::VGtid vgtid;
    if (!vgtid.ParseFromArray(position.data(), static_cast<int>(position.size())))
        return;
    for (CopyingShard& copying : m_copying) {
        for (const auto& shard : vgtid.shard_gtids()) {
            if (shard.shard() == copying.shard && shard.keyspace() == copying.keyspace && shard.table_p_ks_size() > 0)
                copying.entry = shard.SerializeAsString();
        }
    }
}

void SafePosition::completeCopy(const std::string& keyspace, const std::string& shard)
{
    m_isCursorCopying = false;
    std::erase_if(m_copying,
                  [&](const CopyingShard& copying) { return copying.keyspace == keyspace && copying.shard == shard; });
}

std::string SafePosition::resume() const
{
    if (m_form == Form::Cursor) {
        if (m_isCursorCopying)
            return m_copyCursor;
        return m_newest.empty() ? m_start : m_newest;
    }
    if (m_newest.empty())
        return m_start;
    binlogdata::VGtid start, vgtid;
    start.ParseFromString(m_start);
    vgtid.ParseFromArray(m_newest.data(), static_cast<int>(m_newest.size()));
    for (auto& shard : *vgtid.mutable_shard_gtids()) {
        const auto copying = std::find_if(m_copying.begin(), m_copying.end(), [&](const CopyingShard& one) {
            return one.shard == shard.shard() && one.keyspace == shard.keyspace();
        });
        if (copying != m_copying.end()) {
            shard.ParseFromString(copying->entry);
        } else if (shard.gtid() == "current" || shard.gtid().empty()) {
            // The shard has not answered yet: what it was asked for still stands.
            for (const auto& asked : start.shard_gtids()) {
                if (asked.shard() == shard.shard() && asked.keyspace() == shard.keyspace())
                    shard = asked;
            }
        }
    }
    return vgtid.SerializeAsString();
}

} // namespace vtscope
