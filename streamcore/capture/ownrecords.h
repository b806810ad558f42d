// vtscope's own records of a capture (proto/capture.proto) as bytes and back. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/capture/capture.h"

namespace vtscope {

class Layouts;

struct ReaderEnd
{
    int code = 0;         // gRPC's; 0: ended by the server without error
    std::string message;  // the server's words, in any charset
    bool isAsked = false; // we ended it
};

std::string encode(const ReaderDescription& reader);
std::optional<ReaderDescription> decodeReader(std::string_view bytes);

std::string encode(const ReaderEnd& end);
std::optional<ReaderEnd> decodeReaderEnd(std::string_view bytes);

// What stands before the foot of a sealed capture.
std::string encodeContents(const std::vector<ReaderDescription>& readers, const Layouts& layouts);
// Adds the layouts in their order. Nothing when the bytes are not contents.
std::optional<std::vector<ReaderDescription>> decodeContents(std::string_view bytes, Layouts& layouts);

} // namespace vtscope
