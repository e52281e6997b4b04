#include "os/user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "os/system_error.h"

namespace nacre {
namespace {

// The _r functions want a buffer and say ERANGE until it is big enough.
constexpr std::size_t smallest_buffer = 1024;
constexpr std::size_t largest_buffer = 1024 * 1024;

std::string text_of(const char* field)
{
    return field == nullptr ? std::string{} : std::string{field};
}

UserAccount to_account(const passwd& entry)
{
    UserAccount account;
    account.name = text_of(entry.pw_name);
    account.uid = entry.pw_uid;
    account.gid = entry.pw_gid;
    account.home = text_of(entry.pw_dir);
    account.shell = text_of(entry.pw_shell);
    if (account.shell.empty())
        account.shell = "/bin/sh";
    return account;
}

bool means_absent(int error)
{
    // getpwnam(3) lists these for "not found".
    return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

template <class Ask>
Result<std::optional<UserAccount>> look_up(Ask ask)
{
    passwd entry{};
    for (auto size = smallest_buffer; size <= largest_buffer; size *= 2) {
        std::vector<char> buffer(size);
        passwd* found = nullptr;
        int error = ask(&entry, buffer.data(), buffer.size(), &found);
        if (found != nullptr)
            return to_account(*found);
        if (error == ERANGE || error == EINTR)
            continue;
        if (means_absent(error))
            return std::nullopt;
        return errno_failure("user database", error);
    }
    return errno_failure("user database", ERANGE);
}

// with(group) once there is a buffer large enough for it; false if there is no such group.
template <class Ask, class With>
bool with_group(Ask ask, With with)
{
    group entry{};
    for (auto size = smallest_buffer; size <= largest_buffer; size *= 2) {
        std::vector<char> buffer(size);
        group* found = nullptr;
        int error = ask(&entry, buffer.data(), buffer.size(), &found);
        if (found != nullptr) {
            with(*found);
            return true;
        }
        if (error != ERANGE && error != EINTR)
            break;
    }
    return false;
}

template <class With>
bool with_group_of(gid_t gid, With with)
{
    return with_group([&](auto... rest) { return ::getgrgid_r(gid, rest...); }, with);
}

std::string group_name(gid_t gid)
{
    std::string name;
    with_group_of(gid, [&](const group& found) { name = text_of(found.gr_name); });
    return name;
}

bool has_other_members(const group& group, std::string_view user)
{
    for (char** member = group.gr_mem; member != nullptr && *member != nullptr; ++member)
        if (*member != user)
            return true;
    return false;
}

// Whom the list of all accounts shows with this primary group.
struct PrimaryMembers {
    bool user = false;
    bool others = true;                                           // also if nobody knows
};

PrimaryMembers primary_members(gid_t gid, uid_t uid)
{
    PrimaryMembers found{.user = false, .others = false};
    ::setpwent();
    for (;;) {
        errno = 0;
        const passwd* entry = ::getpwent();
        if (entry == nullptr) {
            found.others = found.others || (errno != 0 && errno != ENOENT);
            break;
        }
        if (entry->pw_gid == gid)
            (entry->pw_uid == uid ? found.user : found.others) = true;
        if (found.others)
            break;
    }
    ::endpwent();
    return found;
}

} // namespace

Result<std::optional<UserAccount>> user_named(const std::string& name)
{
    if (name.empty() || name.contains('\0'))
        return std::nullopt;
    return look_up([&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
}

Result<std::optional<UserAccount>> user_with_id(std::uint32_t uid)
{
    return look_up([&](auto... rest) { return ::getpwuid_r(uid, rest...); });
}

Result<UserAccount> current_user()
{
    auto account = TRY(user_with_id(::getuid()));
    if (!account)
        return system_failure("No user exists for uid " + std::to_string(::getuid()));
    return *std::move(account);
}

Result<std::vector<std::uint32_t>> group_ids_of(const UserAccount& user)
{
    constexpr int most = 65536;                                   // the kernel's NGROUPS_MAX
    for (int room = 64; room <= most; room *= 4) {
        std::vector<gid_t> ids(static_cast<std::size_t>(room));
        int count = room;
        if (::getgrouplist(user.name.c_str(), user.gid, ids.data(), &count) >= 0) {
            ids.resize(static_cast<std::size_t>(count));
            return std::vector<std::uint32_t>(ids.begin(), ids.end());
        }
    }
    return system_failure("too many groups of user " + user.name);
}

Result<std::vector<UserGroup>> groups_of(const UserAccount& user)
{
    auto ids = TRY(group_ids_of(user));
    std::vector<UserGroup> groups;
    groups.reserve(ids.size());
    for (auto id : ids)
        groups.push_back({id, group_name(id)});
    return groups;
}

std::optional<std::uint32_t> group_named(const std::string& name)
{
    std::optional<std::uint32_t> gid;
    with_group([&](auto... rest) { return ::getgrnam_r(name.c_str(), rest...); },
               [&](const group& found) { gid = found.gr_gid; });
    return gid;
}

bool is_group_of_one(std::uint32_t gid, std::uint32_t uid)
{
    auto user = user_with_id(uid);
    if (!user || !*user)
        return false;
    bool is_member = false, has_others = true;
    with_group_of(gid, [&](const group& found) {
        is_member = found.gr_mem != nullptr && *found.gr_mem != nullptr;
        has_others = has_other_members(found, (*user)->name);
    });
    if (has_others)
        return false;
    auto primary = primary_members(gid, uid);
    return !primary.others && (is_member || primary.user);
}

std::uint32_t effective_uid()
{
    return ::geteuid();
}

std::uint32_t real_uid()
{
    return ::getuid();
}

} // namespace nacre
