// A peer's messages inside each key exchange, on either side.  The first byte is the method, the second the side.
#include "framed_input.h"
#include "fuzz_input.h"
#include "transport/kex_method.h"

using namespace nacre;

namespace {

void as_client(const KexRow& row, const std::uint8_t* data, std::size_t size)
{
    test::SeededRandom random{1};
    auto kex = row.make_client(row, {random});
    (void)kex->start();
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        auto step = kex->receive(message.payload);
        if (step && std::holds_alternative<KexReply>(*step) && std::get<KexReply>(*step).agreement.k.empty())
            __builtin_trap();
        return step && std::holds_alternative<KexPayload>(*step);
    });
}

void as_server(const KexRow& row, const std::uint8_t* data, std::size_t size)
{
    test::SeededRandom random{1};
    auto kex = row.make_server(row, {random});
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        auto step = kex->receive(message.payload);
        if (!step)
            return false;
        if (auto* agreed = std::get_if<KexAgreement>(&*step)) {
            if (agreed->k.empty())
                __builtin_trap();
            (void)kex->reply(as_bytes("key"), as_bytes("signature"));
            return false;
        }
        return true;
    });
}

} // namespace

const test::Framing test::framing{2, 0, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 3)
        return 0;
    auto& row = kex_methods()[data[0] % kex_methods().size()];
    if (data[1] & 1)
        as_client(row, data + 2, size - 2);
    else
        as_server(row, data + 2, size - 2);
    return 0;
}
