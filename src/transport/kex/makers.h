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

enum class Hybrid { mlkem768_x25519, sntrup761_x25519, mlkem1024_nistp384, mlkem768_nistp256 };
template <Hybrid>
std::unique_ptr<ClientKex> make_hybrid_client(const KexRow&, KexContext);
template <Hybrid>
std::unique_ptr<ServerKex> make_hybrid_server(const KexRow&, KexContext);

template <Modp>
std::unique_ptr<ClientKex> make_finite_field_client(const KexRow&, KexContext);
template <Modp>
std::unique_ptr<ServerKex> make_finite_field_server(const KexRow&, KexContext);

std::unique_ptr<ClientKex> make_group_exchange_client(const KexRow&, KexContext);
std::unique_ptr<ServerKex> make_group_exchange_server(const KexRow&, KexContext);

} // namespace nacre
