#include "tools/agent/clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/text.h"
#include "os/privileges.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre::agent_tool {

namespace {

// Of one client in one turn: so nobody waits long behind somebody who asks for much.
constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t high_water = 1024 * 1024;                   // answers not fetched yet that stop the reading
constexpr std::size_t reserved_descriptors = 32;
constexpr std::size_t most_clients = 4096;
constexpr auto accept_pause = std::chrono::milliseconds{200};     // when descriptors have run out

std::size_t client_limit()
{
    auto limit = current_limit(Limit::open_files);
    if (!limit || *limit <= 2 * reserved_descriptors)
        return reserved_descriptors;
    return std::min<std::size_t>(*limit - reserved_descriptors, most_clients);
}

} // namespace

TimePoint agent_now()
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return TimePoint{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

Clients::Clients(EventLoop& loop, Fd listener, agent::KeyStore& store, agent::ServerSettings settings, Log& log)
    : loop_(loop), store_(store), server_(store, settings, log), log_(log), confirmations_(loop, log),
      jobs_(loop, confirmations_, log),
      most_clients_(client_limit()), listener_(std::move(listener)),
      listener_watch_(loop.watch(listener_.number(), {.readable = true}, [this](Ready) { accept(); }))
{
}

Clients::~Clients() = default;

void Clients::forget_keys()
{
    store_.remove_all();
    jobs_.keep_libraries_of(store_.keys());
    log_.debug1("all keys removed");
}

void Clients::accept()
{
    while (clients_.size() < most_clients_) {
        auto accepted = accept_unix(listener_.number());
        if (accepted && !*accepted)
            return;
        if (!accepted) {
            log_.error("{}", accepted.error().what);
            break;
        }
        auto peer = peer_credentials((*accepted)->number());
        if (!peer || (peer->uid != 0 && peer->uid != effective_uid())) {
            log_.error("refused a client of another user (uid {})", peer ? std::to_string(peer->uid) : "unknown");
            continue;
        }
        auto& client = clients_.emplace_back(std::move(**accepted));
        client.watch = loop_.watch(client.socket.number(), {.readable = true},
                                   [this, &client](Ready ready) { on_ready(client, ready); });
    }
    listener_watch_->set({});
    accept_again_ = loop_.at(loop_.now() + accept_pause, [this] { listener_watch_->set({.readable = true}); });
}

void Clients::on_ready(Client& client, Ready ready)
{
    bool goes_on = !ready.readable || receive(client);
    // Nobody is left to whom the person's answer would matter.
    if ((client.question || client.job) && client.wants_no_more)
        goes_on = false;
    settle(client, goes_on && serve(client, agent::Consent::not_asked));
}

bool Clients::receive(Client& client)
{
    auto io = read_some(client.socket.number(), client.received.space(read_size).first(read_size));
    if (!io)
        return false;
    client.received.filled(io->bytes);
    client.wants_no_more = client.wants_no_more || io->end;
    return true;
}

bool Clients::serve(Client& client, agent::Consent consent, const SecretBytes* from_token)
{
    bool is_full = false;
    while (!client.waits() && !is_full) {
        if (client.to_send.size() >= high_water) {
            if (!flush(client))
                return false;
            is_full = client.to_send.size() >= high_water;        // when it takes more, we go on
            continue;
        }
        auto request = next_frame(client.received.data(), agent::frames);
        if (!request) {
            log_.debug1("{}", request.error().what);
            return false;
        }
        if (!*request)
            break;
        auto answer_of_token = from_token ? std::optional{from_token->bytes()} : std::nullopt;
        client.consent = consent;
        client.bindings.set_time(static_cast<std::uint64_t>(std::time(nullptr)));
        auto outcome = server_.handle(**request, client.bindings, agent_now(), consent, answer_of_token);
        take(client, (*request)->size(), std::move(outcome));
        consent = agent::Consent::not_asked;                      // they were for one request
        from_token = nullptr;
    }
    if (client.received.empty())
        client.received.release();
    jobs_.keep_libraries_of(store_.keys());
    schedule_tidying();
    return is_full || flush(client);
}

void Clients::take(Client& client, std::size_t request, agent::Outcome outcome)
{
    if (auto* ready = std::get_if<agent::Answer>(&outcome)) {
        answer(client, request, ready->message);
        return;
    }
    if (auto* later = std::get_if<agent::Later>(&outcome)) {
        client.later = loop_.at(to_loop_time(later->when), [this, &client] {
            auto done = std::move(client.later);
            settle(client, serve(client, agent::Consent::not_asked));
        });
        return;
    }
    if (auto* token = std::get_if<agent::TokenNeeded>(&outcome)) {
        use_token(client, std::move(*token));
        return;
    }
    confirm(client, std::get<agent::ConfirmationNeeded>(outcome));
}

void Clients::use_token(Client& client, agent::TokenNeeded needed)
{
    client.job = jobs_.start(std::move(needed), [this, &client](SecretBytes answer) {
        client.job.reset();
        settle(client, serve(client, client.consent, &answer));
    });
}

// The request may have held a key or a passphrase.
void Clients::answer(Client& client, std::size_t request, Bytes message)
{
    auto whole = frame_header_size + request;
    wipe(client.received.data().first(whole));
    client.received.consume(whole);
    Writer{client.to_send}.string(message);
}

void Clients::confirm(Client& client, const agent::ConfirmationNeeded& needed)
{
    auto prompt = fmt::format("Allow use of key {}?\nKey fingerprint {}.", printable(needed.comment), needed.fingerprint);
    client.question = confirmations_.ask(std::move(prompt), [this, &client](bool agreed) {
        client.question.reset();
        if (!agreed)
            if (auto request = next_frame(client.received.data(), agent::frames); request && *request)
                answer(client, (*request)->size(), agent::refusal());
        settle(client, serve(client, agreed ? agent::Consent::given : agent::Consent::not_asked));
    });
}

bool Clients::flush(Client& client)
{
    while (!client.to_send.empty()) {
        auto io = write_some(client.socket.number(), client.to_send.data());
        if (!io)
            return false;
        if (io->would_block)
            return true;
        client.to_send.consume(io->bytes);
    }
    client.to_send.release();
    return true;
}

void Clients::settle(Client& client, bool goes_on)
{
    if (!goes_on || (client.wants_no_more && !client.waits() && client.to_send.empty())) {
        drop(client);
        return;
    }
    // While a request waits, reading shows whether the client is still there; what it sends meanwhile waits too.
    bool has_room = client.to_send.size() < high_water && !client.wants_no_more &&
                    (!client.waits() || client.received.size() < agent::message_limit);
    client.watch->set({.readable = has_room, .writable = !client.to_send.empty()});
}

void Clients::drop(Client& client)
{
    if (client.question)
        confirmations_.cancel(*client.question);
    if (client.job)
        jobs_.cancel(*client.job);
    wipe(client.received.data());
    clients_.remove_if([&](auto& other) { return &other == &client; });
}

// One timer, for the next key that dies or is encrypted again.
void Clients::schedule_tidying()
{
    auto next = store_.next_change();
    if (!next || (tidying_ && tidying_at_ <= *next))
        return;
    tidying_at_ = *next;
    tidying_ = loop_.at(to_loop_time(*next), [this] {
        auto done = std::move(tidying_);
        store_.tidy(agent_now());
        jobs_.keep_libraries_of(store_.keys());
        schedule_tidying();
    });
}

TimePoint Clients::to_loop_time(TimePoint when) const { return loop_.now() + (when - agent_now()); }

} // namespace nacre::agent_tool
