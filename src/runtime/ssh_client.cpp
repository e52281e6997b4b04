#include "runtime/ssh_client.h"

#include <chrono>
#include <utility>

#include "base/contract.h"
#include "connection/channel_kinds.h"
#include "runtime/memory_endpoint.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_connector.h"

namespace nacre {
namespace {

// An endpoint of somebody's own does not tell when it has delivered all.
constexpr std::chrono::milliseconds pause_before_asking_again{20};

Failure given_up() { return bad_input("it was given up while it was waited for"); }

// Lets the loop work until the function that `begin` is given has been called, or is gone, since it never will be: nothing.
template <class T, class Begin>
Result<std::optional<Result<T>>> told_to(EventLoop& loop, Begin begin)
{
    TRY(loop.expect_idle());
    auto told = std::make_shared<std::optional<Result<T>>>();
    begin([told](Result<T> outcome) { *told = std::move(outcome); });
    TRY(loop.run_until([&] { return told->has_value() || told.use_count() == 1; }));
    return std::move(*told);
}

template <class T, class Begin>
Result<T> outcome_of(EventLoop& loop, Begin begin)
{
    auto told = TRY(told_to<T>(loop, std::move(begin)));
    return told ? *std::move(told) : given_up();
}

} // namespace

SshClient::SshClient(EventLoop& loop, SshClientSettings settings) : loop_(loop), settings_(std::move(settings)) {}

SshClient::~SshClient()
{
    if (driver_ && !ended_)
        driver_->end(Error{ErrorKind::not_permitted, "disconnected by user", DisconnectReason::by_application, 0});
    {
        // What goes here may leave() programs while it goes, and finds none.
        auto programs = std::exchange(programs_, {});
        auto dropped = std::exchange(dropped_, {});
        auto asked = std::exchange(asked_globals_, {});
        auto untold = std::exchange(untold_, {});
    }
    sockets_.reset();
    driver_.reset();
}

void SshClient::log_in(Link link, Outcome<void> on_login)
{
    on_login_ = std::move(on_login);
    auto& log = settings_.log ? *settings_.log : static_cast<Log&>(no_log_);
    session_.emplace(client_transport(settings_.answers, settings_.transport), random_, log, loop_.now());
    session_->log_in_as(login_settings(settings_.answers));
    driver_.emplace(loop_, std::move(link), session_->transport(), session_->connection(),
                    static_cast<ConnectionDriver::Owner&>(*this), log);
    sockets_.emplace(loop_, *driver_, session_->connection());
    driver_->start();
}

// ---- waiting -----------------------------------------------------------------------------

Result<std::unique_ptr<SshClient>> SshClient::connect(EventLoop& loop, SshClientSettings settings)
{
    std::optional<SshConnector> connector;
    return outcome_of<std::unique_ptr<SshClient>>(
        loop, [&](auto told) { connector.emplace(loop, std::move(settings), std::move(told)); });
}

Result<std::unique_ptr<SshClient>> SshClient::connect_over(EventLoop& loop, Link link, SshClientSettings settings)
{
    std::optional<SshConnector> connector;
    return outcome_of<std::unique_ptr<SshClient>>(
        loop, [&](auto told) { connector.emplace(loop, std::move(link), std::move(settings), std::move(told)); });
}

// Whoever is called meanwhile may destroy us, here and below.
Result<void> SshClient::wait_until(const std::function<bool()>& done)
{
    std::weak_ptr lives = lives_;
    bool is_done = false;
    TRY(loop_.run_until([&] { return lives.expired() || (is_done = done()) || ended_; }));
    if (lives.expired())
        return given_up();
    return is_done ? Result<void>{} : fail(*ended_);
}

template <class T, class Begin>
Result<T> SshClient::wait(Begin begin)
{
    std::weak_ptr lives = lives_;
    ProgramId id{};
    auto told = told_to<T>(loop_, [&](auto tell) { id = begin(std::move(tell)); });
    if (!told) {
        if (!lives.expired())
            leave(id);
        return fail(std::move(told).error());
    }
    if (!*told)                                                   // it was left, or somebody else asks now
        return given_up();
    return **std::move(told);
}

Result<ProgramId> SshClient::wait_for_start(std::string_view kind, Bytes details, std::optional<RemoteCommand> command,
                                            std::unique_ptr<ChannelEndpoint> endpoint)
{
    return wait<ProgramId>([&](auto told) {
        return ask_for_channel(kind, details, std::move(command), std::move(endpoint), std::move(told));
    });
}

Result<ProgramId> SshClient::start(const RemoteCommand& command, std::unique_ptr<ChannelEndpoint> endpoint)
{
    return wait_for_start(SessionChannel::name, {}, command, std::move(endpoint));
}

Result<ProgramEnd> SshClient::wait_for(ProgramId id)
{
    return wait<ProgramEnd>([&](auto told) {
        when_ended(id, std::move(told));
        return id;
    });
}

Result<ProgramEnd> SshClient::run(const RemoteCommand& command, EndpointFds descriptors)
{
    std::weak_ptr lives = lives_;
    auto program = TRY(start(command, std::make_unique<FdEndpoint>(loop_, std::move(descriptors))));
    return lives.expired() ? given_up() : wait_for(program);
}

Result<ProgramEnd> SshClient::run(std::string_view command, EndpointFds descriptors)
{
    return run(RemoteCommand{.command = std::string{command}}, std::move(descriptors));
}

Result<ProgramOutput> SshClient::capture(std::string_view command, Bytes input, std::size_t at_most)
{
    return wait<ProgramOutput>([&](auto told) { return capture(command, std::move(told), input, at_most); });
}

Result<ByteVector> SshClient::global_request(std::string_view name, Bytes details)
{
    return outcome_of<ByteVector>(loop_, [&](auto told) { global_request(name, details, std::move(told)); });
}

Result<std::unique_ptr<RemoteFiles>> SshClient::files() { return RemoteFiles::open(*this); }

Result<EndpointFds> standard_streams() { return open_streams(0, 1, 2); }

// ---- programs ----------------------------------------------------------------------------

ProgramId SshClient::start(const RemoteCommand& command, std::unique_ptr<ChannelEndpoint> endpoint,
                           Outcome<ProgramId> on_started)
{
    return ask_for_channel(SessionChannel::name, {}, command, std::move(endpoint), std::move(on_started));
}

ProgramId SshClient::ask_for_channel(std::string_view kind, Bytes details, std::optional<RemoteCommand> command,
                                     std::unique_ptr<ChannelEndpoint> endpoint, Outcome<ProgramId> on_started)
{
    NACRE_EXPECTS(endpoint);
    ProgramId id{++last_program_};
    auto& program = programs_[id.value];
    program.endpoint = std::move(endpoint);
    program.command = std::move(command);
    program.on_started = std::move(on_started);
    if (ended_) {
        program.failed = ended_;
        program.closed = true;
        look_soon(id);
        return id;
    }
    auto channel = session_->connection().open(kind, details, {});
    by_channel_.insert_or_assign(channel.value, id);
    program.channel = channel;
    driver_->advance();
    return id;
}

void SshClient::when_ended(ProgramId id, Outcome<ProgramEnd> on_end)
{
    if (auto* program = awaited(id)) {
        program->on_end = std::move(on_end);
        look_soon(id);
    } else {
        tell_soon<ProgramEnd>(std::move(on_end), bad_input("no such program"));
    }
}

ProgramId SshClient::capture(std::string_view command, Outcome<ProgramOutput> on_output, Bytes input, std::size_t at_most)
{
    auto owned = std::make_unique<MemoryEndpoint>(loop_);
    auto& endpoint = *owned;
    endpoint.write(Stream::data, input);
    endpoint.finish();
    auto id = start({.command = std::string{command}}, std::move(owned), {});
    auto output = std::make_shared<ProgramOutput>();
    endpoint.on_data = [this, id, output, at_most](Stream stream, Bytes data) {
        auto* program = awaited(id);
        if (!program || program->failed)
            return;
        auto& kept = stream == Stream::data ? output->out : output->err;
        if (data.size() <= at_most - output->out.size() - output->err.size()) {
            kept.insert(kept.end(), data.begin(), data.end());
            return;
        }
        program->failed = bad_input("the program wrote too much").error();
        look_soon(id);
    };
    endpoint.start();
    when_ended(id, [output, on_output = std::move(on_output)](Result<ProgramEnd> ended) {
        auto whole = std::move(ended).and_then([&](ProgramEnd end) -> Result<ProgramOutput> {
            output->end = std::move(end);
            return std::move(*output);
        });
        if (on_output)
            on_output(std::move(whole));
    });
    return id;
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
    return ended_ || found == programs_.end() ? std::nullopt : found->second.channel;
}

void SshClient::leave(ProgramId id)
{
    auto* program = awaited(id);
    if (!program)
        return;
    // Destroyed last: what these hold may be what holds us.
    auto on_started = std::exchange(program->on_started, nullptr);
    auto on_end = std::exchange(program->on_end, nullptr);
    auto* endpoint = program->channel ? driver_->endpoint(*program->channel) : nullptr;
    bool may_have_called = dynamic_cast<MemoryEndpoint*>(endpoint) || !loop_.expect_idle() || driver_->is_in_turn();
    if (!may_have_called) {
        forget(id);
        return;
    }
    abandon(*program);
    let_go_soon();
    driver_->advance();
}

void SshClient::forget(ProgramId id)
{
    Endpoints endpoints;
    auto found = programs_.find(id.value);
    abandon(found->second);
    let_go(found, endpoints);
    driver_->advance();
}

void SshClient::abandon(Program& program)
{
    program.left = true;
    auto* endpoint = program.channel ? driver_->endpoint(*program.channel) : nullptr;
    if (auto* memory = dynamic_cast<MemoryEndpoint*>(endpoint))
        memory->silence();
    if (program.channel && !ended_)
        session_->connection().close(*program.channel);
}

// A user's endpoint may be what has led to this.
void SshClient::drop(ChannelId channel)
{
    if (auto endpoint = driver_->detach(channel))
        dropped_.push_back(std::move(endpoint));
    let_go_soon();
}

// A timer that is due is not put off: there may be something of this kind in every round.
void SshClient::let_go_soon()
{
    if (soon_)
        return;
    soon_ = loop_.at(loop_.now(), [this] {
        soon_.reset();
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

void SshClient::global_request(std::string_view name, Bytes details, Outcome<ByteVector> on_answer)
{
    if (ended_) {
        tell_soon<ByteVector>(std::move(on_answer), fail(*ended_));
        return;
    }
    auto number = globals_.ask(session_->connection(), name, details);
    asked_globals_.insert_or_assign(number, AskedGlobal{std::string{name}, std::move(on_answer)});
    driver_->advance();
}

// ---- outcomes ----------------------------------------------------------------------------

void SshClient::tell_soon(std::function<void()> tell)
{
    untold_.push_back(std::move(tell));
    if (untold_.size() == 1)
        tells_ = loop_.at(loop_.now(), [this] { tell_all(); });
}

void SshClient::tell_all() noexcept
{
    std::weak_ptr lives = lives_;
    for (auto& tell : std::exchange(untold_, {})) {
        tell();
        if (lives.expired())
            return;
    }
}

void SshClient::look_soon(ProgramId id)
{
    tell_soon([this, id] { tell_start(id); });
    tell_soon([this, id] { tell_end(id); });
}

void SshClient::tell_start(ProgramId id)
{
    auto* program = awaited(id);
    if (!program || !program->on_started || (!program->agreed && !program->failed))
        return;
    auto told = std::exchange(program->on_started, nullptr);
    if (program->agreed) {
        told(id);
        return;
    }
    auto why = *program->failed;
    if (!program->on_end)
        forget(id);
    told(fail(std::move(why)));
}

void SshClient::tell_end(ProgramId id)
{
    auto* program = awaited(id);
    if (!program || !program->on_end)
        return;
    // A server may hang up as soon as it has told how the program ended.
    if (ended_ && has_hung_up(*ended_) && program->has_told_its_end() && program->channel)
        (void)on(Closed{*program->channel});
    program = awaited(id);
    if (!program || !(program->failed || program->closed || ended_))
        return;
    // What has come is delivered, whatever becomes of the connection.
    if (!program->failed && program->closed && program->endpoint && !program->endpoint->delivered_all()) {
        if (!dynamic_cast<FdEndpoint*>(program->endpoint.get()))  // which tells
            program->looks_again = loop_.at(loop_.now() + pause_before_asking_again, [this, id] { look_soon(id); });
        return;
    }
    Result<ProgramEnd> outcome = std::move(program->end);
    if (program->failed || !program->closed)
        outcome = fail(program->failed ? *program->failed : *ended_);
    auto told = std::exchange(program->on_end, nullptr);
    forget(id);
    told(std::move(outcome));
}

void SshClient::tell_login()
{
    if (auto told = std::exchange(on_login_, nullptr))
        told(ended_ ? Result<void>{fail(*ended_)} : Result<void>{});
}

} // namespace nacre
