#include "client/mux/inherited_sockets.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/text.h"
#include "client/mux/mux_client.h"
#include "client/mux/mux_conversation.h"

namespace nacre {
namespace {

constexpr int failure_status = 255;
constexpr int first_inherited = 3;
constexpr Seconds patience{10};                                   // of a master that is logged in already

bool has_option(int fd, int option, int wanted)
{
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 && value == wanted;
}

Result<Fd> inherited_socket(std::string_view descriptor)
{
    auto number = parse_number<std::uint16_t>(descriptor);
    if (!number || *number < first_inherited || !has_option(*number, SO_DOMAIN, AF_UNIX) ||
        !has_option(*number, SO_TYPE, SOCK_STREAM) || !has_option(*number, SO_ACCEPTCONN, 0))
        return bad_input(fmt::format("Bad descriptor '{}': not a connected local socket", printable(descriptor)));
    TRY(set_inherited(*number, Inherited::no));
    return Fd{*number};
}

} // namespace

Result<Fd> socket_to_serve(const std::string& descriptor)
{
    if (descriptor.empty())
        return Fd{};
    auto socket = TRY(inherited_socket(descriptor));
    TRY(set_blocking(socket.number(), Blocking::no));
    return socket;
}

Result<int> join_inherited(const std::string& descriptor, const Configuration& configuration, const SessionPlan& plan,
                           ClientLog& log)
{
    auto socket = TRY(inherited_socket(descriptor));
    TRY(set_blocking(socket.number(), Blocking::yes));
    auto conversation = MuxConversation::begin(std::move(socket), patience);
    auto status = conversation ? MuxClient{std::move(*conversation), configuration, log}.run(plan, MuxClient::Forwardings::are_there)
                               : Result<int>{fail(conversation.error())};
    if (status)
        return *status;
    log.debug1("--join {}: {}", descriptor, status.error().what);
    return failure_status;
}

} // namespace nacre
