#include "app/localbranch/samplerows.h"

#include <array>
#include <cstdio>

#include "app/localbranch/value.h"

namespace localbranch {

namespace {

constexpr const char* kNames[] = {"Ada Lovelace",
                                  "Grace Hopper",
                                  "Zoë Müller 😀",
                                  "山田 太郎",
                                  "فاطمة الزهراء",
                                  "Łukasz Żółć",
                                  "O'Brien, Siobhán",
                                  "Иван Петров",
                                  "José Ñandú",
                                  "김민준",
                                  "नीलम शर्मा",
                                  "Nguyễn Thị Minh",
                                  "Alan \"T\" Turing",
                                  "Björk Guðmundsdóttir",
                                  "李小龍",
                                  "Δημήτρης 🏛️",
                                  "Anne-Marie d'Arc",
                                  "Robert'); DROP TABLE"};
constexpr const char* kCountries[] = {"DE", "JP", "US", "BR", "EG", "PL", "IE", "KR", "IN", "VN"};
constexpr const char* kTitles[] = {"Kettle, 1.7 l",    "Notebook A5 📓",      "Lamp “Luna”",     "Espresso-Bohnen 500 g",
                                   "USB-C cable, 2 m", "抹茶 (matcha) 100g", "Chair\tfoldable", "Poster: 'Aurora'",
                                   "Rain jacket",      "Chess set ♟"};
constexpr const char* kStreets[] = {"Hauptstraße 5",     "5-2-1 Ginza",     "221B Baker Street",
                                    "Av. Paulista 1578", "شارع التحرير ١٢", "ul. Długa 7"};
constexpr const char* kCarriers[] = {"dhl", "ups", "yamato", "correios"};
constexpr const char* kChannels[] = {"web", "app", "phone"};
constexpr const char* kSentences[] = {
    "Please leave the parcel with the neighbours. ",    "Rufen Sie bitte vorher an! ", "ギフト包装をお願いします。",
    "The last one arrived broken 😕, so pack it well. ", "من فضلك اتصل قبل التسليم. ",  "No substitutions.\n"};

} // namespace

template <size_t Count> const char* SampleRows::oneOf(const char* const (&words)[Count])
{
    return words[below(Count)];
}

std::string SampleRows::price(uint64_t mostCents)
{
    const uint64_t cents = 99 + below(mostCents);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%llu.%02llu", static_cast<unsigned long long>(cents / 100),
                  static_cast<unsigned long long>(cents % 100));
    return text.data();
}

std::string SampleRows::longText()
{
    std::string text;
    const uint64_t sentences = 1 + below(chance(0.1) ? 60 : 4);
    for (uint64_t i = 0; i < sentences; ++i)
        text += oneOf(kSentences);
    return text;
}

std::string SampleRows::bytes(size_t count)
{
    std::string data;
    data.reserve(count + 8);
    while (data.size() < count) {
        uint64_t word = m_random();
        for (int i = 0; i < 8; ++i, word >>= 8U)
            data += static_cast<char>(word & 0xFFU);
    }
    data.resize(count);
    return data;
}

Row SampleRows::customer(uint64_t id, int64_t now)
{
    const std::string number = std::to_string(id);
    Row row = {number,
               std::string(oneOf(kNames)),
               "customer" + number + "@example.com",
               std::string(oneOf(kCountries)),
               price(50'000),
               "{\"ads\": false, \"lang\": \"" + std::string(chance(0.5) ? "en" : "日本語") +
                   "\", \"theme\": \"dark\"}",
               std::nullopt,
               std::nullopt,
               dateTimeText(now, 6)};
    if (chance(0.3))
        row[6] = chance(0.2) ? std::string() : longText();
    if (chance(0.1))
        row[7] = "\x89PNG\r\n\x1a\n" + bytes(64);
    return row;
}

Row SampleRows::order(uint64_t id, uint64_t customer, size_t state, int64_t now)
{
    Row row = {std::to_string(id),
               std::to_string(customer),
               std::string(kStates[state]),
               price(90'000),
               std::string(chance(0.7) ? "EUR" : "JPY"),
               std::to_string(1 + below(4)),
               std::string(oneOf(kStreets)),
               "{\"gift\": " + std::string(chance(0.2) ? "true" : "false") + ", \"channel\": \"" + oneOf(kChannels) +
                   "\", \"history\": [\"new\"], \"risk_score\": 0." + std::to_string(1 + below(9)) + "}",
               std::nullopt,
               std::nullopt,
               dateTimeText(now, 6),
               dateTimeText(now, 6)};
    if (chance(0.25))
        row[8] = chance(0.1) ? std::string() : longText();
    return row;
}

void SampleRows::advance(Row& order, size_t state, int64_t now)
{
    order[kOrderStatus] = std::string(kStates[state]);
    order[kOrderUpdated] = dateTimeText(now, 6);
    // Users may have put anything into the payload; one of our own has one list, its history.
    if (!order[kOrderPayload])
        return;
    std::string& payload = *order[kOrderPayload];
    if (const size_t end = payload.find(']'); end != std::string::npos)
        payload.insert(end, ", \"" + std::string(kStates[state]) + "\"");
    if (state == 1 && chance(0.1))
        order[9] = "%PDF-1.7\n" + bytes(200 + below(400));
    if (state == 3)
        order[6] = std::string(oneOf(kStreets)) + ", " + oneOf(kCarriers);
}

Row SampleRows::item(uint64_t order, uint32_t line)
{
    Row row = {std::to_string(order),
               std::to_string(line),
               "SKU-" + std::to_string(1000 + below(9000)),
               std::string(oneOf(kTitles)),
               std::to_string(1 + below(5)),
               price(20'000),
               std::nullopt,
               std::string(chance(0.1) ? "1" : "0")};
    if (chance(0.2))
        row[6] = "0." + std::to_string(10 + below(60));
    return row;
}

Row SampleRows::mail(uint64_t id, uint64_t order, const char* kind, int64_t now)
{
    return {std::to_string(id),
            std::string(chance(0.1) ? "10" : "50"),
            std::string("0"),
            std::to_string(now),
            std::nullopt,
            "customer" + std::to_string(order % 1000) + "@example.com",
            std::string(kind),
            "{\"name\": \"" + std::string(chance(0.5) ? "Zoë 😀" : "山田") + "\", \"order\": " + std::to_string(order) +
                "}"};
}

Row SampleRows::upload(uint64_t id, int64_t now)
{
    return {std::to_string(id), "photos/" + std::to_string(id) + ".jpg", std::to_string(20'000 + below(5'000'000)),
            bytes(20), dateTimeText(now, 3)};
}

Row SampleRows::thumbnail(uint64_t id, uint64_t upload, int64_t now)
{
    return {std::to_string(id),
            std::string("50"),
            std::string("0"),
            std::to_string(now),
            std::nullopt,
            std::to_string(upload),
            std::string(chance(0.5) ? "160x120" : "1024x768")};
}

} // namespace localbranch
