#include "config/include.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace nacre {

Result<void> IncludeLimits::enter(const std::string& path)
{
    if (std::ranges::find(open_, path) != open_.end())
        return bad_input(fmt::format("{} includes itself", printable(path)));
    if (open_.size() > max_depth)
        return bad_input("Too many recursive configuration includes");
    if (++files_ > max_files)
        return bad_input("Too many included files");
    open_.push_back(path);
    return {};
}

Result<void> IncludeLimits::add_text(std::size_t size)
{
    text_ += std::min(size, max_text + 1);
    if (text_ > max_text)
        return bad_input("Included files are too large");
    return {};
}

bool is_folder(const Error& why) { return why.os_error == EISDIR; }

std::string passed_over(const std::string& folder)
{
    return fmt::format("{}: is a directory and passed over: its files are included by {}/*", printable(folder), printable(folder));
}

} // namespace nacre
