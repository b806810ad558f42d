#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/shape.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vtscope::bench {

/// A client that is measured against the bare reader: reads the one stream that the server at hostPort
/// ("127.0.0.1:port", plaintext) answers shape.methodPath() with, until it ends, and throws unless it got this many
/// rows. The server answers any request, so what is asked for does not matter; it must be the first call on its
/// connection. Gives how many bytes of records it wrote, over those of the run before.
struct IngestClient
{
    std::string name; ///< figures are called ingest.<name>.<shape>
    std::function<std::uint64_t(const std::string& hostPort, const Shape& shape, std::uint64_t rows)> run;
    /// The smallest ratio to the bare reader that will do at this shape, by CPU time a row.
    std::function<std::optional<double>(const Shape&)> target;
};

/// Work on messages in memory, measured against copying their bytes: takes all messages of the dataset once.
struct MessageWork
{
    std::string name; ///< figures are called memory.<name>.<shape>
    std::function<void(const Dataset& dataset)> run;
    /// The smallest ratio to memcpy that will do at this shape.
    std::function<std::optional<double>(const Shape&)> target;
};

/// A client that keeps what it reads in fresh files of the folder for temporary files, measured by the wall clock
/// against writing as many bytes: gives how many it wrote. It calls `written` while it still has its files, at the end.
struct ColdClient
{
    std::string name; ///< figures are called cold.<name>.<shape>
    std::function<std::uint64_t(const std::string& hostPort, const Shape& shape, std::uint64_t rows,
                                const std::function<void()>& written)>
        run;
    double target = 0; ///< the smallest ratio to write(2) that will do
};

/// Adds for shapes of 10 and 100 rows a message: cold.write and the client.
void addCold(Suite& suite, const ColdClient& client);

/// Adds for each shape: ingest.bare, ingest.write (as many bytes as the client writes, by a bare pwrite(2) over a file
/// whose pages are in memory) and the client; memory.memcpy, memory.parse (protobuf, message reused) and every work.
/// What belongs to one shape is measured in turn, in the same rounds.
void addIngest(Suite& suite, const IngestClient& client, const std::vector<MessageWork>& works);

} // namespace vtscope::bench
