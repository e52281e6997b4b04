// One connection to one server, from connecting to the host key: then it ends.
//
// Nobody logs in.  The transport has checked that the server can sign with the key before it is shown here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "os/socket.h"
#include "transport/transport.h"

namespace nacre::keyscan {

class Conversation {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void version_heard(Conversation& by, std::string_view line) = 0;
        virtual void key_shown(Conversation& by, Bytes blob) = 0;
        // Last call; may destroy the conversation.
        virtual void ended(Conversation& by, const Result<void>& outcome) = 0;
    };

    struct Plan {
        std::vector<SocketAddress> addresses;                     // tried in this order
        std::string algorithms;                                   // host keys to propose
        Duration patience;                                        // without a byte
    };

    Conversation(EventLoop& loop, Plan plan, Random& random, Log& log, Owner& owner);
    void start();                                                 // may end at once

private:
    void connect_next();
    void not_connected(int os_error);                             // at this address
    void connected();
    void ready(Ready ready);
    Result<void> receive();
    Result<void> drain();
    Result<void> transmit();
    void be_patient();
    void end(Result<void> outcome);

    EventLoop& loop_;
    Plan plan_;
    Random& random_;
    Log& log_;
    Owner& owner_;
    std::size_t next_address_ = 0;
    Error last_failure_;
    Fd socket_;
    std::unique_ptr<Transport> transport_;                        // once connected
    std::unique_ptr<Watch> watch_;                                // before socket_ is closed
    std::unique_ptr<Timer> timer_;
    bool version_known_ = false;
    bool shown_ = false;
};

// What we say of ourselves and offer: everything we have, cheap key exchanges first, since nothing is to stay secret.
TransportSettings scanning_settings(std::string host_key_algorithms);

} // namespace nacre::keyscan
