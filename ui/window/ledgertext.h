// A ledger to be read by people and by programs. Any thread.
#pragma once

#include <QString>

#include <cstdint>
#include <optional>

#include "streamcore/capture/ledger.h"

namespace vtscope {

// How many transactions are missing; nothing where a gap does not tell.
std::optional<std::uint64_t> missingIn(const Ledger::Account& account);
// "shop/-80", in Sync "shop/-80 orders".
QString placeOf(const std::string& keyspace, const std::string& shard, const std::string& table);
// What is not complete, or uncertain, besides gaps: a sentence each.
QStringList ledgerRemarks(const Ledger& ledger);
// Every gap, with its transactions and its cause in full; empty for none.
QString gapsText(const Ledger& ledger);

// All of it.
QString ledgerText(const Ledger& ledger);
QString ledgerJson(const Ledger& ledger);

} // namespace vtscope
