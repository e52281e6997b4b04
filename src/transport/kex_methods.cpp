// The table of key exchanges, in order of preference.
#include <array>

#include "base/table.h"
#include "transport/kex/makers.h"
#include "transport/kex_method.h"

namespace nacre {

namespace {

constexpr std::array rows{                                        // in order of preference
    KexRow{"mlkem768x25519-sha256", HashKind::sha256, true, KexOffer::by_both,
           make_hybrid_client<Hybrid::mlkem768_x25519>, make_hybrid_server<Hybrid::mlkem768_x25519>},
    KexRow{"sntrup761x25519-sha512", HashKind::sha512, true, KexOffer::by_both,
           make_hybrid_client<Hybrid::sntrup761_x25519>, make_hybrid_server<Hybrid::sntrup761_x25519>},
    KexRow{"sntrup761x25519-sha512@openssh.com", HashKind::sha512, true, KexOffer::by_both,
           make_hybrid_client<Hybrid::sntrup761_x25519>, make_hybrid_server<Hybrid::sntrup761_x25519>},
    KexRow{"mlkem1024nistp384-sha384", HashKind::sha384, true, KexOffer::by_both,
           make_hybrid_client<Hybrid::mlkem1024_nistp384>, make_hybrid_server<Hybrid::mlkem1024_nistp384>},
    KexRow{"mlkem768nistp256-sha256", HashKind::sha256, true, KexOffer::by_both,
           make_hybrid_client<Hybrid::mlkem768_nistp256>, make_hybrid_server<Hybrid::mlkem768_nistp256>},
    KexRow{"curve25519-sha256", HashKind::sha256, false, KexOffer::by_both,
           make_curve25519_client, make_curve25519_server},
    KexRow{"curve25519-sha256@libssh.org", HashKind::sha256, false, KexOffer::by_both,
           make_curve25519_client, make_curve25519_server},
    KexRow{"ecdh-sha2-nistp256", HashKind::sha256, false, KexOffer::by_both,
           make_ecdh_client<EcdhCurve::nistp256>, make_ecdh_server<EcdhCurve::nistp256>},
    KexRow{"ecdh-sha2-nistp384", HashKind::sha384, false, KexOffer::by_both,
           make_ecdh_client<EcdhCurve::nistp384>, make_ecdh_server<EcdhCurve::nistp384>},
    KexRow{"ecdh-sha2-nistp521", HashKind::sha512, false, KexOffer::by_both,
           make_ecdh_client<EcdhCurve::nistp521>, make_ecdh_server<EcdhCurve::nistp521>},
    KexRow{"diffie-hellman-group-exchange-sha256", HashKind::sha256, false, KexOffer::by_clients,
           make_group_exchange_client, make_group_exchange_server},
    KexRow{"diffie-hellman-group16-sha512", HashKind::sha512, false, KexOffer::by_clients,
           make_finite_field_client<Modp::group16>, make_finite_field_server<Modp::group16>},
    KexRow{"diffie-hellman-group18-sha512", HashKind::sha512, false, KexOffer::by_clients,
           make_finite_field_client<Modp::group18>, make_finite_field_server<Modp::group18>},
    KexRow{"diffie-hellman-group14-sha256", HashKind::sha256, false, KexOffer::by_clients,
           make_finite_field_client<Modp::group14>, make_finite_field_server<Modp::group14>},
    KexRow{"diffie-hellman-group-exchange-sha1", HashKind::sha1, false, KexOffer::when_named,
           make_group_exchange_client, make_group_exchange_server},
    KexRow{"diffie-hellman-group14-sha1", HashKind::sha1, false, KexOffer::when_named,
           make_finite_field_client<Modp::group14>, make_finite_field_server<Modp::group14>},
    KexRow{"diffie-hellman-group1-sha1", HashKind::sha1, false, KexOffer::when_named,
           make_finite_field_client<Modp::group1>, make_finite_field_server<Modp::group1>},
};

} // namespace

std::span<const KexRow> kex_methods() { return rows; }

const KexRow* find_kex_method(std::string_view name) { return find_by_name(rows, name); }

} // namespace nacre
