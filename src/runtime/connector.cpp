#include "runtime/connector.h"

#include <fmt/format.h>

#include "base/text.h"
#include "os/unix_socket.h"

namespace nacre {

std::string to_text(const ConnectTarget& target)
{
    return target.path.empty() ? fmt::format("{} port {}", printable(target.host), target.port) : printable(target.path);
}

Connector::Connector(EventLoop& loop, ConnectTarget target, IpFamily family, Outcome on_outcome)
    : loop_(loop), target_(std::move(target)), on_outcome_(std::move(on_outcome)),
      last_(system_failure("no address to connect to").error())
{
    if (!target_.path.empty()) {
        settle(start_connect_unix(target_.path));
        return;
    }
    if (auto numeric = numeric_address(target_.host, target_.port)) {
        addresses_.push_back(*std::move(numeric));
        try_next();
        return;
    }
    look_up(family);
}

Connector::Connector(EventLoop& loop, std::vector<SocketAddress> addresses, Outcome on_outcome)
    : loop_(loop), on_outcome_(std::move(on_outcome)), addresses_(std::move(addresses)),
      last_(system_failure("no address to connect to").error())
{
    if (!addresses_.empty())
        target_ = {.host = addresses_[0].host, .port = addresses_[0].port};
    try_next();
}

Connector::~Connector() = default;

void Connector::look_up(IpFamily family)
{
    auto lookup = resolve_in_background(loop_, {.host = target_.host, .port = target_.port, .family = family},
                                        [this](Result<Resolved> resolved) {
                                            if (!resolved) {
                                                settle(fail(std::move(resolved.error())));
                                                return;
                                            }
                                            addresses_ = std::move(resolved->addresses);
                                            try_next();
                                        });
    if (lookup)
        lookup_ = std::move(*lookup);
    else
        settle(fail(std::move(lookup.error())));
}

void Connector::try_next()
{
    for (; next_ < addresses_.size(); ++next_) {
        auto socket = start_connect(addresses_[next_]);
        if (!socket) {
            last_ = std::move(socket.error());
            continue;
        }
        socket_ = std::move(*socket);
        int number = socket_.number();
        watch_ = loop_.watch(number, {.writable = true}, [this, number](Ready) { outcome_of(number); });
        ++next_;
        return;
    }
    settle(fail(last_));
}

void Connector::outcome_of(int socket)
{
    auto connected = connect_outcome(socket);
    watch_.reset();
    if (!connected) {
        last_ = std::move(connected.error());
        socket_.close();
        try_next();
        return;
    }
    (void)set_no_delay(socket);
    auto on_outcome = std::move(on_outcome_);
    on_outcome(std::move(socket_));                               // last: we may be gone
}

void Connector::settle(Result<Fd> outcome)
{
    auto held = std::make_shared<Result<Fd>>(std::move(outcome));
    soon_ = loop_.at(loop_.now(), [this, held] {
        auto on_outcome = std::move(on_outcome_);
        on_outcome(std::move(*held));
    });
}

} // namespace nacre
