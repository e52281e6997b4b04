// What the session and the driver tell an SshClient.
#include <utility>

#include "base/text.h"
#include "connection/channel_requests.h"
#include "runtime/memory_endpoint.h"
#include "runtime/ssh_client.h"

namespace nacre {
namespace {

// What a server's reason to hang up means.
ErrorKind kind_of(DisconnectReason reason, bool during_login)
{
    switch (reason) {
    case DisconnectReason::host_not_allowed_to_connect:
        return ErrorKind::not_permitted;
    case DisconnectReason::key_exchange_failed:
        return ErrorKind::incompatible;
    case DisconnectReason::protocol_error:                        // of OpenSSH's server: too many attempts
    case DisconnectReason::no_more_auth_methods_available:
    case DisconnectReason::illegal_user_name:
        return during_login ? ErrorKind::not_permitted : ErrorKind::system;
    default:
        return ErrorKind::system;
    }
}

} // namespace

Result<void> SshClient::drain()
{
    return nacre::drain(*session_, settings_.answers, [this](const auto& event) { return on(event); });
}

void SshClient::ended(const Error& why)
{
    ended_ = why;
    tell_soon([this] {
        if (sockets_)
            sockets_->end();
    });
    for (auto& [number, program] : programs_) {
        if (!program.agreed && !program.failed)
            program.failed = why;
        look_soon(ProgramId{number});
    }
    for (auto& [number, asked] : std::exchange(asked_globals_, {}))
        tell_soon<ByteVector>(std::move(asked.on_answer), fail(why));
    tell_soon([this] { tell_login(); });
    tell_soon([this, why] {
        if (auto tell = on_ended; logged_in_ && tell)             // which may destroy us
            tell(why);
    });
}

Result<void> SshClient::on(const KeysInUse&)
{
    has_keys_ = true;
    return {};
}

Result<void> SshClient::on(const LoggedIn&)
{
    logged_in_ = true;
    tell_soon([this] { tell_login(); });
    return {};
}

Result<void> SshClient::on(const PeerLeft& event)
{
    auto reason = static_cast<DisconnectReason>(event.reason);
    auto kind = kind_of(reason, has_keys_ && !logged_in_);
    return fail(Error{kind, "the server disconnected: " + printable(event.description), reason, 0});
}

bool SshClient::offer(const ConnectionEvent& event) noexcept
{
    return settings_.on_event && settings_.on_event(*this, event);
}

Result<void> SshClient::on(const OpenRequested& event)
{
    if (!offer(event))
        session_->connection().refuse(event.channel, OpenFailure::administratively_prohibited, "nothing was asked for");
    return {};
}

void SshClient::ask_for_program(ChannelId channel, const RemoteCommand& command)
{
    auto& connection = session_->connection();
    for (auto& [variable, value] : command.environment)
        connection.request(channel, EnvRequest{variable, value}, WantReply::no);
    if (auto& terminal = command.terminal) {
        auto modes = encode_terminal_modes(terminal->modes);
        connection.request(channel,
                           PtyRequest{terminal->name, terminal->columns, terminal->rows, terminal->width_pixels,
                                      terminal->height_pixels, modes},
                           WantReply::no);
    }
    if (command.is_subsystem)
        connection.request(channel, SubsystemRequest{command.command}, WantReply::yes);
    else if (command.command.empty())
        connection.request(channel, ShellRequest{}, WantReply::yes);
    else
        connection.request(channel, ExecRequest{command.command}, WantReply::yes);
}

Result<void> SshClient::on(const Opened& event)
{
    auto found = program_at(event.channel);
    if (found == programs_.end()) {
        if (!sockets_->handle(event))
            (void)offer(event);
        return {};
    }
    if (found->second.left) {                                     // before the server has answered
        session_->connection().close(event.channel);
        return {};
    }
    if (found->second.command) {
        ask_for_program(event.channel, *found->second.command);
    } else {
        found->second.agreed = true;
        look_soon(ProgramId{found->first});
    }
    // What the program writes may come before the answer that says that it runs.
    driver_->attach(event.channel, std::move(found->second.endpoint));
    return {};
}

Result<void> SshClient::on(const OpenRefused& event)
{
    auto found = program_at(event.channel);
    if (found == programs_.end()) {
        if (!sockets_->handle(event) && !offer(event))
            drop(event.channel);
    } else {
        auto what = "the server opens no channel: " + printable(event.description);
        bool is_out_of_reach = event.reason == OpenFailure::connect_failed;
        found->second.failed = (is_out_of_reach ? system_failure(what) : not_permitted(what)).error();
        found->second.closed = true;
        lose_channel(found->second);
        if (found->second.left)
            let_go_soon();
        look_soon(ProgramId{found->first});
    }
    return {};
}

// The only request of ours that wants a reply is the one for the program; what comes later was asked by somebody else.
Result<void> SshClient::on(const RequestAnswered& event)
{
    auto found = program_at(event.channel);
    if (found == programs_.end() || found->second.agreed) {
        (void)offer(event);
        return {};
    }
    if (event.success)
        found->second.agreed = true;
    else
        found->second.failed = not_permitted("the server does not run that").error();
    look_soon(ProgramId{found->first});
    return {};
}

Result<void> SshClient::on(const Requested& event)
{
    auto found = program_at(event.channel);
    bool is_programs = found != programs_.end();
    bool ends_writing = event.request == EndOfWrite::name;
    auto end = read_program_end(event);
    if (end && is_programs)
        found->second.end.learn(*std::move(end));
    else if (!(ends_writing && is_programs) && offer(event))
        return {};
    if (ends_writing)
        session_->connection().finish(event.channel);
    if (event.want_reply == WantReply::yes)
        session_->connection().answer(event.channel, false);
    return {};
}

Result<void> SshClient::on(const PeerFinished& event)
{
    auto found = program_at(event.channel);
    if (found != programs_.end())
        found->second.peer_finished = true;
    if (!sockets_->handle(event) && !driver_->handle(event) && found == programs_.end())
        (void)offer(event);
    return {};
}

// A channel may be closed without an EOF before: whoever waits for more must hear of it in the same way.
Result<void> SshClient::on(const Closed& event)
{
    auto found = program_at(event.channel);
    if (found == programs_.end()) {
        if (!sockets_->handle(event) && !offer(event))
            drop(event.channel);
        return {};
    }
    if (!found->second.peer_finished)
        driver_->handle(PeerFinished{event.channel});
    auto endpoint = driver_->detach(event.channel);
    found = program_at(event.channel);
    if (found == programs_.end())
        return {};
    auto& program = found->second;
    lose_channel(program);
    program.closed = true;
    if (!program.agreed && !program.failed)
        program.failed = system_failure("the server has closed the channel").error();
    if (endpoint)
        program.endpoint = std::move(endpoint);
    ProgramId id{found->first};
    look_soon(id);
    if (program.left)
        let_go_soon();
    else if (auto* descriptors = dynamic_cast<FdEndpoint*>(program.endpoint.get()))
        descriptors->outlive_channel([this, id] { look_soon(id); });   // what it holds still goes to its descriptors
    else if (auto* memory = dynamic_cast<MemoryEndpoint*>(program.endpoint.get()))
        memory->channel_closed();
    return {};
}

Result<void> SshClient::on(const GlobalRequested& event)
{
    if (!offer(event) && event.want_reply == WantReply::yes)
        session_->connection().answer_global(false);
    return {};
}

Result<void> SshClient::on(const GlobalAnswered& event)
{
    auto ours = globals_.answered();
    if (!ours) {
        (void)offer(event);
        return {};
    }
    auto asked = asked_globals_.extract(*ours);
    auto answer = event.success ? Result<ByteVector>{to_vector(event.details)}
                                : not_permitted("the server refuses " + asked.mapped().name);
    tell_soon<ByteVector>(std::move(asked.mapped().on_answer), std::move(answer));
    return {};
}

} // namespace nacre
