#include "ui/capture/jsonchange.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace vtscope {

namespace {

constexpr std::size_t kLimit = 8192;
constexpr int kDepth = 64;

// The leaves of a document as (path, text) in order; containers without members are leaves.
class Leaves
{
public:
    explicit Leaves(std::string_view text) : m_text(text)
    {
        m_isValid = value({}, 0) && (skipBlank(), m_at == m_text.size());
    }

    bool isValid() const { return m_isValid; }
    const std::vector<std::pair<std::string, std::string_view>>& all() const { return m_leaves; }

private:
    void skipBlank()
    {
        while (m_at < m_text.size() &&
               (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\r' || m_text[m_at] == '\t'))
            ++m_at;
    }

    bool string()
    {
        for (++m_at; m_at < m_text.size(); ++m_at) {
            if (m_text[m_at] == '\\')
                ++m_at;
            else if (m_text[m_at] == '"')
                return ++m_at, true;
        }
        return false;
    }

    bool value(const std::string& path, int depth)
    {
        skipBlank();
        if (m_at >= m_text.size() || depth > kDepth)
            return false;
        const char open = m_text[m_at];
        const std::size_t start = m_at;
        if (open != '{' && open != '[') {
            if (open == '"' ? !string()
                            : (m_at = m_text.find_first_of(",]} \n\r\t", m_at), m_at = std::min(m_at, m_text.size()),
                               m_at == start))
                return false;
            m_leaves.emplace_back(path, m_text.substr(start, m_at - start));
            return true;
        }
        const char close = open == '{' ? '}' : ']';
        ++m_at;
        skipBlank();
        if (m_at < m_text.size() && m_text[m_at] == close) {
            ++m_at;
            m_leaves.emplace_back(path, m_text.substr(start, m_at - start));
            return true;
        }
        for (int i = 0;; ++i) {
            std::string inner = path;
            if (open == '{') {
                skipBlank();
                const std::size_t key = m_at;
                if (m_at >= m_text.size() || m_text[m_at] != '"' || !string())
                    return false;
                inner.append(".").append(m_text.substr(key + 1, m_at - key - 2));
                skipBlank();
                if (m_at >= m_text.size() || m_text[m_at++] != ':')
                    return false;
            } else {
                inner.append("[").append(std::to_string(i)).append("]");
            }
            if (!value(inner, depth + 1))
                return false;
            skipBlank();
            if (m_at >= m_text.size())
                return false;
            const char next = m_text[m_at++];
            if (next == close)
                return true;
            if (next != ',')
                return false;
        }
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::vector<std::pair<std::string, std::string_view>> m_leaves;
    bool m_isValid = false;
};

QString valueText(std::string_view text)
{
    return QString::fromUtf8(text.data(),
                             static_cast<qsizetype>(std::min<std::size_t>(text.size(), GridCell::kTextLimit)));
}

} // namespace

bool fillJsonChange(const Cell& before, const Cell& after, GridCell& out)
{
    if (before.bytes.size() > kLimit || after.bytes.size() > kLimit)
        return false;
    const Leaves olds(before.bytes), news(after.bytes);
    if (!olds.isValid() || !news.isValid())
        return false;
    auto sortedOlds = olds.all(), sortedNews = news.all();
    std::sort(sortedOlds.begin(), sortedOlds.end());
    std::sort(sortedNews.begin(), sortedNews.end());
    int changes = 0;
    const auto note = [&](const std::string& path, const std::string_view* old, const std::string_view* now) {
        if (changes++ > 0)
            return;
        out.path = QString::fromStdString(path.empty() ? "$" : path);
        out.oldKind = old ? CellKind::Value : CellKind::Absent;
        out.kind = now ? CellKind::Value : CellKind::Absent;
        out.oldText = old ? valueText(*old) : QString();
        out.text = now ? valueText(*now) : QString();
    };
    std::size_t i = 0, j = 0;
    while (i < sortedOlds.size() || j < sortedNews.size()) {
        const bool takesOld =
            j == sortedNews.size() || (i < sortedOlds.size() && sortedOlds[i].first < sortedNews[j].first);
        const bool takesNew =
            i == sortedOlds.size() || (j < sortedNews.size() && sortedNews[j].first < sortedOlds[i].first);
        if (takesOld) {
            note(sortedOlds[i].first, &sortedOlds[i].second, nullptr);
            ++i;
        } else if (takesNew) {
            note(sortedNews[j].first, nullptr, &sortedNews[j].second);
            ++j;
        } else {
            if (sortedOlds[i].second != sortedNews[j].second)
                note(sortedOlds[i].first, &sortedOlds[i].second, &sortedNews[j].second);
            ++i;
            ++j;
        }
    }
    if (changes == 0)
        return false;
    out.changed = true;
    out.more = changes - 1;
    return true;
}

} // namespace vtscope
