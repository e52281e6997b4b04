#include "runtime/served_connection.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/table.h"
#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/global_requests.h"
#include "runtime/callback.h"

namespace nacre {
namespace {

constexpr std::size_t most_variables = 128;                       // of one program
constexpr std::size_t longest_variable = 16 * 1024;               // bytes, name and value
constexpr std::size_t longest_modes = 160 * 5 + 1;                // bytes: each opcode that has a value, once, and the end

} // namespace

std::string name_of(const ServedClient& client)
{
    auto from = client.address ? to_text(*client.address) : "client";
    auto who = client.user.empty() ? from : printable(client.user) + " from " + from;
    return fmt::format("{} (connection {})", who, client.id.value);
}

struct ServedConnection::Row {
    std::string_view name;
    Result<bool> (ServedConnection::*handler)(ServedProgram&, Bytes details);
};

const ServedConnection::Row* ServedConnection::find_request(std::string_view name)
{
    static constexpr std::array rows{
        Row{EnvRequest::name, &ServedConnection::on_variable},
        Row{ExecRequest::name, &ServedConnection::on_command},
        Row{PtyRequest::name, &ServedConnection::on_terminal},
        Row{ShellRequest::name, &ServedConnection::on_shell},
        Row{SignalRequest::name, &ServedConnection::on_signal},
        Row{SubsystemRequest::name, &ServedConnection::on_subsystem},
        Row{WindowChange::name, &ServedConnection::on_window_change},
    };
    return find_by_name(rows, name);
}

ServedConnection::ServedConnection(SshServer& server, Fd socket, ServedClient client, std::optional<ServerAnswers> answers,
                                   Log& log)
    : server_(server), client_(std::move(client)), own_answers_(std::move(answers)),
      answers_(own_answers_ ? *own_answers_ : server.settings_.answers), log_(log),
      session_(server_transport(answers_, server.settings_.transport), random_, log, server.loop_.now()),
      answerer_(answers_),
      driver_(server.loop_, Link{.in = std::move(socket), .out = {}}, session_.transport(), session_.connection(), *this,
              log),
      sockets_(server.loop_, driver_, session_.connection()),
      peer_{.client = client_, .connection = session_.connection(), .driver = driver_, .sockets = sockets_}
{
    grace_ = server.loop_.at(server.loop_.now() + server.settings_.login_grace, [this] {
        driver_.end(system_failure("the login took too long", ETIMEDOUT).error());
    });
}

ServedConnection::~ServedConnection()
{
    if (!driver_.is_over())
        driver_.end(Error{ErrorKind::not_permitted, "the server ends", DisconnectReason::by_application, 0});
}

void ServedConnection::hang_up(Error why)
{
    if (!is_leaving())
        hang_up_ = server_.loop_.at(server_.loop_.now(), [this, why = std::move(why)] { driver_.end(why); });
}

// Nothing is destroyed here, in the middle of the driver's work.
void ServedConnection::ended(const Error& why) noexcept
{
    log_.verbose("{}: {}", name_of(client_), why.what);
    grace_.reset();
    hang_up_.reset();
    for (auto& [channel, program] : programs_)
        is_gone(*program);
    if (auto& tell = server_.settings_.on_closed)
        tell(client_);
    server_.forget_soon();
}

void ServedConnection::is_gone(ServedProgram& program)
{
    program.endpoint_->silence();
    if (program.started_)
        call(program.on_gone);
}

Result<void> ServedConnection::drain() noexcept
{
    return nacre::drain(session_, answerer_, [this](const auto& event) { return on(event); });
}

Result<void> ServedConnection::on(const Authenticated& event)
{
    grace_.reset();
    client_.user = event.user;
    client_.method = answerer_.method();
    client_.key = answerer_.key();
    log_.verbose("{}: logged in by {}", name_of(client_), client_.method);
    watch_for_life();
    if (auto& tell = server_.settings_.on_login)
        tell(client_);
    return {};
}

void ServedConnection::watch_for_life()
{
    auto& settings = server_.settings_;
    if (settings.alive_interval <= Duration::zero())
        return;
    auto ask = [this] { globals_.ask(session_.connection(), KeepAlive::name, {}); };
    auto give_up = [this] { driver_.end(system_failure("the client does not answer", ETIMEDOUT).error()); };
    keepalive_.emplace(server_.loop_, driver_, settings.alive_interval, settings.alive_count_max, ask, give_up);
}

Result<void> ServedConnection::on(const PeerLeft& event)
{
    return system_failure("the client disconnected: " + printable(event.description));
}

// ---- channels ----------------------------------------------------------------------------

Result<void> ServedConnection::on(const OpenRequested& event)
{
    auto& connection = session_.connection();
    if (event.kind != SessionChannel::name) {
        if (offer(event))
            return {};
        connection.refuse(event.channel, OpenFailure::administratively_prohibited, "only sessions are served");
        return {};
    }
    if (programs_.size() >= server_.settings_.most_programs) {
        connection.refuse(event.channel, OpenFailure::resource_shortage, "too many sessions");
        return {};
    }
    auto endpoint = std::make_unique<MemoryEndpoint>(server_.loop_);
    endpoint->on_sent = [this, channel = event.channel] { finish(channel); };
    programs_[event.channel.value].reset(new ServedProgram{client_, *endpoint});
    connection.accept(event.channel);
    driver_.attach(event.channel, std::move(endpoint), ConnectionDriver::AtEnd::owner_finishes);
    return {};
}

bool ServedConnection::offer(const ConnectionEvent& event)
{
    return server_.settings_.on_event && server_.settings_.on_event(peer_, event);
}

// Its endpoint may be what has led to this.
void ServedConnection::drop(ChannelId channel)
{
    gone_.push_back(driver_.detach(channel));
    soon_ = server_.loop_.at(server_.loop_.now(), [this] { gone_.clear(); });
}

Result<void> ServedConnection::on(const Opened& event)
{
    if (!sockets_.handle(event))
        (void)offer(event);
    return {};
}

Result<void> ServedConnection::on(const OpenRefused& event)
{
    if (!sockets_.handle(event) && !offer(event))
        drop(event.channel);
    return {};
}

Result<void> ServedConnection::on(const RequestAnswered& event)
{
    (void)offer(event);
    return {};
}

Result<void> ServedConnection::on(const PeerFinished& event)
{
    if (!sockets_.handle(event) && !driver_.handle(event))
        (void)offer(event);
    return {};
}

Result<void> ServedConnection::on(const Requested& event)
{
    auto found = programs_.find(event.channel.value);
    if (found == programs_.end() && offer(event))
        return {};
    auto* row = find_request(event.request);
    bool done = false;
    if (row && found != programs_.end())
        done = TRY((this->*row->handler)(*found->second, event.details));
    if (event.want_reply == WantReply::yes)
        session_.connection().answer(event.channel, done);
    if (done && found->second->started_)
        found->second->endpoint_->start();                        // hands over what came before
    return {};
}

Result<void> ServedConnection::on(const Closed& event)
{
    auto found = programs_.find(event.channel.value);
    if (found == programs_.end()) {
        if (!sockets_.handle(event) && !offer(event))
            drop(event.channel);
        return {};
    }
    is_gone(*found->second);
    programs_.erase(found);
    drop(event.channel);
    return {};
}

Result<void> ServedConnection::on(const GlobalRequested& event)
{
    if (!offer(event) && event.want_reply == WantReply::yes)
        session_.connection().answer_global(false);
    return {};
}

Result<void> ServedConnection::on(const GlobalAnswered& event)
{
    if (!globals_.answered())
        (void)offer(event);
    return {};
}

// All that the program has written is on its way.
void ServedConnection::finish(ChannelId channel)
{
    auto found = programs_.find(channel.value);
    if (found == programs_.end() || driver_.is_over())
        return;
    auto& connection = session_.connection();
    auto& program = *found->second;
    if (program.signal_.empty())
        connection.request(channel, ExitStatusRequest{program.status_}, WantReply::no);
    else
        connection.request(channel, ExitSignalRequest{program.signal_, program.core_dumped_, {}, {}}, WantReply::no);
    connection.finish(channel);
    connection.close(channel);
    driver_.advance();
}

// ---- requests ----------------------------------------------------------------------------

Result<bool> ServedConnection::on_variable(ServedProgram& program, Bytes details)
{
    auto request = TRY(decode<EnvRequest>(details));
    if (program.started_ || program.environment_.size() >= most_variables ||
        request.variable.size() + request.value.size() > longest_variable)
        return false;
    program.environment_[std::string{request.variable}] = request.value;
    return true;
}

Result<bool> ServedConnection::on_terminal(ServedProgram& program, Bytes details)
{
    auto request = TRY(decode<PtyRequest>(details));
    if (program.started_ || !server_.settings_.terminals || request.term.size() > longest_variable ||
        request.modes.size() > longest_modes)
        return false;
    program.terminal_ = ServedProgram::Terminal{.name = std::string{request.term},
                                                .columns = request.columns,
                                                .rows = request.rows,
                                                .width_pixels = request.width_pixels,
                                                .height_pixels = request.height_pixels,
                                                .modes = decode_terminal_modes(request.modes)};
    return true;
}

Result<bool> ServedConnection::on_shell(ServedProgram& program, Bytes details)
{
    TRY(decode<ShellRequest>(details));
    return begin(program, ServedProgram::Kind::shell, {});
}

Result<bool> ServedConnection::on_command(ServedProgram& program, Bytes details)
{
    auto request = TRY(decode<ExecRequest>(details));
    return begin(program, ServedProgram::Kind::command, request.command);
}

Result<bool> ServedConnection::on_subsystem(ServedProgram& program, Bytes details)
{
    auto request = TRY(decode<SubsystemRequest>(details));
    return begin(program, ServedProgram::Kind::subsystem, request.subsystem);
}

Result<bool> ServedConnection::on_signal(ServedProgram& program, Bytes details)
{
    auto request = TRY(decode<SignalRequest>(details));
    if (!program.started_ || !program.on_signal)
        return false;
    call(program.on_signal, request.signal);
    return true;
}

Result<bool> ServedConnection::on_window_change(ServedProgram& program, Bytes details)
{
    auto change = TRY(decode<WindowChange>(details));
    if (!program.terminal_)
        return false;
    program.terminal_->columns = change.columns;
    program.terminal_->rows = change.rows;
    program.terminal_->width_pixels = change.width_pixels;
    program.terminal_->height_pixels = change.height_pixels;
    if (program.started_)
        call(program.on_resize, *program.terminal_);
    return true;
}

bool ServedConnection::begin(ServedProgram& program, ServedProgram::Kind kind, std::string_view command)
{
    if (program.started_ || !server_.settings_.start)
        return false;
    program.kind_ = kind;
    program.command_ = command;
    if (!server_.settings_.start(program))
        return false;
    program.started_ = true;
    program.endpoint_->on_data = [&program](Stream stream, Bytes data) {
        if (stream == Stream::data)
            call(program.on_data, data);
    };
    program.endpoint_->on_end = [&program] { call(program.on_end); };
    program.endpoint_->on_room = [&program] { call(program.on_room); };
    return true;
}

} // namespace nacre
