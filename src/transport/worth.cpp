#include "transport/worth.h"

#include <array>

#include "base/table.h"

namespace nacre {
namespace {

struct Row {
    std::string_view name;
    Worth worth;
};

constexpr std::array rows{
    // Key exchanges: strong is what withstands quantum computers, too.
    Row{"mlkem768x25519-sha256", Worth::strong},
    Row{"sntrup761x25519-sha512", Worth::strong},
    Row{"sntrup761x25519-sha512@openssh.com", Worth::strong},
    Row{"mlkem1024nistp384-sha384", Worth::strong},
    Row{"mlkem768nistp256-sha256", Worth::strong},
    Row{"curve25519-sha256", Worth::acceptable},
    Row{"curve25519-sha256@libssh.org", Worth::acceptable},
    Row{"ecdh-sha2-nistp256", Worth::acceptable},
    Row{"ecdh-sha2-nistp384", Worth::acceptable},
    Row{"ecdh-sha2-nistp521", Worth::acceptable},
    Row{"diffie-hellman-group-exchange-sha256", Worth::acceptable},
    Row{"diffie-hellman-group16-sha512", Worth::acceptable},
    Row{"diffie-hellman-group18-sha512", Worth::acceptable},
    Row{"diffie-hellman-group14-sha256", Worth::legacy},
    Row{"diffie-hellman-group-exchange-sha1", Worth::legacy},
    Row{"diffie-hellman-group14-sha1", Worth::legacy},
    Row{"diffie-hellman-group1-sha1", Worth::broken},

    // Signatures.
    Row{"ssh-ed25519", Worth::strong},
    Row{"ssh-ed25519-cert-v01@openssh.com", Worth::strong},
    Row{"ecdsa-sha2-nistp256", Worth::strong},
    Row{"ecdsa-sha2-nistp256-cert-v01@openssh.com", Worth::strong},
    Row{"ecdsa-sha2-nistp384", Worth::strong},
    Row{"ecdsa-sha2-nistp384-cert-v01@openssh.com", Worth::strong},
    Row{"ecdsa-sha2-nistp521", Worth::strong},
    Row{"ecdsa-sha2-nistp521-cert-v01@openssh.com", Worth::strong},
    Row{"sk-ssh-ed25519@openssh.com", Worth::strong},
    Row{"sk-ssh-ed25519-cert-v01@openssh.com", Worth::strong},
    Row{"sk-ecdsa-sha2-nistp256@openssh.com", Worth::strong},
    Row{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", Worth::strong},
    Row{"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", Worth::strong},
    Row{"webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", Worth::strong},
    Row{"ssh-mldsa44-ed25519@openssh.com", Worth::strong},
    Row{"ssh-mldsa44-ed25519-cert-v01@openssh.com", Worth::strong},
    Row{"rsa-sha2-512", Worth::acceptable},
    Row{"rsa-sha2-512-cert-v01@openssh.com", Worth::acceptable},
    Row{"rsa-sha2-256", Worth::acceptable},
    Row{"rsa-sha2-256-cert-v01@openssh.com", Worth::acceptable},
    Row{"ssh-rsa", Worth::broken},                                // SHA-1
    Row{"ssh-rsa-cert-v01@openssh.com", Worth::broken},

    // Ciphers.
    Row{"chacha20-poly1305@openssh.com", Worth::strong},
    Row{"aes128-gcm@openssh.com", Worth::strong},
    Row{"aes256-gcm@openssh.com", Worth::strong},
    Row{"aes128-ctr", Worth::acceptable},
    Row{"aes192-ctr", Worth::acceptable},
    Row{"aes256-ctr", Worth::acceptable},
    Row{"aes128-cbc", Worth::legacy},
    Row{"aes192-cbc", Worth::legacy},
    Row{"aes256-cbc", Worth::legacy},
    Row{"3des-cbc", Worth::broken},                               // blocks of 64 bits repeat within gigabytes

    // MACs: strong is what covers the ciphertext.
    Row{"umac-128-etm@openssh.com", Worth::strong},
    Row{"hmac-sha2-256-etm@openssh.com", Worth::strong},
    Row{"hmac-sha2-512-etm@openssh.com", Worth::strong},
    Row{"umac-64-etm@openssh.com", Worth::acceptable},
    Row{"umac-64@openssh.com", Worth::acceptable},
    Row{"umac-128@openssh.com", Worth::acceptable},
    Row{"hmac-sha2-256", Worth::acceptable},
    Row{"hmac-sha2-512", Worth::acceptable},
    Row{"hmac-sha1-etm@openssh.com", Worth::acceptable},          // RFC 6194 §3.3
    Row{"hmac-sha1", Worth::acceptable},
    Row{"hmac-sha1-96-etm@openssh.com", Worth::legacy},
    Row{"hmac-sha1-96", Worth::legacy},
    Row{"hmac-md5-etm@openssh.com", Worth::broken},
    Row{"hmac-md5", Worth::broken},
    Row{"hmac-md5-96-etm@openssh.com", Worth::broken},
    Row{"hmac-md5-96", Worth::broken},

    // Compressions: what is compressed before the login can be read from its length by whoever may mix in text.
    Row{"none", Worth::strong},
    Row{"zlib@openssh.com", Worth::acceptable},
    Row{"zlib", Worth::legacy},
};

} // namespace

std::string_view name_of(Worth worth)
{
    constexpr std::array<std::string_view, 4> names{"strong", "acceptable", "legacy", "broken"};
    return names[static_cast<std::size_t>(worth)];
}

std::optional<Worth> worth_of_algorithm(std::string_view name)
{
    auto* row = find_by_name(rows, name);
    return row ? std::optional{row->worth} : std::nullopt;
}

} // namespace nacre
