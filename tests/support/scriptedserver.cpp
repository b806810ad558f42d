#include "tests/support/scriptedserver.h"

#include "tests/support/relay.h"
#include "tests/support/samples.h"

#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

namespace vtscope::test {
namespace {

struct Rule
{
    std::string pathPrefix;
    std::string requestContains;
    Script script;

    bool matches(const RecordedCall& call) const
    {
        return call.method.starts_with(pathPrefix) && call.request.find(requestContains) != std::string::npos;
    }
};

std::string bytesOf(const grpc::ByteBuffer& buffer)
{
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (!buffer.Dump(&slices).ok())
        return bytes;
    for (const grpc::Slice& slice : slices)
        bytes.append(static_cast<const char*>(static_cast<const void*>(slice.begin())), slice.size());
    return bytes;
}

grpc::ByteBuffer bufferOf(const std::string& bytes)
{
    const grpc::Slice slice(bytes);
    return {&slice, 1};
}

// "ipv4:127.0.0.1:4711" has 4711.
int portOf(const std::string& peer)
{
    const std::size_t colon = peer.rfind(':');
    return colon == std::string::npos ? 0 : std::atoi(peer.c_str() + colon + 1);
}

enum class Event { Accepted, Read, Done, Progress };

struct Call;

struct Tag
{
    Call* call;
    Event event;
};

// One call and what is left of its script. Lives until the library has told that it is done and has given back every
// tag.
struct Call
{
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream{&context};
    grpc::ByteBuffer request;
    grpc::Alarm alarm;
    std::list<Call>::iterator self;
    Tag accepted{this, Event::Accepted};
    Tag read{this, Event::Read};
    Tag done{this, Event::Done};
    Tag progress{this, Event::Progress};
    int pending = 0;
    bool isDone = false;
    std::optional<std::size_t> record; // none before its request was read
    std::vector<Script::Step> steps;
    std::size_t nextStep = 0;
    std::string gate; // where it waits; empty while it does not
};

template <typename... Functions> struct Overloaded : Functions...
{
    using Functions::operator()...;
};
template <typename... Functions> Overloaded(Functions...) -> Overloaded<Functions...>;

} // namespace

Script& Script::send(std::string message)
{
    m_steps.emplace_back(Send{std::move(message)});
    return *this;
}

Script& Script::sendAll(const std::vector<std::string>& messages)
{
    for (const std::string& message : messages)
        send(message);
    return *this;
}

Script& Script::sendFile(const std::string& nameOrPath)
{
    return sendAll(readMessages(nameOrPath));
}

Script& Script::sendHeaders()
{
    m_steps.emplace_back(SendHeaders{});
    return *this;
}

Script& Script::waitFor(std::string gate)
{
    m_steps.emplace_back(WaitFor{std::move(gate)});
    return *this;
}

Script& Script::delay(std::chrono::milliseconds time)
{
    m_steps.emplace_back(Delay{time});
    return *this;
}

Script& Script::staySilent()
{
    m_steps.emplace_back(StaySilent{});
    return *this;
}

Script& Script::finish(grpc::StatusCode code, std::string text)
{
    m_steps.emplace_back(Finish{grpc::Status(code, std::move(text))});
    return *this;
}

Script& Script::cut()
{
    m_steps.emplace_back(Cut{});
    return *this;
}

// Everything that belongs to a call is touched by the thread alone; rules, gates and records are shared under m_mutex.
class ScriptedServer::Engine
{
public:
    Engine(std::shared_ptr<grpc::ServerCredentials> credentials, std::chrono::milliseconds leastPing);
    ~Engine();

    int port() const { return m_relay->port(); }
    Relay& relay() { return *m_relay; }
    void addRule(Rule rule, bool once);
    void release(const std::string& gate);
    std::vector<RecordedCall> calls(const std::string& pathPrefix) const;
    bool waitUntil(const std::function<bool(const std::vector<RecordedCall>&)>& holds,
                   std::chrono::milliseconds limit) const;

private:
    void run();
    void handle(const Tag& tag, bool ok);
    void acceptNext();
    void choose(Call& call);
    void advance(Call& call);
    bool isReleased(const std::string& gate) const;
    void passGates();

    grpc::AsyncGenericService m_service;
    std::unique_ptr<grpc::ServerCompletionQueue> m_queue;
    std::unique_ptr<grpc::Server> m_server;
    std::unique_ptr<Relay> m_relay;
    std::list<Call> m_calls;
    bool m_isClosed = false; // the queue; only the thread's. Its address is the tag that says to close it.
    std::thread m_thread;

    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    std::list<Rule> m_once;
    std::list<Rule> m_rules;
    std::set<std::string> m_released;
    std::vector<RecordedCall> m_records;
    std::list<grpc::Alarm> m_wakeups;
    bool m_isStopping = false;
};

ScriptedServer::Engine::Engine(std::shared_ptr<grpc::ServerCredentials> credentials,
                               std::chrono::milliseconds leastPing)
{
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials ? std::move(credentials) : grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterAsyncGenericService(&m_service);
    builder.SetMaxReceiveMessageSize(-1);
    builder.SetMaxSendMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               static_cast<int>(leastPing.count()));
    m_queue = builder.AddCompletionQueue();
    m_server = builder.BuildAndStart();
    if (!m_server || port == 0)
        throw std::runtime_error("the scripted server cannot listen on loopback");
    m_relay = std::make_unique<Relay>(port);
    acceptNext();
    m_thread = std::thread([this] { run(); });
}

ScriptedServer::Engine::~Engine()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    m_server->Shutdown(std::chrono::system_clock::now());
    // Nothing may be started on a queue that is shut down, so that is left to the one thread which starts things.
    grpc::Alarm wakeup(m_queue.get(), std::chrono::system_clock::now(), &m_isClosed);
    m_thread.join();
}

void ScriptedServer::Engine::addRule(Rule rule, bool once)
{
    const std::lock_guard lock(m_mutex);
    if (once)
        m_once.push_back(std::move(rule));
    else
        m_rules.push_front(std::move(rule));
}

void ScriptedServer::Engine::release(const std::string& gate)
{
    const std::lock_guard lock(m_mutex);
    if (m_isStopping || !m_released.insert(gate).second)
        return;
    m_wakeups.emplace_back().Set(m_queue.get(), std::chrono::system_clock::now(), nullptr);
}

std::vector<RecordedCall> ScriptedServer::Engine::calls(const std::string& pathPrefix) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<RecordedCall> result;
    std::copy_if(m_records.begin(), m_records.end(), std::back_inserter(result),
                 [&](const RecordedCall& call) { return call.method.starts_with(pathPrefix); });
    return result;
}

bool ScriptedServer::Engine::waitUntil(const std::function<bool(const std::vector<RecordedCall>&)>& holds,
                                       std::chrono::milliseconds limit) const
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, limit, [&] { return holds(m_records); });
}

void ScriptedServer::Engine::run()
{
    void* tag = nullptr;
    bool ok = false;
    while (m_queue->Next(&tag, &ok)) {
        if (tag == nullptr) {
            passGates();
        } else if (tag == &m_isClosed) {
            m_isClosed = true;
            m_queue->Shutdown();
        } else {
            handle(*static_cast<Tag*>(tag), ok);
        }
    }
    m_calls.clear();
}

void ScriptedServer::Engine::acceptNext()
{
    Call& call = m_calls.emplace_back();
    call.self = std::prev(m_calls.end());
    call.context.AsyncNotifyWhenDone(&call.done);
    m_service.RequestCall(&call.context, &call.stream, m_queue.get(), m_queue.get(), &call.accepted);
}

void ScriptedServer::Engine::handle(const Tag& tag, bool ok)
{
    Call& call = *tag.call;
    switch (tag.event) {
    case Event::Accepted:
        if (!ok) {
            // Shutting down; the tag for "done" never comes for a call that never was.
            m_calls.erase(call.self);
            return;
        }
        call.pending = 1; // "done"
        if (!m_isClosed) {
            acceptNext();
            ++call.pending;
            call.stream.Read(&call.request, &call.read);
        }
        return;
    case Event::Read:
        --call.pending;
        choose(call);
        break;
    case Event::Progress:
        --call.pending;
        if (ok)
            advance(call);
        break;
    case Event::Done: {
        --call.pending;
        call.isDone = true;
        call.gate.clear();
        call.alarm.Cancel();
        const std::lock_guard lock(m_mutex);
        if (call.record) {
            m_records[*call.record].isOver = true;
            m_records[*call.record].isCancelled = call.context.IsCancelled();
            m_changed.notify_all();
        }
        break;
    }
    }
    if (call.isDone && call.pending == 0)
        m_calls.erase(call.self);
}

void ScriptedServer::Engine::choose(Call& call)
{
    RecordedCall record;
    record.method = call.context.method();
    record.request = bytesOf(call.request);
    record.peer = call.context.peer();
    for (const auto& [key, value] : call.context.client_metadata())
        record.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    {
        const std::lock_guard lock(m_mutex);
        const auto matching = [&](const Rule& rule) { return rule.matches(record); };
        if (const auto once = std::find_if(m_once.begin(), m_once.end(), matching); once != m_once.end()) {
            call.steps = once->script.steps();
            m_once.erase(once);
        } else if (const auto rule = std::find_if(m_rules.begin(), m_rules.end(), matching); rule != m_rules.end()) {
            call.steps = rule->script.steps();
        } else {
            call.steps = Script().finish(grpc::StatusCode::UNIMPLEMENTED, "no script for " + record.method).steps();
        }
        const bool endsItself = !call.steps.empty() && std::holds_alternative<Script::Finish>(call.steps.back());
        if (!endsItself)
            call.steps.emplace_back(Script::Finish{grpc::Status::OK});
        record.isOver = call.isDone;
        record.isCancelled = call.isDone;
        call.record = m_records.size();
        m_records.push_back(std::move(record));
    }
    m_changed.notify_all();
    advance(call);
}

void ScriptedServer::Engine::advance(Call& call)
{
    if (m_isClosed || call.isDone || call.nextStep >= call.steps.size())
        return;
    const auto& step = call.steps[call.nextStep++];
    const auto started = [&]() -> void* {
        ++call.pending;
        return &call.progress;
    };
    std::visit(Overloaded{
                   [&](const Script::Send& send) {
                       // Written through: a cut that follows must not overtake it.
                       call.stream.Write(bufferOf(send.message), grpc::WriteOptions().set_write_through(), started());
                   },
                   [&](const Script::SendHeaders&) { call.stream.SendInitialMetadata(started()); },
                   [&](const Script::WaitFor& wait) {
                       if (isReleased(wait.gate))
                           advance(call);
                       else
                           call.gate = wait.gate;
                   },
                   [&](const Script::Delay& delay) {
                       call.alarm.Set(m_queue.get(), std::chrono::system_clock::now() + delay.time, started());
                   },
                   [&](const Script::StaySilent&) { call.nextStep = call.steps.size(); },
                   [&](const Script::Finish& finish) {
                       call.nextStep = call.steps.size();
                       call.stream.Finish(finish.status, started());
                   },
                   [&](const Script::Cut&) {
                       call.nextStep = call.steps.size();
                       m_relay->cut(portOf(call.context.peer()));
                   },
               },
               step);
}

bool ScriptedServer::Engine::isReleased(const std::string& gate) const
{
    const std::lock_guard lock(m_mutex);
    return m_released.contains(gate);
}

void ScriptedServer::Engine::passGates()
{
    for (Call& call : m_calls) {
        if (!call.gate.empty() && isReleased(call.gate)) {
            call.gate.clear();
            advance(call);
        }
    }
}

ScriptedServer::ScriptedServer(std::shared_ptr<grpc::ServerCredentials> credentials,
                               std::chrono::milliseconds leastPing)
    : m_engine(std::make_unique<Engine>(std::move(credentials), leastPing))
{
}

ScriptedServer::~ScriptedServer() = default;

int ScriptedServer::port() const
{
    return m_engine->port();
}

std::string ScriptedServer::hostPort() const
{
    return "127.0.0.1:" + std::to_string(port());
}

void ScriptedServer::on(const std::string& pathPrefix, const Script& script, const std::string& requestContains)
{
    m_engine->addRule({pathPrefix, requestContains, script}, false);
}

void ScriptedServer::once(const std::string& pathPrefix, const Script& script, const std::string& requestContains)
{
    m_engine->addRule({pathPrefix, requestContains, script}, true);
}

void ScriptedServer::release(const std::string& gate)
{
    m_engine->release(gate);
}

void ScriptedServer::cutAll()
{
    m_engine->relay().cutAll();
}

void ScriptedServer::setFrozen(bool frozen)
{
    m_engine->relay().setFrozen(frozen);
}

std::vector<RecordedCall> ScriptedServer::calls(const std::string& pathPrefix) const
{
    return m_engine->calls(pathPrefix);
}

bool ScriptedServer::waitForCalls(std::size_t count, const std::string& pathPrefix,
                                  std::chrono::milliseconds limit) const
{
    return m_engine->waitUntil(
        [&](const std::vector<RecordedCall>& records) {
            return std::count_if(records.begin(), records.end(), [&](const RecordedCall& call) {
                       return call.method.starts_with(pathPrefix);
                   }) >= static_cast<std::ptrdiff_t>(count);
        },
        limit);
}

bool ScriptedServer::waitForCancelled(std::size_t count, const std::string& pathPrefix,
                                      std::chrono::milliseconds limit) const
{
    return m_engine->waitUntil(
        [&](const std::vector<RecordedCall>& records) {
            return std::count_if(records.begin(), records.end(), [&](const RecordedCall& call) {
                       return call.isCancelled && call.method.starts_with(pathPrefix);
                   }) >= static_cast<std::ptrdiff_t>(count);
        },
        limit);
}

} // namespace vtscope::test
