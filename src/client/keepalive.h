// ServerAliveInterval and ServerAliveCountMax: a question when the server has been silent, an end when it stays so.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"
#include "client/global_questions.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"

namespace nacre {

class Keepalive {
public:
    Keepalive(EventLoop& loop, ConnectionDriver& driver, GlobalQuestions& questions, Seconds interval,
              unsigned most_unanswered, std::function<void()> on_silence);

private:
    void plan(TimePoint when);
    void check();

    EventLoop& loop_;
    ConnectionDriver& driver_;
    GlobalQuestions& questions_;
    Seconds interval_;
    unsigned most_unanswered_;
    std::function<void()> on_silence_;
    std::unique_ptr<Timer> timer_;
    unsigned unanswered_ = 0;                                     // questions since anything was heard
    TimePoint asked_at_{};                                        // the last of them
};

} // namespace nacre
