// Signatures over messages: what is read is written back the same, and proves nothing.
#include "keys/sshsig.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto message = parse_signed_message({data, size});
    if (!message)
        return 0;
    auto again = parse_signed_message(as_bytes(message->armored()));
    if (!again || !(again->key == message->key) || again->purpose != message->purpose || again->hash != message->hash ||
        again->signature != message->signature)
        __builtin_trap();
    if (message->verify(message->purpose, hash_of(message->hash, {data, size})))
        __builtin_trap();
    return 0;
}
