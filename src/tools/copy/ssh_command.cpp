#include "tools/copy/ssh_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sftp/messages.h"
#include "sftp/names.h"

namespace nacre {

namespace {

// "64K", "1M": a number with one of OpenSSH's suffixes.
std::optional<std::uint64_t> scaled_number(std::string_view text)
{
    std::uint64_t factor = 1;
    if (!text.empty()) {
        switch (text.back()) {
        case 'k': case 'K': factor = 1u << 10; break;
        case 'm': case 'M': factor = 1u << 20; break;
        case 'g': case 'G': factor = 1u << 30; break;
        default: break;
        }
    }
    if (factor > 1)
        text.remove_suffix(1);
    auto number = parse_number<std::uint32_t>(text);
    return number ? std::optional{*number * factor} : std::nullopt;
}

bool is_same_file(const std::string& one, const std::string& other)
{
    struct stat facts {}, other_facts {};
    return ::stat(one.c_str(), &facts) == 0 && ::stat(other.c_str(), &other_facts) == 0 &&
           facts.st_dev == other_facts.st_dev && facts.st_ino == other_facts.st_ino;
}

} // namespace

std::string own_ssh()
{
    std::array<char, 4096> path{};
    auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    if (length > 0 && static_cast<std::size_t>(length) < path.size()) {
        std::string_view self{path.data(), static_cast<std::size_t>(length)};
        auto beside = sftp::join_path(sftp::directory_of(self), "ssh");
        if (::access(beside.c_str(), X_OK) == 0)
            return beside;
    }
    return "ssh";
}

std::vector<std::string> SshCommand::words(const Destination& place, std::string_view command, Runs runs) const
{
    std::vector<std::string> words{program.empty() ? own_ssh() : program};
    words.insert(words.end(), options.begin(), options.end());
    if (place.port)
        words.insert(words.end(), {"-p", std::to_string(*place.port)});
    if (!place.user.empty())
        words.insert(words.end(), {"-l", place.user});
    if (runs == Runs::subsystem)
        words.emplace_back("-s");
    words.insert(words.end(), {"--", place.host, std::string{command}});
    return words;
}

std::vector<std::string> SshCommand::lane_words(const Destination& place, std::string_view command, Runs runs) const
{
    auto ssh = own_ssh();
    bool is_ours = ssh.contains('/') && (program.empty() || (program.contains('/') && is_same_file(program, ssh)));
    if (!is_ours)
        return {};
    SshCommand joined{.program = std::move(ssh), .options = {"-q", "-F", "none"}};
    return joined.words({.user = {}, .host = place.host, .port = {}}, command, runs);
}

std::vector<std::string> direct_command(std::string_view text)
{
    std::vector<std::string> words;
    if (::access(std::string{text}.c_str(), X_OK) == 0)           // a path with blanks in it
        return {std::string{text}};
    for (auto word : split(text, ' '))
        if (!trim(word).empty())
            words.emplace_back(trim(word));
    return words;
}

Result<std::uint64_t> parse_limit(std::string_view kilobits)
{
    constexpr std::uint32_t most = 100 * 1024 * 1024;             // 100 Gbit/s
    auto number = parse_number<std::uint32_t>(kilobits);
    if (!number || *number == 0 || *number > most)
        return bad_input(fmt::format("Invalid bandwidth limit \"{}\"", printable(kilobits)));
    return *number * std::uint64_t{1024} / 8;
}

Result<std::uint32_t> parse_block_size(std::string_view text)
{
    auto number = scaled_number(text);
    if (!number || *number == 0 || *number > (std::uint64_t{1} << 30))
        return bad_input(fmt::format("Invalid buffer size \"{}\"", printable(text)));
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, sftp::most_data));
}

Result<std::uint32_t> parse_request_count(std::string_view text)
{
    auto number = parse_number<std::uint32_t>(text);
    if (!number || *number == 0)
        return bad_input(fmt::format("Invalid number of requests \"{}\"", printable(text)));
    return *number;
}

Result<void> SftpTuning::set(std::string_view option)
{
    constexpr std::string_view requests_name = "nrequests=", buffer_name = "buffer=";
    if (option.starts_with(requests_name))
        requests = TRY(parse_request_count(option.substr(requests_name.size())));
    else if (option.starts_with(buffer_name))
        block_size = TRY(parse_block_size(option.substr(buffer_name.size())));
    else
        return bad_input(fmt::format("Invalid -X option \"{}\"", printable(option)));
    return {};
}

void SftpTuning::suit_limit(std::uint64_t bytes_per_second)
{
    constexpr std::uint64_t least_block = 4096, most_block = 32768, most_requests = 2048;
    if (bytes_per_second == 0)
        return;
    if (!block_size)
        block_size = static_cast<std::uint32_t>(std::clamp(bytes_per_second / 8, least_block, most_block));
    if (!requests)
        requests = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bytes_per_second / *block_size, 2, most_requests));
}

} // namespace nacre
