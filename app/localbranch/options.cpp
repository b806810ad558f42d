#include "app/localbranch/options.h"

#include <charconv>
#include <functional>

namespace localbranch {

namespace {

template <typename Number> bool readNumber(const std::string& text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool readShards(const std::string& text, std::map<std::string, size_t>& shards)
{
    const size_t sign = text.find('=');
    size_t count = 0;
    if (sign == std::string::npos || sign == 0 || !readNumber(text.substr(sign + 1), count) || count == 0)
        return false;
    shards[text.substr(0, sign)] = count;
    return true;
}

bool readServices(const std::string& text, std::set<std::string>& services)
{
    services.clear();
    size_t at = 0;
    while (at <= text.size()) {
        const size_t comma = std::min(text.find(',', at), text.size());
        const std::string word = text.substr(at, comma - at);
        if (word != "psdb" && word != "connect" && word != "vtgate" && word != "none")
            return false;
        if (word != "none")
            services.insert(word);
        at = comma + 1;
    }
    return true;
}

} // namespace

std::variant<Options, std::string> parsedOptions(const std::vector<std::string>& arguments)
{
    Options options;
    using Reader = std::function<bool(const std::string&)>;
    const auto text = [](std::string& into) -> Reader {
        return [&into](const std::string& value) {
            into = value;
            return !value.empty();
        };
    };
    const auto number = [](uint64_t& into) -> Reader {
        return [&into](const std::string& value) { return readNumber(value, into); };
    };
    const std::map<std::string, Reader> valued = {
        {"--listen", text(options.listen)},
        {"--schema", text(options.schemaDirectory)},
        {"--data", text(options.dataFile)},
        {"--user", text(options.user)},
        {"--password-file", text(options.passwordFile)},
        {"--tls-dir", text(options.tlsDirectory)},
        {"--seed", number(options.seed)},
        {"--rows", number(options.rows)},
        {"--keep", number(options.keptBytes)},
        {"--tablet-search-seconds", number(options.tabletSearchSeconds)},
        {"--table-rest", number(options.tableRestMs)},
        {"--rate",
         [&options](const std::string& value) {
             double rate = 0;
             if (!readNumber(value, rate) || !(rate >= 0))
                 return false;
             options.rate = rate;
             return true;
         }},
        {"--shards", [&options](const std::string& value) { return readShards(value, options.shards); }},
        {"--services", [&options](const std::string& value) { return readServices(value, options.services); }},
        {"--role", [&options](const std::string& value) { return psdb::data::v1::Role_Parse(value, &options.role); }},
    };
    for (size_t i = 0; i < arguments.size(); ++i) {
        std::string name = arguments[i];
        if (name == "--child") {
            options.isChild = true;
            continue;
        }
        if (name == "--no-jitter") {
            options.hasJitter = false;
            continue;
        }
        if (name == "--help") {
            options.wantsHelp = true;
            return options;
        }
        std::optional<std::string> value;
        if (const size_t sign = name.find('='); name.starts_with("--") && sign != std::string::npos) {
            value = name.substr(sign + 1);
            name.resize(sign);
        }
        const auto reader = valued.find(name);
        if (reader == valued.end())
            return "unknown argument " + name + "; --help lists them";
        if (!value) {
            if (i + 1 == arguments.size())
                return name + " needs a value";
            value = arguments[++i];
        }
        if (!reader->second(*value))
            return name + " does not take " + *value;
    }
    if (options.listen.empty())
        return "--listen is missing, for example --listen 127.0.0.1:0";
    const std::size_t colon = options.listen.rfind(':');
    if (colon == std::string::npos)
        return "--listen needs host:port, not " + options.listen;
    int port = -1;
    const char* const end = options.listen.data() + options.listen.size();
    const auto [after, error] = std::from_chars(options.listen.data() + colon + 1, end, port);
    if (error != std::errc{} || after != end || port < 0 || port > 65535)
        return "--listen needs a port from 0 to 65535, not " + options.listen.substr(colon + 1);
    if (!options.passwordFile.empty() && options.isChild)
        return "--child reads the password from stdin: leave out --password-file";
    if (options.user.empty() != options.passwordFile.empty() && !options.isChild)
        return "--user and --password-file belong together";
    if (options.keptBytes == 0)
        return "--keep must be above zero";
    return options;
}

const char* helpText()
{
    return "localbranch: a small server that behaves as PlanetScale and Vitess do.\n"
           "  --listen HOST:PORT              port 0 takes a free one; the address is printed as JSON\n"
           "  --schema DIR --shards KS=N...   keyspaces from DIR/KS/*.sql and vschema.json instead of the sample\n"
           "  --data FILE                     keep rows in FILE.KEYSPACE (default: in memory)\n"
           "  --seed N --rows N --rate R      the sample: its seed, orders at the start, changes a second\n"
           "  --services psdb,connect,vtgate  what answers (or none)\n"
           "  --user U --password-file F      ask for a login\n"
           "  --role reader|writer|readwriter|admin\n"
           "  --tls-dir DIR                   TLS with DIR/cert.pem and key.pem, made if they are missing\n"
           "  --keep BYTES                    history in memory, after which positions are purged\n"
           "  --tablet-search-seconds N       silence of a position that cannot be reached\n"
           "  --table-rest MS                 pause before each table of a copy\n"
           "  --no-jitter                     back-off of messages without chance\n"
           "  --child                         password on stdin, ends with its parent\n"
           "USR1 drains it: GOAWAY on every connection, then a new listener on the same port with the same data.\n";
}

} // namespace localbranch
