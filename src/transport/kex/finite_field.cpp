// diffie-hellman-group14-sha256, -group16-sha512, -group18-sha512 (RFC 4253 §8, RFC 8268), and by name only
// -group14-sha1 and -group1-sha1:
// shares are numbers modulo a prime of RFC 3526.
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"

namespace nacre {

template <Modp group>
DhKey new_dh_key(Random& random)
{
    return DhKey::generate(group, random);
}

template <Modp group>
using FiniteField = DiffieHellman<NumberShares, new_dh_key<group>>;

template <Modp group>
std::unique_ptr<ClientKex> make_finite_field_client(const KexRow& row, KexContext context)
{
    return make_one_round_client<FiniteField<group>>(row, context);
}

template <Modp group>
std::unique_ptr<ServerKex> make_finite_field_server(const KexRow& row, KexContext context)
{
    return make_one_round_server<FiniteField<group>>(row, context);
}

template std::unique_ptr<ClientKex> make_finite_field_client<Modp::group1>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_finite_field_server<Modp::group1>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_finite_field_client<Modp::group14>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_finite_field_server<Modp::group14>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_finite_field_client<Modp::group16>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_finite_field_server<Modp::group16>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_finite_field_client<Modp::group18>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_finite_field_server<Modp::group18>(const KexRow&, KexContext);

} // namespace nacre
