#include "tools/scp/between_hosts.h"

#include <cctype>

#include "os/process.h"
#include "tools/scp/complain.h"

namespace nacre::scp_tool {

std::string quoted_but_wildcards(std::string_view word)
{
    constexpr std::string_view harmless = "/._-+@%:,=~*?[]";
    std::string quoted;
    for (char c : word) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            quoted += "'\n'";
            continue;
        }
        if (std::isalnum(byte) == 0 && byte < 0x80 && !harmless.contains(c))
            quoted += '\\';
        quoted += c;
    }
    return quoted;
}

int let_them_copy(const Settings& settings, const CopyPlace& source, const CopyPlace& target, bool into_directory)
{
    std::string command{"scp"};
    auto add = [&](bool wanted, std::string_view flag) { command += wanted ? fmt::format(" {}", flag) : ""; };
    add(settings.verbosity > 0, "-v");
    add(settings.recursive, "-r");
    add(settings.preserve, "-p");
    add(settings.quiet, "-q");
    add(settings.protocol == Protocol::old, "-O");
    add(into_directory, "-d");
    if (target.host->port) {
        complain("-R cannot be used with a port in the target");
        return 1;
    }
    if (settings.atomic || settings.resume) {
        complain("-R cannot be used with --atomic or --resume: it is the first host's scp that copies");
        return 1;
    }
    command += fmt::format(" -- {} {}", quoted_but_wildcards(source.path), quoted_but_wildcards(to_text(target)));
    auto ssh = settings.ssh;
    ssh.add('n');
    auto host = *source.host;
    if (!host.port)
        host.port = settings.port;
    auto words = ssh.words(host, command, SshCommand::Runs::command);
    auto child = spawn({.program = words.front(), .search_path = true, .arguments = words});
    if (!child) {
        complain(child.error().what);
        return 1;
    }
    auto status = child->wait();
    return status && status->success() ? 0 : 1;
}

} // namespace nacre::scp_tool
