// PRIVILEGED: sshd itself.
#include "server/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "os/process.h"
#include "os/resolve.h"
#include "server/empty_directory.h"

namespace nacre {

ServerConfigReading read_server_configuration(ConfigSources& sources, const ServerArguments& arguments)
{
    auto options = arguments.options;
    if (arguments.family != IpFamily::any)
        options.push_back(arguments.family == IpFamily::v4 ? "AddressFamily=inet" : "AddressFamily=inet6");
    return read_server_config(sources, arguments.config_file, options, arguments.ports);
}

ListenAddresses look_up_listen_addresses(const ServerOptions& options)
{
    ListenAddresses result;
    for (auto& written : options.listen_address) {
        auto found = resolve({.host = written.host, .port = 22, .family = options.address_family, .for_listening = true});
        if (!found) {
            result.unknown.push_back(
                {written, fmt::format("bad addr or host: {} ({})", printable(written.host), found.error().what)});
            continue;
        }
        for (auto& address : found->addresses) {
            ListenAddress numeric{address.host, written.port, written.rdomain};
            if (std::ranges::find(result.numeric, numeric) == result.numeric.end())   // two names may have the same
                result.numeric.push_back(std::move(numeric));
        }
    }
    return result;
}

Result<void> check_machine(const ServerOptions& options)
{
    TRY(check_pidfds());
    TRY(empty_directory(options.pid_file, Missing::leave));
    return {};
}

} // namespace nacre
