// What the rows of the key-exchange table point to; each method lives in a file beside this one.
#pragma once

#include "crypto/dh.h"
#include "crypto/ecdh.h"
#include "transport/kex_method.h"

namespace nacre {

std::unique_ptr<ClientKex> make_curve25519_client(const KexRow&, KexContext);
std::unique_ptr<ServerKex> make_curve25519_server(const KexRow&, KexContext);

template <EcdhCurve>
std::unique_ptr<ClientKex> make_ecdh_client(const KexRow&, KexContext);
template <EcdhCurve>
std::unique_ptr<ServerKex> make_ecdh_server(const KexRow&, KexContext);

template <Modp>
std::unique_ptr<ClientKex> make_finite_field_client(const KexRow&, KexContext);
template <Modp>
std::unique_ptr<ServerKex> make_finite_field_server(const KexRow&, KexContext);

} // namespace nacre
