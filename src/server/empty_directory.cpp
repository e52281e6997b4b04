// PRIVILEGED: sshd itself.
#include "server/empty_directory.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "config/none.h"
#include "os/privileges.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

constexpr std::array candidates{"/run/sshd", "/run/nacre-sshd", "/var/empty"};

// Links followed, as far as it is there; empty: there is none.
std::string folder_of(const std::string& pid_file)
{
    if (is_unset(pid_file))
        return {};
    auto slash = pid_file.rfind('/');
    auto folder = slash == std::string::npos ? std::string{"."} : pid_file.substr(0, slash + 1);
    return real_path(folder).value_or(folder);
}

bool is_within(const std::string& path, const std::string& folder)
{
    return path == folder || path.starts_with(folder + "/");
}

bool is_missing(const std::string& path)
{
    struct stat facts{};
    return ::lstat(path.c_str(), &facts) < 0 && errno == ENOENT;
}

} // namespace

Result<std::string> choose_empty_directory(std::span<const char* const> among, const std::string& pid_file, Missing missing)
{
    auto taken = folder_of(pid_file);
    std::optional<Error> why;                                     // of the first, which people know
    for (std::string path : among) {
        if (missing == Missing::make)
            (void)::mkdir(path.c_str(), 0755);                    // what is wrong with it is said below
        if (is_within(taken, real_path(path).value_or(path)))
            continue;
        if (missing == Missing::leave && is_missing(path))
            return path;
        auto fits = check_empty_directory(path);
        if (fits)
            return path;
        if (!why)
            why = std::move(fits).error();
    }
    std::string last_words = why ? why->what : "PidFile lies in the only one";
    return system_failure("Missing privilege separation directory: " + last_words);
}

Result<std::string> empty_directory(const std::string& pid_file, Missing missing)
{
    if (!is_root())
        return std::string{};
    return choose_empty_directory(candidates, pid_file, missing);
}

} // namespace nacre
