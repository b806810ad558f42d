// vtscope's own records of a capture (proto/capture.proto) as bytes and back. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streamcore/capture/capture.h"

namespace vtscope {

class Layouts;

struct CheckpointFacts
{
    struct Reader
    {
        ReaderState state;
        std::string context;           // see Walker::context(); empty once it ended
        std::uint32_t transaction = 0; // see Walker::transaction()
    };
    std::uint64_t lines = 0;   // numbers given before it
    std::uint64_t changes = 0; // changes among them
    std::uint32_t transactions = 0;
    std::vector<Reader> readers;
};

struct MarkFacts
{
    std::uint64_t record = 0;  // that brought the line …
    std::uint32_t ordinal = 0; // … as one of its lines, from 0
    bool isRemoved = false;
    std::string note;
};

// What stands before the foot of a sealed capture, besides the layouts.
struct ContentsFacts
{
    std::vector<ReaderState> readers;
    std::uint64_t firstLine = 0;
    std::uint64_t firstChanges = 0; // changes before it
    std::vector<std::pair<std::uint64_t, std::string>> marks;
    bool isPart = false;
};

std::string encode(const ReaderDescription& reader);
std::optional<ReaderDescription> decodeReader(std::string_view bytes);

std::string encode(const ReaderEnd& end);
std::optional<ReaderEnd> decodeReaderEnd(std::string_view bytes);

std::string encode(const Gap& gap);
std::optional<Gap> decodeGap(std::string_view bytes);

std::string encode(const CheckpointFacts& checkpoint);
std::optional<CheckpointFacts> decodeCheckpoint(std::string_view bytes);

std::string encode(const MarkFacts& mark);
std::optional<MarkFacts> decodeMark(std::string_view bytes);

std::string encode(const ChosenLines& chosen);
std::optional<ChosenLines> decodeChosen(std::string_view bytes);

std::string encode(const ContentsFacts& contents, const Layouts& layouts);
// Adds the layouts in their order. Nothing when the bytes are not contents.
std::optional<ContentsFacts> decodeContents(std::string_view bytes, Layouts& layouts);

} // namespace vtscope
