// Everything before the first keys: raw bytes into a transport that answers its questions.
#include <algorithm>

#include "fuzz_input.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1)
        return 0;
    test::LonelyTransport lonely{data[0] & 1 ? Role::client : Role::server};
    Bytes rest{data + 1, size - 1};
    while (!rest.empty()) {
        auto space = lonely.transport.receive_space();
        auto count = std::min(space.size(), rest.size());
        std::copy_n(rest.begin(), count, space.begin());
        lonely.transport.received(count);
        rest = rest.subspan(count);
        for (;;) {
            auto event = lonely.transport.next();
            if (!event)
                return 0;
            if (!*event)
                break;
            if (std::holds_alternative<HostKeyQuestion>(**event))
                lonely.transport.answer(HostKeyVerdict::accept);
            else if (std::holds_alternative<SignatureQuestion>(**event))
                lonely.transport.answer_signature(as_bytes("signature"));
        }
    }
    return 0;
}
