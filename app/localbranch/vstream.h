// One VStream: resolves the request, then interleaves its shards until the client goes or a shard fails. Lives on the
// thread of its call.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "app/localbranch/shardstream.h"
#include "vtgate.pb.h"

namespace localbranch {

struct VStreamSettings
{
    std::chrono::seconds tabletSearch{90};
    std::chrono::milliseconds tableRest{50};
};

class VStream
{
public:
    VStream(Engine& engine, const vtgate::VStreamRequest& request, VStreamSettings settings, StreamSink sink,
            std::function<bool()> isCancelled);
    ~VStream();

    grpc::Status run();

private:
    void resolve();
    void resolveKeyspace(const binlogdata::ShardGtid& wanted);
    void addShard(Keyspace& keyspace, Shard& shard, const binlogdata::ShardGtid& wanted);
    bool sendHeartbeat();

    Engine& m_engine;
    const vtgate::VStreamRequest& m_request;
    VStreamSettings m_settings;
    StreamSink m_sink;
    std::function<bool()> m_isCancelled;
    Notifier m_notifier;
    StreamShared m_shared;
    std::vector<std::unique_ptr<ShardStream>> m_streams;
};

} // namespace localbranch
