// The control socket's messages, of both sides.  The input is a run of messages with their lengths.
#include "framed_input.h"
#include "mux/messages.h"

using namespace nacre;
using namespace nacre::mux;

namespace {

template <class... M>
void read_as(Bytes body)
{
    ((void)read<M>(body), ...);
}

} // namespace

const test::Framing test::framing{0, 0, 4};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Bytes rest{data, size};
    for (;;) {
        auto message = next_frame(rest, frames);
        if (!message || !*message)
            return 0;
        auto body = **message;
        if (body.size() > message_limit)
            __builtin_trap();
        rest = rest.subspan(frame_header_size + body.size());
        read_as<Hello, NewSession, NewStdioForward, AliveCheck, OpenForward, CloseForward, Ask, Done, PermissionDenied, Failed,
                SessionExited, Alive, SessionOpened, RemotePort, TtyFailed, Answer, StartProxy, ProxyStarted>(body);
        auto forward = read<OpenForward>(body);
        if (forward && read<OpenForward>(Bytes{frame(*forward)}.subspan(frame_header_size))->kind != forward->kind)
            __builtin_trap();
    }
}
