#include "runtime/config_sources.h"

#include <array>
#include <cerrno>
#include <climits>
#include <glob.h>
#include <unistd.h>

#include "os/environment.h"
#include "os/process.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"

namespace nacre {

Result<std::optional<ConfigFile>> SystemConfigSources::read(const std::string& path)
{
    auto opened = open_to_read(path, FifoWriter::awaited);
    if (!opened) {
        auto number = opened.error().os_error;
        if (number == ENOENT || number == ENOTDIR)
            return std::optional<ConfigFile>{};
        return system_failure(os_error_text(number), number);     // whoever asks says which file
    }
    // The facts are those of the file that is read, whatever its name means by now.
    auto facts = TRY(file_facts(opened->number()));
    if (facts.is_directory)
        return system_failure("is a directory", EISDIR);
    auto content = TRY(read_secret_file(opened->number(), max_file_size));
    ConfigFile file;
    file.text = as_text(content.bytes());
    file.owner = facts.uid;
    file.mode = facts.mode;
    if ((facts.mode & 020) != 0 && is_group_of_one(facts.gid, facts.uid))
        file.mode &= ~020u;
    return std::optional{std::move(file)};
}

std::vector<std::string> SystemConfigSources::glob(const std::string& pattern)
{
    std::vector<std::string> paths;
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_MARK, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    // A pattern may also fit folders, which nobody means; what is named itself is said to be one.
    auto without_slash = [](std::string_view path) { return path.substr(0, path.find_last_not_of('/') + 1); };
    if (paths.size() == 1 && without_slash(paths.front()) == without_slash(pattern))
        paths.front() = without_slash(pattern);
    std::erase_if(paths, [](auto& path) { return path.ends_with('/'); });
    return paths;
}

std::optional<std::string> SystemConfigSources::environment(const std::string& name)
{
    return environment_variable(name);
}

std::optional<std::string> SystemConfigSources::home_of(const std::string& user)
{
    if (user.empty()) {
        if (!own_home_)
            if (auto own = current_user())
                own_home_ = std::move(own->home);
        return own_home_;
    }
    auto account = user_named(user);
    return account && *account ? std::optional{(*account)->home} : std::nullopt;
}

std::string SystemConfigSources::directory()
{
    std::array<char, PATH_MAX> path{};
    return ::getcwd(path.data(), path.size()) ? path.data() : "";
}

std::uint32_t SystemConfigSources::own_uid() { return real_uid(); }

std::vector<Address> SystemConfigSources::interface_addresses()
{
    std::vector<Address> addresses;
    auto interfaces = nacre::interface_addresses();
    if (!interfaces)
        return addresses;
    for (auto& interface : *interfaces)
        if (auto address = parse_address(interface.address.host))
            addresses.push_back(*address);
    return addresses;
}

Result<bool> SystemConfigSources::run(const std::string& command)
{
    auto request = shell_command(command);
    request.input = null_stream;
    request.output = null_stream;
    auto child = TRY(spawn(request));
    auto status = TRY(child.wait());
    return status.success();
}

} // namespace nacre
