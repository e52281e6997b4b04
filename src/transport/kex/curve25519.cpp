// curve25519-sha256 (RFC 8731): shares are the 32 bytes of X25519.  §3.1: the 32 bytes of the
// result, read as a big-endian number, are K.
#include "crypto/x25519.h"
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"

namespace nacre {

using Curve25519 = DiffieHellman<StringShares, [](Random& random) { return X25519Key{random}; }>;

std::unique_ptr<ClientKex> make_curve25519_client(const KexRow& row, KexContext context)
{
    return make_one_round_client<Curve25519>(row, context);
}

std::unique_ptr<ServerKex> make_curve25519_server(const KexRow& row, KexContext context)
{
    return make_one_round_server<Curve25519>(row, context);
}

} // namespace nacre
