#include "tools/copy/copy_name.h"

#include <optional>

#include "base/text.h"
#include "os/safe_file.h"
#include "sftp/names.h"

namespace nacre {
namespace {

// Nothing, if it takes the real path to tell.
std::optional<std::string> name_in(std::string_view path)
{
    auto name = sftp::last_component(path);
    if (is_plain_name(name))
        return std::string{name};
    return name == "." || name.empty() ? std::optional<std::string>{std::in_place} : std::nullopt;
}

std::string name_in_real(std::string_view path)
{
    auto name = sftp::last_component(path);
    return std::string{is_plain_name(name) ? name : std::string_view{}};
}

} // namespace

Result<std::string> copy_name(SftpLink& link, const std::string& path)
{
    if (auto name = name_in(path))
        return *std::move(name);
    auto answer = TRY(link.ask([&](auto& client, auto& ticket) { return client.real_path(ticket, path); }));
    return answer.done() && !answer.entries.empty() ? name_in_real(answer.entries[0].name) : std::string{};
}

std::string copy_name_here(const std::string& path)
{
    if (auto name = name_in(path))
        return *std::move(name);
    auto real = real_path(path);
    return real ? name_in_real(*real) : std::string{};
}

std::string place_in(const std::string& folder, std::string_view copy_name)
{
    return copy_name.empty() ? folder : sftp::join_path(folder, copy_name);
}

} // namespace nacre
