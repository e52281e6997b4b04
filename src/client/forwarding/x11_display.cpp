#include "client/forwarding/x11_display.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "os/environment.h"
#include "os/process.h"
#include "os/temporary_folder.h"

namespace nacre {
namespace {

constexpr std::string_view usual_protocol = "MIT-MAGIC-COOKIE-1";
constexpr std::size_t usual_size = 16;
constexpr std::size_t largest_cookie = 256;
constexpr std::size_t largest_listing = 64 * 1024;
constexpr unsigned first_port = 6000;                             // of display 0
constexpr Seconds slack{60};                                      // an X server's timeout begins before ours

// What it prints holds a cookie.
Result<SecretBytes> run_xauth(const std::string& program, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), program);
    SpawnRequest request{.program = program, .arguments = std::move(arguments)};
    request.input = null_stream;
    request.error = null_stream;
    auto captured = TRY(capture(std::move(request), largest_listing));
    if (!captured.status.success())
        return system_failure(fmt::format("{} failed", program));
    auto printed = SecretBytes::copy_of(captured.output);
    wipe(captured.output);
    return printed;
}

Result<X11Cookie> listed_cookie(const std::string& program, std::vector<std::string> arguments)
{
    auto listing = TRY(run_xauth(program, std::move(arguments)));
    auto lines = as_text(listing.bytes());
    auto cookie = parse_xauth_line(lines.substr(0, lines.find('\n')));
    if (!cookie)
        return bad_input("xauth has no cookie for the display");
    return std::move(*cookie);
}

Result<X11Cookie> untrusted_cookie(const std::string& program, const std::string& display, Seconds lifetime)
{
    auto folder = TRY(TemporaryFolder::create("ssh"));
    auto file = folder.path() + "/xauthfile";
    std::vector<std::string> generate{"-f", file, "generate", display, std::string{usual_protocol}, "untrusted"};
    if (lifetime.count() > 0) {
        generate.emplace_back("timeout");
        generate.push_back(std::to_string((lifetime + slack).count()));
    }
    TRY(run_xauth(program, std::move(generate)));
    return listed_cookie(program, {"-f", file, "list", display});
}

} // namespace

Result<X11Display> parse_display(std::string_view text)
{
    auto is_plain = [](unsigned char c) {
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
               std::string_view{":/.-_[]"}.find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (text.empty())
        return bad_input("DISPLAY is not set");
    auto colon = text.rfind(':');
    if (!std::ranges::all_of(text, is_plain) || text[0] == '-' || colon == std::string_view::npos)
        return bad_input(fmt::format("bad DISPLAY \"{}\"", printable(text)));
    auto host = text.substr(0, colon);
    auto numbers = text.substr(colon + 1);
    auto dot = numbers.find('.');
    auto number = parse_number<std::uint16_t>(numbers.substr(0, dot));
    auto screen = dot == std::string_view::npos ? std::optional<std::uint32_t>{0}
                                                : parse_number<std::uint32_t>(numbers.substr(dot + 1));
    if (!number || *number > UINT16_MAX - first_port || !screen)
        return bad_input(fmt::format("bad DISPLAY \"{}\"", printable(text)));
    X11Display display{.target = {}, .screen = *screen, .for_xauth = std::string{text}};
    if (host.empty() || host == "unix" || host.starts_with("unix/")) {
        display.target.path = fmt::format("/tmp/.X11-unix/X{}", *number);
        return display;
    }
    if (host == "localhost")
        display.for_xauth = fmt::format("unix:{}", numbers);      // where xauth keeps the cookies of ssh's own displays
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    display.target.host = host;
    display.target.port = static_cast<std::uint16_t>(first_port + *number);
    return display;
}

std::optional<X11Cookie> parse_xauth_line(std::string_view line)
{
    auto words = split(line, ' ');
    std::erase_if(words, [](auto word) { return trim(word).empty(); });
    if (words.size() != 3 || words[1].empty() || words[2].size() > 2 * largest_cookie)
        return std::nullopt;
    auto cookie = from_hex(trim(words[2]));
    if (!cookie || cookie->empty())
        return std::nullopt;
    X11Cookie result{std::string{words[1]}, SecretBytes::copy_of(*cookie)};
    wipe(*cookie);
    return result;
}

std::optional<X11Access> prepare_x11(const ClientOptions& options, Random& random, Log& log)
{
    auto display = parse_display(environment_variable("DISPLAY").value_or(""));
    if (!display) {
        log.info("X11 is not forwarded: {}", display.error().what);
        return std::nullopt;
    }
    X11Access access{.display = std::move(*display), .protocol = {}, .real = {}, .fake = {}, .lifetime = {}};
    auto& shown = access.display.for_xauth;
    auto cookie = options.forward_x11_trusted
                      ? listed_cookie(options.xauth_location, {"list", shown})
                      : untrusted_cookie(options.xauth_location, shown, options.forward_x11_timeout);
    if (!cookie && !options.forward_x11_trusted) {
        log.info("Warning: untrusted X11 forwarding setup failed: {}", cookie.error().what);
        return std::nullopt;
    }
    if (!cookie) {
        // A display without access control takes any.
        log.info("Warning: No xauth data; using fake authentication data for X11 forwarding.");
        cookie = X11Cookie{std::string{usual_protocol}, SecretBytes{usual_size}};
        random.fill(cookie->cookie.bytes());
    }
    if (!options.forward_x11_trusted && options.forward_x11_timeout.count() > 0)
        access.lifetime = options.forward_x11_timeout;
    access.protocol = std::move(cookie->protocol);
    access.real = std::move(cookie->cookie);
    access.fake = SecretBytes{access.real.size()};
    random.fill(access.fake.bytes());
    return access;
}

} // namespace nacre
