#include "tools/copy/sftp_link.h"

#include <fcntl.h>
#include <poll.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/contract.h"
#include "os/fd_passing.h"
#include "os/system_error.h"
#include "tools/copy/interrupts.h"

namespace nacre {

namespace {

constexpr int roomy_pipe = 1 << 20;
constexpr int passed_number = 3;
constexpr auto glance = std::chrono::milliseconds{250};           // an interrupt may come just before we wait
constexpr std::size_t enough_unanswered = 3;
constexpr auto refill_pause = std::chrono::milliseconds{2};

TimePoint now() { return std::chrono::steady_clock::now(); }

Failure connection_closed() { return peer_misbehaved("Connection closed", DisconnectReason::connection_lost); }

} // namespace

Result<std::unique_ptr<SftpLink>> SftpLink::start(Settings settings, Log& log)
{
    std::unique_ptr<SftpLink> link{new SftpLink{std::move(settings), log}};
    TRY(link->launch());
    TRY(link->wait_until_ready());
    return link;
}

// Of the program's words the first is its name.
Result<void> SftpLink::open_door()
{
    auto pair = TRY(make_socket_pair());
    settings_.command.insert(settings_.command.begin() + 1, fmt::format("--serve={}", passed_number));
    door_ = std::move(pair.ours);
    passed_ = std::move(pair.theirs);
    return {};
}

// An ssh that serves nobody closes its end of the door.
Result<std::unique_ptr<SftpLink>> SftpLink::start_lane()
{
    constexpr std::array<std::uint8_t, 1> companion{0};
    if (!door_)
        return std::unique_ptr<SftpLink>{};
    auto pair = TRY(make_socket_pair());
    int theirs = pair.theirs.number();
    if (!send_fds(door_.number(), companion, {&theirs, 1})) {
        door_.close();
        return std::unique_ptr<SftpLink>{};
    }
    Settings settings{.command = settings_.lane_command, .quiet = true};
    settings.command.insert(settings.command.begin() + 1, fmt::format("--join={}", passed_number));
    std::unique_ptr<SftpLink> lane{new SftpLink{std::move(settings), log_}};
    lane->passed_ = std::move(pair.ours);
    TRY(lane->launch());
    return lane;
}

Result<void> SftpLink::launch()
{
    if (!settings_.lane_command.empty() && settings_.bytes_per_second == 0)
        (void)open_door();                                        // without it there are no further channels
    auto in = TRY(make_pipe());
    auto out = TRY(make_pipe());
    for (int fd : {in.writer.number(), out.writer.number()})
        (void)::fcntl(fd, F_SETPIPE_SZ, roomy_pipe);              // a wish
    std::vector<FdMapping> descriptors;
    if (passed_)
        descriptors.push_back({passed_.number(), passed_number});
    // ^C ends a transfer, not the connection: it would reach ssh as well, being of the same terminal.
    child_ = TRY(spawn({.program = settings_.command.front(),
                        .search_path = true,
                        .arguments = settings_.command,
                        .input = in.reader.number(),
                        .output = out.writer.number(),
                        .error = settings_.quiet ? null_stream : inherit_stream,
                        .descriptors = descriptors,
                        .ignored_signals = {SIGINT}}));
    passed_.close();
    to_server_ = std::move(in.writer);
    kernel_path_ = KernelPath{to_server_.number()};
    from_server_ = std::move(out.reader);
    TRY(set_blocking(to_server_.number(), Blocking::no));
    return set_blocking(from_server_.number(), Blocking::no);
}

SftpLink::~SftpLink() { (void)finish(); }

ExitStatus SftpLink::finish()
{
    if (to_server_ && client_.has_unsent())
        (void)write();                                            // what nobody waits for: files that are closed
    to_server_.close();
    from_server_.close();
    if (!child_.is_running())
        return {};
    if (gave_up_ && client_.unanswered() > 0)                     // it might wait long for what nobody wants
        (void)child_.send_signal(SIGTERM);
    return child_.wait().value_or(ExitStatus{.code = 255});
}

Result<void> SftpLink::wait_until_ready()
{
    Waiting waiting{this, [](const sftp::Client::Arrived&) {}};
    while (!client_.is_ready()) {
        if (was_interrupted()) {
            (void)child_.send_signal(SIGTERM);
            return bad_input("Interrupted");
        }
        TRY(exchange({&waiting, 1}, glance));
    }
    return {};
}

void SftpLink::give_up()
{
    client_.disown();
    gave_up_ = true;
}

void SftpLink::dismiss()
{
    client_.disown();
    (void)child_.send_signal(SIGTERM);
}

void SftpLink::count(std::size_t bytes)
{
    if (settings_.bytes_per_second > 0)
        allowed_ = std::max(allowed_, now()) +
                   std::chrono::nanoseconds{bytes * 1'000'000'000 / settings_.bytes_per_second};
}

Duration SftpLink::pause() const { return std::max(allowed_ - now(), Duration{0}); }

Result<void> SftpLink::write()
{
    do {
        bool elsewhere = client_.to_pass_on() > 0;
        TRY(elsewhere ? pass_on() : write_bytes());
    } while (!blocked_ && client_.has_unsent() && settings_.bytes_per_second == 0);
    return {};
}

Result<void> SftpLink::pass_on()
{
    auto wanted = client_.to_pass_on();
    auto io = kernel_path_.pass_on(wanted);
    if (!io)
        return connection_closed();
    blocked_ = io->bytes < wanted;
    client_.passed_on(io->bytes);
    return {};
}

Result<void> SftpLink::write_bytes()
{
    auto bytes = client_.to_send();
    if (settings_.bytes_per_second > 0)                           // in steps that a person sees as a steady flow
        bytes = bytes.first(std::min<std::size_t>(bytes.size(), std::max<std::uint64_t>(settings_.bytes_per_second / 8, 1)));
    auto io = write_some(to_server_.number(), bytes);
    if (!io)
        return connection_closed();
    blocked_ = io->bytes < bytes.size();
    client_.sent(io->bytes);
    count(io->bytes);
    return {};
}

Result<void> SftpLink::read(const std::function<void(const sftp::Client::Arrived&)>& take)
{
    auto space = client_.receive_space();
    if (settings_.bytes_per_second > 0)
        space = space.first(std::min<std::size_t>(space.size(), std::max<std::uint64_t>(settings_.bytes_per_second / 8, 1)));
    auto io = TRY(read_some(from_server_.number(), space));
    if (io.end)
        return connection_closed();
    client_.received(io.bytes);
    count(io.bytes);
    for (;;) {
        auto arrived = TRY(client_.next());
        if (!arrived)
            return {};
        take(*arrived);
    }
}

// What is to be waited for, of what comes and of what goes.
Result<void> SftpLink::before_waiting(pollfd* polled, Duration& patience)
{
    polled[0].fd = polled[1].fd = -1;
    if (!blocked_ && client_.has_unsent() && pause() == Duration{0})
        TRY(write());                                             // most often there is room: no need to ask first
    if (auto rest = pause(); rest > Duration{0}) {
        patience = std::min(patience, rest);
        return {};
    }
    bool wants_to_send = client_.has_unsent();
    // A full pipe has room for a page long before it has room for a request; an answer says that one has gone.
    if (wants_to_send && client_.unanswered() >= enough_unanswered) {
        patience = std::min<Duration>(patience, refill_pause);
        wants_to_send = blocked_ = false;
    }
    polled[0] = {.fd = from_server_.number(), .events = POLLIN, .revents = 0};
    polled[1] = {.fd = wants_to_send ? to_server_.number() : -1, .events = POLLOUT, .revents = 0};
    return {};
}

// Reading first: what the server has to say before it ends is worth hearing.
Result<void> SftpLink::after_waiting(const pollfd* polled, const Waiting& waiting)
{
    if (polled[0].fd >= 0 && polled[0].revents != 0)
        TRY(read(waiting.take));
    if (polled[1].fd >= 0 && polled[1].revents != 0)
        TRY(write());
    return {};
}

Result<void> SftpLink::exchange(std::span<Waiting> links, Duration patience)
{
    NACRE_EXPECTS(links.size() <= most_links);
    std::array<pollfd, 2 * most_links> polled{};
    auto bear = [](const Waiting& waiting, const Result<void>& done) -> Result<void> {
        if (done || !waiting.lost)
            return done;
        waiting.lost(done.error());
        return {};
    };
    for (std::size_t i = 0; i < links.size(); ++i)
        TRY(bear(links[i], links[i].link->before_waiting(&polled[2 * i], patience)));
    auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    if (::poll(polled.data(), 2 * links.size(), static_cast<int>(milliseconds)) < 0)
        return errno == EINTR ? Result<void>{} : errno_failure("poll");
    for (std::size_t i = 0; i < links.size(); ++i)
        TRY(bear(links[i], links[i].link->after_waiting(&polled[2 * i], links[i])));
    return {};
}

Result<sftp::Answer> SftpLink::ask(const Request& request)
{
    sftp::Ticket ticket{.length = sftp::most_data, .sent = now()};
    if (auto answer = request(client_, ticket))
        return std::move(*answer);
    std::optional<sftp::Answer> answer;
    Waiting waiting{this, [&](const sftp::Client::Arrived& arrived) {
                        answer = arrived.answer;
                        round_trip_ = std::min(round_trip_.value_or(Duration::max()), Duration{now() - ticket.sent});
                    }};
    while (!answer) {
        if (was_interrupted()) {
            give_up();
            return sftp::Answer{.outcome = sftp::Outcome::failed, .reason = "Interrupted"};
        }
        TRY(exchange({&waiting, 1}, glance));
    }
    return std::move(*answer);
}

Result<void> SftpLink::ask_all(
    std::size_t count,
    const std::function<sftp::Site::Reply(sftp::Client&, const sftp::Ticket&, std::size_t)>& request,
    const std::function<bool(std::size_t, sftp::Answer&)>& take)
{
    constexpr std::size_t at_once = 128;
    std::size_t next = 0, unanswered = 0;
    auto taken = [&](std::size_t index, sftp::Answer& answer) {
        if (!take(index, answer))
            next = count;
    };
    Waiting waiting{this, [&](const sftp::Client::Arrived& arrived) {
                        --unanswered;
                        auto answer = arrived.answer;
                        taken(arrived.ticket.job, answer);
                    }};
    for (;;) {
        while (next < count && unanswered < at_once && client_.has_room() && !was_interrupted()) {
            auto index = next++;
            sftp::Ticket ticket{.job = static_cast<std::uint32_t>(index), .length = sftp::most_data, .sent = now()};
            if (auto answer = request(client_, ticket, index))
                taken(index, *answer);
            else
                ++unanswered;
        }
        if (was_interrupted())
            give_up();
        if (was_interrupted() || (unanswered == 0 && next >= count))
            return {};
        TRY(exchange({&waiting, 1}, glance));
    }
}

} // namespace nacre
