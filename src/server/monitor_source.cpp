// PRIVILEGED: sshd itself.
#include "server/monitor_source.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/socket.h"
#include "os/system_error.h"
#include "server/process_protocol.h"
#include "server/process_title.h"
#include "server/search_times.h"
#include "server/startup.h"

namespace nacre {
namespace {

constexpr int glance = 50;                                        // milliseconds that a copy is waited for
// Then the zygote is taken for stuck.  Nobody waits for it, and what it loads before the first copy may be slow in coming.
constexpr std::chrono::seconds longest_start{60};
constexpr std::chrono::seconds longest_copying{5};
constexpr std::chrono::minutes pause_after_trouble{1};            // in which none is started again

bool answers(int socket, int milliseconds)
{
    pollfd answer{socket, POLLIN, 0};
    int count;
    do
        count = ::poll(&answer, 1, milliseconds);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

} // namespace

// The programs are those that sshd began with, whatever lies there now; but with new ones there may come new libraries, of
// which the loader's cache tells.
MonitorSource::MonitorSource(HelperPrograms programs, Fd startup)
    : programs_(std::move(programs)), startup_(std::move(startup)),
      search_times_(SearchTimes::make_memory().value_or(Fd{})),
      loaded_({"/etc/nsswitch.conf", "/etc/ld.so.cache", programs_.directory + "/sshd-session", programs_.directory + "/sshd-net"})
{
}

Result<MonitorProcess> MonitorSource::execute(Lives lives) const
{
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    SpawnRequest request;
    request.program = "sshd-session";
    request.program_fd = programs_.session.number();
    request.arguments = {name_with_title_room("sshd-session")};
    request.environment = monitor_environment();
    request.input = request.output = null_stream;
    request.descriptors = {{pair.theirs.number(), session_fd::control},
                           {startup_.number(), session_fd::startup},
                           {programs_.network.number(), session_fd::network_program},
                           {programs_.user.number(), session_fd::user_program}};
    if (search_times_)
        request.descriptors.push_back({search_times_.number(), session_fd::search_times});
    request.directory = "/";
    request.new_session = lives == Lives::as_long_as_it_likes;
    request.die_with_parent = lives == Lives::with_us;
    request.open_files = open_files_;
    auto child = TRY(spawn(request));
    return MonitorProcess{std::move(child), MessageSocket{std::move(pair.ours)}};
}

Result<MonitorProcess> MonitorSource::make_dependent() const { return execute(Lives::with_us); }

Result<MonitorProcess> MonitorSource::make(TimePoint now, Log& log)
{
    auto ahead = TRY(make_ahead(now, log));
    return ahead ? Result<MonitorProcess>{*std::move(ahead)} : execute(Lives::as_long_as_it_likes);
}

Result<std::optional<MonitorProcess>> MonitorSource::make_ahead(TimePoint now, Log& log)
{
    if (now >= no_copies_before_) {
        auto copied = copy(now);
        if (copied)
            return copied;
        log.error("sshd-session is executed for each connection for a while: {}", copied.error().what);
        if (zygote_)                                              // its copies are not its children
            (void)zygote_->process.process.send_signal(SIGKILL);
        renew();
        no_copies_before_ = now + pause_after_trouble;
    }
    auto executed = TRY(execute(Lives::as_long_as_it_likes));
    return executed;
}

// Nothing: it is still being made, and whoever asks next may have it.
Result<std::optional<MonitorProcess>> MonitorSource::copy(TimePoint now)
{
    bool is_due = zygote_ && (zygote_->copies >= most_copies || now - zygote_->began > longest_use);
    if (is_due && !zygote_->order)
        renew();
    if (!zygote_) {
        auto process = TRY(execute(Lives::as_long_as_it_likes));
        zygote_.emplace(std::move(process), now);
    }
    auto& zygote = zygote_->process.control;
    bool is_new = !zygote_->order;
    if (is_new) {
        auto pair = TRY(make_socket_pair(SocketPairKind::packets));
        TRY(zygote.send(MakeMonitor{}, std::array{pair.theirs.number()}));
        zygote_->order.emplace(MessageSocket{std::move(pair.ours)}, now);
    }
    if (!answers(zygote.fd(), is_new ? glance : 0)) {
        if (now - zygote_->order->given > (zygote_->copies == 0 ? longest_start : longest_copying))
            return system_failure("its zygote does not answer");
        return std::nullopt;
    }
    auto answer = TRY(zygote.receive());
    if (!answer)
        return system_failure("its zygote has ended");
    auto made = TRY(decode<MonitorMade>(answer->payload));
    zygote.release();
    if (made.pid == 0)
        return system_failure("its zygote cannot be copied");
    auto process = TRY(child_of_before(static_cast<int>(made.pid)));
    MonitorProcess copied{std::move(process), std::move(zygote_->order->control), zygote_->process.process.pid()};
    zygote_->order.reset();
    ++zygote_->copies;
    return copied;
}

} // namespace nacre
