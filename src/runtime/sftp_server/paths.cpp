#include "runtime/sftp_server/paths.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "os/user.h"

namespace nacre::sftp {

namespace {

constexpr int most_links = 32;

struct Free {
    void operator()(char* text) const { std::free(text); }
};

std::optional<std::string> existing_path(const std::string& path)
{
    std::unique_ptr<char, Free> resolved{::realpath(path.c_str(), nullptr)};
    if (!resolved)
        return std::nullopt;
    return std::string{resolved.get()};
}

std::optional<std::string> resolve(const std::string& path, int links_left)
{
    auto whole = existing_path(path);
    if (whole || errno != ENOENT)
        return whole;
    auto slash = path.rfind('/');
    auto last = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (last.empty() || last == "." || last == "..") {
        errno = ENOENT;
        return std::nullopt;
    }
    auto parent = existing_path(slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash));
    if (!parent)
        return std::nullopt;
    auto candidate = (*parent == "/" ? "" : *parent) + "/" + last;
    std::array<char, PATH_MAX> target{};
    auto length = ::readlink(candidate.c_str(), target.data(), target.size());
    if (length <= 0)
        return candidate;
    if (links_left == 0) {
        errno = ELOOP;
        return std::nullopt;
    }
    std::string onward{target.data(), static_cast<std::size_t>(length)};
    return resolve(onward.starts_with('/') ? onward : *parent + "/" + onward, links_left - 1);
}

} // namespace

std::optional<std::string> real_path(const std::string& path) { return resolve(path, most_links); }

std::optional<std::string> home_of(const std::string& user)
{
    auto account = user_named(user);
    if (!account || !*account)
        return std::nullopt;
    return (*account)->home;
}

std::optional<std::string> expand_home_path(std::string_view path, const std::string& start_directory)
{
    if (!path.starts_with('~'))
        return std::string{path};
    auto slash = path.find('/');
    auto user = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
    auto home = user.empty() ? std::optional{start_directory} : home_of(std::string{user});
    if (!home)
        return std::nullopt;
    return slash == std::string_view::npos ? *home : *home + std::string{path.substr(slash)};
}

} // namespace nacre::sftp
