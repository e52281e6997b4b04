// PRIVILEGED: sshd itself.
#include "server/session_source.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "os/socket.h"
#include "os/system_error.h"
#include "server/process_protocol.h"
#include "server/process_title.h"
#include "server/startup.h"

namespace nacre {
namespace {

constexpr int longest_copying = 5'000;                            // milliseconds; then the zygote is taken for stuck
constexpr std::chrono::minutes pause_after_trouble{1};            // in which nobody waits for another one

bool answers(int socket)
{
    pollfd answer{socket, POLLIN, 0};
    int count;
    do
        count = ::poll(&answer, 1, longest_copying);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

} // namespace

Result<SessionProcess> SessionSource::execute(Lives lives) const
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
    request.directory = "/";
    request.new_session = lives == Lives::as_long_as_it_likes;
    request.die_with_parent = lives == Lives::with_us;
    request.open_files = open_files_;
    auto child = TRY(spawn(request));
    return SessionProcess{std::move(child), MessageSocket{std::move(pair.ours)}};
}

Result<SessionProcess> SessionSource::make_dependent() const { return execute(Lives::with_us); }

Result<SessionProcess> SessionSource::make(TimePoint now)
{
    if (now < no_copies_before_)
        return execute(Lives::as_long_as_it_likes);
    if (zygote_ && (zygote_->copies >= most_copies || now - zygote_->began > longest_use))
        renew();
    if (!zygote_) {
        auto process = TRY(execute(Lives::as_long_as_it_likes));
        zygote_.emplace(std::move(process), now);
    }
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    auto copied = copy(zygote_->process.control, pair.theirs.number());
    if (!copied) {                                                // it is gone, or stuck, or lacks what it takes
        renew();
        no_copies_before_ = now + pause_after_trouble;
        return execute(Lives::as_long_as_it_likes);
    }
    ++zygote_->copies;
    return SessionProcess{*std::move(copied), MessageSocket{std::move(pair.ours)}};
}

Result<Child> SessionSource::copy(MessageSocket& zygote, int control)
{
    TRY(zygote.send(MakeSession{}, {&control, 1}));
    if (!answers(zygote.fd()))
        return system_failure("no answer");
    auto answer = TRY(zygote.receive());
    if (!answer)
        return system_failure("it has ended");
    auto made = TRY(decode<SessionMade>(answer->payload));
    zygote.release();
    if (made.pid == 0)
        return system_failure("it cannot");
    return child_of_before(static_cast<int>(made.pid));
}

} // namespace nacre
