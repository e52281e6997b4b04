// The table of key exchanges, in order of preference.
#include <array>

#include "base/table.h"
#include "transport/kex/makers.h"
#include "transport/kex_method.h"

namespace nacre {

namespace {

constexpr std::array rows{                                        // in order of preference
    KexRow{"curve25519-sha256", HashKind::sha256, false, true, make_curve25519_client, make_curve25519_server},
    KexRow{"curve25519-sha256@libssh.org", HashKind::sha256, false, true, make_curve25519_client,
           make_curve25519_server},
    KexRow{"ecdh-sha2-nistp256", HashKind::sha256, false, true, make_ecdh_client<EcdhCurve::nistp256>,
           make_ecdh_server<EcdhCurve::nistp256>},
    KexRow{"ecdh-sha2-nistp384", HashKind::sha384, false, true, make_ecdh_client<EcdhCurve::nistp384>,
           make_ecdh_server<EcdhCurve::nistp384>},
    KexRow{"ecdh-sha2-nistp521", HashKind::sha512, false, true, make_ecdh_client<EcdhCurve::nistp521>,
           make_ecdh_server<EcdhCurve::nistp521>},
    KexRow{"diffie-hellman-group16-sha512", HashKind::sha512, false, true, make_finite_field_client<Modp::group16>,
           make_finite_field_server<Modp::group16>},
    KexRow{"diffie-hellman-group18-sha512", HashKind::sha512, false, true, make_finite_field_client<Modp::group18>,
           make_finite_field_server<Modp::group18>},
    KexRow{"diffie-hellman-group14-sha256", HashKind::sha256, false, true, make_finite_field_client<Modp::group14>,
           make_finite_field_server<Modp::group14>},
};

} // namespace

std::span<const KexRow> kex_methods() { return rows; }

const KexRow* find_kex_method(std::string_view name) { return find_by_name(rows, name); }

} // namespace nacre
