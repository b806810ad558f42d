// Where watch writes to: standard output, a pipe, a file or one file after the other, compressed if the name says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "streamcore/capture/capture.h"
#include "streamcore/output/compressor.h"
#include "streamcore/result.h"

namespace vtscope::cli {

// When a file is full; nothing that is not given counts.
struct Rotation
{
    std::optional<std::uint64_t> bytes; // as they lie on disk
    std::optional<std::chrono::milliseconds> time;
};
// "size:100M,time:1h", either of them. Error kind Usage.
Result<Rotation> rotationFrom(const std::string& text);

class Output
{
public:
    // What became of some text.
    enum class Outcome : std::uint8_t {
        Written,
        ReaderLeft,  // whoever read the pipe has had enough
        NobodyReads, // while we were asked to end
        Failed,      // problem() says why
    };

    // path: a file, or - for standard output. With a rotation, files are named after it: F-0001.csv for F.csv, and
    // numbers that are taken are passed over.
    Output(std::string path, std::optional<Rotation> rotation);
    // A file that it made and that was never begun is taken away again.
    ~Output();

    // So much of a file: what an earlier run has written and this one goes on behind.
    struct Place
    {
        std::uint32_t fileNumber = 0; // when there is one file after the other
        std::uint64_t length = 0;
    };

    // Opens it and changes nothing yet. Error kinds Output, and Usage when it is the capture itself.
    Result<void> open(const Snapshot& capture);
    // The same for a file that no other run may write to meanwhile. What stands behind the place is cut off by begin().
    // Error kind Usage when the file has become shorter.
    Result<void> openAt(const Snapshot& capture, const Place& place);
    // From now on it holds what is written.
    Outcome begin();
    // Takes the text, which is empty then. isPause: a reader gets to see all of it now.
    Outcome write(std::string& text, bool isPause);
    // Whether the next file is due, with so much text still to be written.
    bool isFull(std::size_t pending) const;
    // What was written so far is on the disk and can be read without what follows: a compressed file ends a member
    // here.
    Outcome settle();
    // After settle(). Nothing of a pipe or device.
    Place place() const { return {m_number, m_isFile ? m_size : 0}; }
    // Ends this file and begins the next one.
    Outcome turnOver();
    // Ends it. Nothing is written any more.
    Outcome finish();

    bool hasFiles() const { return m_rotation.has_value(); }
    const std::string& name() const { return m_name; } // of the file at hand
    const std::string& problem() const { return m_problem; }

private:
    bool openNext();
    bool lock();
    Outcome send(std::string_view bytes);
    bool awaitRoom() const;

    std::string m_path, m_name;
    std::optional<Rotation> m_rotation;
    std::uint32_t m_number = 0; // of the file
    std::unique_ptr<Compressor> m_compressor;
    std::string m_packed;
    bool m_isHeldBack = false; // the compressor has text that no reader can see yet
    bool m_isExclusive = false;
    bool m_isMemberOpen = false; // the compressor was given text
    std::uint64_t m_kept = 0;    // bytes of an earlier run
    std::string m_problem;
    int m_descriptor = 1;
    bool m_isFile = false;
    std::uint64_t m_size = 0;
    std::chrono::steady_clock::time_point m_begin;
    bool m_isNewFile = false;
    bool m_hasBegun = false;
};

} // namespace vtscope::cli
