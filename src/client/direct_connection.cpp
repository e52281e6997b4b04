#include "client/direct_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "client/advice.h"
#include "os/background_resolve.h"

namespace nacre {
namespace {

constexpr auto between_attempts = std::chrono::seconds{1};
constexpr std::size_t most_shown = 8;                             // addresses in a line; a name may have hundreds

// A numeric host never meets the resolver.
Result<std::vector<SocketAddress>> addresses_of(const ClientOptions& options)
{
    auto family = options.address_family;
    if (auto numeric = numeric_address(options.host_name, options.port);
        numeric && (family == IpFamily::any || family == numeric->family))
        return std::vector{*numeric};
    auto resolved = resolve_within(patience_of(options), {.host = options.host_name, .port = options.port, .family = family});
    if (!resolved)
        return bad_input(fmt::format("ssh: Could not resolve hostname {}: {}\n{}", printable(options.host_name),
                                     resolved.error().what, advice_on_names));
    return take_turns(resolved->addresses);
}

bool is_local(const SocketAddress& address)
{
    constexpr std::array link_local{"fe8", "fe9", "fea", "feb"};  // fe80::/10
    if (address.family == IpFamily::v4)
        return address.host == "127.0.0.1";
    auto begins_it = [&](const char* prefix) { return address.host.starts_with(prefix); };
    return address.host == "::1" || std::ranges::any_of(link_local, begins_it);
}

// BindAddress, which may be a name with addresses of both families, or else BindInterface.
class SourceAddress {
public:
    explicit SourceAddress(const ClientOptions& options) : options_(options) {}

    Result<std::optional<SocketAddress>> of(IpFamily family)
    {
        if (options_.bind_address.empty() && options_.bind_interface.empty())
            return std::nullopt;
        auto& known = family == IpFamily::v6 ? v6_ : v4_;
        if (!known)
            known = options_.bind_address.empty() ? find(family) : look_up(family);
        return *known;
    }

private:
    Result<std::optional<SocketAddress>> look_up(IpFamily family) const
    {
        auto resolved = resolve_within(patience_of(options_), {.host = options_.bind_address, .family = family});
        if (!resolved)
            return bad_input(fmt::format("BindAddress {}: {}", printable(options_.bind_address),
                                         resolved.error().what));
        return resolved->addresses.front();
    }

    Result<std::optional<SocketAddress>> find(IpFamily family) const
    {
        auto all = TRY(interface_addresses());
        auto address = address_of_interface(all, options_.bind_interface, family);
        if (!address)
            return bad_input(fmt::format("BindInterface {}: no suitable address; is it up, and has it one of {}?",
                                         printable(options_.bind_interface), family == IpFamily::v6 ? "IPv6" : "IPv4"));
        return address;
    }

    const ClientOptions& options_;
    std::optional<Result<std::optional<SocketAddress>>> v4_, v6_;
};

struct Field {
    std::vector<ConnectCandidate> candidates;
    std::vector<FailedConnect> failures;                          // cannot even begin
};

Field line_up(const ClientOptions& options, const std::vector<SocketAddress>& addresses, std::optional<int> traffic_class)
{
    Field field;
    SourceAddress source{options};
    for (auto& address : addresses) {
        auto from = source.of(address.family);
        if (!from)
            field.failures.push_back({address, from.error()});
        else
            field.candidates.push_back({address, {.from = *from,
                                                  .keep_alive = options.tcp_keep_alive,
                                                  .traffic_class = traffic_class}});
    }
    return field;
}

} // namespace

std::optional<SocketAddress> address_of_interface(std::span<const InterfaceAddress> all, std::string_view interface,
                                                  IpFamily family)
{
    std::optional<SocketAddress> local;
    for (auto& [name, address] : all) {
        if (name != interface || address.family != family)
            continue;
        if (!is_local(address))
            return address;
        if (!local)
            local = address;
    }
    return local;
}

std::string describe_failures(const ClientOptions& options, std::span<const FailedConnect> failures)
{
    auto text = fmt::format("ssh: connect to host {} port {}: {}", printable(options.host_name), options.port,
                            failures.empty() ? "it has no address" : reason_of_connect(failures.back().why));
    if (failures.size() < 2)
        return text;
    std::vector<std::string_view> told;
    for (auto& failure : failures) {
        auto reason = reason_of_connect(failure.why);
        if (std::ranges::find(told, reason) != told.end())
            continue;
        told.push_back(reason);
        std::vector<std::string> hosts;
        std::size_t more = 0;
        for (auto& other : failures)
            if (reason_of_connect(other.why) == reason && hosts.size() < most_shown)
                hosts.push_back(other.to.host);
            else if (reason_of_connect(other.why) == reason)
                ++more;
        text += fmt::format("\n  {}{}: {}", join(hosts, ", "), more > 0 ? fmt::format(" and {} more", more) : "", reason);
    }
    return text;
}

std::optional<Duration> patience_of(const ClientOptions& options)
{
    if (!options.connect_timeout || options.connect_timeout->count() <= 0)
        return std::nullopt;
    return *options.connect_timeout;
}

Result<DirectConnection> connect_directly(const ClientOptions& options, std::optional<int> traffic_class, Log& log)
{
    auto addresses = TRY(addresses_of(options));
    ConnectTimes times{.resolved = std::chrono::steady_clock::now(), .connected = {}, .addresses = addresses.size()};
    auto field = line_up(options, addresses, traffic_class);
    RaceRules rules{.name = printable(options.host_name)};
    if (auto patience = patience_of(options))
        rules.patience = *patience;
    for (std::uint32_t attempt = 1;; ++attempt) {
        auto outcome = race_to_connect(field.candidates, rules, log);
        if (outcome.socket) {
            log.debug1("Connection established.");
            (void)set_no_delay(outcome.socket.number());
            times.connected = std::chrono::steady_clock::now();
            times.failed += outcome.failures.size();
            return DirectConnection{std::move(outcome.socket), std::move(outcome.peer), times};
        }
        times.failed += outcome.failures.size();
        if (attempt >= options.connection_attempts) {
            auto failures = field.failures;
            std::ranges::move(outcome.failures, std::back_inserter(failures));
            int os_error = failures.empty() ? 0 : failures.back().why.os_error;
            auto advice = advice_on_connecting(os_error);
            return system_failure(fmt::format("{}{}{}", describe_failures(options, failures), advice.empty() ? "" : "\n", advice),
                                  os_error);
        }
        log.debug1("Trying again...");
        std::this_thread::sleep_for(between_attempts);
    }
}

} // namespace nacre
