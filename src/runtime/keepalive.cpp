#include "runtime/keepalive.h"

#include <utility>

namespace nacre {

Keepalive::Keepalive(EventLoop& loop, ConnectionDriver& driver, Duration interval, unsigned most_unanswered,
                     std::function<void()> ask, std::function<void()> on_silence)
    : loop_(loop), driver_(driver), interval_(interval), most_unanswered_(most_unanswered), ask_(std::move(ask)),
      on_silence_(std::move(on_silence))
{
    plan(driver_.last_heard() + interval_);
}

void Keepalive::plan(TimePoint when)
{
    timer_ = loop_.at(when, [this] { check(); });
}

void Keepalive::check()
{
    if (driver_.is_over())                                        // and is being seen off
        return;
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
    ask_();
    plan(now + interval_);
    driver_.advance();
}

} // namespace nacre
