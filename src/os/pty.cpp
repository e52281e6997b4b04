#include "os/pty.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "os/system_error.h"
#include "os/user.h"

namespace nacre {
namespace {

Result<Fd> open_slave(int master, const std::string& name)
{
    // By the master, not by the name: right also where /dev/pts is another one's (Linux 4.13).
    int fd = ::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        fd = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno_failure(name);
    return Fd{fd};
}

unsigned short cut(std::uint32_t value)
{
    return static_cast<unsigned short>(std::min<std::uint32_t>(value, 0xffff));
}

} // namespace

Result<Pty> open_pty()
{
    Pty pty;
    pty.master = Fd{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!pty.master)
        return errno_failure("pseudo terminal");
    if (::grantpt(pty.master.number()) < 0 || ::unlockpt(pty.master.number()) < 0)
        return errno_failure("pseudo terminal");
    std::array<char, 128> name{};
    if (int error = ::ptsname_r(pty.master.number(), name.data(), name.size()); error != 0)
        return errno_failure("pseudo terminal", error);
    pty.name = name.data();
    auto slave = TRY(open_slave(pty.master.number(), pty.name));
    pty.slave = std::move(slave);
    return pty;
}

Result<void> give_pty(const Pty& pty, std::uint32_t uid, std::uint32_t gid)
{
    // Group "tty" lets write(1) and wall(1) in, nobody else.
    auto tty_group = group_named("tty");
    gid_t group = tty_group.value_or(gid);
    mode_t mode = tty_group ? 0620 : 0600;
    struct stat facts{};
    if (::fstat(pty.slave.number(), &facts) < 0)
        return errno_failure(pty.name);
    if ((facts.st_uid != uid || facts.st_gid != group) && ::fchown(pty.slave.number(), uid, group) < 0) {
        // Without root we own it already, and its group is what devpts chose.
        if (facts.st_uid != uid)
            return errno_failure("chown " + pty.name);
    }
    if ((facts.st_mode & 0777) != mode && ::fchmod(pty.slave.number(), mode) < 0)
        return errno_failure("chmod " + pty.name);
    return {};
}

Result<void> take_back_pty(const std::string& name)
{
    if (::geteuid() != 0)
        return {};
    if ((::chown(name.c_str(), 0, 0) < 0 || ::chmod(name.c_str(), 0666) < 0) && errno != ENOENT)
        return errno_failure(name);
    return {};
}

Result<void> make_controlling_terminal(int slave)
{
    if (::ioctl(slave, TIOCSCTTY, 0) < 0)
        return errno_failure("controlling terminal");
    return {};
}

Result<void> set_window_size(int terminal, const WindowSize& size)
{
    winsize wanted{cut(size.rows), cut(size.columns), cut(size.width_pixels), cut(size.height_pixels)};
    if (::ioctl(terminal, TIOCSWINSZ, &wanted) < 0)
        return errno_failure("window size");
    return {};
}

Result<WindowSize> window_size(int terminal)
{
    winsize found{};
    if (::ioctl(terminal, TIOCGWINSZ, &found) < 0)
        return errno_failure("window size");
    return WindowSize{found.ws_col, found.ws_row, found.ws_xpixel, found.ws_ypixel};
}

} // namespace nacre
