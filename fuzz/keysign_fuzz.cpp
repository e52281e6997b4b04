// What ssh-keysign is asked to sign.  If it agrees, the bytes are a claim of this user on this host, and nothing else.
#include "auth/hostbased.h"
#include "base/bytes.h"
#include "framed_input.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto request = decode<KeysignRequest>({data, size});
    Bytes bytes = request ? request->data : Bytes{data, size};
    auto claim = claim_to_sign(bytes, {"joe", "here"});
    if (!claim)
        return 0;
    bool ours = claim->client_user == "joe" && without_final_dot(claim->client_host).size() == 4 && claim->method == "hostbased";
    if (!ours || !same_bytes(encode(*claim), bytes))
        __builtin_trap();
    return 0;
}
