#include "runtime/ssh_connector.h"

#include <cerrno>
#include <utility>

#include "os/socket.h"

namespace nacre {
namespace {

// Or everything in the loop would wait for this server.
Result<Link> without_waiting(Link link)
{
    if (!link.in)
        return bad_input("there is no link to log in over");
    for (auto* fd : {&link.in, &link.out})
        if (*fd)
            TRY(set_blocking(fd->number(), Blocking::no));
    return link;
}

// Keep-alive, or nobody would notice that the server's machine is gone.
Result<Link> made_ready(Fd socket)
{
    TRY(set_no_delay(socket.number()));
    TRY(set_keep_alive(socket.number(), true));
    return Link{.in = std::move(socket), .out = {}};
}

} // namespace

SshConnector::SshConnector(EventLoop& loop, SshClientSettings settings, Outcome on_outcome)
    : loop_(loop), on_outcome_(std::move(on_outcome)), client_(new SshClient{loop, std::move(settings)})
{
    auto& wanted = client_->settings_;
    if (wanted.host.empty()) {
        fail_soon(bad_input("there is no host to connect to").error());
        return;
    }
    limit_ = loop.at(loop.now() + wanted.patience, [this] { too_late(); });
    connector_ = std::make_unique<Connector>(loop, ConnectTarget{.host = wanted.host, .port = wanted.port}, IpFamily::any,
                                             [this](Result<Fd> socket) { connected(std::move(socket)); });
}

SshConnector::SshConnector(EventLoop& loop, Link link, SshClientSettings settings, Outcome on_outcome)
    : loop_(loop), on_outcome_(std::move(on_outcome)), client_(new SshClient{loop, std::move(settings)})
{
    auto usable = without_waiting(std::move(link));
    if (!usable) {
        fail_soon(std::move(usable).error());
        return;
    }
    limit_ = loop.at(loop.now() + client_->settings_.patience, [this] { too_late(); });
    log_in(*std::move(usable));
}

SshConnector::~SshConnector() = default;

void SshConnector::too_late()
{
    if (connector_)
        connected(system_failure("timed out", ETIMEDOUT));
    else
        client_->driver_->end(system_failure("the login took too long", ETIMEDOUT).error());
}

void SshConnector::connected(Result<Fd> socket)
{
    auto link = std::move(socket).and_then(made_ready);
    if (link) {
        connector_.reset();
        log_in(*std::move(link));
    } else {
        tell(fail(in_context(to_text(connector_->target()), std::move(link).error())));
    }
}

void SshConnector::log_in(Link link)
{
    client_->log_in(std::move(link), [this](Result<void> outcome) { tell(std::move(outcome)); });
}

void SshConnector::fail_soon(Error why)
{
    soon_ = loop_.at(loop_.now(), [this, why = std::move(why)] { tell(fail(why)); });
}

void SshConnector::tell(Result<void> outcome) noexcept
{
    limit_.reset();
    soon_.reset();
    connector_.reset();
    auto client = std::move(client_);
    auto told = std::exchange(on_outcome_, nullptr);
    if (!outcome)
        client.reset();                                           // nothing is open any more for whoever tries again
    if (told)
        told(outcome ? Result<std::unique_ptr<SshClient>>{std::move(client)} : fail(std::move(outcome).error()));
}

} // namespace nacre
