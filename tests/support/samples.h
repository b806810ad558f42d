#pragma once

#include <google/protobuf/message_lite.h>

#include <stdexcept>
#include <string>
#include <vector>

/// Recorded responses of a real server, in tests/samples. Its README.md says what each of them is.
namespace vtscope::test {

/// The full path of a file in tests/samples.
std::string samplePath(const std::string& name);

/// The content of a file. Throws std::runtime_error when it cannot be read.
std::string readFile(const std::string& path);

/// The messages of a .bin file, in order; each is stored behind its length as four bytes, most significant first.
/// A name without a slash is looked up in tests/samples. Throws std::runtime_error for a file that is not made so.
std::vector<std::string> readMessages(const std::string& nameOrPath);

/// One serialised message as an object. Throws std::runtime_error for bytes that are no such message.
template <typename Message> Message parsed(const std::string& bytes)
{
    Message message;
    if (!message.ParseFromString(bytes))
        throw std::runtime_error("these bytes are no " + message.GetTypeName());
    return message;
}

} // namespace vtscope::test
