#include "server/helper_programs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "os/process.h"
#include "os/system_error.h"

namespace nacre {
namespace {

// What root executes must belong to root or to whoever owns sshd itself, and nobody else may write there.
Result<Fd> open_program(const std::string& path)
{
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return errno_failure(path);
    struct stat facts {}, own {};
    if (::fstat(fd.number(), &facts) < 0)
        return errno_failure(path);
    if (::stat("/proc/self/exe", &own) < 0)
        return errno_failure("/proc/self/exe");
    bool trusted = S_ISREG(facts.st_mode) && (facts.st_mode & 022) == 0
                   && (facts.st_uid == 0 || facts.st_uid == own.st_uid || facts.st_uid == ::geteuid());
    if (!trusted)
        return not_permitted(fmt::format("{}: bad owner or permissions", path));
    return fd;
}

Result<HelperPrograms> open_in(const std::string& directory)
{
    HelperPrograms programs;
    programs.directory = directory;
    programs.session = TRY(open_program(directory + "/sshd-session"));
    programs.network = TRY(open_program(directory + "/sshd-net"));
    programs.user = TRY(open_program(directory + "/sshd-user"));
    return programs;
}

} // namespace

Result<HelperPrograms> open_helper_programs()
{
    auto own = TRY(own_program());
    std::vector<std::string> directories{own.substr(0, own.rfind('/'))};
#ifdef NACRE_LIBEXEC_DIR
    directories.emplace_back(NACRE_LIBEXEC_DIR);
#endif
#ifdef NACRE_BUILD_BIN_DIR
    directories.emplace_back(NACRE_BUILD_BIN_DIR);
#endif
    std::string problems;
    for (auto& directory : directories) {
        auto programs = open_in(directory);
        if (programs)
            return programs;
        problems += fmt::format("{}{}", problems.empty() ? "" : "; ", programs.error().what);
    }
    return system_failure(problems);
}

} // namespace nacre
