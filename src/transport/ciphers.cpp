#include "transport/ciphers.h"

#include <array>

#include "base/table.h"
#include "transport/ciphers/makers.h"

namespace nacre {

namespace {

constexpr std::array rows{                                        // in order of preference
    Cipher{"chacha20-poly1305@openssh.com", 64, 0, 8, true, Offered::by_default, make_chacha20_poly1305_sealer,
           make_chacha20_poly1305_opener},
    Cipher{"aes128-gcm@openssh.com", 16, 12, 16, true, Offered::by_default, make_aes_gcm_sealer, make_aes_gcm_opener},
    Cipher{"aes256-gcm@openssh.com", 32, 12, 16, true, Offered::by_default, make_aes_gcm_sealer, make_aes_gcm_opener},
    Cipher{"aes128-ctr", 16, 16, 16, false, Offered::by_default, make_cipher_and_mac_sealer,
           make_cipher_and_mac_opener},
    Cipher{"aes192-ctr", 24, 16, 16, false, Offered::by_default, make_cipher_and_mac_sealer,
           make_cipher_and_mac_opener},
    Cipher{"aes256-ctr", 32, 16, 16, false, Offered::by_default, make_cipher_and_mac_sealer,
           make_cipher_and_mac_opener},
    // For old devices (RFC 4253 §6.3).
    Cipher{"aes128-cbc", 16, 16, 16, false, Offered::when_named, make_cbc_and_mac_sealer, make_cbc_and_mac_opener},
    Cipher{"aes192-cbc", 24, 16, 16, false, Offered::when_named, make_cbc_and_mac_sealer, make_cbc_and_mac_opener},
    Cipher{"aes256-cbc", 32, 16, 16, false, Offered::when_named, make_cbc_and_mac_sealer, make_cbc_and_mac_opener},
    Cipher{"3des-cbc", 24, 8, 8, false, Offered::when_named, make_cbc_and_mac_sealer, make_cbc_and_mac_opener},
};

} // namespace

std::span<const Cipher> ciphers() { return rows; }

const Cipher* find_cipher(std::string_view name) { return find_by_name(rows, name); }

} // namespace nacre
