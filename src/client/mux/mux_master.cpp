#include "client/mux/mux_master.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <iterator>

#include "base/text.h"
#include "os/askpass.h"
#include "os/environment.h"
#include "os/fd_passing.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre {
namespace {

constexpr std::chrono::seconds pause_without_descriptors{1};

// The program ended with success, and said nothing or "yes".
bool is_yes(std::string_view said)
{
    said = trim(said);
    return said.empty() || equal_ignoring_case(said, "yes");
}

} // namespace

MuxMaster::MuxMaster(MuxWorld world, Callbacks callbacks)
    : world_(std::move(world)), callbacks_(std::move(callbacks))
{
    world_.permits = [this](std::string_view question) { return permits(question); };
    world_.stop_listening = [this] {
        stop_listening();
        world_.spare.give_up();
        callbacks_.stopped();
    };
    world_.channels = [this] { return channels(); };
}

MuxMaster::~MuxMaster() { stop_listening(); }

Result<void> MuxMaster::listen(const std::string& path)
{
    listener_ = TRY(listen_unix_exclusively(path));
    path_ = path;
    watch_ = world_.loop.watch(listener_.number(), {.readable = true}, [this](Ready) { accept(); });
    window_watch_ = world_.loop.on_signal(SIGWINCH, [this] { window_changed(); });
    world_.log.debug1("Listening on the control socket {}", printable(path));
    return {};
}

// The file is removed only while it is ours: somebody may have healed what they took for dead.
void MuxMaster::stop_listening()
{
    if (!listener_)
        return;
    pause_.reset();
    watch_.reset();
    listener_.close();
    remove_unless_taken(path_);
}

void MuxMaster::forget_listener()
{
    (void)watch_.release();                                       // on purpose: the loop belongs to the other half now
    listener_.close();
}

void MuxMaster::accept()
{
    for (;;) {
        auto socket = accept_unix(listener_.number());
        if (!socket) {
            world_.log.error("A client of the control socket cannot be taken in: {}", socket.error().what);
            rest_a_while();
            return;
        }
        if (!*socket)
            return;
        auto credentials = peer_credentials((*socket)->number());
        if (!credentials || (credentials->uid != effective_uid() && credentials->uid != 0)) {
            world_.log.error("A client of the control socket that belongs to another user was turned away");
            continue;
        }
        if (peers_.size() >= most_clients) {
            world_.log.error("Too many clients of the control socket");
            continue;
        }
        take_in(std::move(**socket));
        idle_.reset();
    }
}

void MuxMaster::rest_a_while()
{
    watch_->set({});
    pause_ = world_.loop.at(world_.loop.now() + pause_without_descriptors, [this] { watch_->set({.readable = true}); });
}

std::uint32_t MuxMaster::take_in(Fd socket)
{
    auto id = next_id_++;
    peers_[id] = std::make_unique<MuxPeer>(world_, std::move(socket), [this, id] { remove(id); });
    return id;
}

void MuxMaster::take_from(Fd door)
{
    door_ = std::move(door);
    door_watch_ = world_.loop.watch(door_.number(), {.readable = true}, [this](Ready) { adopt(); });
}

void MuxMaster::adopt()
{
    std::array<std::uint8_t, 16> companions;
    auto received = receive_fds(door_.number(), companions);
    if (!received || received->io.end) {
        door_watch_.reset();
        door_.close();
        return;
    }
    for (auto& socket : received->fds)
        if (peers_.size() < most_clients && set_blocking(socket.number(), Blocking::no))
            adopted_.insert(take_in(std::move(socket)));
}

void MuxMaster::remove(std::uint32_t id)
{
    auto peer = peers_.extract(id);
    adopted_.erase(id);
    if (auto* channel = peer.mapped()->channel(); channel && channel->has_channel()) {
        orphans_.insert(channel->channel().value);
        (void)world_.driver.detach(channel->channel());           // it may have opened in the last words, while MuxPeer closed it
    }
    if (auto* proxy = peer.mapped()->proxy())
        for (auto channel : proxy->channels())
            orphans_.insert(channel.value);
    callbacks_.changed();
}

void MuxMaster::persist(Seconds idle)
{
    persists_ = idle;
    look_whether_idle();
}

// Asked after every turn: the time of an idle connection goes on.
void MuxMaster::look_whether_idle()
{
    if (!is_idle())
        idle_.reset();
    if (!is_idle() || idle_)
        return;
    auto wait = is_listening() ? *persists_ : Seconds{0};
    if (is_listening() && wait.count() == 0)
        return;
    idle_ = world_.loop.at(world_.loop.now() + wait, [this] {
        idle_.reset();
        if (is_idle())
            callbacks_.idle();
    });
}

void MuxMaster::window_changed()
{
    for (auto& [id, peer] : peers_)
        if (peer->channel())
            peer->channel()->window_changed();
    world_.driver.advance();
}

bool MuxMaster::permits(std::string_view question)
{
    auto mode = world_.configuration.options().control_master;
    bool asks = mode == ControlMaster::ask || mode == ControlMaster::automatic_ask;
    if (!asks || path_.empty())                                   // those who came by no path belong to whoever started us
        return true;
    auto settings = askpass_settings(Environment::of_this_process());
    auto answer = ask_with_program(settings, question, PromptKind::confirm);
    return answer && *answer && is_yes(as_text((*answer)->bytes()));
}

std::vector<std::string> MuxMaster::channels()
{
    auto lines = world_.forwarding.describe_connections();
    for (auto& [id, peer] : peers_)
        if (auto* channel = peer->channel(); channel && channel->has_channel())
            lines.push_back(fmt::format("#{} {}", channel->channel().value, channel->describe()));
    for (auto& [id, peer] : peers_)
        if (auto* proxy = peer->proxy())
            std::ranges::move(proxy->describe(), std::back_inserter(lines));
    if (auto spare = world_.spare.channel())
        lines.push_back(fmt::format("#{} session, opened ahead for the next client", spare->value));
    return lines;
}

bool MuxMaster::abandon(ChannelId channel, std::string_view why)
{
    auto* found = find(channel);
    if (found)
        found->abandon(why, StatusHeard::is_void);
    return found != nullptr;
}

void MuxMaster::abandon_all(std::string_view why, StatusHeard heard)
{
    for (auto& [id, peer] : peers_) {
        if (peer->channel())
            peer->channel()->abandon(why, heard);
        if (peer->proxy())
            peer->proxy()->abandon();
        else
            peer->connection_ended();
    }
}

bool MuxMaster::delivers() const
{
    return std::ranges::any_of(peers_, [](auto& one) { return one.second->channel() && one.second->channel()->delivers(); });
}

// ---- events ------------------------------------------------------------------------------

MuxChannel* MuxMaster::find(ChannelId channel)
{
    for (auto& [id, peer] : peers_)
        if (peer->channel() && peer->channel()->has(channel))
            return peer->channel();
    return nullptr;
}

template <class Event>
bool MuxMaster::proxies_take(const Event& event)
{
    return std::ranges::any_of(peers_, [&](auto& one) { return one.second->proxy() && one.second->proxy()->on(event); });
}

bool MuxMaster::open(const OpenRequested& event)
{
    return std::ranges::any_of(peers_, [&](auto& one) { return one.second->proxy() && one.second->proxy()->open(event); });
}

bool MuxMaster::on(const Opened& event)
{
    if (orphans_.contains(event.channel.value)) {
        world_.connection.close(event.channel);
        return true;
    }
    auto* channel = find(event.channel);
    if (channel)
        channel->on_opened();
    return channel || world_.spare.on(event) || proxies_take(event);
}

bool MuxMaster::on(const OpenRefused& event)
{
    if (orphans_.erase(event.channel.value) > 0)
        return true;
    auto* channel = find(event.channel);
    if (channel)
        channel->on_refused(fmt::format("the server refused the channel: {}", printable(event.description)));
    return channel || world_.spare.on(event) || proxies_take(event);
}

bool MuxMaster::on(const Requested& event)
{
    auto* channel = find(event.channel);
    if (channel)
        channel->on_request(event);
    return channel || world_.spare.on(event) || proxies_take(event);
}

bool MuxMaster::on(const RequestAnswered& event)
{
    auto* channel = find(event.channel);
    if (channel)
        channel->on_answer(event.success);
    return channel || proxies_take(event);
}

bool MuxMaster::on(const Closed& event)
{
    if (orphans_.erase(event.channel.value) > 0)
        return true;
    auto* channel = find(event.channel);
    if (channel)
        channel->on_closed();
    return channel || world_.spare.on(event) || proxies_take(event);
}

} // namespace nacre
