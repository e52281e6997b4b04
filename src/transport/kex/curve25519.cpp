// curve25519-sha256 (RFC 8731): shares are the 32 bytes of X25519.  §3.1: the 32 bytes of the
// result, read as a big-endian number, are K.
#include "base/buffer.h"
#include "crypto/x25519.h"
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

using Curve25519 = DiffieHellman<StringShares, [](Random& random) { return X25519Key{random}; }>;

SecretBytes with_zeros_kept(const SecretBytes& k)
{
    static constexpr std::uint8_t zeros[32] = {};
    Reader in{k.bytes()};
    auto number = in.string();
    if (number.size() >= sizeof zeros)
        return k.clone();
    Buffer encoded;
    Writer{encoded}.u32(sizeof zeros).raw(Bytes{zeros}.first(sizeof zeros - number.size())).raw(number);
    return SecretBytes::copy_of(encoded.data());
}

std::unique_ptr<ClientKex> make_curve25519_client(const KexRow& row, KexContext context)
{
    return make_one_round_client<Curve25519>(row, context);
}

std::unique_ptr<ServerKex> make_curve25519_server(const KexRow& row, KexContext context)
{
    return make_one_round_server<Curve25519>(row, context);
}

} // namespace nacre
