#include <algorithm>

#include "psdb.pb.h"
#include "streamcore/connection/connection.h"
#include "streamcore/wire/channel.h"
#include "streamcore/wire/probe.h"
#include "streamcore/wire/sql.h"
#include "vtgate.pb.h"

namespace vtscope {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kConnectPatience{10};
constexpr std::chrono::seconds kCallDeadline{10};

// What may stand in gRPC's metadata as it is: the library ends the program over anything else.
bool isPrintableAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

class Run
{
public:
    Run(const ConnectionSettings& settings, const Secret& password, const std::function<void(const Tick&)>& told,
        const std::stop_token& stop)
        : m_settings(settings), m_password(password), m_told(told), m_stop(stop)
    {
    }

    tl::expected<std::shared_ptr<Connection>, CheckFailure> go()
    {
        if (auto valid = validate(m_settings, !m_password.isEmpty()); !valid)
            return tl::unexpected(CheckFailure{valid.error(), Tick::Step::Name, Fix::Host});
        if (!takePassword() || !reach() || !login() || !learnRole())
            return tl::unexpected(m_failure);
        return std::make_shared<Connection>(m_settings, m_facts, m_channel);
    }

private:
    void begin(Tick::Step step)
    {
        m_tick = Tick{step, Tick::State::Running, {}, {}};
        m_began = Clock::now();
        tell();
    }

    void tell()
    {
        if (m_told)
            m_told(m_tick);
    }

    bool end(Tick::State state, std::string fact)
    {
        m_tick.state = state;
        m_tick.fact = std::move(fact);
        m_tick.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_began);
        tell();
        return true;
    }

    bool fail(Error error, Fix fix = Fix::None)
    {
        if (m_stop.stop_requested())
            error = Error{ErrorKind::Canceled, "The connection test was canceled.", {}, 0};
        end(Tick::State::Failed, error.message);
        m_failure = {std::move(error), m_tick.step, fix};
        return false;
    }

    bool takePassword()
    {
        if (m_settings.password.isTyped())
            return true;
        begin(Tick::Step::Login);
        auto read = readPassword(m_settings.password, m_stop);
        if (!read)
            return fail(read.error(), Fix::PasswordSource);
        m_password = std::move(*read);
        m_tick.state = Tick::State::NotTried;
        tell();
        return true;
    }

    bool reach()
    {
        Probe probe(m_settings, kConnectPatience);
        begin(Tick::Step::Name);
        if (!take(probe.resolve()))
            return false;
        begin(Tick::Step::Connection);
        if (!take(probe.connect()))
            return false;
        begin(Tick::Step::Tls);
        return m_settings.isPlaintext ? end(Tick::State::NotNeeded, "not encrypted, as chosen") : take(probe.encrypt());
    }

    bool take(Probe::Finding finding)
    {
        return finding ? end(Tick::State::Ok, std::move(*finding)) : fail(finding.error().error, finding.error().fix);
    }

    bool login()
    {
        begin(Tick::Step::Login);
        auto channel = Channel::open(m_settings, m_password);
        if (!channel)
            return fail(channel.error(), Fix::CaFile);
        m_channel = *channel;
        m_channel->setLoginStyle(LoginStyle::Basic);
        const auto created = m_channel->call("/psdb.v1alpha1.Database/CreateSession", {}, kCallDeadline, m_stop);
        if (created) {
            psdb::v1alpha1::CreateSessionResponse response;
            if (!response.ParseFromString(*created))
                return fail({ErrorKind::NoService, "The host answers, but not as a branch does.", {}, 0});
            m_facts.family = Family::PlanetScale;
            m_facts.branch = response.branch();
            m_facts.user = response.user().username();
            constexpr const char* kRoles[] = {"reader", "writer", "readwriter", "admin"};
            if (const int role = response.user().role(); role >= 0 && role < 4)
                m_facts.role = kRoles[role];
            return end(Tick::State::Ok, m_settings.username.empty() ? "none asked" : "as " + m_settings.username);
        }
        if (created.error().kind == ErrorKind::Login)
            return fail(
                {ErrorKind::Login, "The branch refused this login.", created.error().detail, created.error().code},
                Fix::Password);
        if (created.error().kind != ErrorKind::NoService)
            return fail(created.error());

        m_facts.family = Family::Vtgate;
        if (!isPrintableAscii(m_settings.username) || !isPrintableAscii(m_password.reveal())) {
            return fail(
                {ErrorKind::Login,
                 "A vtgate takes a user and a password of printable ASCII characters alone, and these have others.",
                 {},
                 0},
                Fix::Password);
        }
        m_channel->setLoginStyle(LoginStyle::Static);
        const Connection probe(m_settings, m_facts, m_channel);
        const auto version =
            SqlSession(probe, {}).execute(Statement::read("select @@version_comment"), m_stop, kCallDeadline);
        if (version) {
            if (!version->rows.empty() && !version->rows.front().empty())
                m_facts.version = version->rows.front().front().value_or(std::string());
            return end(Tick::State::Ok, m_settings.username.empty() ? "none asked" : "as " + m_settings.username);
        }
        if (version.error().kind == ErrorKind::Login)
            return fail(version.error(), Fix::Password);
        if (version.error().kind == ErrorKind::NoService) {
            return fail({ErrorKind::NoService,
                         m_settings.host + " speaks neither PlanetScale's API nor Vitess' own. At PlanetScale the host "
                                           "ends in .connect.psdb.cloud; "
                                           "a vtgate needs its gRPC port.",
                         created.error().detail, created.error().code},
                        Fix::Host);
        }
        return fail(version.error());
    }

    bool learnRole()
    {
        begin(Tick::Step::Branch);
        // A request without a position: refused as such where VStream exists, and harmless.
        vtgate::VStreamRequest request;
        request.set_tablet_type(topodata::PRIMARY);
        const auto answer =
            m_channel->call("/vtgateservice.Vitess/VStream", request.SerializeAsString(), kCallDeadline, m_stop);
        const int code = answer ? grpc::StatusCode::OK : answer.error().code;
        m_facts.vstream = code == grpc::StatusCode::INVALID_ARGUMENT ? Availability::Yes
                          : code == grpc::StatusCode::UNIMPLEMENTED  ? Availability::No
                                                                     : Availability::Unknown;
        if (m_facts.family == Family::Vtgate && m_facts.vstream == Availability::No)
            return fail({ErrorKind::NoService,
                         "This vtgate does not offer VStream, and nothing else here streams changes.",
                         answer.error().detail, code});
        if (m_facts.branch.empty() && m_facts.role.empty())
            return end(Tick::State::NotNeeded, "not told by this server");
        return end(Tick::State::Ok, "branch " + m_facts.branch + ", role " + m_facts.role);
    }

    const ConnectionSettings& m_settings;
    Secret m_password;
    const std::function<void(const Tick&)>& m_told;
    std::stop_token m_stop;
    Tick m_tick;
    Clock::time_point m_began;
    BranchFacts m_facts;
    std::shared_ptr<Channel> m_channel;
    CheckFailure m_failure;
};

} // namespace

const char* nameOf(Tick::Step step)
{
    constexpr const char* kNames[] = {"Name", "Connection", "TLS", "Login", "Branch and role"};
    return kNames[static_cast<std::size_t>(step)];
}

tl::expected<std::shared_ptr<Connection>, CheckFailure> check(const ConnectionSettings& settings,
                                                              const Secret& password,
                                                              const std::function<void(const Tick&)>& told,
                                                              const std::stop_token& stop)
{
    return Run(settings, password, told, stop).go();
}

Connection::Connection(ConnectionSettings settings, BranchFacts facts, std::shared_ptr<Channel> channel)
    : m_settings(std::move(settings)), m_facts(std::move(facts)), m_channel(std::move(channel))
{
}

Connection::~Connection() = default;

namespace {

std::int64_t steadySeconds()
{
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
}

} // namespace

void Connection::unlock(std::chrono::seconds duration)
{
    m_unlockedUntil = steadySeconds() + duration.count();
}

void Connection::lock()
{
    m_unlockedUntil = 0;
}

std::chrono::seconds Connection::unlockedFor() const
{
    return std::chrono::seconds(std::max<std::int64_t>(0, m_unlockedUntil.load() - steadySeconds()));
}

} // namespace vtscope
