#include "transport/version_exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace nacre {
namespace {

constexpr std::size_t longest_version_line = 255;                 // "including the Carriage Return and Line Feed"
constexpr std::size_t longest_greeting_line = 8192;
constexpr unsigned most_greeting_lines = 1024;

} // namespace

Result<std::optional<std::string>> VersionExchange::receive(Buffer& in)
{
    for (;;) {
        auto text = as_text(in.data());
        auto end = text.find('\n');
        bool is_version = text.starts_with("SSH-");
        bool may_become_version = std::string_view{"SSH-"}.starts_with(text.substr(0, 4));
        std::size_t limit = is_version || may_become_version ? longest_version_line : longest_greeting_line;
        if (std::min(end, text.size()) >= limit)
            return peer_misbehaved("Invalid SSH identification string: the line is too long");
        if (role_ == Role::server && !is_version && !may_become_version)
            return peer_misbehaved("Invalid SSH identification string");
        if (end == std::string_view::npos)
            return std::nullopt;

        std::string line{text.substr(0, end)};
        in.consume(end + 1);
        if (line.ends_with('\r'))
            line.pop_back();
        if (is_version) {
            TRY(check(line));
            return line;
        }
        if (role_ == Role::server)
            return peer_misbehaved("Invalid SSH identification string");
        if (++lines_before_ > most_greeting_lines)
            return peer_misbehaved("too much text before the peer's identification string");
        if (greeting_.size() < most_kept_lines)
            greeting_.push_back(line.substr(0, longest_kept_line));
    }
}

// "protoversion MUST be 2.0"; a server that also speaks SSH 1 says 1.99 (RFC 4253 §5.1).
Result<void> VersionExchange::check(std::string_view line) const
{
    if (line.find('\0') != std::string_view::npos)
        return peer_misbehaved("Invalid SSH identification string: it contains a NUL");
    auto rest = line.substr(4);
    auto dash = rest.find('-');
    if (dash == std::string_view::npos)
        return peer_misbehaved(fmt::format("Invalid SSH identification string: {}", printable(line)));
    auto protocol = rest.substr(0, dash);
    if (protocol != "2.0" && protocol != "1.99")
        return peer_misbehaved(fmt::format("Protocol major versions differ: we speak 2.0, the peer {}", printable(protocol)),
                               DisconnectReason::protocol_version_not_supported);
    return {};
}

std::string_view software_of(std::string_view version_line)
{
    auto dash = version_line.find('-', 4);
    return dash == std::string_view::npos ? std::string_view{} : version_line.substr(dash + 1);
}

} // namespace nacre
