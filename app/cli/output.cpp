#include "app/cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <utility>

#include "app/cli/command.h"
#include "app/cli/limits.h"
#include "streamcore/names.h"

namespace vtscope::cli {

namespace {

constexpr int kLastPatienceMs = 200; // for a reader who stands still when we are asked to end

// The number stands before the endings: F-0001.csv.gz.
std::string numbered(const std::string& path, std::uint32_t number)
{
    const std::size_t name = path.find_last_of('/') + 1;
    // A name that begins with a point has its ending later.
    const std::size_t ending = std::min(path.find('.', name + 1), path.size());
    char digits[16];
    std::snprintf(digits, sizeof digits, "-%04u", number);
    return path.substr(0, ending) + digits + path.substr(ending);
}

} // namespace

Result<Rotation> rotationFrom(const std::string& text)
{
    constexpr std::string_view kSize = "size:", kTime = "time:";
    Rotation rotation;
    for (const std::string& part : namesFrom(text)) {
        if (part.starts_with(kSize) && !rotation.bytes && (rotation.bytes = sizeFrom(part.substr(kSize.size()))))
            continue;
        if (part.starts_with(kTime) && !rotation.time && (rotation.time = durationFrom(part.substr(kTime.size()))))
            continue;
        return failure(ErrorKind::Usage, "--rotate takes size:100M (K, M or G), time:1h or both, not " + text + ".");
    }
    if (!rotation.bytes && !rotation.time)
        return failure(ErrorKind::Usage, "--rotate takes size:100M, time:1h or both.");
    return rotation;
}

Output::Output(std::string path, std::optional<Rotation> rotation)
    : m_path(std::move(path)), m_name(m_path), m_rotation(std::move(rotation))
{
}

Output::~Output()
{
    if (m_descriptor > 1)
        ::close(m_descriptor);
    if (m_isNewFile && !m_hasBegun)
        ::unlink(m_name.c_str());
}

Result<void> Output::open(const Snapshot& capture)
{
    if (m_path == "-")
        return {};
    if (m_rotation) {
        if (!openNext())
            return failure(ErrorKind::Output, m_problem);
        m_isNewFile = true;
        return {};
    }
    if (capture.liesIn(m_path))
        return failure(ErrorKind::Usage, m_path + " is the capture itself. Choose another file for --out.");
    m_isNewFile = ::access(m_path.c_str(), F_OK) != 0;
    m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (m_descriptor < 0)
        return failure(ErrorKind::Output, m_path + " cannot be written: " + std::strerror(errno) + ".");
    return {};
}

Result<void> Output::openAt(const Snapshot& capture, const Place& place)
{
    m_isExclusive = m_path != "-";
    if (m_rotation && place.fileNumber > 0)
        m_name = numbered(m_path, m_number = place.fileNumber);
    if (m_path == "-" || (m_rotation && place.fileNumber == 0))
        return open(capture);
    if (capture.liesIn(m_name))
        return failure(ErrorKind::Usage, m_name + " is the capture itself. Choose another file for --out.");
    m_isNewFile = ::access(m_name.c_str(), F_OK) != 0;
    m_descriptor = ::open(m_name.c_str(), O_WRONLY | O_CLOEXEC | (place.length == 0 ? O_CREAT : 0), 0666);
    const bool isGone = m_descriptor < 0 && errno == ENOENT;
    if (m_descriptor < 0 && !isGone)
        return failure(ErrorKind::Output, m_name + " cannot be written: " + std::strerror(errno) + ".");
    if (!isGone && !lock())
        return failure(ErrorKind::Output, m_problem);
    struct stat facts
    {
    };
    if (isGone || (::fstat(m_descriptor, &facts) == 0 && S_ISREG(facts.st_mode) &&
                   static_cast<std::uint64_t>(facts.st_size) < place.length))
        return failure(ErrorKind::Usage, m_name + (isGone ? " is gone" : " has become shorter") +
                                             " since the cursor file was written. Put it back, or begin anew without "
                                             "that cursor file.");
    m_kept = place.length;
    return {};
}

// No two runs with one cursor file write to one output.
bool Output::lock()
{
    struct stat facts
    {
    };
    const bool isFile = ::fstat(m_descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
    if (!m_isExclusive || !isFile || ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true;
    m_problem = m_name + " is being written by another run of vtscope-cli.";
    return false;
}

// The first name that is free.
bool Output::openNext()
{
    do {
        m_name = numbered(m_path, ++m_number);
        m_descriptor = ::open(m_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (m_descriptor < 0 && errno == EEXIST);
    if (m_descriptor < 0)
        m_problem = m_name + " cannot be written: " + std::strerror(errno) + ".";
    return m_descriptor >= 0 && lock();
}

Output::Outcome Output::begin()
{
    m_hasBegun = true;
    m_size = std::exchange(m_kept, 0);
    m_begin = std::chrono::steady_clock::now();
    m_compressor = Compressor::make(compressionOf(m_path));
    // A pipe with room takes so much without making us wait.
    struct stat facts
    {
    };
    m_isFile = ::fstat(m_descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
    // Pipes and devices have nothing to cut.
    const auto end = static_cast<off_t>(m_size);
    if (m_descriptor > 1 && (::ftruncate(m_descriptor, end) != 0 || ::lseek(m_descriptor, end, SEEK_SET) < 0) &&
        errno != EINVAL) {
        m_problem = std::string("the output cannot be written: ") + std::strerror(errno) + ".";
        return Outcome::Failed;
    }
    return Outcome::Written;
}

Output::Outcome Output::write(std::string& text, bool isPause)
{
    if (!m_compressor) {
        const Outcome outcome = send(text);
        text.clear();
        return outcome;
    }
    if (text.empty() && !(isPause && m_isHeldBack))
        return Outcome::Written;
    m_packed.clear();
    m_compressor->append(text, isPause ? Compressor::Until::Flush : Compressor::Until::Later, m_packed);
    m_isHeldBack = !isPause;
    m_isMemberOpen = m_isMemberOpen || !text.empty();
    text.clear();
    return send(m_packed);
}

bool Output::isFull(std::size_t pending) const
{
    if (!m_rotation)
        return false;
    return (m_rotation->bytes && m_size + (m_compressor ? 0 : pending) >= *m_rotation->bytes) ||
           (m_rotation->time && std::chrono::steady_clock::now() - m_begin >= *m_rotation->time);
}

Output::Outcome Output::turnOver()
{
    if (const Outcome outcome = finish(); outcome != Outcome::Written)
        return outcome;
    ::close(m_descriptor);
    return openNext() ? begin() : Outcome::Failed;
}

Output::Outcome Output::settle()
{
    if (m_compressor && m_isMemberOpen) {
        m_packed.clear();
        m_compressor->append({}, Compressor::Until::End, m_packed);
        m_compressor = Compressor::make(compressionOf(m_path));
        m_isMemberOpen = m_isHeldBack = false;
        if (const Outcome outcome = send(m_packed); outcome != Outcome::Written)
            return outcome;
    }
    // Pipes and devices have no disk.
    if (m_descriptor > 1 && ::fdatasync(m_descriptor) != 0 && errno != EINVAL) {
        m_problem = std::string("the output cannot be written: ") + std::strerror(errno) + ".";
        return Outcome::Failed;
    }
    return Outcome::Written;
}

Output::Outcome Output::finish()
{
    // An empty file of text is an empty member.
    if (!m_compressor || !m_hasBegun || (!m_isMemberOpen && m_size > 0))
        return Outcome::Written;
    m_packed.clear();
    m_compressor->append({}, Compressor::Until::End, m_packed);
    m_compressor.reset();
    m_isMemberOpen = false;
    return send(m_packed);
}

Output::Outcome Output::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (!awaitRoom())
            return Outcome::NobodyReads;
        const ssize_t written =
            ::write(m_descriptor, bytes.data(), std::min<std::size_t>(bytes.size(), m_isFile ? SIZE_MAX : PIPE_BUF));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            m_problem = std::string("the output cannot be written: ") + std::strerror(errno) + ".";
            return errno == EPIPE ? Outcome::ReaderLeft : Outcome::Failed;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        m_size += static_cast<std::uint64_t>(written);
    }
    return Outcome::Written;
}

// A reader may stand still for as long as it likes, until we are asked to end: then it has a moment left.
bool Output::awaitRoom() const
{
    std::array waited{pollfd{m_descriptor, POLLOUT, 0}, pollfd{interruptDescriptor(), POLLIN, 0}};
    while (interruptedBy() == 0) {
        if (::poll(waited.data(), waited.size(), -1) > 0 && waited[0].revents != 0)
            return true;
    }
    return ::poll(waited.data(), 1, kLastPatienceMs) > 0;
}

} // namespace vtscope::cli
