#include "app/localbranch/vindex.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace localbranch {

namespace {

using Block = std::array<unsigned char, 8>;

/// Three rounds under one key are one: plain DES is missing from OpenSSL 3's default provider.
class Cipher
{
public:
    Cipher() : m_context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free)
    {
        const std::array<unsigned char, 24> zeroKey{};
        if (!m_context ||
            EVP_EncryptInit_ex(m_context.get(), EVP_des_ede3_ecb(), nullptr, zeroKey.data(), nullptr) != 1)
            throw std::runtime_error("OpenSSL offers no triple DES, which the vindex hash needs");
        EVP_CIPHER_CTX_set_padding(m_context.get(), 0);
    }

    Block encrypted(const Block& plain)
    {
        Block result{};
        int length = 0;
        EVP_EncryptUpdate(m_context.get(), result.data(), &length, plain.data(), static_cast<int>(plain.size()));
        return result;
    }

private:
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> m_context;
};

std::optional<uint64_t> boundOf(std::string_view hex)
{
    if (hex.empty())
        return 0;
    if (hex.size() > 16 || hex.size() % 2 != 0)
        return std::nullopt;
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (error != std::errc{} || end != hex.data() + hex.size())
        return std::nullopt;
    return value << (64 - 4 * hex.size());
}

} // namespace

uint64_t hashVindex(uint64_t id)
{
    thread_local Cipher cipher;
    Block plain{};
    for (size_t i = 0; i < plain.size(); ++i)
        plain[i] = static_cast<unsigned char>(id >> (56 - 8 * i));
    uint64_t result = 0;
    for (const unsigned char byte : cipher.encrypted(plain))
        result = result << 8U | byte;
    return result;
}

std::optional<uint64_t> keyspaceIdOf(std::string_view integerText)
{
    const char* const end = integerText.data() + integerText.size();
    if (!integerText.empty() && integerText.front() == '-') {
        int64_t number = 0;
        const auto result = std::from_chars(integerText.data(), end, number);
        if (result.ec != std::errc{} || result.ptr != end)
            return std::nullopt;
        return hashVindex(static_cast<uint64_t>(number));
    }
    uint64_t number = 0;
    const auto result = std::from_chars(integerText.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end)
        return std::nullopt;
    return hashVindex(number);
}

std::optional<KeyRange> KeyRange::parse(std::string_view name)
{
    const size_t dash = name.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const auto begin = boundOf(name.substr(0, dash));
    const auto end = boundOf(name.substr(dash + 1));
    if (!begin || !end)
        return std::nullopt;
    return KeyRange{std::string(name), *begin, *end};
}

std::optional<std::vector<KeyRange>> KeyRange::equalRanges(size_t count)
{
    if (count == 0 || count > 256 || (count & (count - 1)) != 0)
        return std::nullopt;
    std::vector<KeyRange> ranges;
    const size_t step = 256 / count;
    const auto hex = [](size_t value) {
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), "%02x", static_cast<unsigned>(value));
        return std::string(text.data());
    };
    for (size_t i = 0; i < count; ++i) {
        const std::string begin = i == 0 ? "" : hex(i * step);
        const std::string end = i + 1 == count ? "" : hex((i + 1) * step);
        ranges.push_back(*parse(begin + "-" + end));
    }
    return ranges;
}

} // namespace localbranch
