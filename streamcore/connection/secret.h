// A password on its way to the wire. Cannot be printed, logged, compared or copied by accident; its memory is wiped
// when it goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace vtscope {

class Secret
{
public:
    Secret() = default;
    explicit Secret(std::string_view text) : m_text(text) {}
    Secret(const Secret& other) = default;
    Secret(Secret&& other) noexcept : m_text(std::move(other.m_text)) { other.wipe(); }
    Secret& operator=(Secret other) noexcept
    {
        m_text.swap(other.m_text);
        return *this;
    }
    ~Secret() { wipe(); }

    bool isEmpty() const { return m_text.empty(); }
    // For the one place that hands it to the server or the keyring.
    std::string_view reveal() const { return m_text; }

    template <typename Stream> friend Stream& operator<<(Stream&, const Secret&) = delete;

private:
    void wipe()
    {
        volatile char* at = m_text.data();
        for (std::size_t i = 0; i < m_text.size(); ++i)
            at[i] = 0;
        m_text.clear();
    }

    std::string m_text;
};

} // namespace vtscope
