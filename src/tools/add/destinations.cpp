#include "tools/add/destinations.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "keys/known_hosts.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/user.h"

namespace nacre::add_tool {

namespace {

Result<KnownHosts> load_known_hosts(const std::vector<std::string>& files)
{
    KnownHosts hosts;
    for (auto& file : files) {
        auto text = TRY(read_file(file, known_hosts_limit, FifoWriter::awaited));
        hosts.add(file, std::string{as_text(text)});
    }
    if (!files.empty())
        return hosts;
    auto user = current_user();
    auto home = user ? user->home : std::string{};
    for (auto& file : {home + "/.ssh/known_hosts", home + "/.ssh/known_hosts2", std::string{"/etc/ssh/ssh_known_hosts"},
                       std::string{"/etc/ssh/ssh_known_hosts2"}})
        if (auto text = read_file(file, known_hosts_limit))
            hosts.add(file, std::string{as_text(*text)});
        else if (text.error().os_error != ENOENT)
            say(stderr, "Warning: known hosts: {}; this file does not count\n", printable(text.error().what));
    return hosts;
}

Result<agent::HopEnd> read_end(std::string_view text, const KnownHosts& hosts)
{
    agent::HopEnd end;
    auto at = text.rfind('@');
    if (at != std::string_view::npos)
        end.user = text.substr(0, at);
    end.host = text.substr(at == std::string_view::npos ? 0 : at + 1);
    if (end.host.empty() || (at != std::string_view::npos && end.user.empty()))
        return bad_input(fmt::format("Invalid key destination constraint \"{}\"", printable(text)));
    for (auto& found : hosts.lookup(std::array{to_lower(end.host)}))
        if (found.marker != HostMarker::revoked)
            end.keys.push_back({std::move(found.key), found.marker == HostMarker::cert_authority});
    if (end.keys.empty())
        return bad_input(fmt::format("No host keys found for destination \"{}\"", printable(text)));
    return end;
}

Result<agent::Destination> read_destination(std::string_view text, const KnownHosts& hosts)
{
    agent::Destination destination;
    if (auto arrow = text.find('>'); arrow != std::string_view::npos) {
        destination.from = TRY(read_end(text.substr(0, arrow), hosts));
        if (!destination.from.user.empty())
            return bad_input(fmt::format("Invalid key destination constraint \"{}\": a user makes sense at its end only",
                                         printable(text)));
        text.remove_prefix(arrow + 1);
    }
    destination.to = TRY(read_end(text, hosts));
    return destination;
}

} // namespace

Result<std::vector<agent::Destination>> read_destinations(const std::vector<std::string>& written,
                                                          const std::vector<std::string>& known_hosts_files)
{
    std::vector<agent::Destination> destinations;
    if (written.empty())
        return destinations;
    auto hosts = TRY(load_known_hosts(known_hosts_files));
    for (auto& text : written) {
        auto destination = TRY(read_destination(text, hosts));
        destinations.push_back(std::move(destination));
    }
    return destinations;
}

} // namespace nacre::add_tool
