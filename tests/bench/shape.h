#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vtscope::bench {

/// How rows are packed into messages.
///
/// A row is one change: 70 % inserts, 20 % updates with before and after, 10 % deletes with the key only. A full row
/// has 10 columns in 202 stored bytes.
struct Shape
{
    enum class Api { Sync, VStream };
    enum class Fields {
        Once,   ///< Sync: once per QueryResult, which holds all rows of one operation. VStream: in the first message
                ///< only.
        PerRow, ///< Each row is a QueryResult (or a FIELD and a ROW event) of its own.
    };

    Api api = Api::Sync;
    int rowsPerMessage = 100;
    Fields fields = Fields::Once;

    /// "sync-100b", "vstream-10b", "sync-100p"
    std::string name() const;
    /// The path of the method whose responses these are.
    std::string methodPath() const;
};

/// The shapes that ingest is measured with.
const std::vector<Shape>& allShapes();

/// 60,000 different rows as serialised messages of one shape, in the order in which they are sent again and again.
struct Dataset
{
    static constexpr std::uint64_t kRows = 60'000;

    Shape shape;
    std::vector<std::string> messages;
    std::uint64_t bytes = 0; ///< of all messages together
};

/// The same rows each time it is called. shards: up to 256, of a VStream, whose transactions come in turn; each of them
/// brings the positions of all.
Dataset makeDataset(const Shape& shape, int shards = 1);

} // namespace vtscope::bench
