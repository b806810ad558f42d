// What a change is, whenever and in whichever stream it comes. Plain functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/position/gtidset.h"

namespace vtscope {

// A hash over its table, what it does and the bytes of its values, and with Transaction also over the transaction that
// the server names (VStream of Vitess 24 and newer). Keyspace and shard are not in it. message: that which brought it.
enum class KeyOf : std::uint8_t { Transaction, Values };
std::uint64_t keyOf(const Entry& entry, const Layout& layout, std::string_view message,
                    KeyOf what = KeyOf::Transaction);

// What a logged change leaves, as a row of the copy.
std::optional<std::uint64_t> copiedKeyOf(const Entry& entry, const Layout& layout, std::string_view message);

// The transaction, where the server names it.
std::optional<Gtid> gtidOf(const Entry& entry, std::string_view message);

} // namespace vtscope
