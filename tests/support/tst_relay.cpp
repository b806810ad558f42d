// The relay's faults, each as the sockets at both ends see it.
#include <QtTest>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>

#include "tests/support/faultplan.h"
#include "tests/support/loopback.h"
#include "tests/support/relay.h"

using vtscope::test::Fault;
using vtscope::test::FaultPlan;
using vtscope::test::general;
using vtscope::test::loopback;
using vtscope::test::Relay;

namespace {

constexpr int kPatience = 10'000;
constexpr int kMoment = 50; // nothing comes in it
constexpr std::chrono::hours kEver{1};

class Socket
{
public:
    explicit Socket(int file) : m_file(file) {}
    ~Socket() { ::close(m_file); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int file() const { return m_file; }
    bool isHeard(int milliseconds) const
    {
        pollfd wait{m_file, POLLIN, 0};
        return ::poll(&wait, 1, milliseconds) == 1;
    }
    void send(const QByteArray& bytes) const { QCOMPARE(::send(m_file, bytes.data(), size(bytes), 0), bytes.size()); }
    // So many bytes, or those until the end.
    QByteArray read(qsizetype count)
    {
        QByteArray bytes;
        while (bytes.size() < count && isHeard(kPatience)) {
            char buffer[4096];
            const ssize_t got = ::recv(m_file, buffer, std::min(sizeof buffer, size(count - bytes.size())), 0);
            if (got <= 0) {
                m_end = got == 0 ? 0 : errno;
                break;
            }
            bytes.append(buffer, got);
        }
        return bytes;
    }
    // How it ended: 0 by FIN, else the error.
    std::optional<int> end()
    {
        if (!m_end)
            read(1);
        return m_end;
    }

private:
    static std::size_t size(qsizetype count) { return static_cast<std::size_t>(count); }
    static std::size_t size(const QByteArray& bytes) { return size(bytes.size()); }

    int m_file;
    std::optional<int> m_end;
};

} // namespace

class TestRelay : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void passesBothWays();
    void resetsAfterBytes();
    void closesAfterBytes();
    void delays();
    void leavesHalfOpen();
    void losesOneDirection_data();
    void losesOneDirection();
    void drips();
    void refuses();
    void faultsEndByThemselves();
    void plansAreTheSameForASeed();

private:
    void connectBoth();

    std::unique_ptr<Socket> m_listener, m_client, m_server;
    std::unique_ptr<Relay> m_relay;
};

void TestRelay::init()
{
    m_listener = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    QCOMPARE(::bind(m_listener->file(), general(address), size), 0);
    QCOMPARE(::listen(m_listener->file(), 8), 0);
    QCOMPARE(::getsockname(m_listener->file(), general(address), &size), 0);
    m_relay = std::make_unique<Relay>(ntohs(address.sin_port));
    connectBoth();
}

void TestRelay::cleanup()
{
    m_relay.reset();
}

void TestRelay::connectBoth()
{
    m_client = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = loopback(m_relay->port());
    QCOMPARE(::connect(m_client->file(), general(address), sizeof address), 0);
    m_server = std::make_unique<Socket>(::accept(m_listener->file(), nullptr, nullptr));
    // From here on the relay has it among its connections.
    m_client->send("hello");
    QCOMPARE(m_server->read(5), QByteArray("hello"));
}

void TestRelay::passesBothWays()
{
    const QByteArray bytes(100'000, 'x');
    m_server->send(bytes);
    QCOMPARE(m_client->read(bytes.size()), bytes);
    m_client->send(bytes);
    QCOMPARE(m_server->read(bytes.size()), bytes);
    m_client.reset();
    QCOMPARE(m_server->end(), 0);
}

void TestRelay::resetsAfterBytes()
{
    m_relay->strike({Fault::Kind::Reset, 7});
    m_server->send("0123");
    QCOMPARE(m_client->read(4), QByteArray("0123"));
    m_server->send("456789");
    QCOMPARE(m_client->read(6), QByteArray("456"));
    QCOMPARE(m_client->end(), ECONNRESET);
    QCOMPARE(m_server->end(), ECONNRESET);
    QCOMPARE(m_relay->met()[static_cast<std::size_t>(Fault::Kind::Reset)], std::uint64_t{1});
    connectBoth();
}

void TestRelay::closesAfterBytes()
{
    m_relay->strike({Fault::Kind::Close, 7});
    m_server->send("0123456789");
    QCOMPARE(m_client->read(10), QByteArray("0123456"));
    QCOMPARE(m_client->end(), 0);
    QVERIFY(m_server->end());
}

void TestRelay::delays()
{
    m_relay->strike({Fault::Kind::Delay, 0, kEver});
    m_server->send("late");
    m_client->send("later");
    QVERIFY(!m_client->isHeard(kMoment));
    QVERIFY(!m_server->isHeard(0));
    m_relay->heal();
    QCOMPARE(m_client->read(4), QByteArray("late"));
    QCOMPARE(m_server->read(5), QByteArray("later"));
}

void TestRelay::leavesHalfOpen()
{
    m_relay->strike({Fault::Kind::HalfOpen, 0, kEver});
    QCOMPARE(m_server->end(), ECONNRESET);
    m_client->send("anybody?");
    QVERIFY(!m_client->isHeard(kMoment));
    m_relay->heal();
    QCOMPARE(m_client->end(), ECONNRESET);
}

void TestRelay::losesOneDirection_data()
{
    QTest::addColumn<bool>("isFromClient");
    QTest::newRow("to the server") << true;
    QTest::newRow("to the client") << false;
}

void TestRelay::losesOneDirection()
{
    QFETCH(const bool, isFromClient);
    Socket& silenced = isFromClient ? *m_client : *m_server;
    Socket& heard = isFromClient ? *m_server : *m_client;
    m_relay->strike({Fault::Kind::OneWay, 0, kEver, isFromClient});
    silenced.send("lost");
    QVERIFY(!heard.isHeard(kMoment));
    heard.send("passed");
    QCOMPARE(silenced.read(6), QByteArray("passed"));
    m_relay->heal();
    QCOMPARE(heard.end(), ECONNRESET);
    QCOMPARE(silenced.end(), ECONNRESET);
}

void TestRelay::drips()
{
    const QByteArray bytes(100, 'x');
    m_relay->strike({Fault::Kind::Drip, 3, kEver});
    m_server->send(bytes);
    QByteArray first(m_client->read(1));
    QVERIFY(!first.isEmpty());
    QCOMPARE(first + m_client->read(bytes.size() - 1), bytes);
}

void TestRelay::refuses()
{
    m_relay->strike({Fault::Kind::Refuse, 0, kEver});
    QCOMPARE(m_client->end(), ECONNRESET);
    const Socket another(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = loopback(m_relay->port());
    QCOMPARE(::connect(another.file(), general(address), sizeof address), -1);
    QCOMPARE(errno, ECONNREFUSED);
    m_relay->heal();
    connectBoth();
}

void TestRelay::faultsEndByThemselves()
{
    m_relay->strike({Fault::Kind::Delay, 0, std::chrono::milliseconds(1)});
    m_server->send("late");
    QCOMPARE(m_client->read(4), QByteArray("late"));
    m_relay->strike({Fault::Kind::HalfOpen, 0, std::chrono::milliseconds(1)});
    QCOMPARE(m_client->end(), ECONNRESET);
    connectBoth();
    m_relay->strike({Fault::Kind::OneWay, 0, std::chrono::milliseconds(1)});
    QCOMPARE(m_client->end(), ECONNRESET);
    connectBoth();
    m_relay->strike({Fault::Kind::Refuse, 0, std::chrono::milliseconds(1)});
    QCOMPARE(m_client->end(), ECONNRESET);
    const sockaddr_in address = loopback(m_relay->port());
    QVERIFY(QTest::qWaitFor(
        [&] {
            const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
            return ::connect(client.file(), general(address), sizeof address) == 0;
        },
        kPatience));
}

void TestRelay::plansAreTheSameForASeed()
{
    constexpr int kMany = 500;
    FaultPlan one(7), two(7);
    std::set<Fault::Kind> kinds;
    for (int i = 0; i < kMany; ++i) {
        const auto first = one.next(), second = two.next();
        QCOMPARE(first.after, second.after);
        QCOMPARE(first.fault.kind, second.fault.kind);
        QCOMPARE(first.fault.bytes, second.fault.bytes);
        QCOMPARE(first.fault.time, second.fault.time);
        kinds.insert(first.fault.kind);
    }
    QCOMPARE(kinds.size(), Fault::kKinds);
}

QTEST_GUILESS_MAIN(TestRelay)
#include "tst_relay.moc"
