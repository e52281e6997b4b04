// PRIVILEGED: used by sshd and sshd-session.
#include "server/event_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

#include "base/text.h"

namespace nacre {
namespace {

// RFC 3339, UTC, to the microsecond.
std::string time_stamp()
{
    auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
    auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec, microseconds % 1'000'000);
}

} // namespace

JsonLine EventLog::begin_json(LogLevel level, std::string_view event, const EventContext& context)
{
    JsonLine line;
    line.add("v", schema_version);
    line.add("time", std::string_view{time_stamp()});
    line.add("level", std::string_view{to_lower(nacre::name_of(level))});
    line.add("pid", ::getpid());
    line.add("event", event);
    if (context.connection.empty())
        return line;
    line.add("connection", std::string_view{context.connection});
    line.add("source", std::string_view{context.source});
    line.add("source_port", context.source_port);
    line.add("local", std::string_view{context.local});
    line.add("local_port", context.local_port);
    if (context.user) {
        line.add("user", std::string_view{*context.user});
        line.add("user_valid", context.user_may_exist);
    }
    return line;
}

void EventLog::write(LogLevel level, std::string_view text)
{
    if (!wants(level))
        return;
    if (format_ == LogFormat::text) {
        lines_->write(level, text);
        return;
    }
    auto line = begin_json(level, "message", context_);
    line.add("text", text, JsonLine::longest_message);
    lines_->write(level, line.finish());
}

} // namespace nacre
