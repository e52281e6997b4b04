#include "runtime/ssh_client.h"

#include <cerrno>
#include <iterator>

#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "os/socket.h"
#include "runtime/connector.h"
#include "runtime/memory_endpoint.h"
#include "runtime/remote_files.h"

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

SshClient::SshClient(EventLoop& loop, SshClientSettings settings) : loop_(loop), settings_(std::move(settings)) {}

SshClient::~SshClient()
{
    if (driver_ && !ended_)
        driver_->end(Error{ErrorKind::not_permitted, "disconnected by user", DisconnectReason::by_application, 0});
}

// ---- connecting --------------------------------------------------------------------------

Result<Fd> SshClient::connected_socket(EventLoop& loop, const SshClientSettings& settings, TimePoint too_late)
{
    std::optional<Result<Fd>> outcome;
    Connector connector{loop, ConnectTarget{.host = settings.host, .port = settings.port}, IpFamily::any,
                        [&](Result<Fd> result) { outcome = std::move(result); }};
    auto limit = loop.at(too_late, [&] { outcome = system_failure("timed out", ETIMEDOUT); });
    TRY(loop.run_until([&] { return outcome.has_value(); }));
    if (!*outcome)
        return fail(in_context(to_text(connector.target()), std::move(*outcome).error()));
    auto socket = *std::move(*outcome);
    TRY(set_no_delay(socket.number()));
    TRY(set_keep_alive(socket.number(), true));                   // or nobody would notice that the server's machine is gone
    return socket;
}

Result<std::unique_ptr<SshClient>> SshClient::connect(EventLoop& loop, SshClientSettings settings)
{
    if (settings.host.empty())
        return bad_input("there is no host to connect to");
    auto too_late = loop.now() + settings.patience;
    auto socket = TRY(connected_socket(loop, settings, too_late));
    return logged_in(loop, Link{.in = std::move(socket), .out = {}}, std::move(settings), too_late);
}

Result<std::unique_ptr<SshClient>> SshClient::connect_over(EventLoop& loop, Link link, SshClientSettings settings)
{
    TRY(loop.expect_idle());
    for (auto* fd : {&link.in, &link.out})                        // or everything in the loop would wait for this server
        if (*fd)
            TRY(set_blocking(fd->number(), Blocking::no));
    auto too_late = loop.now() + settings.patience;
    return logged_in(loop, std::move(link), std::move(settings), too_late);
}

Result<std::unique_ptr<SshClient>> SshClient::logged_in(EventLoop& loop, Link link, SshClientSettings settings,
                                                        TimePoint too_late)
{
    std::unique_ptr<SshClient> client{new SshClient{loop, std::move(settings)}};
    TRY(client->log_in(std::move(link), too_late));
    return client;
}

Result<void> SshClient::log_in(Link link, TimePoint too_late)
{
    auto& log = settings_.log ? *settings_.log : static_cast<Log&>(no_log_);
    session_.emplace(client_transport(settings_.answers, settings_.transport), random_, log, loop_.now());
    session_->log_in_as(login_settings(settings_.answers));
    driver_.emplace(loop_, std::move(link), session_->transport(), session_->connection(),
                    static_cast<ConnectionDriver::Owner&>(*this), log);
    sockets_.emplace(loop_, *driver_, session_->connection());
    auto limit = loop_.at(too_late, [this] {
        driver_->end(system_failure("the login took too long", ETIMEDOUT).error());
    });
    driver_->start();
    return wait_until([this] { return logged_in_; });
}

Result<void> SshClient::wait_until(const std::function<bool()>& done)
{
    bool is_done = false;
    TRY(loop_.run_until([&] { return (is_done = done()) || ended_; }));
    return is_done ? Result<void>{} : fail(*ended_);
}

// ---- programs ----------------------------------------------------------------------------

Result<ProgramId> SshClient::start(const RemoteCommand& command, std::unique_ptr<ChannelEndpoint> endpoint)
{
    return open(SessionChannel::name, {}, command, std::move(endpoint));
}

Result<ProgramId> SshClient::open(std::string_view kind, Bytes details, std::optional<RemoteCommand> command,
                                  std::unique_ptr<ChannelEndpoint> endpoint)
{
    if (ended_)
        return fail(*ended_);
    TRY(loop_.expect_idle());
    auto channel = session_->connection().open(kind, details, {});
    ProgramId id{++last_program_};
    by_channel_.insert_or_assign(channel.value, id);
    auto& program = programs_[id.value];
    program.endpoint = std::move(endpoint);
    program.command = std::move(command);
    program.channel = channel;
    driver_->advance();
    auto waited = wait_until([&] { return program.agreed || program.refused || program.closed; });
    if (waited && program.agreed)
        return id;
    auto why = program.refused.value_or(system_failure("the server has closed the channel").error());
    leave(id);
    TRY(std::move(waited));
    return fail(std::move(why));
}

SshClient::Programs::iterator SshClient::program_at(ChannelId channel)
{
    auto found = by_channel_.find(channel.value);
    return found == by_channel_.end() ? programs_.end() : programs_.find(found->second.value);
}

// Whoever gets its number next is somebody else.
void SshClient::lose_channel(Program& program)
{
    if (program.channel)
        by_channel_.erase(program.channel->value);
    program.channel.reset();
}

SshClient::Program* SshClient::awaited(ProgramId id)
{
    auto found = programs_.find(id.value);
    return found == programs_.end() || found->second.left ? nullptr : &found->second;
}

std::optional<ChannelId> SshClient::channel_of(ProgramId id) const
{
    auto found = programs_.find(id.value);
    return found == programs_.end() ? std::nullopt : found->second.channel;
}

// What the loop calls may leave() the program, so it is looked up each time.
Result<ProgramEnd> SshClient::wait_for(ProgramId id)
{
    if (!awaited(id))
        return bad_input("no such program");
    TRY(loop_.expect_idle());
    auto waited = wait_until([&] {
        auto* program = awaited(id);
        return !program || program->closed;
    });
    // A server may hang up as soon as it has told how the program ended.
    auto* told = awaited(id);
    if (told && told->has_told_its_end() && told->channel && ended_ && has_hung_up(*ended_))
        waited = on(Closed{*told->channel});
    // What has come is delivered, whatever becomes of the connection.
    if (waited)
        waited = loop_.run_until([&] {
            auto* program = awaited(id);
            return !program || program->endpoint->delivered_all();
        });
    auto* program = awaited(id);
    if (!program)
        return bad_input("the program was left while it was waited for");
    auto end = std::move(program->end);
    leave(id);
    TRY(std::move(waited));
    return end;
}

void SshClient::leave(ProgramId id)
{
    auto* program = awaited(id);
    if (!program)
        return;
    program->left = true;
    auto* endpoint = program->channel ? driver_->endpoint(*program->channel) : nullptr;
    auto* memory = dynamic_cast<MemoryEndpoint*>(endpoint);
    if (memory)
        memory->silence();
    if (program->channel && !ended_)
        session_->connection().close(*program->channel);
    bool may_have_called = memory || !loop_.expect_idle() || driver_->is_in_turn();   // the endpoint
    if (may_have_called) {
        let_go_soon();
    } else {
        Endpoints endpoints;
        let_go(programs_.find(id.value), endpoints);
    }
    driver_->advance();
}

// A user's endpoint may be what has led to this.
void SshClient::drop(ChannelId channel)
{
    dropped_.push_back(driver_->detach(channel));
    let_go_soon();
}

void SshClient::let_go_soon()
{
    soon_ = loop_.at(loop_.now(), [this] {
        auto endpoints = std::exchange(dropped_, {});
        for (auto at = programs_.begin(); at != programs_.end();)
            at = at->second.left ? let_go(at, endpoints) : std::next(at);
    });
}

SshClient::Programs::iterator SshClient::let_go(Programs::iterator left, Endpoints& endpoints)
{
    auto& program = left->second;
    endpoints.push_back(std::move(program.endpoint));
    if (program.channel)
        endpoints.push_back(driver_->detach(*program.channel));
    if (ended_)
        lose_channel(program);
    return program.channel ? std::next(left) : programs_.erase(left);
}

Result<ProgramEnd> SshClient::run(const RemoteCommand& command, EndpointFds descriptors)
{
    auto program = TRY(start(command, std::make_unique<FdEndpoint>(loop_, std::move(descriptors))));
    return wait_for(program);
}

Result<ProgramEnd> SshClient::run(std::string_view command, EndpointFds descriptors)
{
    return run(RemoteCommand{.command = std::string{command}}, std::move(descriptors));
}

Result<ProgramOutput> SshClient::capture(std::string_view command, Bytes input, std::size_t at_most)
{
    ProgramOutput output;
    bool too_much = false;
    auto endpoint = std::make_unique<MemoryEndpoint>(loop_);
    endpoint->on_data = [&](Stream stream, Bytes data) {
        auto& kept = stream == Stream::data ? output.out : output.err;
        too_much = too_much || data.size() > at_most - output.out.size() - output.err.size();
        if (!too_much)
            kept.insert(kept.end(), data.begin(), data.end());
    };
    endpoint->write(Stream::data, input);
    endpoint->finish();
    endpoint->start();
    auto program = TRY(start({.command = std::string{command}}, std::move(endpoint)));
    auto waited = wait_until([&] { return too_much || has_ended(program); });
    if (too_much)
        waited = bad_input("the program wrote too much");
    if (too_much || (!waited && !ended_)) {
        leave(program);
        return fail(std::move(waited).error());
    }
    output.end = TRY(wait_for(program));
    return output;
}

Result<ByteVector> SshClient::global_request(std::string_view name, Bytes details)
{
    if (ended_)
        return fail(*ended_);
    TRY(loop_.expect_idle());
    global_answer_.reset();
    awaited_global_ = globals_.ask(session_->connection(), name, details);
    driver_->advance();
    TRY(wait_until([this] { return global_answer_.has_value(); }));
    if (!global_answer_->success)
        return not_permitted("the server refuses " + std::string{name});
    return std::move(global_answer_->details);
}

Result<std::unique_ptr<RemoteFiles>> SshClient::files() { return RemoteFiles::open(*this); }

Result<EndpointFds> standard_streams() { return open_streams(0, 1, 2); }

// ---- events ------------------------------------------------------------------------------

Result<void> SshClient::drain()
{
    return nacre::drain(*session_, settings_.answers, [this](const auto& event) { return on(event); });
}

void SshClient::ended(const Error& why)
{
    ended_ = why;
    tells_ = loop_.at(loop_.now(), [this, why] {                  // no endpoint is at work by then
        if (sockets_)
            sockets_->end();
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
    if (found->second.command)
        ask_for_program(event.channel, *found->second.command);
    else
        found->second.agreed = true;
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
        found->second.refused = (is_out_of_reach ? system_failure(what) : not_permitted(what)).error();
        lose_channel(found->second);
        if (found->second.left)
            let_go_soon();
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
    auto& program = found->second;
    program.agreed = event.success;
    if (!event.success)
        program.refused = not_permitted("the server does not run that").error();
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
    if (endpoint)
        program.endpoint = std::move(endpoint);
    if (program.left)
        let_go_soon();
    else if (auto* descriptors = dynamic_cast<FdEndpoint*>(program.endpoint.get()))
        descriptors->outlive_channel();                           // what it holds still goes to its descriptors
    else if (auto* memory = dynamic_cast<MemoryEndpoint*>(program.endpoint.get()))
        memory->silence();
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
    if (!ours)
        (void)offer(event);
    else if (*ours == awaited_global_)
        global_answer_ = {.success = event.success, .details = to_vector(event.details)};
    return {};
}

} // namespace nacre
