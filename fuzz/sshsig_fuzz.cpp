// Signatures over messages: what is read is written back the same, and proves nothing.
#include "armor.h"
#include "framed_input.h"
#include "keys/sshsig.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = test::armored({data, size}, "SSHSIG", "SSH SIGNATURE");
    auto message = parse_signed_message(as_bytes(text));
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
