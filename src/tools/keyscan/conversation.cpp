#include "tools/keyscan/conversation.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/algorithm_lists.h"
#include "os/system_error.h"
#include "transport/software_version.h"
#include "wire/name_list.h"

namespace nacre::keyscan {

namespace {

// The comment is what administrators look for in their logs.
constexpr std::string_view comment = " as OpenSSH-keyscan";
constexpr std::string_view cheap_kex = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256";

std::string cheap_first(std::string_view names)
{
    std::string list{cheap_kex};
    for (auto name : split(names, ','))
        if (!list_contains(cheap_kex, name))
            list.append(",").append(name);
    return list;
}

} // namespace

TransportSettings scanning_settings(std::string host_key_algorithms)
{
    TransportSettings settings;
    settings.version_line.append(comment);
    settings.proposal.kex_methods = cheap_first(known_algorithms(AlgorithmList::kex_client));
    settings.proposal.host_key_algorithms = std::move(host_key_algorithms);
    settings.proposal.ciphers = known_algorithms(AlgorithmList::ciphers);
    settings.proposal.macs = known_algorithms(AlgorithmList::macs);
    return settings;
}

Conversation::Conversation(EventLoop& loop, Plan plan, Random& random, Log& log, Owner& owner)
    : loop_(loop), plan_(std::move(plan)), random_(random), log_(log), owner_(owner)
{
}

void Conversation::start() { connect_next(); }

void Conversation::connect_next()
{
    watch_.reset();
    socket_.close();
    while (next_address_ < plan_.addresses.size()) {
        auto& address = plan_.addresses[next_address_++];
        log_.debug2("connecting to {}", to_text(address));
        auto socket = start_connect(address);
        if (!socket) {
            not_connected(socket.error().os_error);
            continue;
        }
        socket_ = std::move(*socket);
        watch_ = loop_.watch(socket_.number(), {.writable = true}, [this](Ready) { connected(); });
        return be_patient();
    }
    end(fail(last_failure_));
}

void Conversation::not_connected(int os_error)
{
    last_failure_ = errno_failure(fmt::format("connect to port {}", plan_.addresses[next_address_ - 1].port), os_error).error();
}

void Conversation::connected()
{
    if (auto outcome = connect_outcome(socket_.number()); !outcome) {
        not_connected(outcome.error().os_error);
        return connect_next();
    }
    transport_ = std::make_unique<Transport>(Role::client, scanning_settings(plan_.algorithms), random_, log_, loop_.now());
    watch_ = loop_.watch(socket_.number(), {.readable = true}, [this](Ready how) { ready(how); });
    be_patient();
    ready({});
}

void Conversation::ready(Ready how)
{
    transport_->time_passed(loop_.now());
    Result<void> step;
    if (how.readable)
        step = receive();
    if (step)
        step = drain();
    if (step)
        step = transmit();
    if (!step || shown_)
        return end(std::move(step));
    watch_->set({.readable = true, .writable = transport_->waiting() > 0});
}

Result<void> Conversation::receive()
{
    auto outcome = TRY(read_some(socket_.number(), transport_->receive_space()));
    if (outcome.end)
        return system_failure("Connection closed by remote host");
    transport_->received(outcome.bytes);
    if (outcome.bytes > 0)
        be_patient();
    return {};
}

Result<void> Conversation::drain()
{
    while (!shown_) {
        auto event = transport_->next();
        if (!version_known_ && !transport_->peer_version().empty()) {
            version_known_ = true;
            owner_.version_heard(*this, transport_->peer_version());
        }
        if (!event)
            return fail(std::move(event.error()));
        if (!*event)
            return {};
        if (auto* question = std::get_if<HostKeyQuestion>(&**event)) {
            owner_.key_shown(*this, question->host_key);
            shown_ = true;
            transport_->disconnect({ErrorKind::not_permitted, "the host key was all", DisconnectReason::by_application, 0});
        }
        if (std::holds_alternative<PeerLeft>(**event))
            return system_failure("Connection closed by remote host");
    }
    return {};
}

Result<void> Conversation::transmit()
{
    for (auto bytes = transport_->to_transmit(); !bytes.empty(); bytes = transport_->to_transmit()) {
        auto outcome = TRY(write_some(socket_.number(), bytes));
        if (outcome.would_block)
            break;
        transport_->transmitted(outcome.bytes);
    }
    return {};
}

void Conversation::be_patient()
{
    timer_ = loop_.at(loop_.now() + plan_.patience, [this] {
        if (transport_)
            return end(system_failure("timed out", ETIMEDOUT));
        not_connected(ETIMEDOUT);
        connect_next();                                           // another address may answer
    });
}

void Conversation::end(Result<void> outcome)
{
    watch_.reset();
    timer_.reset();
    if (shown_)
        outcome = {};                                             // what failed afterwards does not matter
    owner_.ended(*this, outcome);
}

} // namespace nacre::keyscan
