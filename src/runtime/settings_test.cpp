// Whoever names only the members that he needs is not warned about the others.
#include <gtest/gtest.h>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/global_requests.h"
#include "runtime/remote_files.h"
#include "runtime/ssh_client.h"
#include "runtime/ssh_server.h"

#pragma GCC diagnostic error "-Wextra"

namespace nacre {
namespace {

TEST(Settings, AnyMemberMayBeLeftOut)
{
    EXPECT_FALSE((Link{.in = {}}).out);
    EXPECT_FALSE((EndpointFds{.source = {}}).sink);
    EXPECT_TRUE((TransportSettings{.compression_level = 1}).guess_kex.empty());
    EXPECT_TRUE((SshClientSettings{.port = 1}).host.empty());
    EXPECT_FALSE((SshServerSettings{.terminals = true}).start);
    EXPECT_FALSE((RemoteCommand{.command = "ls"}).terminal);
    EXPECT_EQ((RemoteCommand::Terminal{.columns = 80}).rows, 0u);
    EXPECT_TRUE((PtyRequest{.columns = 80}).term.empty());
    EXPECT_TRUE((X11Request{.single_connection = true}).cookie.empty());
    EXPECT_TRUE((EnvRequest{.variable = "A"}).value.empty());
    EXPECT_TRUE((DirectTcpip{.port = 80}).host.empty());
    EXPECT_TRUE((ForwardedTcpip{.connected_port = 80}).originator_address.empty());
    EXPECT_TRUE((DirectStreamlocal{.reserved_number = 0}).path.empty());
    EXPECT_TRUE((TcpipForward{.port = 80}).address.empty());
    EXPECT_TRUE((CancelTcpipForward{.port = 80}).address.empty());
}

} // namespace
} // namespace nacre
