// Connecting and logging in without making anybody wait, for programs with one loop and many hosts.
//
//     SshConnector connector{loop, {.host = "example.org", .answers = {…}},
//                            [&](Result<std::unique_ptr<SshClient>> client) { … }};
//
// Names are looked up beside the loop, sockets are non-blocking, and SshClientSettings::patience is the limit to all of it.
// SshClient::connect() is one of these and the loop at work.
#pragma once

#include <functional>
#include <memory>

#include "os/event_loop.h"
#include "runtime/connection_driver.h"
#include "runtime/connector.h"
#include "runtime/ssh_client.h"

namespace nacre {

// One attempt to connect and log in; destroyed, it is given up, and what was connected is hung up on.  That must not be done by
// the functions of its settings, which its connection calls.
class SshConnector {
public:
    using Outcome = std::function<void(Result<std::unique_ptr<SshClient>>)>;   // how it went

    // `on_outcome` is called once, from the loop, never from here: a client that is logged in, or why there is none, as by
    // SshClient::connect().  It may destroy the connector, which is of no further use then.  What comes right behind the login
    // is offered to on_event of the settings before that.
    SshConnector(EventLoop& loop, SshClientSettings settings, Outcome on_outcome);
    // The same over something that is connected already: a socket, or two pipes, which are made non-blocking.
    SshConnector(EventLoop& loop, Link link, SshClientSettings settings, Outcome on_outcome);
    ~SshConnector();

private:
    void too_late();
    void connected(Result<Fd> socket);
    void log_in(Link link);
    void fail_soon(Error why);                                    // in the next round
    void tell(Result<void> outcome) noexcept;                     // calls on_outcome_, which must not throw

    EventLoop& loop_;
    Outcome on_outcome_;
    std::unique_ptr<SshClient> client_;                           // until it is logged in, or cannot be
    std::unique_ptr<Connector> connector_;                        // until it is connected
    std::unique_ptr<Timer> limit_, soon_;
};

} // namespace nacre
