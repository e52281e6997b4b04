#include "sftp/names.h"

#include "base/text.h"

namespace nacre::sftp {

namespace {

std::string_view without_trailing_slashes(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

} // namespace

std::string join_path(std::string_view directory, std::string_view name)
{
    if (directory.empty())
        return std::string{name};
    std::string path{directory};
    if (!path.ends_with('/'))
        path += '/';
    return path += name;
}

bool lies_in(std::string_view path, std::string_view directory)
{
    if (directory.empty() || !path.starts_with(directory))
        return false;
    return path.size() == directory.size() || directory.ends_with('/') || path[directory.size()] == '/';
}

std::string_view last_component(std::string_view path)
{
    path = without_trailing_slashes(path);
    auto slash = path.rfind('/');
    return slash == path.npos || path == "/" ? path : path.substr(slash + 1);
}

std::string_view directory_of(std::string_view path)
{
    path = without_trailing_slashes(path);
    auto slash = path.rfind('/');
    if (slash == path.npos)
        return ".";
    return slash == 0 ? path.substr(0, 1) : without_trailing_slashes(path.substr(0, slash));
}

} // namespace nacre::sftp
