// Channel messages in any order, with an owner who accepts, answers, writes and closes as the input says.
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/connection.h"
#include "connection/global_requests.h"
#include "connection/terminal_modes.h"
#include "framed_input.h"
#include "fuzz_input.h"

using namespace nacre;

namespace {

// What requests and openings carry, whoever's they are.
template <class... M>
void read_as(Bytes details)
{
    ((void)decode<M>(details), ...);
}

void read_details(Bytes details)
{
    read_as<PtyRequest, X11Request, EnvRequest, ExecRequest, SubsystemRequest, WindowChange, SignalRequest, BreakRequest,
            ExitStatusRequest, ExitSignalRequest, ForwardedTcpip, DirectTcpip, DirectStreamlocal, ForwardedStreamlocal,
            X11Channel, TunnelChannel, TcpipForward, CancelTcpipForward, AllocatedPort, StreamlocalForward,
            CancelStreamlocalForward, HostKeys, HostKeysProve>(details);
    (void)decode_terminal_modes(details);
}

} // namespace

const test::Framing test::framing{0, 0, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::LonelyTransport lonely{size % 2 == 0 ? Role::server : Role::client};
    Connection connection{lonely.transport};
    (void)connection.open(SessionChannel{});
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        auto event = connection.receive(message);
        if (!event)
            return false;
        if (!*event)
            return true;
        auto choice = message.payload.size();
        if (auto* wanted = std::get_if<OpenRequested>(&**event)) {
            read_details(wanted->details);
            if (choice % 4 == 1)
                return true;                                      // the answer takes its time
            if (choice % 4 == 0)
                connection.refuse(wanted->channel, OpenFailure::unknown_channel_type, "no");
            else
                connection.accept(wanted->channel, {.window = 1000, .largest_packet = 500});
        } else if (auto* request = std::get_if<Requested>(&**event)) {
            read_details(request->details);
            connection.answer(request->channel, choice % 2 == 0);
            if (choice % 7 == 0)
                connection.close(request->channel);
        } else if (auto* arrived = std::get_if<DataArrived>(&**event)) {
            connection.data_consumed(arrived->channel, arrived->data.size());
            if (choice % 5 == 0)
                connection.finish(arrived->channel);
        } else if (auto* global = std::get_if<GlobalRequested>(&**event); global && global->want_reply == WantReply::yes) {
            connection.answer_global(choice % 2 == 0);
        }
        return true;
    });
    return 0;
}
