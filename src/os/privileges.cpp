#include "os/privileges.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "os/system_error.h"

namespace nacre {
namespace {

Result<std::vector<gid_t>> current_groups()
{
    int count = ::getgroups(0, nullptr);
    if (count < 0)
        return errno_failure("getgroups");
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgroups(count, groups.data()) != count)
        return errno_failure("getgroups");
    std::ranges::sort(groups);
    return groups;
}

bool ids_are(const Identity& identity)
{
    std::array<uid_t, 3> uids{};
    std::array<gid_t, 3> gids{};
    return ::getresuid(&uids[0], &uids[1], &uids[2]) == 0 && ::getresgid(&gids[0], &gids[1], &gids[2]) == 0
           && std::ranges::all_of(uids, [&](auto uid) { return uid == identity.uid; })
           && std::ranges::all_of(gids, [&](auto gid) { return gid == identity.gid; });
}

Result<bool> groups_are(const Identity& identity)
{
    std::vector<gid_t> wanted(identity.groups.begin(), identity.groups.end());
    std::ranges::sort(wanted);
    wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
    auto found = TRY(current_groups());
    found.erase(std::ranges::unique(found).begin(), found.end());
    return found == wanted;
}

Result<void> verify(const Identity& identity)
{
    auto same_groups = TRY(groups_are(identity));
    if (!ids_are(identity) || !same_groups)
        return errno_failure("user and groups are not what was asked for", EPERM);
    if (identity.uid != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0))
        return errno_failure("the privileges could be taken back", EPERM);
    return {};
}

int resource_of(Limit limit)
{
    switch (limit) {
    case Limit::open_files: return RLIMIT_NOFILE;
    case Limit::core: return RLIMIT_CORE;
    case Limit::processes: return RLIMIT_NPROC;
    case Limit::data: return RLIMIT_DATA;
    }
    return RLIMIT_CORE;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<bool> is_empty(const std::string& path)
{
    std::unique_ptr<DIR, CloseDirectory> directory{::opendir(path.c_str())};
    if (!directory)
        return errno_failure(path);
    while (auto* entry = ::readdir(directory.get())) {
        std::string_view name{entry->d_name};
        if (name != "." && name != "..")
            return false;
    }
    return true;
}

} // namespace

Result<std::vector<std::uint32_t>> supplementary_groups()
{
    auto groups = TRY(current_groups());
    return std::vector<std::uint32_t>(groups.begin(), groups.end());
}

Result<void> set_supplementary_groups(const std::vector<std::uint32_t>& groups)
{
    std::vector<gid_t> numbers(groups.begin(), groups.end());
    if (::setgroups(numbers.size(), numbers.data()) != 0)
        return errno_failure("setgroups");
    return {};
}

bool is_root()
{
    return ::geteuid() == 0;
}

Result<void> become(const Identity& identity)
{
    if (!is_root()) {
        auto same_groups = TRY(groups_are(identity));
        if (ids_are(identity) && same_groups)
            return {};
    }
    std::vector<gid_t> groups(identity.groups.begin(), identity.groups.end());
    if (::setgroups(groups.size(), groups.data()) < 0)
        return errno_failure("setgroups");
    if (::setresgid(identity.gid, identity.gid, identity.gid) < 0)
        return errno_failure("setresgid");
    if (::setresuid(identity.uid, identity.uid, identity.uid) < 0)
        return errno_failure("setresuid");
    return verify(identity);
}

Result<void> give_back_lent_group()
{
    auto own = ::getgid();
    if (::setresgid(own, own, own) < 0)
        return errno_failure("setresgid");
    return {};
}

Result<void> empty_bounding_set()
{
    for (unsigned long capability = 0; capability < 64; ++capability) {
        int held = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (held < 0)
            return {};                                            // past the kernel's last one
        if (held == 1 && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return errno_failure("PR_CAPBSET_DROP");
    }
    return {};
}

Result<void> drop_all_capabilities()
{
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return errno_failure("ambient capabilities");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) < 0)
        return errno_failure("capset");
    std::array<__user_cap_data_struct, 2> left{};
    if (::syscall(SYS_capget, &header, left.data()) < 0)
        return errno_failure("capget");
    for (auto& half : left)
        if ((half.effective | half.permitted | half.inheritable) != 0)
            return errno_failure("capabilities are left", EPERM);
    return {};
}

Result<void> forbid_new_privileges()
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return errno_failure("PR_SET_NO_NEW_PRIVS");
    return {};
}

Result<void> forbid_tracing()
{
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return errno_failure("PR_SET_DUMPABLE");
    return {};
}

Result<void> die_with_parent(int signal)
{
    if (::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0)
        return errno_failure("PR_SET_PDEATHSIG");
    return {};
}

Result<void> enter_root_directory(const std::string& directory)
{
    if (::chroot(directory.c_str()) < 0)
        return errno_failure("chroot " + directory);
    if (::chdir("/") < 0)
        return errno_failure("chdir /");
    return {};
}

Result<void> check_empty_directory(const std::string& directory)
{
    struct stat facts{};
    if (::stat(directory.c_str(), &facts) < 0)
        return errno_failure(directory);
    if (!S_ISDIR(facts.st_mode) || facts.st_uid != 0 || (facts.st_mode & 022) != 0)
        return not_permitted(directory + " must be a directory of root that nobody else may write to");
    auto empty = TRY(is_empty(directory));
    if (!empty)
        return not_permitted(directory + " must be empty");
    return {};
}

Result<void> enter_empty_directory(const std::string& directory)
{
    TRY(check_empty_directory(directory));
    return enter_root_directory(directory);
}

Result<void> set_limit(Limit limit, std::uint64_t value)
{
    rlimit both{};
    auto resource = static_cast<__rlimit_resource_t>(resource_of(limit));
    if (::getrlimit(resource, &both) < 0)
        return errno_failure("getrlimit");
    both.rlim_cur = both.rlim_max = std::min<rlim_t>(value, both.rlim_max);
    if (::setrlimit(resource, &both) < 0)
        return errno_failure("setrlimit");
    return {};
}

Result<void> set_soft_limit(Limit limit, std::uint64_t value)
{
    rlimit both{};
    auto resource = static_cast<__rlimit_resource_t>(resource_of(limit));
    if (::getrlimit(resource, &both) < 0)
        return errno_failure("getrlimit");
    both.rlim_cur = std::min<rlim_t>(value, both.rlim_max);
    if (::setrlimit(resource, &both) < 0)
        return errno_failure("setrlimit");
    return {};
}

Result<void> lift_soft_limit(int pid, Limit limit)
{
    rlimit both{};
    auto resource = static_cast<__rlimit_resource>(resource_of(limit));
    if (::prlimit(pid, resource, nullptr, &both) < 0)
        return errno_failure("prlimit");
    both.rlim_cur = both.rlim_max;
    if (::prlimit(pid, resource, &both, nullptr) < 0)
        return errno_failure("prlimit");
    return {};
}

Result<std::uint64_t> current_limit(Limit limit)
{
    rlimit both{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource_of(limit)), &both) < 0)
        return errno_failure("getrlimit");
    return both.rlim_cur;
}

} // namespace nacre
