// Public key blobs, and signature blobs over them: the first byte says where the one ends and the other begins.
#include "framed_input.h"
#include "keys/public_key.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Bytes input{data, size};
    if (auto key = PublicKey::from_blob(input); key && PublicKey::from_line(key->line("x")) != *key)
        __builtin_trap();
    if (input.empty() || input[0] >= input.size())
        return 0;
    auto key = PublicKey::from_blob(input.subspan(1, input[0]));
    for (auto& algorithm : signature_algorithms())
        if (key && key->verify(algorithm.name, as_bytes("data"), input.subspan(1U + input[0]), no_token_demands))
            return 0;
    (void)PublicKey::from_line(as_text(input));
    return 0;
}
