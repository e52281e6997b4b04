#include "client/keepalive.h"

#include "connection/global_requests.h"

namespace nacre {

Keepalive::Keepalive(EventLoop& loop, ConnectionDriver& driver, GlobalQuestions& questions, Seconds interval,
                     unsigned most_unanswered, std::function<void()> on_silence)
    : loop_(loop), driver_(driver), questions_(questions), interval_(interval), most_unanswered_(most_unanswered),
      on_silence_(std::move(on_silence))
{
    plan(loop_.now() + interval_);
}

void Keepalive::plan(TimePoint when)
{
    timer_ = loop_.at(when, [this] { check(); });
}

void Keepalive::check()
{
    auto now = loop_.now();
    auto due = driver_.last_heard() + interval_;
    if (now < due) {                                              // heard in the meantime: the answer, or anything else
        unanswered_ = 0;
        plan(due);
        return;
    }
    if (unanswered_ >= most_unanswered_) {
        timer_.reset();
        on_silence_();
        return;
    }
    ++unanswered_;
    questions_.ask(KeepAlive{}, {});
    plan(now + interval_);
    driver_.advance();
}

} // namespace nacre
