#include "tests/support/samples.h"

#include <cstdint>
#include <fstream>
#include <iterator>

namespace vtscope::test {

std::string samplePath(const std::string& name)
{
    return std::string(VTSCOPE_SAMPLES_DIR) + '/' + name;
}

std::string readFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> readMessages(const std::string& nameOrPath)
{
    const std::string path = nameOrPath.find('/') == std::string::npos ? samplePath(nameOrPath) : nameOrPath;
    const std::string content = readFile(path);
    std::vector<std::string> messages;
    std::size_t at = 0;
    while (at < content.size()) {
        if (content.size() - at < 4)
            throw std::runtime_error(path + " ends inside a length");
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = length << 8 | static_cast<std::uint8_t>(content[at + i]);
        at += 4;
        if (content.size() - at < length)
            throw std::runtime_error(path + " ends inside a message");
        messages.push_back(content.substr(at, length));
        at += length;
    }
    return messages;
}

} // namespace vtscope::test
