#include "client/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace nacre {
namespace {

constexpr std::array refusals{
    std::string_view{"Exceeded MaxStartups"},                     // OpenSSH up to 9.9, and ours
    std::string_view{"Not allowed at this time"},                 // OpenSSH since 10.0
};
constexpr unsigned most_attempts = 3;                             // beside the first
constexpr std::chrono::milliseconds first_pause{500};             // on average

} // namespace

bool is_refusal(std::span<const std::string> greeting)
{
    return std::ranges::any_of(greeting, [](std::string_view line) {
        return std::ranges::any_of(refusals, [&](auto words) { return line.starts_with(words); });
    });
}

std::optional<Duration> RefusedAttempts::next_pause()
{
    if (made_ == most_attempts)
        return std::nullopt;
    auto middle = first_pause * (1u << made_++);
    auto jitter = random_.bytes<2>();
    auto share = (jitter[0] << 8 | jitter[1]) / 65536.0;          // [0, 1)
    return std::chrono::duration_cast<Duration>(middle * (0.5 + share));
}

std::string quoted_greeting(std::span<const std::string> greeting)
{
    for (auto& line : greeting)
        if (auto text = trim(line); !text.empty())
            return fmt::format("\"{}\"", printable(text));
    return {};
}

} // namespace nacre
