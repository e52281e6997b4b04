#include "client/mux/mux_peer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "client/mux/mux_session.h"
#include "client/mux/mux_stdio_forward.h"
#include "wire/reader.h"

namespace nacre {
namespace {

constexpr std::string_view not_allowed = "Permission denied";
constexpr std::size_t most_variables = 4096;

// A place as the protocol writes it: an empty host is none, unix_port makes it a path.
std::optional<Forward::End> to_end(std::string_view host, std::uint32_t port)
{
    Forward::End end;
    if (port == mux::unix_port) {
        if (host.empty())
            return std::nullopt;
        end.path = host;
        return end;
    }
    if (port > UINT16_MAX)
        return std::nullopt;
    if (!host.empty())
        end.host = std::string{host};
    end.port = static_cast<std::uint16_t>(port);
    return end;
}

struct WantedForward {
    ForwardKind kind{};
    Forward forward;
};

template <class M>
std::optional<WantedForward> to_forward(const M& message)
{
    WantedForward wanted;
    auto listen = to_end(message.listen_host, message.listen_port);
    if (!listen)
        return std::nullopt;
    wanted.forward.listen = *listen;
    switch (message.kind) {
    case mux::ForwardType::local: wanted.kind = ForwardKind::local; break;
    case mux::ForwardType::remote: wanted.kind = ForwardKind::remote; break;
    case mux::ForwardType::dynamic: wanted.kind = ForwardKind::dynamic; return wanted;
    default: return std::nullopt;
    }
    bool names_nothing = message.connect_host.empty() || message.connect_host == mux::socks_host;
    if (names_nothing && message.connect_port == 0)               // of a remote one: SOCKS
        return wanted.kind == ForwardKind::remote ? std::optional{wanted} : std::nullopt;
    auto connect = to_end(message.connect_host, message.connect_port);
    if (!connect || (connect->path.empty() && connect->port == 0))
        return std::nullopt;
    wanted.forward.connect = *connect;
    return wanted;
}

std::string text_of(const WantedForward& wanted)
{
    return describe(ForwardRow{.id = 0, .kind = wanted.kind, .forward = wanted.forward,
                               .state = ForwardRow::State::asked, .port = wanted.forward.listen.port});
}

// Lines NAME=value; others are passed over.  How many there may be in all, message_limit says.
std::optional<std::vector<Variable>> variables(Bytes encoded)
{
    std::vector<Variable> variables;
    Reader in{encoded};
    while (in.left() > 0 && in.ok() && variables.size() < most_variables) {
        auto line = in.text();
        auto equals = line.find('=');
        if (equals != std::string_view::npos)
            variables.push_back({std::string{line.substr(0, equals)}, std::string{line.substr(equals + 1)}});
    }
    if (!in.ok() || in.left() > 0)
        return std::nullopt;
    return variables;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (auto& line : lines)
        text += line + "\n";
    return text;
}

} // namespace

struct MuxPeer::Request {
    std::uint32_t type;
    Result<void> (MuxPeer::*handle)(Bytes body);
};

const MuxPeer::Request* MuxPeer::find_request(std::uint32_t type)
{
    static constexpr std::array rows{
        Request{mux::NewSession::type, &MuxPeer::new_session},
        Request{mux::NewStdioForward::type, &MuxPeer::new_stdio_forward},
        Request{mux::AliveCheck::type, &MuxPeer::alive_check},
        Request{mux::Terminate::type, &MuxPeer::terminate},
        Request{mux::OpenForward::type, &MuxPeer::open_forward},
        Request{mux::CloseForward::type, &MuxPeer::close_forward},
        Request{mux::StopListening::type, &MuxPeer::stop_listening},
        Request{mux::StartProxy::type, &MuxPeer::start_proxy},
        Request{mux::Ask::type, &MuxPeer::ask},
    };
    auto found = std::ranges::find(rows, type, &Request::type);
    return found == rows.end() ? nullptr : &*found;
}

MuxPeer::MuxPeer(MuxWorld& world, Fd socket, std::function<void()> ended)
    : world_(world), ended_(std::move(ended)),
      link_(world.loop, std::move(socket), [this] { input(); },
            [this] {
                if (channel_ && channel_->has_channel())
                    channel_->close();
                auto told = std::move(ended_);
                told();
            })
{
    send(mux::Hello{});
}

MuxPeer::~MuxPeer() = default;

std::string MuxPeer::host() const { return printable(world_.configuration.host_alias()); }

void MuxPeer::connection_ended()
{
    if (!channel_ || !channel_->delivers())
        link_.close_soon();
}

void MuxPeer::input()
{
    for (;;) {
        if (on_descriptors_) {
            auto descriptors = link_.take_descriptors(awaited_);
            if (!descriptors)
                return;
            std::exchange(on_descriptors_, {})(std::move(*descriptors));
            continue;
        }
        auto body = link_.next();                                 // nothing, once a proxy has taken over
        if (body && !*body)
            break;
        auto taken = body ? take(**body) : Result<void>{fail(body.error())};
        if (!taken) {
            world_.log.verbose("A client of the control socket broke off: {}", taken.error().what);
            link_.close_soon();
            break;
        }
    }
    world_.driver.advance();
}

Result<void> MuxPeer::take(Bytes body)
{
    if (!greeted_)
        return greet(body);
    auto type = mux::type_of(body);
    auto* request = find_request(type);
    if (request)
        return (this->*request->handle)(body);
    Reader in{body};
    (void)in.u32();
    auto number = in.u32();
    world_.log.debug1("an unknown request on the control socket: {:#x}", type);
    send(mux::Failed{number, "unsupported request"});
    return {};
}

Result<void> MuxPeer::greet(Bytes body)
{
    auto hello = TRY(mux::read<mux::Hello>(body));
    if (hello.version != mux::protocol_version)
        return peer_misbehaved(fmt::format("version {} of the control protocol is not spoken here", hello.version));
    greeted_ = true;
    return {};
}

bool MuxPeer::is_permitted(std::uint32_t request, std::string_view question)
{
    if (world_.permits(question))
        return true;
    world_.log.debug1("refused by the person: {}", question);
    send(mux::PermissionDenied{request, not_allowed});
    return false;
}

// ---- channels ----------------------------------------------------------------------------

Result<void> MuxPeer::new_session(Bytes body)
{
    auto message = TRY(mux::read<mux::NewSession>(body));
    auto environment = variables(message.environment.bytes);
    if (!environment)
        return peer_misbehaved("an environment that cannot be read");
    MuxSessionWish wish{.session = {.kind = message.is_subsystem != 0 ? SessionPlan::Kind::subsystem
                                            : message.command.empty() ? SessionPlan::Kind::shell
                                                                      : SessionPlan::Kind::command,
                                    .command = std::string{message.command},
                                    .agent = message.wants_agent != 0 && world_.forwards_agent,
                                    .x11 = message.wants_x11 != 0 ? world_.forwarding.x11() : nullptr,
                                    .environment = std::move(*environment)}};
    if (message.wants_tty != 0)
        wish.session.terminal = {.type = std::string{message.term}};
    if (message.escape <= 0xff)
        wish.escape = static_cast<char>(message.escape);
    awaited_ = mux::NewSession::descriptors;
    on_descriptors_ = [this, request = message.request, wish = std::move(wish)](std::vector<Fd> streams) {
        if (!is_permitted(request, fmt::format("Allow another session in the connection to {}? ", host())))
            return;
        MuxSession::Callbacks callbacks{
            .opened =
                [this, request](std::uint32_t id) {
                    send(mux::SessionOpened{request, id});
                    world_.spare.stock_up();
                },
            .refused =
                [this, request](const std::string& why) {
                    send(mux::Failed{request, why});
                    channel_ = nullptr;
                },
            .tty_refused = [this](std::uint32_t id) { send(mux::TtyFailed{id}); },
            .exited = [this](std::uint32_t id,
                             int status) { send(mux::SessionExited{id, static_cast<std::uint32_t>(status)}); },
            .over = [this] { link_.close_soon(); }};
        start(request, std::make_unique<MuxSession>(world_, wish, std::move(streams), std::move(callbacks)));
    };
    return {};
}

Result<void> MuxPeer::new_stdio_forward(Bytes body)
{
    auto message = TRY(mux::read<mux::NewStdioForward>(body));
    auto to = to_end(message.host, message.port);
    if (!to || (to->path.empty() && (!to->host || to->port == 0)))
        return peer_misbehaved("a place that does not exist");
    awaited_ = mux::NewStdioForward::descriptors;
    on_descriptors_ = [this, request = message.request, to = std::move(*to)](std::vector<Fd> streams) {
        auto place = to.path.empty() ? fmt::format("{}:{}", printable(*to.host), to.port) : printable(to.path);
        if (!is_permitted(request, fmt::format("Allow a connection to {} through {}? ", place, host())))
            return;
        MuxStdioForward::Callbacks callbacks{
            .opened = [this, request](std::uint32_t id) { send(mux::SessionOpened{request, id}); },
            .refused =
                [this, request](const std::string& why) {
                    send(mux::Failed{request, why});
                    channel_ = nullptr;
                },
            .failed = [this, request](const std::string& why) { send(mux::Failed{request, why}); },
            .over = [this] { link_.close_soon(); }};
        start(request, std::make_unique<MuxStdioForward>(world_, to, std::move(streams), std::move(callbacks)));
    };
    return {};
}

void MuxPeer::start(std::uint32_t request, std::unique_ptr<MuxChannel> channel)
{
    if (channel_) {
        send(mux::Failed{request, "this conversation has its channel already"});
        return;
    }
    channel_ = std::move(channel);
    if (auto opened = channel_->open(); !opened) {
        send(mux::Failed{request, opened.error().what});
        channel_.reset();
    }
}

// ---- forwardings -------------------------------------------------------------------------

Result<void> MuxPeer::open_forward(Bytes body)
{
    auto message = TRY(mux::read<mux::OpenForward>(body));
    auto wanted = to_forward(message);
    if (!wanted) {
        send(mux::Failed{message.request, "not a forwarding"});
        return {};
    }
    auto request = message.request;
    bool wants_port = wanted->kind == ForwardKind::remote && wanted->forward.listen.path.empty() &&
                      wanted->forward.listen.port == 0;
    for (auto& row : world_.forwarding.table().rows())
        if (row.kind == wanted->kind && row.forward == wanted->forward && row.state == ForwardRow::State::active) {
            forward_answered(request, wants_port, &row);
            return {};
        }
    if (!is_permitted(request, fmt::format("Allow {} in the connection to {}? ", text_of(*wanted), host())))
        return {};
    world_.forwarding.add(wanted->kind, wanted->forward,
                          [this, request, wants_port, here = std::weak_ptr{here_}](Result<const ForwardRow*> row) {
                              if (here.lock())
                                  forward_answered(request, wants_port, row);
                          });
    return {};
}

void MuxPeer::forward_answered(std::uint32_t request, bool wants_port, const Result<const ForwardRow*>& row)
{
    if (!row)
        send(mux::Failed{request, row.error().what});
    else if (wants_port)
        send(mux::RemotePort{request, (*row)->port});
    else
        send(mux::Done{request});
}

Result<void> MuxPeer::close_forward(Bytes body)
{
    auto message = TRY(mux::read<mux::CloseForward>(body));
    auto wanted = to_forward(message);
    if (!wanted) {
        send(mux::Failed{message.request, "not a forwarding"});
        return {};
    }
    if (!is_permitted(message.request, fmt::format("End {} in the connection to {}? ", text_of(*wanted), host())))
        return {};
    auto cancelled = world_.forwarding.cancel(wanted->kind, wanted->forward);
    if (cancelled)
        send(mux::Done{message.request});
    else
        send(mux::Failed{message.request, "port not forwarded"});
    return {};
}

// ---- the master itself -------------------------------------------------------------------

Result<void> MuxPeer::alive_check(Bytes body)
{
    auto message = TRY(mux::read<mux::AliveCheck>(body));
    send(mux::Alive{message.request, static_cast<std::uint32_t>(::getpid())});
    return {};
}

Result<void> MuxPeer::terminate(Bytes body)
{
    auto message = TRY(mux::read<mux::Terminate>(body));
    if (!is_permitted(message.request, fmt::format("End the connection to {} with all sessions? ", host())))
        return {};
    send(mux::Done{message.request});
    world_.terminate();
    return {};
}

Result<void> MuxPeer::stop_listening(Bytes body)
{
    auto message = TRY(mux::read<mux::StopListening>(body));
    if (!is_permitted(message.request, fmt::format("Let no further sessions into the connection to {}? ", host())))
        return {};
    world_.stop_listening();
    send(mux::Done{message.request});
    return {};
}

// From here on the socket carries the connection layer, and the proxy is the whole of us.
Result<void> MuxPeer::start_proxy(Bytes body)
{
    auto message = TRY(mux::read<mux::StartProxy>(body));
    if (channel_) {
        send(mux::Failed{message.request, "this conversation has its channel already"});
        return {};
    }
    if (!is_permitted(message.request, fmt::format("Allow another client in the connection to {}? ", host())))
        return {};
    send(mux::ProxyStarted{message.request});
    auto handed_over = TRY(link_.hand_over());
    proxy_ = std::make_unique<MuxProxy>(world_, std::move(handed_over.socket), handed_over.already_read, [this] {
        auto told = std::move(ended_);
        told();
    });
    return {};
}

Result<void> MuxPeer::ask(Bytes body)
{
    auto message = TRY(mux::read<mux::Ask>(body));
    auto lines = message.question == "conninfo"   ? std::optional{world_.connection_info()}
                 : message.question == "channels" ? std::optional{world_.channels()}
                                                  : std::nullopt;
    if (lines)
        send(mux::Answer{message.request, message.question, joined(*lines)});
    else
        send(mux::Failed{message.request, "an unknown question"});
    return {};
}

} // namespace nacre
