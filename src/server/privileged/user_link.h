// PRIVILEGED: runs in sshd-session as root.  The way to sshd-user, which acts as the user who has logged in.
//
// It is the user's process and is believed no more than sshd-net: what it says is checked by who ordered it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "os/event_loop.h"
#include "os/process.h"
#include "server/message_socket.h"
#include "server/privileged/login.h"
#include "server/user_orders.h"

namespace nacre {

class UserLink {
public:
    // `on_news`: an error ends the connection; so does `on_end`, once: the process is gone.
    UserLink(EventLoop& loop, std::function<Result<void>(ReceivedMessage)> on_news, std::function<void(std::string)> on_end)
        : loop_(loop), on_news_(std::move(on_news)), on_end_(std::move(on_end))
    {
    }
    ~UserLink();

    Result<void> start(int program_fd, Login& login);

    template <Message M>
    Result<void> send(const M& order, std::span<const int> fds = {})
    {
        return socket_.send_long(order, fds);
    }

private:
    void ready();

    EventLoop& loop_;
    std::function<Result<void>(ReceivedMessage)> on_news_;
    std::function<void(std::string)> on_end_;
    MessageSocket socket_;
    Child process_;
    std::unique_ptr<Watch> watch_;
};

} // namespace nacre
