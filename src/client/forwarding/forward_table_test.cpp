#include "client/forwarding/forward_table.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

Forward parsed(std::string_view text, ForwardKind kind) { return parse_forward(text, kind).value(); }

ForwardRow& active(ForwardTable& table, std::string_view text, ForwardKind kind = ForwardKind::remote)
{
    auto* row = table.add(kind, parsed(text, kind)).value();
    row->state = ForwardRow::State::active;
    return *row;
}

TEST(ForwardTable, AllowsNothingThatWasNotAskedFor)
{
    ForwardTable table;
    active(table, "8080:localhost:80", ForwardKind::local);
    EXPECT_EQ(table.allows("localhost", 8080), nullptr);
    auto* asked = table.add(ForwardKind::remote, parsed("9000:localhost:80", ForwardKind::remote)).value();
    EXPECT_EQ(table.allows("localhost", 9000), asked);
    EXPECT_EQ(table.allows("localhost", 9001), nullptr);
    table.remove(asked->id);
    EXPECT_EQ(table.allows("localhost", 9000), nullptr);
}

TEST(ForwardTable, LetsVisitorsComeBeforeTheAnswer)
{
    ForwardTable table;
    auto* port = table.add(ForwardKind::remote, parsed("9000:localhost:80", ForwardKind::remote)).value();
    auto* path = table.add(ForwardKind::remote, parsed("/run/a:/run/b", ForwardKind::remote)).value();
    auto* any = table.add(ForwardKind::remote, parsed("0:localhost:81", ForwardKind::remote)).value();
    EXPECT_EQ(table.allows("localhost", 9000), port);
    EXPECT_EQ(table.allows("/run/a"), path);
    EXPECT_EQ(table.allows("localhost", 0), nullptr);
    EXPECT_EQ(table.allows("localhost", 40001), nullptr) << "nobody knows yet which port that is";
    any->port = 40001;
    EXPECT_EQ(table.allows("localhost", 40001), any);
    table.remove(port->id);
    EXPECT_EQ(table.allows("localhost", 9000), nullptr) << "refused";
}

TEST(ForwardTable, KnowsARemotePortThatTheServerChose)
{
    ForwardTable table;
    auto& first = active(table, "0:one:1");
    auto& second = active(table, "0:two:2");
    first.port = 40001;
    second.port = 40002;
    EXPECT_EQ(table.allows("localhost", 40002), &second);
    EXPECT_EQ(table.allows("localhost", 0), nullptr);
    EXPECT_EQ(table.find_listening(ForwardKind::remote, {.host = {}, .port = 40001, .path = {}}), &first);
}

TEST(ForwardTable, FindsOursByWhatMeansTheSame)
{
    ForwardTable table;
    auto* bare = table.add(ForwardKind::local, parsed("8001:one:1", ForwardKind::local)).value();
    auto* local = table.add(ForwardKind::local, parsed("localhost:8002:two:2", ForwardKind::local)).value();
    auto* all = table.add(ForwardKind::local, parsed("*:8003:three:3", ForwardKind::local)).value();
    auto find = [&](std::optional<std::string> host, std::uint16_t port) {
        return table.find_listening(ForwardKind::local, {.host = std::move(host), .port = port, .path = {}});
    };
    EXPECT_EQ(find("localhost", 8001), bare);
    EXPECT_EQ(find({}, 8002), local);
    EXPECT_EQ(find({}, 8003), all);
    EXPECT_EQ(find("*", 8003), all);
    EXPECT_EQ(find("*", 8001), nullptr);
    EXPECT_EQ(find("localhost", 8003), nullptr);
    EXPECT_EQ(find({}, 8004), nullptr);
}

TEST(ForwardTable, TakesThePortThatWasAskedForWhereTheServerNamesThat)
{
    ForwardTable table;
    active(table, "9000:one:1");
    auto& chosen = active(table, "0:two:2");
    EXPECT_EQ(table.allows("localhost", 0), nullptr);
    table.expect_asked_ports();
    EXPECT_EQ(table.allows("localhost", 0), nullptr) << "it has not chosen yet";
    chosen.port = 40001;
    EXPECT_EQ(table.allows("localhost", 0), &chosen);
    EXPECT_EQ(table.allows("localhost", 40001), &chosen);
    active(table, "0:three:3").port = 40002;
    EXPECT_EQ(table.allows("localhost", 0), nullptr) << "nobody knows which of the two";
}

TEST(ForwardTable, FindsTheOneThatIsTheSameAtBothEnds)
{
    ForwardTable table;
    auto& first = active(table, "0:one:1");
    auto& second = active(table, "0:two:2");
    auto& socks = active(table, "0");
    auto& local = active(table, "8080:one:1", ForwardKind::local);
    second.port = 40002;
    auto same = [&](std::string_view text, ForwardKind kind) { return table.find_same(kind, parsed(text, kind)); };
    EXPECT_EQ(same("0:one:1", ForwardKind::remote), &first);
    EXPECT_EQ(same("0:two:2", ForwardKind::remote), &second);
    EXPECT_EQ(same("40002:two:2", ForwardKind::remote), &second);
    EXPECT_EQ(same("0", ForwardKind::remote), &socks);
    EXPECT_EQ(same("8080:one:1", ForwardKind::local), &local);
    EXPECT_EQ(same("8080:other:9", ForwardKind::local), nullptr);
    EXPECT_EQ(same("8080", ForwardKind::dynamic), nullptr);
    EXPECT_EQ(same("0:one:2", ForwardKind::remote), nullptr);
}

TEST(ForwardTable, TakesAnotherSpellingOfTheAddressOnlyWhereThePortIsEnough)
{
    ForwardTable table;
    auto& all = active(table, "*:7000:a:1");
    EXPECT_EQ(table.allows("0.0.0.0", 7000), &all);
    auto& one = active(table, "192.0.2.1:7000:b:1");
    EXPECT_EQ(table.allows("192.0.2.1", 7000), &one);
    EXPECT_EQ(table.allows("", 7000), &all);
    EXPECT_EQ(table.allows("0.0.0.0", 7000), nullptr);
}

TEST(ForwardTable, TellsPathsFromPorts)
{
    ForwardTable table;
    auto& socket = active(table, "/run/a:/run/b");
    EXPECT_EQ(table.allows("/run/a"), &socket);
    EXPECT_EQ(table.allows("/run/b"), nullptr);
    EXPECT_EQ(table.allows(""), nullptr);
    EXPECT_EQ(table.allows("/run/a", 0), nullptr);
    EXPECT_EQ(table.allows("localhost", 0), nullptr);
}

TEST(ForwardTable, RefusesTheSamePlaceTwice)
{
    ForwardTable table;
    active(table, "8080:a:1", ForwardKind::local);
    EXPECT_FALSE(table.add(ForwardKind::local, parsed("8080:b:2", ForwardKind::local)));
    EXPECT_FALSE(table.add(ForwardKind::dynamic, parsed("8080", ForwardKind::dynamic)));
    EXPECT_TRUE(table.add(ForwardKind::remote, parsed("8080:b:2", ForwardKind::remote)));
    EXPECT_TRUE(table.add(ForwardKind::local, parsed("127.0.0.1:8080:b:2", ForwardKind::local)));
    EXPECT_TRUE(table.add(ForwardKind::remote, parsed("0:b:2", ForwardKind::remote)));
    EXPECT_TRUE(table.add(ForwardKind::remote, parsed("0:b:2", ForwardKind::remote)));
}

TEST(ForwardTable, DescribesARowAsItIsTyped)
{
    ForwardTable table;
    EXPECT_EQ(describe(active(table, "8080:[::1]:80", ForwardKind::local)), "-L 8080:[::1]:80");
    EXPECT_EQ(describe(active(table, "[::1]:1080", ForwardKind::dynamic)), "-D [::1]:1080");
    EXPECT_EQ(describe(active(table, "/run/a:host:22")), "-R /run/a:host:22");
}

TEST(ForwardTable, TellsTheEndsAsProgramsReadThem)
{
    auto told = [](std::string_view text, ForwardKind kind) { return ends_told(parsed(text, kind)); };
    EXPECT_EQ(told("8080:host:80", ForwardKind::remote), "listen 8080, connect host:80");
    EXPECT_EQ(told("127.0.0.1:8080:host:80", ForwardKind::remote), "listen 127.0.0.1:8080, connect host:80");
    EXPECT_EQ(told("/run/a:/run/b", ForwardKind::remote), "listen /run/a, connect /run/b");
    EXPECT_EQ(told("1080", ForwardKind::dynamic), "listen 1080, connect socks:0");
}

} // namespace
} // namespace nacre
