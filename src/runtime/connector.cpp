#include "runtime/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/text.h"
#include "os/connect_race.h"
#include "os/unix_socket.h"

namespace nacre {
namespace {

// Five seconds in all.
constexpr std::chrono::milliseconds pause_at_path{20};
constexpr unsigned most_attempts_at_path = 250;

} // namespace

std::string to_text(const ConnectTarget& target)
{
    return target.path.empty() ? fmt::format("{} port {}", printable(target.host), target.port) : printable(target.path);
}

Connector::Connector(EventLoop& loop, ConnectTarget target, IpFamily family, Outcome on_outcome)
    : loop_(loop), target_(std::move(target)), on_outcome_(std::move(on_outcome)),
      last_(system_failure("no address to connect to").error())
{
    if (!target_.path.empty()) {
        try_path(0);
        return;
    }
    if (auto numeric = numeric_address(target_.host, target_.port)) {
        try_addresses({*std::move(numeric)});
        return;
    }
    look_up(family);
}

Connector::Connector(EventLoop& loop, std::vector<SocketAddress> addresses, Outcome on_outcome)
    : loop_(loop), on_outcome_(std::move(on_outcome)),
      last_(system_failure("no address to connect to").error())
{
    if (!addresses.empty())
        target_ = {.host = addresses[0].host, .port = addresses[0].port};
    try_addresses(std::move(addresses));
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
                                            try_addresses(std::move(resolved->addresses));
                                        });
    if (lookup)
        lookup_ = std::move(*lookup);
    else if (lookup.error().os_error == EAGAIN)                   // others' names have their turn first
        later_ = loop_.at(loop_.now() + pause_at_path, [this, family] { look_up(family); });
    else
        settle(fail(std::move(lookup.error())));
}

// A listener whose queue is full has the kernel refuse what does not want to wait: we come back.
void Connector::try_path(unsigned attempts_before)
{
    auto socket = start_connect_unix(target_.path);
    bool queue_is_full = !socket && socket.error().os_error == EAGAIN;
    if (queue_is_full && attempts_before < most_attempts_at_path)
        later_ = loop_.at(loop_.now() + pause_at_path, [this, attempts_before] { try_path(attempts_before + 1); });
    else
        settle(std::move(socket));
}

void Connector::try_addresses(std::vector<SocketAddress> addresses)
{
    addresses_ = take_turns(addresses);
    start_next();
}

void Connector::start_next()
{
    later_.reset();
    while (next_ < addresses_.size() && running_.size() < most_at_once) {
        auto socket = start_connect(addresses_[next_++]);
        if (!socket) {
            last_ = std::move(socket.error());
            continue;
        }
        int number = socket->number();
        auto watch = loop_.watch(number, {.writable = true}, [this, number](Ready) { outcome_of(number); });
        running_.push_back({std::move(*socket), std::move(watch)});
        if (next_ < addresses_.size())
            later_ = loop_.at(loop_.now() + RaceRules{}.stagger, [this] { start_next(); });
        return;
    }
    if (running_.empty())
        settle(fail(last_));
}

void Connector::outcome_of(int socket)
{
    auto connected = connect_outcome(socket);
    auto attempt = std::ranges::find_if(running_, [&](auto& one) { return one.socket.number() == socket; });
    if (!connected) {
        last_ = std::move(connected.error());
        running_.erase(attempt);
        start_next();
        return;
    }
    (void)set_no_delay(socket);
    attempt->watch.reset();
    auto winner = std::move(attempt->socket);
    running_.clear();
    later_.reset();
    auto on_outcome = std::move(on_outcome_);
    on_outcome(std::move(winner));                                // last: we may be gone
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
