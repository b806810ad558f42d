#include "streamcore/branch/branch.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "streamcore/wire/sql.h"

namespace vtscope {

namespace {

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t end = std::min(text.find(separator, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool takeNumber(const std::string& text, double& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 0;
}

std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

// Key ranges sort by their start; "-80" starts at nothing.
bool startsEarlier(const std::string& a, const std::string& b)
{
    return a.substr(0, a.find('-')) < b.substr(0, b.find('-'));
}

bool hasRequiredColumns(const Table& table, std::string& missing)
{
    for (const char* name : {"id", "priority", "time_next", "epoch", "time_acked"}) {
        const bool isThere = std::any_of(table.columns.begin(), table.columns.end(),
                                         [name](const TableColumn& column) { return column.name == name; });
        if (!isThere) {
            missing = name;
            return false;
        }
    }
    return true;
}

void readTables(const QueryRows& rows, Keyspace& keyspace)
{
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        Table table;
        table.name = rows.text(i, "table_name");
        table.isView = rows.text(i, "table_type").find("VIEW") != std::string::npos;
        table.isInternal = isInternalName(table.name);
        table.queue = queueSettingsOf(rows.text(i, "table_comment"));
        const std::string estimate = rows.text(i, "table_rows");
        std::from_chars(estimate.data(), estimate.data() + estimate.size(), table.rowEstimate);
        Table* known = const_cast<Table*>(keyspace.find(table.name));
        if (known)
            known->rowEstimate += table.rowEstimate;
        else
            keyspace.tables.push_back(std::move(table));
    }
}

void readColumns(const QueryRows& rows, Keyspace& keyspace)
{
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        Table* table = const_cast<Table*>(keyspace.find(rows.text(i, "table_name")));
        if (!table)
            continue;
        TableColumn column{rows.text(i, "column_name"), rows.text(i, "column_type"),
                           rows.text(i, "is_nullable") != "NO", rows.text(i, "extra")};
        // Several databases of one server may answer for one keyspace.
        const bool isKnown = std::any_of(table->columns.begin(), table->columns.end(),
                                         [&](const TableColumn& known) { return known.name == column.name; });
        if (!isKnown)
            table->columns.push_back(std::move(column));
    }
}

void readKeys(const QueryRows& rows, Keyspace& keyspace)
{
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        Table* table = const_cast<Table*>(keyspace.find(rows.text(i, "table_name")));
        const std::string column = rows.text(i, "column_name");
        if (table && std::find(table->key.begin(), table->key.end(), column) == table->key.end())
            table->key.push_back(column);
    }
}

void fillTables(const Connection& connection, Keyspace& keyspace, const std::stop_token& stop)
{
    SqlSession session(connection, keyspace.name);
    const std::string schema = "table_schema = " + quotedText(keyspace.name);
    const auto tables = session.execute(
        Statement::read(
            "select table_name, table_type, table_comment, table_rows from information_schema.tables where " + schema),
        stop);
    if (!tables) {
        keyspace.problem = tables.error();
        return;
    }
    readTables(*tables, keyspace);
    std::sort(keyspace.tables.begin(), keyspace.tables.end(),
              [](const Table& a, const Table& b) { return a.name < b.name; });
    const auto columns = session.execute(
        Statement::read(
            "select table_name, column_name, column_type, is_nullable, extra from information_schema.columns where " +
            schema + " order by table_name, ordinal_position"),
        stop);
    if (columns)
        readColumns(*columns, keyspace);
    const auto keys = session.execute(
        Statement::read("select table_name, column_name, seq_in_index from information_schema.statistics where " +
                        schema + " and index_name = 'PRIMARY' order by table_name, seq_in_index"),
        stop);
    if (keys)
        readKeys(*keys, keyspace);
    // A keyspace that is asked as a whole answers with the rows of one of its shards.
    for (Table& table : keyspace.tables)
        table.rowEstimate *= std::max<std::size_t>(1, keyspace.shards.size());
    for (Table& table : keyspace.tables) {
        std::string missing;
        if (table.queue && table.queue->problem.empty() && columns && !hasRequiredColumns(table, missing))
            table.queue->problem = "the column " + missing + " is missing";
    }
}

} // namespace

std::optional<QueueSettings> queueSettingsOf(const std::string& comment)
{
    if (comment.find("vitess_message") == std::string::npos)
        return std::nullopt;
    std::map<std::string, std::string> values;
    for (const std::string& entry : split(comment, ',')) {
        const std::vector<std::string> pair = split(entry, '=');
        if (pair.size() == 2)
            values[pair[0]] = pair[1];
    }
    QueueSettings settings;
    const auto number = [&](const char* name, bool isRequired, double& out) {
        const auto found = values.find(name);
        if (found == values.end()) {
            if (isRequired && settings.problem.empty())
                settings.problem = std::string("the comment has no ") + name;
            return false;
        }
        if (!takeNumber(found->second, out)) {
            if (settings.problem.empty())
                settings.problem = std::string(name) + " is not a number: " + found->second;
            return false;
        }
        return true;
    };
    double batch = 0, cache = 0;
    number("vt_ack_wait", true, settings.ackWait);
    number("vt_purge_after", true, settings.purgeAfter);
    number("vt_batch_size", true, batch);
    number("vt_cache_size", true, cache);
    number("vt_poller_interval", true, settings.pollerInterval);
    settings.minBackoff = settings.ackWait;
    number("vt_min_backoff", false, settings.minBackoff);
    number("vt_max_backoff", false, settings.maxBackoff);
    settings.batchSize = static_cast<std::int64_t>(batch);
    settings.cacheSize = static_cast<std::int64_t>(cache);
    if (const auto columns = values.find("vt_message_cols"); columns != values.end())
        settings.columns = split(columns->second, '|');
    return settings;
}

const Table* Keyspace::find(const std::string& table) const
{
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& one) { return one.name == table; });
    return found == tables.end() ? nullptr : &*found;
}

const Keyspace* Branch::find(const std::string& keyspace) const
{
    const auto found =
        std::find_if(keyspaces.begin(), keyspaces.end(), [&](const Keyspace& one) { return one.name == keyspace; });
    return found == keyspaces.end() ? nullptr : &*found;
}

std::vector<std::string> discoverShards(const Connection& connection, const std::string& keyspace,
                                        const std::stop_token& stop)
{
    std::vector<std::string> shards;
    const auto told = SqlSession(connection, {}).execute(Statement::read("show vitess_shards"), stop);
    if (!told)
        return shards;
    for (const auto& row : told->rows) {
        const std::string name = row.empty() ? std::string() : row.front().value_or(std::string());
        if (name.starts_with(keyspace + "/"))
            shards.push_back(name.substr(keyspace.size() + 1));
    }
    std::sort(shards.begin(), shards.end(), startsEarlier);
    return shards;
}

Keyspace discoverKeyspace(const Connection& connection, const std::string& name, const std::stop_token& stop)
{
    Keyspace keyspace;
    keyspace.name = name;
    keyspace.shards = discoverShards(connection, name, stop);
    fillTables(connection, keyspace, stop);
    return keyspace;
}

Result<Branch> discover(const Connection& connection, const std::stop_token& stop)
{
    SqlSession session(connection, {});
    auto listed = session.execute(Statement::read("show keyspaces"), stop);
    if (!listed)
        listed = session.execute(Statement::read("show databases"), stop);
    if (!listed)
        return tl::unexpected(listed.error());
    Branch branch;
    for (const auto& row : listed->rows) {
        const std::string name = row.empty() ? std::string() : row.front().value_or(std::string());
        static const std::vector<std::string> kSystem{"information_schema", "mysql", "performance_schema", "sys",
                                                      "_vt"};
        if (name.empty() || std::find(kSystem.begin(), kSystem.end(), name) != kSystem.end())
            continue;
        branch.keyspaces.push_back(discoverKeyspace(connection, name, stop));
        if (stop.stop_requested())
            return failure(ErrorKind::Canceled, "Reading the branch was canceled.");
    }
    std::sort(branch.keyspaces.begin(), branch.keyspaces.end(),
              [](const Keyspace& a, const Keyspace& b) { return a.name < b.name; });
    return branch;
}

bool isInternalName(const std::string& table)
{
    if (table.starts_with("_vt_") || table == "_vt")
        return true;
    if (!table.starts_with("_"))
        return false;
    for (const std::string_view suffix : {"_gho", "_ghc", "_del", "_new", "_vrepl", "_old"}) {
        if (table.ends_with(suffix))
            return true;
    }
    return false;
}

std::vector<std::string> nearNames(const std::string& typed, const std::vector<std::string>& names)
{
    std::vector<std::pair<std::size_t, std::string>> near;
    const std::string wanted = lower(typed);
    for (const std::string& name : names) {
        const std::string candidate = lower(name);
        const std::size_t far = distance(wanted, candidate);
        const bool contains = !wanted.empty() && (candidate.find(wanted) != std::string::npos ||
                                                  wanted.find(candidate) != std::string::npos);
        if (contains || far <= std::max<std::size_t>(2, candidate.size() / 3))
            near.emplace_back(contains ? std::min<std::size_t>(far, 1) : far, name);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> best;
    for (std::size_t i = 0; i < near.size() && i < 3; ++i)
        best.push_back(near[i].second);
    return best;
}

Error unknownName(const std::string& what, const std::string& typed, const std::string& where,
                  const std::vector<std::string>& names)
{
    std::string message = "There is no " + what + " " + typed + (where.empty() ? std::string() : " in " + where) + ".";
    const std::vector<std::string> near = nearNames(typed, names);
    for (std::size_t i = 0; i < near.size(); ++i)
        message += (i == 0 ? " Did you mean " : i + 1 == near.size() ? " or " : ", ") + near[i];
    if (!near.empty())
        message += "?";
    return Error{ErrorKind::UnknownName, std::move(message), {}, 0};
}

} // namespace vtscope
