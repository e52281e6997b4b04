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
    // The answer may be older than an interval by now: a timer that is late by more than it took to come is nothing rare.
    if (unanswered_ > 0 && driver_.last_heard() >= asked_at_)
        unanswered_ = 0;
    auto due = driver_.last_heard() + interval_;
    if (now < due) {
        plan(due);
        return;
    }
    if (unanswered_ >= most_unanswered_) {
        timer_.reset();
        on_silence_();
        return;
    }
    ++unanswered_;
    asked_at_ = now;
    questions_.ask(KeepAlive{}, {});
    plan(now + interval_);
    driver_.advance();
}

} // namespace nacre
