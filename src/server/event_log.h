// The log of the server's processes that have one: events and other lines, as LogFormat wants them.
//
// PRIVILEGED: used by sshd and sshd-session.  In JSON a line is ASCII and has no end of line in it, whatever a peer sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "config/option_types.h"
#include "server/events.h"

namespace nacre {

template <class T>
concept LoggedEvent = requires(const T& event, const EventContext& context) {
    { T::name } -> std::convertible_to<std::string_view>;
    { event.level } -> std::convertible_to<LogLevel>;
    { event.lines(context) } -> std::same_as<EventLines>;
    T::fields::names;
};

class EventLog final : public Log {
public:
    static constexpr int schema_version = 1;                      // "v"; a new field does not make a new version

    // `lines` takes what is written, whatever its level.
    EventLog(std::unique_ptr<Log> lines, LogFormat format, LogLevel level)
        : lines_(std::move(lines)), format_(format), level_(level)
    {
    }

    // Of what everything is about that is said from now on.
    EventContext& context() { return context_; }
    void set_level(LogLevel level) { level_ = level; }

    template <LoggedEvent Event>
    void tell(const Event& event)
    {
        tell(event, context_);
    }
    template <LoggedEvent Event>
    void tell(const Event& event, const EventContext& context)
    {
        if (format_ == LogFormat::text) {
            for (auto& line : event.lines(context))
                write(line.level, line.text);
            return;
        }
        if (!wants(event.level))
            return;
        auto line = begin_json(event.level, Event::name, context);
        Event::fields::add_to(line, event);
        lines_->write(event.level, line.finish());
    }

    bool wants(LogLevel level) const override { return level != LogLevel::quiet && level <= level_; }
    void write(LogLevel level, std::string_view line) override;

private:
    static JsonLine begin_json(LogLevel level, std::string_view event, const EventContext& context);

    std::unique_ptr<Log> lines_;
    LogFormat format_;
    LogLevel level_;
    EventContext context_;
};

} // namespace nacre
