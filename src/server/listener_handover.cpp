// PRIVILEGED: sshd itself.  What a listener leaves to the one that follows it, and what that makes of it.
#include <cerrno>

#include "server/handover.h"
#include "server/listener.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

std::uint64_t moment(TimePoint time)
{
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

TimePoint time_of(std::uint64_t moment)
{
    return TimePoint{std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{moment})};
}

} // namespace

Handover Listener::hand_over(std::vector<int>& sockets) const
{
    Handover handover;
    handover.protocol = process_protocol_name;
    for (auto& penalty : penalties_.all())
        handover.penalties.items.push_back(
            {penalty.source, static_cast<std::uint32_t>(penalty.cause), moment(penalty.until), penalty.is_felt});
    for (auto& [pid, connection] : connections_) {
        HandedConnection handed;
        handed.pid = static_cast<std::uint32_t>(pid);
        handed.id = connection.facts.connection;
        handed.source = connection.facts.source;
        handed.source_port = connection.facts.source_port;
        handed.local = connection.facts.local;
        handed.local_port = connection.facts.local_port;
        handed.is_login_done = connection.is_login_done;
        handed.zygote = static_cast<std::uint32_t>(connection.zygote);
        if (connection.ends_as)
            handed.ended_as = static_cast<std::uint32_t>(*connection.ends_as) + 1;
        handed.began = moment(connection.began);
        handed.grace_ends = connection.grace ? moment(connection.grace_ends) : 0;
        handed.records = connection.records.to_close();
        handover.connections.items.push_back(std::move(handed));
        sockets.push_back(connection.control.fd());
    }
    return handover;
}

void Listener::take_over(Handover handover, std::vector<Fd> sockets)
{
    for (auto& penalty : handover.penalties.items)
        penalties_.restore({penalty.source, static_cast<LoginEnd>(penalty.cause), time_of(penalty.until), penalty.is_felt},
                           loop_.now());
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        auto& handed = handover.connections.items[i];
        int pid = static_cast<int>(handed.pid);
        auto process = child_of_before(pid);
        if (!process && process.error().os_error == ECHILD)
            continue;                                             // nothing is left of it
        if (!process) {
            log_.error("a connection of before goes on uncounted: {}", process.error().what);
            continue;
        }
        auto& connection = connections_[pid];
        connection.process = *std::move(process);
        connection.control = MessageSocket{std::move(sockets[i])};
        connection.facts = {.connection = handed.id,
                            .source = handed.source,
                            .source_port = static_cast<std::uint16_t>(handed.source_port),
                            .local = handed.local,
                            .local_port = static_cast<std::uint16_t>(handed.local_port),
                            .user = {}};
        connection.began = time_of(handed.began);
        connection.is_login_done = handed.is_login_done;
        connection.zygote = static_cast<int>(handed.zygote);
        if (handed.ended_as > 0)
            connection.ends_as = static_cast<LoginEnd>(handed.ended_as - 1);
        connection.records = OpenRecords{std::move(handed.records)};
        if (!connection.is_login_done)
            limits_.begun(connection.facts.source);
        watch(pid, handed.grace_ends == 0 ? std::nullopt : std::optional{time_of(handed.grace_ends)});
    }
}

} // namespace nacre
