// The start of sshd-net: settings first, then the copy for a connection, the cage, and only then the socket.
#include "base/text.h"
#include "os/event_loop.h"
#include "os/oom_protection.h"
#include "os/privileges.h"
#include "os/sandbox.h"
#include "os/signals.h"
#include "runtime/moduli_file.h"
#include "server/network_process.h"
#include "server/network_zygote.h"
#include "server/process_name.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

constexpr int orders_fd = 3;
constexpr std::uint64_t most_open_files = 4096;

Result<void> shut_the_cage(const NetworkSettings& settings, MessageSocket& monitor, int parent)
{
    Confinement confinement;
    confinement.empty_directory = settings.empty_directory;
    if (settings.changes_identity)
        confinement.identity = Identity{settings.uid, settings.gid, {settings.gid}};
    confinement.open_files = most_open_files;
    confinement.dies_with = parent;
    confinement.data = memory_before_login;
    auto report = confine(confinement);
    if (!report)
        return fail(in_context("it cannot be confined, so nobody is served (in a container, look for CAP_SYS_CHROOT, CAP_SETUID "
                               "and CAP_SETGID, and for what its seccomp filter lets through)",
                               std::move(report).error()));
    return monitor.send(Confined{join(report->achieved, ", "), join(report->not_done, ", ")});
}

// One connection.
Result<void> serve(MessageSocket& monitor, const NetworkSettings& settings, Fd moduli, int parent)
{
    NetworkLog log{monitor};
    log.set_level(static_cast<LogLevel>(settings.log_level));
    auto loop = TRY(EventLoop::create());
    SystemRandom random;
    std::optional<ModuliFile> groups;
    if (moduli.is_open())
        groups.emplace(std::move(moduli), random);
    // What may want to open something does so before the cage: the version line and KEXINIT.
    NetworkProcess process{loop, monitor, settings, groups ? &*groups : nullptr, random, log};
    TRY(shut_the_cage(settings, monitor, parent));
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

// In the zygote until nobody wants another copy; in a copy until its connection is over.
Result<void> live(MessageSocket orders, ProcessTitle title)
{
    auto first = TRY(orders.receive());
    if (!first)
        return {};
    auto settings = TRY(decode<NetworkSettings>(first->payload));
    orders.release();
    auto copy = TRY(NetworkZygote{std::move(orders)}.run());
    if (!copy)
        return {};
    name_this_process("sshd-net");
    title.set("[net]");
    if (!settings.out_of_memory_score.empty())
        (void)set_out_of_memory_score(settings.out_of_memory_score);
    auto served = serve(copy->monitor, settings, std::move(copy->moduli), copy->parent);
    if (!served)
        NetworkLog{copy->monitor}.error("sshd-net: {}", printable(served.error().what));
    return served;
}

} // namespace

int run_network_process(ProcessTitle title)
{
    if (auto status = protocol_verdict())
        return *status;
    name_this_process("sshd-net-zygote");
    title.set("[net zygote]");
    ignore_broken_pipes();
    ignore_size_limit();
    (void)forbid_tracing();
    (void)lift_soft_limit(0, Limit::open_files);                  // it holds two descriptors of each copy
    return live(MessageSocket{Fd{orders_fd}}, title) ? 0 : 255;
}

} // namespace nacre
