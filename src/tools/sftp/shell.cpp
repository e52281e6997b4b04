#include "tools/sftp/shell.h"

#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "sftp/names.h"

namespace nacre::sftp_tool {

Result<void> Shell::enter()
{
    auto home = TRY(link_.ask([](auto& client, auto& ticket) { return client.real_path(ticket, "."); }));
    if (!home.done() || home.entries.empty())
        return peer_misbehaved("Need cwd");
    start_ = directory_ = home.entries[0].name;
    return {};
}

std::string Shell::absolute(std::string_view typed) const
{
    if (typed.starts_with('/'))
        return std::string{typed};
    return sftp::join_path(escaped_for_glob(directory_), typed);
}

std::string Shell::absolute_name(std::string_view typed) const
{
    auto name = without_glob_escapes(typed);
    return name.starts_with('/') ? name : sftp::join_path(directory_, name);
}

Result<bool> Shell::try_ask(std::string_view what, std::string_view path, const SftpLink::Request& request)
{
    auto answer = TRY(link_.ask(request));
    if (!answer.done())
        complain("{} \"{}\": {}", what, printable_line(path), answer.reason);
    return answer.done();
}

Result<std::optional<sftp::Attributes>> Shell::look(const std::string& path, sftp::Links links)
{
    auto answer = TRY(link_.ask([&](auto& client, auto& ticket) { return client.look(ticket, path, links); }));
    return answer.done() ? std::optional{answer.attributes} : std::nullopt;
}

Result<std::optional<std::string>> Shell::real_path(const std::string& path)
{
    auto answer = TRY(link_.ask([&](auto& client, auto& ticket) { return client.real_path(ticket, path); }));
    if (!answer.done() || answer.entries.empty())
        return std::optional<std::string>{};
    return std::optional{answer.entries[0].name};
}

Result<bool> Shell::is_directory(const std::string& path)
{
    auto facts = TRY(look(path));
    return facts && facts->kind() == sftp::FileKind::directory;
}

Result<std::vector<GlobMatch>> Shell::matches(std::string_view typed)
{
    auto found = TRY(remote_glob(link_, absolute(typed)));
    if (found.empty()) {                                          // perhaps it is a name
        auto name = absolute_name(typed);
        auto facts = TRY(look(name, sftp::Links::shown));
        if (facts)
            found.push_back({name, *facts});
    }
    if (found.empty())
        complain("File \"{}\" not found.", printable_line(absolute(typed)));
    return found;
}

void Shell::print(std::string_view line)
{
    write_text(stdout, line);
    write_text(stdout, "\n");
}

void Shell::print_error(std::string_view line)
{
    flush_text(stdout);
    nacre::say(stderr, "{}\n", line);
}

} // namespace nacre::sftp_tool
