#include "tests/bench/loadserver.h"

#include "tests/bench/http2.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace vtscope::bench {
namespace {

using namespace http2;

// One write() takes this many frames at most, so that answers to pings never wait long behind data.
constexpr std::size_t kFramesPerWrite = 32;
constexpr std::size_t kGrpcPrefixBytes = 5;
constexpr std::size_t kFullFrame = kHeaderBytes + kDataBytes;

// The dataset as DATA frames for stream 1, end to end.
std::string framesOf(const Dataset& dataset)
{
    std::string body;
    body.reserve(dataset.bytes + dataset.messages.size() * kGrpcPrefixBytes);
    for (const std::string& message : dataset.messages) {
        char prefix[kGrpcPrefixBytes] = {};
        writeUint32(prefix + 1, static_cast<std::uint32_t>(message.size()));
        body.append(prefix, sizeof prefix).append(message);
    }
    std::string frames;
    frames.reserve(body.size() + (body.size() / kDataBytes + 1) * kHeaderBytes);
    for (std::size_t at = 0; at < body.size(); at += kDataBytes)
        appendFrame(frames, FrameType::Data, 0, 1, std::string_view(body).substr(at, kDataBytes));
    return frames;
}

struct Stream
{
    std::int64_t window = 0;
    std::uint64_t repeatsLeft = 0;
    std::size_t at = 0; // in the frames; always at the start of one
};

class Connection
{
public:
    Connection(int fd, const std::string& frames, std::uint64_t repeats)
        : m_fd(fd), m_frames(frames), m_repeats(repeats)
    {
        appendFrame(m_control, FrameType::Settings, 0, 0, {});
    }
    ~Connection() { ::close(m_fd); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return m_fd; }
    bool wantsToWrite() const { return !m_rest.empty() || !m_control.empty() || nextStream() != m_streams.end(); }

    // False when the connection is over.
    bool read()
    {
        char buffer[16384];
        for (;;) {
            const ssize_t got = ::recv(m_fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got == 0)
                return false;
            if (got < 0)
                return errno == EAGAIN || errno == EINTR;
            m_input.append(buffer, static_cast<std::size_t>(got));
            if (!takeFrames())
                return false;
        }
    }

    // Writes until the socket or flow control says stop. False when the connection is over.
    bool write()
    {
        for (;;) {
            if (m_rest.empty())
                prepareBlock();
            if (m_rest.empty())
                return true;
            const ssize_t put = ::send(m_fd, m_rest.data(), m_rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (put < 0)
                return errno == EAGAIN || errno == EINTR;
            m_rest.remove_prefix(static_cast<std::size_t>(put));
            if (!m_rest.empty())
                return true;
        }
    }

private:
    using Streams = std::map<std::uint32_t, Stream>;

    std::size_t frameLength(std::size_t at) const { return readUint32(&m_frames[at]) >> 8; }

    bool isReady(const Stream& stream) const
    {
        const auto needed = static_cast<std::int64_t>(frameLength(stream.at));
        return std::min(stream.window, m_window) >= needed;
    }

    Streams::const_iterator nextStream() const
    {
        return std::find_if(m_streams.begin(), m_streams.end(),
                            [&](const auto& entry) { return isReady(entry.second); });
    }

    // Frames of the control channel go first; they may only stand between two frames of data.
    void prepareBlock()
    {
        if (!m_control.empty()) {
            m_block = std::move(m_control);
            m_control.clear();
            m_rest = m_block;
            return;
        }
        const auto next = nextStream();
        if (next == m_streams.end())
            return;
        const std::uint32_t id = next->first;
        Stream& stream = m_streams.at(id);
        const std::size_t start = stream.at;
        for (std::size_t count = 0; count < kFramesPerWrite && stream.at < m_frames.size() && isReady(stream);
             ++count) {
            const std::size_t length = frameLength(stream.at);
            stream.window -= static_cast<std::int64_t>(length);
            m_window -= static_cast<std::int64_t>(length);
            stream.at += kHeaderBytes + length;
        }
        const std::string_view run = std::string_view(m_frames).substr(start, stream.at - start);
        if (id == 1) {
            m_rest = run;
        } else {
            m_block = run;
            for (std::size_t at = 0; at < m_block.size(); at += kFullFrame)
                writeUint32(&m_block[at + 5], id);
            m_rest = m_block;
        }
        if (stream.at == m_frames.size()) {
            stream.at = 0;
            if (--stream.repeatsLeft == 0) {
                m_streams.erase(id);
                appendFrame(m_control, FrameType::Headers, kEndHeaders | kEndStream, id, okTrailers());
            }
        }
    }

    bool takeFrames()
    {
        std::size_t at = 0;
        if (!m_hasPreface) {
            if (m_input.size() < kPreface.size())
                return true;
            if (!m_input.starts_with(kPreface))
                return false;
            m_hasPreface = true;
            at = kPreface.size();
        }
        while (m_input.size() - at >= kHeaderBytes) {
            const FrameHeader header = readFrameHeader(&m_input[at]);
            if (m_input.size() - at - kHeaderBytes < header.length)
                break;
            take(header, std::string_view(m_input).substr(at + kHeaderBytes, header.length));
            at += kHeaderBytes + header.length;
        }
        m_input.erase(0, at);
        return true;
    }

    void take(const FrameHeader& header, std::string_view payload)
    {
        switch (header.type) {
        case FrameType::Settings:
            if ((header.flags & kAck) == 0) {
                takeSettings(payload);
                appendFrame(m_control, FrameType::Settings, kAck, 0, {});
            }
            break;
        case FrameType::Ping:
            if ((header.flags & kAck) == 0)
                appendFrame(m_control, FrameType::Ping, kAck, 0, payload);
            break;
        case FrameType::WindowUpdate: {
            const auto more = static_cast<std::int64_t>(readUint32(payload.data()) & 0x7fffffff);
            if (header.stream == 0)
                m_window += more;
            else if (const auto stream = m_streams.find(header.stream); stream != m_streams.end())
                stream->second.window += more;
            else
                m_early[header.stream] += more;
            break;
        }
        case FrameType::Headers:
            // The rows start when the request is complete, not with its first header.
            m_early.try_emplace(header.stream, 0);
            [[fallthrough]];
        case FrameType::Data:
            if ((header.flags & kEndStream) != 0)
                start(header.stream);
            break;
        case FrameType::RstStream:
            m_streams.erase(header.stream);
            break;
        case FrameType::GoAway:
            break;
        }
    }

    void takeSettings(std::string_view payload)
    {
        constexpr std::size_t kSettingBytes = 6;
        constexpr int kInitialWindowSize = 4;
        for (std::size_t at = 0; at + kSettingBytes <= payload.size(); at += kSettingBytes) {
            const int identifier =
                static_cast<std::uint8_t>(payload[at]) << 8 | static_cast<std::uint8_t>(payload[at + 1]);
            if (identifier != kInitialWindowSize)
                continue;
            const std::int64_t size = readUint32(&payload[at + 2]);
            for (auto& [id, stream] : m_streams)
                stream.window += size - m_initialWindow;
            m_initialWindow = size;
        }
    }

    void start(std::uint32_t id)
    {
        appendFrame(m_control, FrameType::Headers, kEndHeaders, id, responseHeaders());
        m_streams[id] = {m_initialWindow + m_early[id], m_repeats, 0};
        m_early.erase(id);
    }

    int m_fd;
    const std::string& m_frames;
    std::uint64_t m_repeats;
    std::string m_input;
    bool m_hasPreface = false;
    std::string m_control;
    std::string m_block;
    std::string_view m_rest; // what a write() has not taken yet, of m_block or m_frames
    std::int64_t m_window = kInitialWindow;
    std::int64_t m_initialWindow = kInitialWindow;
    std::map<std::uint32_t, std::int64_t> m_early; // window updates for calls that have not begun
    Streams m_streams;
};

[[noreturn]] void serve(int listener, const std::string& frames, std::uint64_t repeats)
{
    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<pollfd> waits;
    for (;;) {
        waits.assign(1, {listener, POLLIN, 0});
        for (const auto& connection : connections)
            waits.push_back(
                {connection->fd(), static_cast<short>(POLLIN | (connection->wantsToWrite() ? POLLOUT : 0)), 0});
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            ::_exit(1);
        for (std::size_t i = connections.size(); i-- > 0;) {
            const short events = waits[i + 1].revents;
            bool works = (events & (POLLERR | POLLNVAL)) == 0;
            if (works && (events & (POLLIN | POLLHUP)) != 0)
                works = connections[i]->read();
            if (works && connections[i]->wantsToWrite())
                works = connections[i]->write();
            if (!works)
                connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if ((waits[0].revents & POLLIN) != 0) {
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0)
                continue;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connections.push_back(std::make_unique<Connection>(fd, frames, repeats));
        }
    }
}

} // namespace

LoadServer::LoadServer(const Dataset& dataset, std::uint64_t repeats) : m_rows(repeats * Dataset::kRows)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof address;
    if (listener < 0 || ::bind(listener, general, size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, general, &size) != 0)
        throw std::runtime_error("the load server cannot listen on loopback");
    m_port = ntohs(address.sin_port);
    // Built before the fork: the child of a process with threads had better not need more than sockets and memory.
    const std::string frames = framesOf(dataset);
    const pid_t parent = ::getpid();
    m_child = ::fork();
    if (m_child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(0);
        serve(listener, frames, repeats);
    }
    ::close(listener);
    if (m_child < 0)
        throw std::runtime_error("the load server cannot fork");
}

LoadServer::~LoadServer()
{
    ::kill(m_child, SIGKILL);
    ::waitpid(m_child, nullptr, 0);
}

std::string LoadServer::hostPort() const
{
    return "127.0.0.1:" + std::to_string(m_port);
}

} // namespace vtscope::bench
