// Captures in memory, and all there is to see in one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "streamcore/capture/capture.h"

namespace vtscope::test {

// A file in memory with these bytes; gone when it is closed, which the caller does.
int memoryFile(std::string_view bytes = {});
// Under which name it can be opened once more.
std::string nameOf(int descriptor);
std::string contentOf(int descriptor);

// A new capture in memory; its bytes are in the file `data`, which goes with it.
struct MemoryCapture
{
    int data;
    std::shared_ptr<Capture> capture;
};
MemoryCapture createInMemory();

// Every line with all that the window and the exports ask of it, as text.
std::string everythingShown(const Snapshot& snapshot);

// Exports every change as CSV and as NDJSON and reads both back: they are well formed and complete.
void requireExportable(const Snapshot& snapshot);

} // namespace vtscope::test
