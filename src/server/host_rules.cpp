// PRIVILEGED: used by sshd and sshd-session.
#include "server/host_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "base/text.h"
#include "os/function_table.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

const std::array<std::string, 2> host_files{"/etc/hosts.allow", "/etc/hosts.deny"};
// A longer file has rules, or libwrap is asked in vain.
constexpr std::size_t longest_read = std::size_t{256} * 1024;

constexpr std::size_t longest_line = 2000;                        // of a longer one libwrap takes the end for another line

bool says_something(std::string_view line)
{
    bool is_blank = line.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return line.size() > longest_line || !(is_blank || line.starts_with('#'));
}

bool has_rules(const std::string& file)
{
    auto content = read_file(file, longest_read);
    return content ? has_host_rules(as_text(*content)) : content.error().os_error != ENOENT;
}

} // namespace

bool has_host_rules(std::string_view text)
{
    std::string whole;
    for (auto line : split(text, '\n')) {
        bool goes_on = line.ends_with('\\');
        whole += line.substr(0, line.size() - (goes_on ? 1 : 0));
        if (goes_on)
            continue;
        if (says_something(whole))
            return true;
        whole.clear();
    }
    return says_something(whole);
}

bool files_have_host_rules(std::span<const std::string> files) { return std::ranges::any_of(files, has_rules); }

bool there_are_host_rules() { return files_have_host_rules(host_files); }

std::string unenforced_host_rules(std::string_view why)
{
    return fmt::format("/etc/hosts.allow and /etc/hosts.deny are NOT enforced, so they keep nobody out: {} "
                       "(is the package {} installed?)",
                       why, host_rules_package);
}

std::optional<std::string> unenforced_host_rules()
{
    if (!there_are_host_rules())
        return std::nullopt;
    auto loads = check_library(host_rules_library);
    return loads ? std::nullopt : std::optional{unenforced_host_rules(printable(loads.error().what))};
}

} // namespace nacre
