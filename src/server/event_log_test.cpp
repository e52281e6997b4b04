#include "server/event_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"

namespace nacre {
namespace {

class Lines final : public Log {
public:
    explicit Lines(std::vector<std::string>& into) : into_(into) {}
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view line) override { into_.emplace_back(line); }

private:
    std::vector<std::string>& into_;
};

constexpr std::string_view hostile = "x\nFailed password for root from 6.6.6.6 port 22 ssh2\r\x1b[2J\",\"user\":\"root\"}\n{\xff\xe2\x82 é\\";

struct Recorder {
    std::vector<std::string> lines;
    EventLog log;
    explicit Recorder(LogFormat format, LogLevel level = LogLevel::debug3) : log(std::make_unique<Lines>(lines), format, level)
    {
        log.context() = {.connection = "00112233445566aa",
                         .source = "192.0.2.1",
                         .source_port = 4711,
                         .local = "192.0.2.2",
                         .local_port = 22,
                         .user = std::string{hostile}};
    }
};

// Every text that comes from outside is as bad as can be.
events::Authentication bad_authentication()
{
    events::Authentication event{.result = events::AuthResult::failed, .method = "hostbased"};
    event.key_type = "ED25519-CERT";
    event.certificate_id = hostile;
    event.client_user = hostile;
    event.client_host = hostile;
    return event;
}
events::Forwarded bad_forwarding(events::ForwardingAct act, events::ForwardingResult result, std::string type)
{
    events::Forwarded event{.act = act, .result = result, .type = std::move(type)};
    event.host = event.path = event.originator = event.reason = hostile;
    return event;
}

template <class Check>
void with_bad_events(Recorder& recorder, Check check)
{
    auto tell = [&](const auto& event) {
        recorder.lines.clear();
        recorder.log.tell(event);
        for (auto& line : recorder.lines)
            check(line);
    };
    std::string bad{hostile};
    tell(events::Connection{bad, bad});
    tell(events::KeysExchanged{true, bad, bad, bad, bad, bad, bad, bad, bad, bad});
    tell(events::UserRefused{false, {}, bad, bad});
    tell(events::UserRefused{true, "it is not allowed", bad, bad});
    tell(bad_authentication());
    tell(events::AttemptsExceeded{6});
    tell(events::SessionOpened{1, "subsystem", false, bad, "pts/3"});
    tell(events::SessionClosed{});
    for (auto act : {events::ForwardingAct::connect, events::ForwardingAct::listen, events::ForwardingAct::arrival})
        for (auto result : {events::ForwardingResult::opened, events::ForwardingResult::refused, events::ForwardingResult::failed})
            for (auto* type : {"tcp", "unix", "tun", "x11", "agent"})
                tell(bad_forwarding(act, result, type));
    for (int cause = 0; cause <= static_cast<int>(events::DisconnectCause::terminated); ++cause) {
        events::Disconnected event{.cause = static_cast<events::DisconnectCause>(cause)};
        event.text = bad;
        EXPECT_NE(name_of(event.cause), "unknown");
        tell(event);
    }
}

TEST(EventLog, NothingAStrangerSendsLeavesItsLine)
{
    Recorder text{LogFormat::text};
    with_bad_events(text, [](const std::string& line) {
        for (char c : line)
            EXPECT_TRUE(c >= 0x20 && c <= 0x7e) << line;
        EXPECT_FALSE(line.starts_with("Failed password")) << line;
    });
}

// Not a parser, but enough to see that every quotation mark is where the writer meant it.
bool is_one_object(std::string_view line)
{
    bool quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char c = line[i];
        if (c < 0x20 || c > 0x7e)
            return false;
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '{')
            ++depth;
        else if (!quoted && c == '}' && --depth == 0)
            return i + 1 == line.size();
    }
    return false;
}

TEST(EventLog, NothingAStrangerSendsLeavesItsField)
{
    Recorder json{LogFormat::json};
    auto check = [](const std::string& line) {
        EXPECT_TRUE(is_one_object(line)) << line;
        EXPECT_TRUE(line.starts_with(R"({"v":1,"time":")")) << line;
        EXPECT_NE(line.find(R"("connection":"00112233445566aa","source":"192.0.2.1","source_port":4711)"), std::string::npos);
        // Where it says so unquoted, it is ours.
        EXPECT_EQ(line.find(R"("user":"root")"), std::string::npos) << line;
    };
    with_bad_events(json, check);
    json.lines.clear();
    json.log.error("{}", hostile);
    ASSERT_EQ(json.lines.size(), 1U);
    check(json.lines[0]);
    EXPECT_NE(json.lines[0].find(R"("event":"message")"), std::string::npos);
}

TEST(EventLog, LongTextsAreCut)
{
    Recorder json{LogFormat::json}, text{LogFormat::text};
    std::string endless(100'000, '\n');
    json.log.context().user = text.log.context().user = endless;
    events::Disconnected event{.cause = events::DisconnectCause::disconnected_by_peer};
    event.text = endless;
    json.log.tell(event);
    EXPECT_LT(json.lines.at(0).size(), 2500U);
    text.log.tell(events::AttemptsExceeded{});
    EXPECT_LT(text.lines.at(0).size(), 500U);
}

TEST(EventLog, SaysWhatPeopleAndProgramsKnow)
{
    Recorder text{LogFormat::text};
    text.log.context().user = "joe";
    events::Authentication event{.result = events::AuthResult::failed, .method = "password"};
    text.log.tell(event);
    EXPECT_EQ(text.lines.back(), "Failed password for joe from 192.0.2.1 port 4711 ssh2");
    event.method = "keyboard-interactive";
    event.result = events::AuthResult::accepted;
    text.log.tell(event);
    EXPECT_EQ(text.lines.back(), "Accepted keyboard-interactive/pam for joe from 192.0.2.1 port 4711 ssh2");
    text.log.context().user_may_exist = false;
    text.log.tell(events::UserRefused{});
    EXPECT_EQ(text.lines.back(), "Invalid user joe from 192.0.2.1 port 4711");
    text.log.tell(events::Disconnected{.cause = events::DisconnectCause::closed_by_peer});
    EXPECT_EQ(text.lines.back(), "Connection closed by invalid user joe 192.0.2.1 port 4711 [preauth]");
}

TEST(EventLog, ANameNamesNoPlace)
{
    Recorder text{LogFormat::text};
    text.log.context().user = "root from 6.6.6.6";
    text.log.context().user_may_exist = false;
    text.log.tell(events::UserRefused{});
    EXPECT_EQ(text.lines.back(), R"(Invalid user root\040from\0406.6.6.6 from 192.0.2.1 port 4711)");
}

TEST(EventLog, ARefusalSaysWhyAndForHowLong)
{
    using enum events::RefusedBy;
    Recorder text{LogFormat::text};
    auto ends_with = [&](const events::Refused& refused, std::string_view end) {
        text.log.tell(refused);
        return text.lines.back().starts_with("drop connection #3 from [192.0.2.1]:4711 on [") && text.lines.back().ends_with(end);
    };
    EXPECT_TRUE(ends_with({penalty, "failed authentication", 7, 3}, " penalty: failed authentication, 7 s left"));
    EXPECT_TRUE(ends_with({penalty, "too many sources are penalised", 0, 3}, " penalty: too many sources are penalised"));
    EXPECT_TRUE(ends_with({max_startups, {}, 0, 3}, " past MaxStartups"));
    EXPECT_TRUE(ends_with({per_source_max_startups, {}, 0, 3}, " past PerSourceMaxStartups"));
    Recorder json{LogFormat::json};
    json.log.tell(events::Refused{penalty, "failed authentication", 7, 3});
    EXPECT_TRUE(json.lines.back().contains(R"("seconds":7,"under_way":3)")) << json.lines.back();
}

TEST(EventLog, WhomLibwrapRefusesIsToldOfInItsWords)
{
    events::Refused refused{.reason = events::RefusedBy::hosts_access, .source_name = "host.example.org"};
    Recorder text{LogFormat::text};
    text.log.tell(refused);
    EXPECT_EQ(text.lines.back(), "refused connect from host.example.org (192.0.2.1)");
    refused.source_name = "x (6.6.6.6) y";
    text.log.tell(refused);
    EXPECT_EQ(text.lines.back(), R"(refused connect from x\040(6.6.6.6)\040y (192.0.2.1))");
    Recorder json{LogFormat::json};
    json.log.tell(refused);
    EXPECT_TRUE(json.lines.back().contains(R"("reason":"hosts_access")")) << json.lines.back();
    EXPECT_TRUE(json.lines.back().contains(R"("source_name":"x (6.6.6.6) y")")) << json.lines.back();
    EXPECT_FALSE(json.lines.back().contains("under_way")) << json.lines.back();
}

TEST(EventLog, HoldsToItsLevel)
{
    for (auto format : {LogFormat::text, LogFormat::json}) {
        Recorder recorder{format, LogLevel::error};
        recorder.log.tell(events::Listening{"192.0.2.2", 22});
        recorder.log.verbose("not this");
        EXPECT_TRUE(recorder.lines.empty());
        recorder.log.error("this");
        EXPECT_EQ(recorder.lines.size(), 1U);
    }
}

TEST(EventLog, TheProtocolNamesEveryEventAndField)
{
    std::ostringstream text;
    text << std::ifstream{NACRE_SOURCE_DIR "/PROTOCOL.md"}.rdbuf();
    auto all = text.str();
    auto begin = all.find("The log of sshd");
    ASSERT_NE(begin, std::string::npos);
    auto section = all.substr(begin);
    auto has = [&](std::string_view name) { return section.find("`" + std::string{name} + "`") != std::string::npos; };
    auto check = [&]<class Event>(const Event&) {
        EXPECT_TRUE(has(Event::name)) << Event::name;
        for (auto field : Event::fields::names)
            EXPECT_TRUE(has(field)) << Event::name << "." << field;
    };
    std::apply([&](auto&&... each) { (check(each), ...); }, events::All{});
    for (auto* name : {"v", "time", "level", "pid", "event", "connection", "source", "source_port", "local", "local_port",
                       "user", "user_valid", "message", "text"})
        EXPECT_TRUE(has(name)) << name;
    for (int cause = 0; cause <= static_cast<int>(events::DisconnectCause::terminated); ++cause)
        EXPECT_TRUE(has(name_of(static_cast<events::DisconnectCause>(cause))));
}

} // namespace
} // namespace nacre
