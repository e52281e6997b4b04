#include "os/socket.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "os/resolve.h"

namespace nacre {
namespace {

int option_of(int socket, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    ::getsockopt(socket, level, name, &value, &length);
    return value;
}

Result<std::optional<Accepted>> accept_soon(int listener)
{
    pollfd one{listener, POLLIN, 0};
    ::poll(&one, 1, 2000);
    return accept_connection(listener);
}

TEST(SocketAddressText, RoundTrips)
{
    auto v4 = numeric_address("192.0.2.1", 22);
    ASSERT_TRUE(v4);
    EXPECT_EQ(to_text(*v4), "192.0.2.1:22");
    auto v6 = numeric_address("2001:DB8::1", 22);
    ASSERT_TRUE(v6);
    EXPECT_EQ(to_text(*v6), "[2001:db8::1]:22");
    EXPECT_EQ(v6->family, IpFamily::v6);
    for (auto bad : {"", "localhost", "1.2.3", "1.2.3.4.5", "::1%no-such-interface", "[::1]"})
        EXPECT_FALSE(numeric_address(bad, 1)) << bad;
}

TEST(SocketAddressText, MappedAddressesAreShownAsIpv4)
{
    auto mapped = numeric_address("::ffff:192.0.2.1", 5);
    ASSERT_TRUE(mapped);
    EXPECT_EQ(*mapped, (SocketAddress{IpFamily::v4, "192.0.2.1", 5}));
}

TEST(Sockets, ConnectAcceptAndKnowEachOther)
{
    for (auto host : {"127.0.0.1", "::1"}) {
        auto listener = listen_on(*numeric_address(host, 0));
        if (!listener && std::string_view{host} == "::1")
            continue;                                             // a machine without IPv6
        ASSERT_TRUE(listener);
        auto nobody = accept_connection(listener->number());
        ASSERT_TRUE(nobody);
        EXPECT_FALSE(*nobody);
        auto address = local_address(listener->number());
        ASSERT_TRUE(address);
        ConnectOptions options;
        options.keep_alive = true;
        options.traffic_class = 0x48;
        auto socket = connect_and_wait(*address, options, std::chrono::seconds{5});
        ASSERT_TRUE(socket);
        auto accepted = accept_soon(listener->number());
        ASSERT_TRUE(accepted && *accepted);
        EXPECT_EQ((*accepted)->peer, *local_address(socket->number()));
        EXPECT_EQ(*peer_address(socket->number()), *address);
        EXPECT_FALSE(*is_blocking(socket->number()));
        EXPECT_FALSE(*is_blocking((*accepted)->socket.number()));
        EXPECT_EQ(option_of(socket->number(), SOL_SOCKET, SO_KEEPALIVE), 1);
    }
}

TEST(Sockets, OptionsReachTheKernel)
{
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    ASSERT_TRUE(listener);
    auto socket = connect_and_wait(*local_address(listener->number()));
    ASSERT_TRUE(socket);
    ASSERT_TRUE(set_no_delay(socket->number()));
    ASSERT_TRUE(set_traffic_class(socket->number(), 0x10));
    ASSERT_TRUE(set_unsent_low_water(socket->number(), 65536));
    EXPECT_EQ(option_of(socket->number(), IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option_of(socket->number(), IPPROTO_IP, IP_TOS), 0x10);
    EXPECT_EQ(option_of(socket->number(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), 65536);
}

// As a service manager makes it: our own listeners take one family each.
TEST(Sockets, TheTrafficClassReachesIpv4PeersOfASocketForBoth)
{
    Fd listener{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_in6 anywhere{};
    anywhere.sin6_family = AF_INET6;
    int no = 0;
    if (!listener || ::setsockopt(listener.number(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0 ||
        ::bind(listener.number(), reinterpret_cast<sockaddr*>(&anywhere), sizeof anywhere) < 0)
        GTEST_SKIP() << "no IPv6 on this machine";
    ASSERT_EQ(::listen(listener.number(), 1), 0);
    auto socket = connect_and_wait(*numeric_address("127.0.0.1", local_address(listener.number())->port));
    ASSERT_TRUE(socket);
    auto accepted = accept_soon(listener.number());
    ASSERT_TRUE(accepted && *accepted);
    ASSERT_EQ(option_of((*accepted)->socket.number(), SOL_SOCKET, SO_DOMAIN), AF_INET6);
    ASSERT_TRUE(set_traffic_class((*accepted)->socket.number(), 0x48));
    EXPECT_EQ(option_of((*accepted)->socket.number(), IPPROTO_IP, IP_TOS), 0x48);
    EXPECT_EQ(option_of((*accepted)->socket.number(), IPPROTO_IPV6, IPV6_TCLASS), 0x48);
}

// Where the kernel has no BBR, or does not let us choose it, there is nothing to stop.
TEST(Sockets, ThisMachineIsNotSentToByTheClock)
{
    auto congestion_of = [](int socket) {
        std::array<char, 16> name{};
        socklen_t length = name.size();
        EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length), 0);
        return std::string{name.data()};
    };
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    ASSERT_TRUE(listener);
    (void)::setsockopt(listener->number(), IPPROTO_TCP, TCP_CONGESTION, "bbr", 3);
    auto socket = connect_and_wait(*local_address(listener->number()));
    ASSERT_TRUE(socket);
    auto accepted = accept_connection(listener->number());
    ASSERT_TRUE(accepted && *accepted);
    EXPECT_NE(congestion_of((*accepted)->socket.number()), "bbr");
}

TEST(Sockets, RefusalIsAnErrnoAndImpatienceATimeout)
{
    SocketAddress closed;
    {
        auto listener = listen_on(*numeric_address("127.0.0.1", 0));
        ASSERT_TRUE(listener);
        closed = *local_address(listener->number());
    }
    auto refused = connect_and_wait(closed);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().os_error, ECONNREFUSED);
    // A listener whose queue is full does not answer.
    auto full = listen_on(*numeric_address("127.0.0.1", 0), {.backlog = 0});
    ASSERT_TRUE(full);
    auto address = *local_address(full->number());
    std::vector<Fd> waiting;
    for (int i = 0; i < 4; ++i)
        waiting.push_back(*start_connect(address));
    auto late = connect_and_wait(address, {}, std::chrono::milliseconds{30});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().os_error, ETIMEDOUT);
}

TEST(Sockets, BindsWhereTold)
{
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    ASSERT_TRUE(listener);
    ConnectOptions options;
    options.from = numeric_address("127.0.0.5", 0);
    auto socket = connect_and_wait(*local_address(listener->number()), options);
    ASSERT_TRUE(socket);
    EXPECT_EQ(local_address(socket->number())->host, "127.0.0.5");
    options.from = numeric_address("192.0.2.77", 0);
    auto elsewhere = connect_and_wait(*local_address(listener->number()), options);
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().os_error, EADDRNOTAVAIL);
}

TEST(Sockets, ShutDownEndsOneDirection)
{
    auto listener = listen_on(*numeric_address("127.0.0.1", 0));
    ASSERT_TRUE(listener);
    auto socket = connect_and_wait(*local_address(listener->number()));
    ASSERT_TRUE(socket);
    auto accepted = accept_soon(listener->number());
    ASSERT_TRUE(accepted && *accepted);
    ASSERT_TRUE(shut_down(socket->number(), ShutDown::sending));
    auto end = read_all((*accepted)->socket.number(), 10);
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->empty());
}

TEST(Sockets, PipesAreNoSockets)
{
    auto pipe = make_pipe();
    auto pair = make_socket_pair();
    ASSERT_TRUE(pipe && pair);
    EXPECT_FALSE(is_socket(pipe->reader.number()));
    EXPECT_TRUE(is_socket(pair->ours.number()));
    EXPECT_FALSE(is_ip_socket(pair->ours.number()));
    EXPECT_FALSE(peer_address(pair->ours.number()));
    EXPECT_TRUE(set_no_delay(pair->ours.number()));
}

TEST(Resolve, NumericNamesAndWildcards)
{
    auto numeric = resolve({.host = "127.0.0.1", .port = 2222, .numeric_only = true});
    ASSERT_TRUE(numeric);
    EXPECT_EQ(numeric->addresses, (std::vector{SocketAddress{IpFamily::v4, "127.0.0.1", 2222}}));
    auto wildcard = resolve({.port = 22, .family = IpFamily::v4, .for_listening = true});
    ASSERT_TRUE(wildcard);
    EXPECT_EQ(wildcard->addresses[0].host, "0.0.0.0");
    auto name = resolve({.host = "not.numeric", .numeric_only = true});
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().what, "Name or service not known");
}

TEST(Resolve, NoNameIsNotThisMachine)
{
    auto nobody = resolve({.port = 22});
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().what, "Name or service not known");
}

TEST(Resolve, LocalhostAndServices)
{
    auto local = resolve({.host = "localhost", .port = 1});
    ASSERT_TRUE(local);
    EXPECT_FALSE(local->addresses.empty());
    EXPECT_EQ(service_port("65535"), 65535);
    EXPECT_EQ(service_port("65536"), std::nullopt);
    EXPECT_EQ(service_port(""), std::nullopt);
    EXPECT_FALSE(own_host_name().empty());
    auto interfaces = interface_addresses();
    ASSERT_TRUE(interfaces);
}

} // namespace
} // namespace nacre
