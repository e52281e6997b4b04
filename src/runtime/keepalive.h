// ServerAliveInterval and ServerAliveCountMax, and a server's ClientAlive: a question when the peer has been silent, an end
// when it stays so.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"

namespace nacre {

class Keepalive {                                                 // watches a connection as long as it lives
public:
    // `ask` sends something that wants an answer; `on_silence` is called once, and must not destroy this.
    Keepalive(EventLoop& loop, ConnectionDriver& driver, Duration interval, unsigned most_unanswered,
              std::function<void()> ask, std::function<void()> on_silence);

private:
    void plan(TimePoint when);
    void check();

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Duration interval_;
    unsigned most_unanswered_;
    std::function<void()> ask_, on_silence_;
    std::unique_ptr<Timer> timer_;
    unsigned unanswered_ = 0;                                     // questions since anything was heard
    TimePoint asked_at_{};                                        // the last of them
};

} // namespace nacre
