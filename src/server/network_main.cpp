// The start of sshd-net: settings first, then the cage, and only then the socket.
#include "base/text.h"
#include "os/event_loop.h"
#include "os/privileges.h"
#include "os/sandbox.h"
#include "os/signals.h"
#include "runtime/moduli_file.h"
#include "server/network_process.h"
#include "server/process_name.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

constexpr int monitor_fd = 3;
constexpr std::uint64_t most_open_files = 4096;

Result<void> shut_the_cage(const NetworkSettings& settings, MessageSocket& monitor)
{
    Confinement confinement;
    confinement.empty_directory = settings.empty_directory;
    if (settings.changes_identity)
        confinement.identity = Identity{settings.uid, settings.gid, {settings.gid}};
    confinement.open_files = most_open_files;
    confinement.die_with_parent = true;
    confinement.data = memory_before_login;
    auto report = TRY(confine(confinement));
    return monitor.send(Confined{join(report.achieved, ", "), join(report.not_done, ", ")});
}

Result<void> serve(MessageSocket& monitor, NetworkLog& log)
{
    auto first = TRY(monitor.receive());
    if (!first)
        return {};
    auto settings = TRY(decode<NetworkSettings>(first->payload));
    Fd moduli = first->fds.empty() ? Fd{} : std::move(first->fds[0]);
    monitor.forget();
    log.set_level(static_cast<LogLevel>(settings.log_level));
    auto loop = TRY(EventLoop::create());
    SystemRandom random;
    // Everything that may want to open something does so before the cage: libcrypto, the version line and KEXINIT.
    (void)random.bytes<32>();
    std::optional<ModuliFile> groups;
    if (moduli.is_open())
        groups.emplace(std::move(moduli), random);
    NetworkProcess process{loop, monitor, settings, groups ? &*groups : nullptr, random, log};
    TRY(shut_the_cage(settings, monitor));
    auto begin = TRY(monitor.receive());
    if (!begin)
        return {};
    TRY(decode<BeginConnection>(begin->payload));
    if (begin->fds.empty() || begin->fds.size() > 2)
        return bad_input("no connection came with the order to begin");
    Link link;
    link.in = std::move(begin->fds[0]);
    if (begin->fds.size() == 2)
        link.out = std::move(begin->fds[1]);
    process.run(std::move(link));
    return {};
}

} // namespace

int run_network_process()
{
    if (auto status = protocol_verdict())
        return *status;
    name_this_process("sshd-net");
    ignore_broken_pipes();
    MessageSocket monitor{Fd{monitor_fd}};
    NetworkLog log{monitor};
    auto served = serve(monitor, log);
    if (!served) {
        log.error("sshd-net: {}", printable(served.error().what));
        return 255;
    }
    return 0;
}

} // namespace nacre
