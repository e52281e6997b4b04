#include "os/system_log.h"

#include <gtest/gtest.h>

#include <syslog.h>
#include <unistd.h>

#include "support/in_child.h"

namespace nacre {
namespace {

std::string written(LogLevel threshold, LineEnd end, std::string_view text)
{
    auto pipe = make_pipe();
    {
        FdLog log{std::move(pipe->writer), threshold, end};
        for (auto level : {LogLevel::fatal, LogLevel::error, LogLevel::info, LogLevel::verbose, LogLevel::debug1,
                           LogLevel::debug2, LogLevel::debug3})
            log.say(level, "{}", text);
    }
    return std::string{as_text(*read_all(pipe->reader.number(), 10000))};
}

TEST(FdLogLines, LookAsScriptsExpect)
{
    EXPECT_EQ(written(LogLevel::debug3, LineEnd::newline, "x"), "x\nx\nx\nx\ndebug1: x\ndebug2: x\ndebug3: x\n");
    EXPECT_EQ(written(LogLevel::info, LineEnd::carriage_return_newline, "x"), "x\r\nx\r\nx\r\n");
    EXPECT_EQ(written(LogLevel::quiet, LineEnd::newline, "x"), "");
}

TEST(FdLogLines, StayOneLine)
{
    EXPECT_EQ(written(LogLevel::fatal, LineEnd::newline, "a\nfatal: \x1b[2J\\b"), "a\\nfatal: \\033[2J\\b\n");
}

TEST(Syslog, LinesKeepTheirNameWhoeverElseUsesIt)
{
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe);
    int outcome = test::in_child([&] {
        SyslogLog log{"nacre-test", SyslogFacility::user, LogLevel::info};
        ::openlog("a module", LOG_NDELAY, LOG_USER);
        log.write(LogLevel::debug1, "the test of a log's name");
        // Without a name of its own this changes where lines go only: to standard error, too.
        ::openlog(nullptr, LOG_PERROR, LOG_USER);
        if (::dup2(pipe->writer.number(), 2) < 0)
            return 1;
        ::syslog(LOG_DEBUG, "a line");
        return 0;
    });
    pipe->writer.close();
    ASSERT_EQ(outcome, 0);
    EXPECT_EQ(as_text(*read_all(pipe->reader.number(), 1000)), "nacre-test: a line\n");
}

TEST(Syslog, FacilitiesHaveNames)
{
    EXPECT_EQ(parse_syslog_facility("authpriv"), SyslogFacility::authpriv);
    EXPECT_EQ(name_of(SyslogFacility::local7), "LOCAL7");
    EXPECT_EQ(parse_syslog_facility("KERN"), std::nullopt);
}

} // namespace
} // namespace nacre
