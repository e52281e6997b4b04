// What follows from the server's options: where to listen, which keys, the dump.
#include "base/address.h"
#include "base/text.h"
#include "config/server_config.h"
#include "config/server_keywords.h"

namespace nacre {

const std::vector<std::string>& default_host_keys()
{
    static const std::vector<std::string> files{"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key",
                                                "/etc/ssh/ssh_host_ed25519_key"};
    return files;
}

namespace {

bool wanted(const std::string& host, IpFamily family)
{
    auto address = parse_address(host);
    if (!address || family == IpFamily::any)
        return true;                                              // a name: whoever resolves it asks for the family
    return address->family == family;
}

} // namespace

std::vector<ListenPoint> addresses_to_listen_on(const ServerOptions& options)
{
    auto ports = options.port.empty() ? std::vector<std::uint16_t>{22} : options.port;
    auto addresses = options.listen_address.empty()
                         ? std::vector<ListenAddress>{{"::", std::nullopt, ""}, {"0.0.0.0", std::nullopt, ""}}
                         : options.listen_address;
    std::vector<ListenPoint> points;
    for (auto& address : addresses) {
        if (!wanted(address.host, options.address_family))
            continue;
        for (auto port : address.port ? std::vector{*address.port} : ports)
            points.push_back({address.host, port, address.rdomain});
    }
    return points;
}

namespace {

// With the ports, addresses and host keys that a server without them would use.
ServerOptions complete(const ServerOptions& options)
{
    auto all = options;
    if (all.port.empty())
        all.port = {22};
    auto points = addresses_to_listen_on(options);
    if (!points.empty())                                          // else AddressFamily leaves none: shown as written
        all.listen_address.clear();
    for (auto& point : points)
        all.listen_address.push_back({point.host, point.port, point.rdomain});
    if (all.host_key.empty())
        all.host_key = default_host_keys();
    return all;
}

} // namespace

std::string dump_server_options(const ServerOptions& options) { return print_all(server_keywords(), complete(options)); }

std::string explain_server_options(const ServerOptions& options, const Provenance& provenance, Rendering rendering)
{
    auto explanations = explain(server_keywords(), complete(options), provenance);
    return rendering == Rendering::json ? to_json(explanations) : to_text(explanations);
}

} // namespace nacre
