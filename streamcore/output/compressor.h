// Compresses a stream of text with gzip or zstd. Not shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vtscope {

enum class Compression : std::uint8_t { None, Gzip, Zstd };

// By the end of a file's name: .gz or .zst.
Compression compressionOf(std::string_view path);

class Compressor
{
public:
    enum class Until : std::uint8_t {
        Later, // as it packs best
        Flush, // all text so far can be read from the bytes so far, also if no more of them come
        End,   // the last text
    };

    virtual ~Compressor() = default;

    // Appends bytes to out. Memory is all that it can want for, and then it throws std::bad_alloc.
    virtual void append(std::string_view text, Until until, std::string& out) = 0;

    // Nothing for None.
    static std::unique_ptr<Compressor> make(Compression compression);
};

} // namespace vtscope
