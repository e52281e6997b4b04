// ecdh-sha2-nistp256, -nistp384, -nistp521 (RFC 5656 §4): shares are uncompressed points, K is
// the x coordinate of the product.
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"

namespace nacre {

template <EcdhCurve curve>
EcdhKey new_ecdh_key(Random& random)
{
    return EcdhKey{curve, random};
}

template <EcdhCurve curve>
using Ecdh = DiffieHellman<StringShares, new_ecdh_key<curve>>;

template <EcdhCurve curve>
std::unique_ptr<ClientKex> make_ecdh_client(const KexRow& row, KexContext context)
{
    return make_one_round_client<Ecdh<curve>>(row, context);
}

template <EcdhCurve curve>
std::unique_ptr<ServerKex> make_ecdh_server(const KexRow& row, KexContext context)
{
    return make_one_round_server<Ecdh<curve>>(row, context);
}

template std::unique_ptr<ClientKex> make_ecdh_client<EcdhCurve::nistp256>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_ecdh_server<EcdhCurve::nistp256>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_ecdh_client<EcdhCurve::nistp384>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_ecdh_server<EcdhCurve::nistp384>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_ecdh_client<EcdhCurve::nistp521>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_ecdh_server<EcdhCurve::nistp521>(const KexRow&, KexContext);

} // namespace nacre
