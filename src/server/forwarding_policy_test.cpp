#include "server/forwarding_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "server/authorized_line.h"

namespace nacre {
namespace {

constexpr std::array every_kind{Forwarding::tcp_connect, Forwarding::tcp_listen, Forwarding::unix_connect,
                                Forwarding::unix_listen, Forwarding::agent,      Forwarding::display,
                                Forwarding::tunnel};

ServerOptions all_allowed()
{
    ServerOptions options;
    options.x11_forwarding = true;
    options.permit_tunnel = PermitTunnel::yes;
    return options;
}

TEST(ForwardingPolicy, HasARowForEveryKind)
{
    auto options = all_allowed();
    KeyOptions key;
    for (auto kind : every_kind)
        EXPECT_TRUE(ForwardingPolicy(options, key).permits(kind)) << static_cast<int>(kind);
    EXPECT_FALSE(ForwardingPolicy(options, key).permits(static_cast<Forwarding>(99)));
}

TEST(ForwardingPolicy, DisableForwardingStopsEveryKind)
{
    auto options = all_allowed();
    options.disable_forwarding = true;
    KeyOptions key;
    for (auto kind : every_kind)
        EXPECT_FALSE(ForwardingPolicy(options, key).permits(kind)) << static_cast<int>(kind);
}

TEST(ForwardingPolicy, ARestrictedKeyForwardsNothing)
{
    auto options = all_allowed();
    auto key = parse_key_options("restrict");
    ASSERT_TRUE(key);
    for (auto kind : every_kind)
        EXPECT_FALSE(ForwardingPolicy(options, *key).permits(kind)) << static_cast<int>(kind);
}

TEST(ForwardingPolicy, WhoMustChangeThePasswordForwardsNothing)
{
    auto options = all_allowed();
    auto key = terminal_alone();
    EXPECT_TRUE(key.permit_pty);
    EXPECT_FALSE(key.permit_user_rc);
    for (auto kind : every_kind)
        EXPECT_FALSE(ForwardingPolicy(options, key).permits(kind)) << static_cast<int>(kind);
}

TEST(ForwardingPolicy, ARestrictedKeyMayBeGivenSomeKindsBack)
{
    auto options = all_allowed();
    auto key = parse_key_options("restrict,port-forwarding");
    ASSERT_TRUE(key);
    ForwardingPolicy policy{options, *key};
    EXPECT_TRUE(policy.permits(Forwarding::tcp_connect));
    EXPECT_TRUE(policy.permits(Forwarding::unix_listen));
    EXPECT_FALSE(policy.permits(Forwarding::tunnel));
    EXPECT_FALSE(policy.permits(Forwarding::agent));
    key = parse_key_options("restrict,tunnel=\"3\"");
    ASSERT_TRUE(key);
    EXPECT_TRUE(ForwardingPolicy(options, *key).permits(Forwarding::tunnel));
    EXPECT_FALSE(ForwardingPolicy(options, *key).permits(Forwarding::tcp_connect));
}

// What OpenSSH 9.2 answered to the same requests (scenario forwarding_server).
TEST(ForwardingPolicy, UnixSocketsAreHeldToTheRulesForPorts)
{
    KeyOptions key;
    auto may = [&](auto change) {
        auto options = all_allowed();
        change(options);
        ForwardingPolicy policy{options, key};
        return std::pair{policy.may_connect_to_socket(), policy.permits(Forwarding::unix_listen)};
    };
    using Answer = std::pair<bool, bool>;
    auto tcp = [](ForwardingAllowed allowed) { return [=](ServerOptions& o) { o.allow_tcp_forwarding = allowed; }; };
    EXPECT_EQ(may([](ServerOptions&) {}), Answer(true, true));
    EXPECT_EQ(may(tcp(ForwardingAllowed::no)), Answer(false, false));
    EXPECT_EQ(may(tcp(ForwardingAllowed::local)), Answer(true, false));
    EXPECT_EQ(may(tcp(ForwardingAllowed::remote)), Answer(false, true));
    EXPECT_EQ(may([](ServerOptions& o) { o.permit_open.any = false; }), Answer(false, true));
    EXPECT_EQ(may([](ServerOptions& o) { o.permit_listen.any = false; }), Answer(true, true));
    for (auto [line, connects] : {std::pair{"permitopen=\"127.0.0.1:80\"", false}, {"permitopen=\"*:80\"", false},
                                  {"permitopen=\"*:*\"", true}, {"permitlisten=\"80\"", true}}) {
        key = parse_key_options(line).value();
        EXPECT_EQ(may([](ServerOptions&) {}), Answer(connects, true)) << line;
    }
}

TEST(ForwardingPolicy, TellsBothDirectionsApart)
{
    KeyOptions key;
    auto options = all_allowed();
    options.allow_stream_local_forwarding = ForwardingAllowed::remote;
    ForwardingPolicy policy{options, key};
    EXPECT_FALSE(policy.permits(Forwarding::unix_connect));
    EXPECT_TRUE(policy.permits(Forwarding::unix_listen));
    options.allow_tcp_forwarding = ForwardingAllowed::local;
    EXPECT_TRUE(policy.permits(Forwarding::tcp_connect));
    EXPECT_FALSE(policy.permits(Forwarding::tcp_listen));
}

TEST(ForwardingPolicy, BothListsMustHoldTheTarget)
{
    auto options = all_allowed();
    options.permit_open = {false, {{"db", 5432}, {"web", std::nullopt}}};
    KeyOptions key;
    key.permit_open = {{"db", std::nullopt}, {"*", 80}};
    ForwardingPolicy policy{options, key};
    EXPECT_TRUE(policy.may_connect("db", 5432));
    EXPECT_FALSE(policy.may_connect("db", 5433));
    EXPECT_TRUE(policy.may_connect("web", 80));
    EXPECT_FALSE(policy.may_connect("web", 443));
    EXPECT_FALSE(policy.may_connect("other", 80));
}

TEST(ForwardingPolicy, NoneIsNotAny)
{
    auto options = all_allowed();
    options.permit_open = {false, {}};
    options.permit_listen = {false, {}};
    KeyOptions key;
    EXPECT_FALSE(ForwardingPolicy(options, key).may_connect("a", 1));
    EXPECT_FALSE(ForwardingPolicy(options, key).may_listen("a", 1));
}

TEST(ForwardingPolicy, NoTargetThatIsNone)
{
    auto options = all_allowed();
    KeyOptions key;
    ForwardingPolicy policy{options, key};
    for (auto port : {0U, 65536U, 0x80000001U})
        EXPECT_FALSE(policy.may_connect("a", port)) << port;
    for (std::string_view host : {std::string_view{}, std::string_view{"a b"}, std::string_view{"a\0b", 3}})
        EXPECT_FALSE(policy.may_connect(host, 80));
    EXPECT_FALSE(policy.may_connect(std::string(2000, 'a'), 80));
    EXPECT_FALSE(policy.may_listen("a", 65536));
}

TEST(ForwardingPolicy, ListeningPlacesArePatternsOfAnyCase)
{
    auto options = all_allowed();
    options.permit_listen = {false, {{"*.example", 8080}, {"localhost", std::nullopt}}};
    KeyOptions key;
    ForwardingPolicy policy{options, key};
    EXPECT_TRUE(policy.may_listen("WWW.example", 8080));
    EXPECT_FALSE(policy.may_listen("www.example", 0));
    EXPECT_TRUE(policy.may_listen("localhost", 0));
    EXPECT_FALSE(policy.may_listen("", 8080));
}

TEST(ForwardingPolicy, ATunnelIsOfTheKindAndUnitThatIsPermitted)
{
    auto options = all_allowed();
    KeyOptions key;
    EXPECT_EQ(ForwardingPolicy(options, key).tunnel_unit(TunnelKind::ethernet, 7), 7U);
    EXPECT_EQ(ForwardingPolicy(options, key).tunnel_unit(static_cast<TunnelKind>(3), 7), std::nullopt);
    options.permit_tunnel = PermitTunnel::point_to_point;
    EXPECT_EQ(ForwardingPolicy(options, key).tunnel_unit(TunnelKind::ethernet, 7), std::nullopt);
    key.tunnel_device = 5;
    ForwardingPolicy policy{options, key};
    EXPECT_EQ(policy.tunnel_unit(TunnelKind::point_to_point, 7), std::nullopt);
    EXPECT_EQ(policy.tunnel_unit(TunnelKind::point_to_point, 5), 5U);
    EXPECT_EQ(policy.tunnel_unit(TunnelKind::point_to_point, TunnelChannel::any_unit), 5U);
}

TEST(ListeningHost, FollowsGatewayPorts)
{
    struct Case {
        GatewayPorts gateway_ports;
        std::string_view requested, host;
    };
    for (auto& c : {Case{GatewayPorts::no, "", "localhost"}, Case{GatewayPorts::no, "192.0.2.1", "localhost"},
                    Case{GatewayPorts::no, "127.0.0.1", "127.0.0.1"}, Case{GatewayPorts::no, "::1", "::1"},
                    Case{GatewayPorts::yes, "localhost", ""}, Case{GatewayPorts::yes, "192.0.2.1", ""},
                    Case{GatewayPorts::client_specified, "", ""}, Case{GatewayPorts::client_specified, "*", ""},
                    Case{GatewayPorts::client_specified, "0.0.0.0", "0.0.0.0"},
                    Case{GatewayPorts::client_specified, "::", "::"},
                    Case{GatewayPorts::client_specified, "localhost", "localhost"},
                    Case{GatewayPorts::client_specified, "192.0.2.1", "192.0.2.1"}})
        EXPECT_EQ(listening_host(c.gateway_ports, c.requested), c.host) << c.requested;
}

TEST(DisplayCookie, IsNothingThatAScriptCouldMistake)
{
    EXPECT_TRUE(is_display_cookie("MIT-MAGIC-COOKIE-1", "00ffA9"));
    for (std::string_view protocol : {"", "a b", "a\nadd", "-q", "a;b"})
        EXPECT_FALSE(is_display_cookie(protocol, "00ff")) << protocol;
    for (std::string_view cookie : {"", "0g", "00 11", "00\n"})
        EXPECT_FALSE(is_display_cookie("MIT-MAGIC-COOKIE-1", cookie)) << cookie;
}

} // namespace
} // namespace nacre
