#include "os/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "os/fd.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// linux/landlock.h of a newer kernel than the headers we build with; older kernels take its beginning.
struct RulesetAttributes {
    std::uint64_t file_accesses;
    std::uint64_t network_accesses;                               // from version 4
    std::uint64_t scopes;                                         // from version 6
};

constexpr unsigned ask_for_version = 1;                           // LANDLOCK_CREATE_RULESET_VERSION

std::uint64_t first_bits(unsigned count)
{
    return (std::uint64_t{1} << count) - 1;
}

// Everything that this version can deny.
RulesetAttributes deny_all(long version)
{
    unsigned file_rights = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    RulesetAttributes attributes{first_bits(file_rights), 0, 0};
    if (version >= 4)
        attributes.network_accesses = first_bits(2);              // bind, connect
    if (version >= 6)
        attributes.scopes = first_bits(1);                        // abstract sockets; signals are seccomp's matter
    return attributes;
}

std::size_t size_of_attributes(long version)
{
    return version >= 6 ? 24 : version >= 4 ? 16 : 8;
}

} // namespace

Result<bool> forbid_all_paths()
{
    auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version);
    // EPERM: a container's filter that does not know the call.  The kernel itself never refuses this question so.
    if (version < 0 && (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
        return false;
    if (version < 0)
        return errno_failure("landlock");
    auto attributes = deny_all(version);
    Fd ruleset{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size_of_attributes(version), 0))};
    if (!ruleset)
        return errno_failure("landlock");
    if (::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) < 0)
        return errno_failure("landlock");
    return true;
}

} // namespace nacre
