#include "runtime/sftp_server/facts.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace nacre::sftp {

namespace {

char kind_letter(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFREG: return '-';
    case S_IFLNK: return 'l';
    case S_IFSOCK: return 's';
    case S_IFIFO: return 'p';
    default: return '?';
    }
}

// "-rwxr-xr-x": where a special bit is set its letter stands for x, in capitals where x is not.
std::string mode_text(mode_t mode)
{
    struct Triple {
        int shift;
        mode_t special;
        char letter;
    };
    constexpr std::array triples{Triple{6, S_ISUID, 's'}, Triple{3, S_ISGID, 's'}, Triple{0, S_ISVTX, 't'}};
    std::string text(1, kind_letter(mode));
    for (auto& [shift, special, letter] : triples) {
        auto bits = mode >> shift;
        text += bits & 4 ? 'r' : '-';
        text += bits & 2 ? 'w' : '-';
        bool executable = bits & 1;
        if (mode & special)
            text += executable ? letter : static_cast<char>(letter - 'a' + 'A');
        else
            text += executable ? 'x' : '-';
    }
    return text;
}

std::string time_text(std::time_t when, std::time_t now)
{
    constexpr std::time_t half_a_year = std::time_t{365} * 24 * 60 * 60 / 2;
    std::tm local{};
    std::array<char, 64> text{};
    if (!::localtime_r(&when, &local))
        return "";
    bool shows_hour = when <= now && now - when < half_a_year;
    auto length = std::strftime(text.data(), text.size(), shows_hour ? "%b %e %H:%M" : "%b %e  %Y", &local);
    return {text.data(), length};
}

std::uint32_t seconds32(const timespec& time) { return static_cast<std::uint32_t>(time.tv_sec); }

} // namespace

Attributes attributes_of(const struct stat& facts)
{
    Attributes attributes;
    attributes.size = static_cast<std::uint64_t>(facts.st_size);
    attributes.owner = Owner{facts.st_uid, facts.st_gid};
    attributes.permissions = facts.st_mode;
    attributes.times = Times{seconds32(facts.st_atim), seconds32(facts.st_mtim)};
    return attributes;
}

extension::FileSystemFacts file_system_facts(const struct statvfs& facts)
{
    using Facts = extension::FileSystemFacts;
    return {.block_size = facts.f_bsize, .fragment_size = facts.f_frsize, .blocks = facts.f_blocks,
            .blocks_free = facts.f_bfree, .blocks_available = facts.f_bavail, .files = facts.f_files,
            .files_free = facts.f_ffree, .files_available = facts.f_favail, .id = facts.f_fsid,
            .flags = (facts.f_flag & ST_RDONLY ? Facts::read_only : 0) | (facts.f_flag & ST_NOSUID ? Facts::no_set_uid : 0),
            .longest_name = facts.f_namemax};
}

std::string long_name(std::string_view name, const struct stat& facts, std::time_t now, AccountNames& names)
{
    auto shown = [](const std::string& known, std::uint32_t id) { return known.empty() ? std::to_string(id) : known; };
    return fmt::format("{:<11} {:3} {:<8} {:<8} {:8} {} {}", mode_text(facts.st_mode), facts.st_nlink,
                       shown(names.user(facts.st_uid), facts.st_uid), shown(names.group(facts.st_gid), facts.st_gid),
                       facts.st_size, time_text(facts.st_mtim.tv_sec, now), name);
}

StatusCode status_of(int os_error)
{
    switch (os_error) {
    case 0:
        return StatusCode::ok;
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP:
        return StatusCode::no_such_file;
    case EPERM:
    case EACCES:
    case EFAULT:
        return StatusCode::permission_denied;
    case ENAMETOOLONG:
    case EINVAL:
        return StatusCode::bad_message;
    case ENOSYS:
        return StatusCode::op_unsupported;
    default:
        return StatusCode::failure;
    }
}

} // namespace nacre::sftp
